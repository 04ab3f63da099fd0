//! Who it is that used a link: they read what is sent to the address, so they are whoever it belongs to.

use crate::change::{Change, Command};
use crate::error::Error;
use crate::id::Id;
use crate::invitation;
use crate::principal::Permission;
use crate::provider::{self, Profile, Reached, Unadmitted};
use crate::user::{self, Lifecycle, User};

/// Finds whose address it is. Whoever is invited there is in by that, and whoever something in a group is offered there becomes
/// a guest.
#[derive(Clone, Debug)]
pub(super) struct AdmitReader {
    pub(super) address: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Admitted {
    In(Id<User>),
    /// They are somebody here, but kept out.
    Out,
    Nobody(Unadmitted),
}

impl Command for AdmitReader {
    type Output = Admitted;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Admitted, Error> {
        let user = match provider::reached_at(change, &self.address)?.as_slice() {
            [Reached { user, own: Some(_) }] => user::table::lock(change, *user)?,
            [] if invitation::offers::is_offered_to(change, &self.address)? => match self.come(change)? {
                Ok(user) => Some(user),
                Err(why) => return Ok(Admitted::Nobody(why)),
            },
            [] => None,
            _ => return Ok(Admitted::Nobody(Unadmitted::Unclear)),
        };
        let Some(mut user) = user else {
            return Ok(Admitted::Nobody(Unadmitted::Unknown));
        };
        let leaves = user.visibility.leaves_at().is_some();
        if user.lifecycle == Lifecycle::Invited && !leaves {
            user = invitation::accept_signed_in(change, &user, &self.address)?;
        }
        Ok(if user.lifecycle == Lifecycle::Active && !leaves {
            Admitted::In(user.id)
        } else {
            Admitted::Out
        })
    }
}

impl AdmitReader {
    fn come(&self, change: &mut Change<'_>) -> Result<Result<User, Unadmitted>, Error> {
        let profile = Profile {
            verified_email: Some(self.address.clone()),
            ..Profile::default()
        };
        provider::newcomer(change, &profile, &[&self.address], &[("userType", "Guest")])
    }
}
