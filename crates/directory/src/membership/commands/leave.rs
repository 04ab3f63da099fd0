//! Leaving a group, and those below it.

use super::super::portfolio::{Cause, rules};
use super::{NOT_FOUND, open_own, others, tell};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{Group, path};
use crate::id::Id;
use crate::notice::{Notice, Person};
use crate::principal::{Permission, Scope};

/// Ends one's own membership of a group, with what one holds in groups below. Whoever is kept out of the group stays so.
#[derive(Clone, Copy, Debug)]
pub struct LeaveGroup {
    /// Which group.
    pub group: Id<Group>,
}

impl Command for LeaveGroup {
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
        let moves = rules::leave(&mut opened.after, opened.index, change.now());
        let below = others(&opened.after, opened.index, &moves);
        opened.commit(change, moves, Cause::Left)?;
        let notice = Notice::MemberLeft {
            group: path::shown(change, self.group)?,
            member: Person::read(change, person)?,
            below: tell::paths(change, &below)?,
        };
        notice.tell(change)
    }
}
