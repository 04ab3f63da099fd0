//! What a program asks of the invitation of a person it provisions.

use super::super::{Invitation, table};
use super::InviteUser;
use super::resend::resend_account;
use super::revoke::revoke;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Scope};
use crate::user::{self, User};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationAct {
    /// Send the invitation again, or a new one where the last has ended.
    Resend,
    /// Take it back.
    Revoke,
}

/// Sends again or takes back the invitation of a person, by the right to provision them.
#[derive(Clone, Debug)]
pub struct ActOnInvitation {
    /// Whose.
    pub user: Id<User>,
    /// What.
    pub act: InvitationAct,
}

impl Command for ActOnInvitation {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::ScimWrite)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        let missing = || Refusal::NotFound { what: "user" };
        access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
        let user = user::table::lock(change, self.user)?.ok_or_else(missing)?;
        if !access::reaches_user(change, &user)? {
            return Err(missing().into());
        }
        match (self.act, table::open_of_user(change, user.id)?) {
            (InvitationAct::Resend, Some(open)) => resend_account(change, open, user.attributes()),
            (InvitationAct::Resend, None) => InviteUser::new(user.id).run(change),
            (InvitationAct::Revoke, Some(open)) => revoke(change, open),
            (InvitationAct::Revoke, None) => Err(Refusal::conflict("the person has no open invitation").into()),
        }
    }
}
