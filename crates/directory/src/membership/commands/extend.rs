//! Letting a membership last until another day.

use super::super::{Membership, Which};
use super::update::{check_status, is_longer, store};
use super::{dates, open};
use crate::change::{Change, Command};
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::membership::{Status, roles};
use crate::principal::Permission;
use crate::view::IfMatch;
use crate::zone::Day;

/// Lets a membership last until another day, and leaves all else as it is.
#[derive(Clone, Debug)]
pub struct Extend {
    /// In which group, or above it.
    pub group: Id<Group>,
    /// Which.
    pub which: Which,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
    /// The last day that counts; none = for good.
    pub last_day: Option<Day>,
}

impl Command for Extend {
    type Output = Id<Membership>;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Id<Membership>, Error> {
        let (mut opened, reach) = open(change, self.group, self.which, Capability::MembersWrite)?;
        opened.check_version(&self.if_match)?;
        let before = opened.membership().clone();
        check_status(&before, &reach)?;
        dates::check_last(change, self.last_day)?;
        let (today, first) = (dates::today(change), dates::first_day(change, &before));
        dates::check_order(first, self.last_day)?;
        let rules = dates::rules(change, &opened.group)?;
        if !reach.relaxed {
            let counts_from = if before.status == Status::Pending { first } else { today };
            dates::check_rules(&rules, counts_from, self.last_day)?;
        }
        let ends = dates::end_kept(change, &before, self.last_day);
        let is_longer = is_longer(&before, ends);
        if !is_longer && ends != before.expires_at {
            return Err(Denial::EndsLater.into());
        }
        if is_longer {
            group::privileged::check_admission(change.principal(), &opened.group, before.user)?;
        }
        let held = roles::of_held(change, &opened.held, roles::Holder::of(&before))?;
        opened.membership_mut().expires_at = ends;
        store(change, opened, &before, (&held, &held))
    }
}
