//! Giving a group another name.

use serde_json::json;

use super::super::{Group, GroupName, Source, rules, tree};
use super::create::check_unique;
use super::freeing;
use super::new::renamed;
use crate::access;
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::Permission;
use crate::view::IfMatch;

/// Gives a group another name, and with it another path. Where it is shown by its name, it is shown by the new one.
#[derive(Clone, Debug)]
pub struct RenameGroup {
    /// Which group.
    pub group: Id<Group>,
    /// The new name.
    pub name: GroupName,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for RenameGroup {
    type Output = Group;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let (before, _) = reach::hold_group(change, self.group, Capability::AttributesWrite)?;
        if !self.if_match.allows(before.version) {
            return Err(Refusal::Changed.into());
        }
        let name = self.name.as_str();
        if before.name == name {
            return Ok(before);
        }
        freeing::check(change, &before)?;
        let mut after = Group {
            name: name.to_owned(),
            modified: change.now(),
            ..before.clone()
        };
        if before.display_name == before.name {
            name.clone_into(&mut after.display_name);
            after.document = renamed(&before, name);
            access::check_group_image(change, &after)?;
            check_unique(change, Some(&before), &after)?;
        }
        let version = tree::table::rename(change, &after)?;
        after.version = version.ok_or_else(|| tree::name_taken(before.parent.is_some()))?;
        let mut body = json!({ "before": before.name, "after": after.name });
        if before.display_name != after.display_name {
            body["display_name"] = after.display_name.as_str().into();
        }
        change.record(Event::new(
            EventKind::GroupRenamed,
            after.id.uuid(),
            after.version,
            body,
        ))?;
        let now = change.now();
        job::schedule(
            change,
            JobKind::RecalculateEntitlements,
            after.id.uuid(),
            &json!({}),
            now,
        )?;
        Ok(after)
    }
}

/// The name of a group at the top that SCIM made goes on being made of the displayName, unless somebody gave it another one. It is
/// part of the change that raised the version.
pub(super) fn follow(change: &mut Change<'_>, before: &Group, after: &mut Group) -> Result<(), Error> {
    let (is_root_of_scim, id) = (
        before.source == Source::Scim && before.parent.is_none(),
        before.id.uuid(),
    );
    if !is_root_of_scim || before.display_name == after.display_name {
        return Ok(());
    }
    let is_made = |name: &String| *name == before.name;
    if !rules::name_candidates(&before.display_name, id).any(|name| is_made(&name)) {
        return Ok(());
    }
    freeing::check(change, before)?;
    for name in rules::name_candidates(&after.display_name, id) {
        if is_made(&name) {
            before.name.clone_into(&mut after.name);
            return Ok(());
        }
        after.name = name;
        if !tree::table::follow(change, after)? {
            continue;
        }
        let body = json!({ "before": before.name, "after": after.name });
        change.record(Event::new(EventKind::GroupRenamed, id, after.version, body))?;
        if before.managed {
            let now = change.now();
            job::schedule(change, JobKind::RecalculateEntitlements, id, &json!({}), now)?;
        }
        return Ok(());
    }
    let limit = rules::name_candidates(&after.display_name, id).count();
    Err(Refusal::LimitReached {
        what: "groups of one name",
        limit,
    }
    .into())
}
