//! A warning before a token expires (W-19).

use serde_json::json;

use super::{Token, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::Permission;

/// How long before its end a token is warned of, in seconds; one that does not live longer is not.
const WARNED_BEFORE: i64 = 7 * 86_400;

/// Plans the warning of a token that was just made.
pub(super) fn plan(change: &mut Change<'_>, token: &Token) -> Result<(), Error> {
    let due = token.expires_at.map(|expiry| expiry.plus_seconds(-WARNED_BEFORE));
    match due.filter(|due| *due > change.now()) {
        Some(due) => job::schedule(change, JobKind::WarnOfExpiry, token.id.uuid(), &json!({}), due),
        None => Ok(()),
    }
}

/// Tells that a token will soon expire, unless it has ended before.
#[derive(Clone, Debug)]
pub(crate) struct WarnOfExpiry {
    pub(crate) id: Id<Token>,
}

impl Command for WarnOfExpiry {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let token = match table::load(change, self.id) {
            Ok(token) => token,
            Err(Error::Refused(Refusal::NotFound { .. })) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(expiry) = token.expires_at.filter(|_| token.is_valid(change.now())) else {
            return Ok(());
        };
        let body = json!({ "name": token.name, "client": token.client.to_string(), "expires_at": expiry.to_string() });
        change.record(Event::new(EventKind::TokenExpiresSoon, self.id.uuid(), 2, body))?;
        Ok(())
    }
}
