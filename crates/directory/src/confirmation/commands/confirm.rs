//! The person's click.

use serde_json::json;

use super::super::{Confirmation, ConfirmationState, rules, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::principal::Permission;
use crate::token::TokenHash;
use crate::user::{self, User};

/// Confirms an address by the link that was sent to it; of any number of callers exactly one succeeds. The address counts
/// from then on.
#[derive(Clone)]
pub struct ConfirmAddress {
    /// The secret of the link.
    pub secret: String,
}

impl std::fmt::Debug for ConfirmAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConfirmAddress(…)")
    }
}

impl Command for ConfirmAddress {
    type Output = User;

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<User, Error> {
        let hash = TokenHash::of(&self.secret);
        let found = look(change, &hash)?;
        let missing = || Refusal::NotFound {
            what: "address to confirm",
        };
        let user = user::table::lock(change, found.user)?.ok_or_else(missing)?;
        // While this waited for the person's row others may have come: the guard of the statement counts.
        if !table::end(change, found.id, ConfirmationState::Confirmed)? {
            look(change, &hash)?;
            return Err(Refusal::Changed.into());
        }
        let body = json!({
            "user": found.user.to_string(),
            "before": found.effective,
            "after": found.address.as_str(),
        });
        change.record(Event::new(EventKind::AddressConfirmed, found.id.uuid(), 2, body))?;
        Ok(user)
    }
}

/// The confirmation behind a link that is open; else why it is not.
fn look(change: &mut Change<'_>, hash: &TokenHash) -> Result<Confirmation, Error> {
    let found = table::behind(change, hash)?.ok_or(Refusal::NotFound {
        what: "address to confirm",
    })?;
    match rules::link_state(found.state, found.expires_at, change.now()).refusal() {
        None => Ok(found),
        Some(refusal) => Err(refusal.into()),
    }
}
