//! Sending the mail again.

use super::super::{Confirmation, follow, table};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Scope};
use crate::user::{self, User};

/// Sends the mail about a pending address again: a new link, its time anew; the earlier link is dead.
#[derive(Clone, Debug)]
pub struct ResendConfirmation {
    /// Whose address.
    pub user: Id<User>,
}

impl Command for ResendConfirmation {
    type Output = Confirmation;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Confirmation, Error> {
        access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
        let user = user::table::lock(change, self.user)?.ok_or(Refusal::NotFound { what: "user" })?;
        access::check_user(change, &user)?;
        let Some(pending) = table::pending_of_user(change, user.id)? else {
            return Err(Refusal::conflict("no address of this person waits to be confirmed").into());
        };
        follow::supersede(change, &pending)?;
        follow::ask(change, user.id, user.attributes(), pending.address, pending.effective)
    }
}
