//! What the end of a token brings: a warning before it (W-19), and at it what it changes.

use serde_json::json;

use super::{Token, jit, table, warning};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::{Permission, Scope};

/// How long before its end a token is warned of, in seconds; one that does not live longer is not.
const WARNED_BEFORE: i64 = 7 * 86_400;

/// Plans what the end of a token that was just made brings.
pub(super) fn plan(change: &mut Change<'_>, token: &Token) -> Result<(), Error> {
    let Some(expiry) = token.expires_at else {
        return Ok(());
    };
    let subject = token.id.uuid();
    let warning = expiry.plus_seconds(-WARNED_BEFORE);
    if warning > change.now() {
        job::schedule(change, JobKind::WarnOfExpiry, subject, &json!({}), warning)?;
    }
    if token.scopes.iter().any(|scope| scope == Scope::ScimWrite) {
        job::schedule(change, JobKind::ExpireToken, subject, &json!({}), expiry)?;
    }
    Ok(())
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
        warning::send(change, &token, expiry)
    }
}

/// Tells what has changed by the end of a token that let its program provision people.
#[derive(Clone, Debug)]
pub(crate) struct ExpireToken {
    pub(crate) id: Id<Token>,
}

impl Command for ExpireToken {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        jit::record_end(change, self.id)
    }
}
