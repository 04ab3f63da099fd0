//! When and from where tokens were last used (W-19). Kept in memory and written down now and then, so that reading stays
//! reading.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::{Token, table};
use crate::Directory;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;

/// So many tokens are remembered between two writings; of others that one use is lost.
const REMEMBERED: usize = 20_000;
/// So many are written in one transaction.
const SLICE: usize = 500;

/// One use of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) at: Timestamp,
    pub(crate) from: Option<IpAddr>,
}

/// The last use of each token that was used since the last writing.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<(RealmId, Id<Token>), Use>>);

impl Uses {
    pub(super) fn note(&self, realm: RealmId, token: Id<Token>, used: Use) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = uses.len() >= REMEMBERED;
        match uses.entry((realm, token)) {
            Entry::Occupied(mut last) => {
                last.insert(used);
            }
            Entry::Vacant(place) if !full => {
                place.insert(used);
            }
            Entry::Vacant(_) => {}
        }
    }

    /// The token with a use that is not written down yet.
    pub(super) fn shown(&self, realm: RealmId, mut token: Token) -> Token {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = uses.get(&(realm, token.id)) {
            token.last_used_at = Some(last.at);
            token.last_used_from = last.from.map(|address| address.to_string());
        }
        token
    }

    fn take(&self) -> Vec<(RealmId, Id<Token>, Use)> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.drain().map(|((realm, id), used)| (realm, id, used)).collect()
    }
}

impl Directory {
    /// Writes down when tokens were last used; how many were. What could not be written is lost.
    ///
    /// # Errors
    /// The store failed.
    pub async fn write_token_uses(&self) -> Result<usize, Error> {
        let uses = self.token_uses().take();
        for slice in uses.chunks(SLICE) {
            table::used(self.db(), slice.to_vec()).await?;
        }
        Ok(uses.len())
    }
}
