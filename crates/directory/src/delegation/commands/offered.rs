//! Administrators who come by an invitation.

use super::super::{Capabilities, Delegation, Subject, rules, table};
use super::{hold, record_granted};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::user::User;

/// As what somebody hands capabilities on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HandedOn {
    /// They count in the groups below too.
    pub(crate) inherit: bool,
    /// The first instant after it; none = for good.
    pub(crate) until: Option<Timestamp>,
}

impl HandedOn {
    /// As whoever reaches every group of the realm hands them on.
    pub(crate) const FULLY: Self = Self {
        inherit: true,
        until: None,
    };
}

/// As what a person hands capabilities on in a group, by one delegation of theirs that has them all: no further down and no
/// longer than they have them. None where they have none such.
pub(crate) fn handed_on(
    change: &mut Change<'_>,
    person: Id<User>,
    group: Id<Group>,
    capabilities: Capabilities,
) -> Result<Option<HandedOn>, Error> {
    let now = change.now();
    let theirs = table::of_person_on(change, person, group)?;
    let have_all = theirs.iter().filter(|one| rules::counts(one, now));
    let have_all = have_all.filter(|one| capabilities.without(one.capabilities).is_empty());
    // What reaches further down comes first, and of those what lasts longer.
    let best = have_all.max_by_key(|one| (one.inherit, one.valid_until.is_none(), one.valid_until));
    Ok(best.map(|one| HandedOn {
        inherit: one.inherit,
        until: one.valid_until,
    }))
}

/// Makes a person an administrator who was offered it, and said yes.
///
/// # Errors
/// `already_admin`, `NotFound` where the group is gone, or the store failed.
pub(crate) fn take_up(
    change: &mut Change<'_>,
    id: Id<Group>,
    person: Id<User>,
    (capabilities, as_what): (Capabilities, HandedOn),
    offered_by: &str,
) -> Result<Delegation, Error> {
    let (mut group, _) = hold(change, id, None)?;
    let delegation = Delegation {
        id: change.new_id(),
        group: group.id,
        subject: Subject::User(person),
        capabilities,
        inherit: as_what.inherit,
        valid_from: None,
        valid_until: as_what.until,
        granted_by: offered_by.to_owned(),
        granted_at: change.now(),
        // Whoever offered it may be entitled no longer: in a privileged group below somebody who is says so anew.
        entitled: false,
        version: 1,
    };
    if !table::insert(change, &delegation)? {
        return Err(Denial::AlreadyAdmin.into());
    }
    group::manage(change, &mut group)?;
    record_granted(change, &delegation)?;
    Ok(delegation)
}
