//! Who is told that somebody administers a group, or does no more.

use super::super::{Delegation, Preset, Reach, Subject};
use crate::change::Change;
use crate::error::Error;
use crate::group::path;
use crate::mail::content;
use crate::mail::content::AdminChange;
use crate::notice::{Actor, Notice, Others, Person};

/// Tells the person, and those who administer the group too, unless the administration of the realm did it.
pub(super) fn tell(
    change: &mut Change<'_>,
    reach: &Reach,
    delegation: &Delegation,
    what: AdminChange,
) -> Result<(), Error> {
    let Subject::User(user) = delegation.subject else {
        return Ok(());
    };
    let notice = Notice::AdminChanged {
        group: path::shown(change, delegation.group)?,
        admin: Person::read(change, user)?,
        actor: Actor::of(change)?,
        change: what,
        preset: preset(delegation),
        others: if reach.is_told() { Others::Told } else { Others::Untold },
    };
    notice.tell(change)
}

fn preset(delegation: &Delegation) -> content::Preset {
    let preset = Preset::ALL
        .into_iter()
        .find(|preset| preset.capabilities() == delegation.capabilities);
    match preset {
        Some(Preset::Owner) => content::Preset::Owner,
        Some(Preset::Manager) => content::Preset::Manager,
        Some(Preset::Reviewer) => content::Preset::Reviewer,
        Some(Preset::Viewer) => content::Preset::Viewer,
        None => content::Preset::Custom,
    }
}
