//! Inviting by the operator, the native API or the command line.

use serde_json::{Map, Value};

use super::super::follow::{Terms, check_no_other, start_offer};
use super::super::{Invitation, table};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::mail::{EmailAddress, Language};
use crate::principal::{Permission, Scope};
use crate::user::{self, Lifecycle, User, UserIntake, Visibility};

/// Longest validity, in days.
const MAX_DAYS: u32 = 366;

/// What is offered, beside the account itself.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// Where the mail goes; none = the person's address.
    pub address: Option<EmailAddress>,
    /// The language of the mail; none = the person's, else the realm's.
    pub language: Option<Language>,
    /// Days the invitation is valid, 1 to 366; none = as the realm says.
    pub days: Option<u32>,
}

impl Offer {
    /// Refuses a validity out of bounds.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        match self.days {
            Some(days) if days == 0 || days > MAX_DAYS => Err(Refusal::invalid("days", format!("1 to {MAX_DAYS}"))),
            _ => Ok(()),
        }
    }
}

/// Invites a person who is known and has no open invitation: staged, or invited before in vain.
#[derive(Clone, Debug)]
pub struct InviteUser {
    /// Whom.
    pub user: Id<User>,
    /// How.
    pub offer: Offer,
}

impl InviteUser {
    /// Invites a person at their own address, in their language.
    pub fn new(user: Id<User>) -> Self {
        Self {
            user,
            offer: Offer::default(),
        }
    }
}

impl Command for InviteUser {
    type Output = Invitation;

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::Invite)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Invitation, Error> {
        self.offer.check()?;
        access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
        let user = user::table::lock(change, self.user)?.ok_or(Refusal::NotFound { what: "user" })?;
        access::check_user(change, &user)?;
        match user.lifecycle {
            Lifecycle::Staged => {}
            Lifecycle::Invited if table::open_of_user(change, user.id)?.is_none() => {}
            Lifecycle::Invited => {
                return Err(
                    Refusal::conflict("the person has an open invitation: send it again, or revoke it first").into(),
                );
            }
            Lifecycle::Active => return Err(Refusal::conflict("the person is active and needs no invitation").into()),
            Lifecycle::Suspended => {
                return Err(Refusal::conflict("the person is suspended: an invitation does not lift that").into());
            }
        }
        let user = user::set_lifecycle(change, &user, Lifecycle::Invited, true, Visibility::Shown)?;
        let attributes = user.attributes();
        let address = match &self.offer.address {
            Some(address) => address.clone(),
            None => own_address(change, &user, attributes)?,
        };
        check_no_other(change, user.id, &address)?;
        let terms = Terms {
            address: &address,
            language: self.offer.language,
            days: self.offer.days,
            blocked: false,
        };
        start_offer(change, &user, attributes, &terms)
    }
}

/// The person's address; where they have none of their own, the one they were invited at before.
fn own_address(change: &mut Change<'_>, user: &User, attributes: &Map<String, Value>) -> Result<EmailAddress, Error> {
    match user::intake::invited_address(attributes, None) {
        Ok(address) => Ok(address),
        Err(none) => {
            let last = table::last_of_user(change, user.id)?;
            Ok(last.and_then(|last| last.address).ok_or(none)?)
        }
    }
}

/// Adds a person and invites them, in one.
#[derive(Clone, Debug)]
pub struct InviteNewUser {
    /// The attributes in SCIM's terms.
    pub body: Value,
    /// How they are invited.
    pub offer: Offer,
}

impl Command for InviteNewUser {
    type Output = (User, Invitation);

    fn needs(&self) -> Permission {
        Permission::Scope(Scope::Invite)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(User, Invitation), Error> {
        self.offer.check()?;
        let user = user::create(
            change,
            &UserIntake {
                body: self.body.clone(),
            },
            Some(&self.offer),
        )?
        .user;
        let invitation = table::open_of_user(change, user.id)?;
        let invitation = invitation.ok_or(Error::Fault {
            what: "a person was invited without an invitation",
        })?;
        Ok((user, invitation))
    }
}
