//! What a program asked last and what it was answered: so that whoever looks after it sees what it does wrong.
//!
//! Requests are noted in memory and written down now and then, all of a program in one row. No request waits for that, and
//! what a server holds is bounded whatever the number of programs. Most are pushed out by later ones before anybody reads
//! them, so how one looks in the log is made out only then. It is bookkeeping: no event tells of it, and no backup has it.

mod pending;
pub(crate) mod table;

pub(crate) use pending::Pending;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Client;
use crate::Directory;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::realm::RealmId;

/// So many requests of a program are kept.
pub const KEPT_REQUESTS: usize = 200;

/// So many programs are written down in one transaction.
const SLICE: usize = 50;

/// One request of a program. It holds no query, no body and no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// When it was answered, in milliseconds since 1970 UTC, by the directory's clock.
    pub at: i64,
    /// The verb.
    pub method: String,
    /// The path as it was asked for: literal parts and ids; `…` stands for anything else. Without the query.
    pub path: String,
    /// The route that answered, e.g. `/scim/v2/Users/{id}`; none where nothing is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// The refusal in one word, as the answer has it; `bulk` where operations of a Bulk request were refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The refusal in a sentence. Of a token that counts no more it says why, which the caller is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// How long the answer took, in microseconds.
    pub took_us: u64,
    /// The request's id, as in the answer and in the log.
    pub request_id: String,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}

impl LoggedRequest {
    /// When it was answered.
    pub fn answered_at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }
}

/// A request as it was noted. It may know more than the log may tell; it is small, and holds on to nothing large.
pub trait NotedRequest: fmt::Debug + Send + Sync {
    /// As it stands in the log: without a query, a body or a secret.
    fn logged(&self) -> LoggedRequest;
}

impl Directory {
    /// Notes a request of a program. In memory alone: it costs no transaction and cannot fail.
    pub fn note_request(&self, realm: RealmId, client: Id<Client>, request: Arc<dyn NotedRequest>) {
        self.client_log_pending().note(realm, client, request);
    }

    /// Writes down what was noted; of how many programs. What cannot be written is kept for the next time.
    ///
    /// # Errors
    /// The store failed.
    pub async fn write_client_logs(&self) -> Result<usize, Error> {
        let mut noted = self.client_log_pending().take();
        let written = noted.len();
        while !noted.is_empty() {
            let rest = noted.split_off(noted.len().min(SLICE));
            let slice = std::mem::replace(&mut noted, rest);
            let pages = slice
                .iter()
                .map(|((realm, client), requests)| table::Page {
                    realm: *realm,
                    client: *client,
                    id: self.bookkeeping_id(),
                    entries: requests.len(),
                    body: body(requests),
                })
                .collect();
            if let Err(error) = table::write(self.db(), pages).await {
                self.client_log_pending().give_back(slice.into_iter().chain(noted));
                return Err(error);
            }
        }
        Ok(written)
    }

    /// The last requests of a program, the oldest first: what any server has written down, and what this one still holds.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn client_log(&self, principal: &Principal, client: &Client) -> Result<Vec<LoggedRequest>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let mut requests = table::read(self.db(), principal.realm, client.id).await?;
        let noted = self.client_log_pending().of(principal.realm, client.id);
        requests.extend(noted.iter().map(|noted| noted.logged()));
        // Stable, so that requests of one instant stay in the order in which they were answered.
        requests.sort_by_key(|request| request.at);
        requests.drain(..requests.len().saturating_sub(KEPT_REQUESTS));
        Ok(requests)
    }
}

fn body(requests: &[Arc<dyn NotedRequest>]) -> String {
    let logged: Vec<_> = requests.iter().map(|noted| noted.logged()).collect();
    serde_json::to_string(&logged).unwrap_or_default()
}
