//! What a review comes to for one membership: its end, or its suspension, as somebody by hand would do it.

use super::super::Membership;
use super::super::portfolio::{Cause, Held, rules};
use super::super::table::blocks;
use super::{Opened, explain, others, tell};
use crate::change::Change;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::notice::Notice;
use crate::user::User;

/// A membership that was reviewed, while nobody else changes it.
#[derive(Debug)]
pub(crate) struct Reviewed(Opened);

impl Reviewed {
    /// A person's membership of a group, with the person and their groups held, so nothing may come before it that holds any; none
    /// when there is none any more.
    pub(crate) fn open(change: &mut Change<'_>, group: Id<Group>, person: Id<User>) -> Result<Option<Self>, Error> {
        let Some(held) = Held::settled(change, person, &[group])? else {
            return Ok(None);
        };
        let Some(group) = group::table::read(change, group)? else {
            return Ok(None);
        };
        let after = held.portfolio.clone();
        let index = after.find(group.id);
        Ok(index.map(|index| {
            Self(Opened {
                group,
                held,
                after,
                index,
                seen: None,
            })
        }))
    }

    /// The membership as it is now.
    pub(crate) fn membership(&self) -> &Membership {
        self.0.membership()
    }

    /// Ends it, with what the person holds below. Nothing may follow that takes other rows.
    pub(crate) fn remove(self, change: &mut Change<'_>, why: String) -> Result<(), Error> {
        let mut opened = self.0;
        let (group, person) = (opened.group.id, opened.person());
        let moves = rules::leave(&mut opened.after, opened.index, change.now());
        let below = others(&opened.after, opened.index, &moves);
        opened.commit(change, moves, Cause::Reviewed)?;
        let act = tell::act(change, group, person, &below, Some(why))?;
        Notice::RemovedByReview(act).tell(change)
    }

    /// Keeps the person out of the group and all below it. Nothing may follow that takes other rows.
    pub(crate) fn suspend(self, change: &mut Change<'_>, why: &str) -> Result<(), Error> {
        let mut opened = self.0;
        let (group, person) = (opened.group.id, opened.person());
        let moves = rules::suspend(&mut opened.after, group, change.now());
        explain(change, &mut opened.after, &moves, Some(why));
        let below = others(&opened.after, opened.index, &moves);
        blocks::set(change, person, group, Some(why))?;
        opened.commit(change, moves, Cause::Reviewed)?;
        let act = tell::act(change, group, person, &below, Some(why.to_owned()))?;
        Notice::SuspendedByReview(act).tell(change)
    }
}
