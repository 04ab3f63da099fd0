//! Letting one's own membership lapse.

use super::super::portfolio::Cause;
use super::{NOT_FOUND, open_own};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Says that one lets one's own membership of a group lapse, and wants no reminders; or no longer.
#[derive(Clone, Copy, Debug)]
pub struct LetLapse {
    /// Which group.
    pub group: Id<Group>,
    /// Whether it shall lapse.
    pub lapses: bool,
}

impl Command for LetLapse {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let person = change.principal().user().ok_or(Denial::PersonRequired)?;
        let mut opened = open_own(change, self.group, person)?;
        if !opened.membership().status.is_held() {
            return Err(NOT_FOUND.into());
        }
        opened.membership_mut().details.lapses = self.lapses;
        opened.commit(change, Vec::new(), Cause::Changed)
    }
}
