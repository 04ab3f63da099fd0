//! What memberships of managed groups leave in the history of their people: `GROUP_MEMBERSHIP_…`, with the keys of the
//! predecessor's log. They hold names, so their subject is the person, with whom they are erased.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::events::shown;
use super::portfolio::Cause;
use super::table::told;
use super::{Membership, Status};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::event::{Event, EventKind, differing};
use crate::group::{self, Group};
use crate::id::Id;
use crate::mail::content::{GroupDeleted, GroupRef, Who};
use crate::notice::{Actor, Notice};
use crate::principal;
use crate::user::{self, User};
use crate::zone::{Day, Zone};

/// The word in facts where a group was deleted.
pub(super) const GROUP_DELETED: &str = "group_deleted";
/// The word in facts where a person was.
pub(super) const USER_DELETED: &str = "user_deleted";

/// One membership that begins, changes or ends.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: EventKind,
    pub(super) membership: Id<Membership>,
    pub(super) group: Id<Group>,
    pub(super) user: Id<User>,
    /// The word in its fact.
    pub(super) cause: &'static str,
    /// The one above that took it along.
    pub(super) root: Option<Id<Membership>>,
    /// The last day it was given for; on its end the day of it.
    pub(super) last_day: Option<Day>,
    pub(super) by: By,
    pub(super) turn: Turn,
}

/// What a membership was and what it is.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    before: Stood,
    after: Stood,
    /// What its roles were called before, where they are others now.
    had: Option<Vec<String>>,
}

/// How a membership stood. One that has ended is as none: nothing of it is left.
#[derive(Clone, Debug, Default)]
struct Stood {
    said: Map<String, Value>,
    has_roles: bool,
}

impl Stood {
    fn of(membership: &Membership) -> Self {
        Self {
            said: shown(membership),
            has_roles: !membership.status.is_over(),
        }
    }

    fn so(status: Status) -> Self {
        Self {
            said: Map::from_iter([("status".to_owned(), status.name().into())]),
            has_roles: !status.is_over(),
        }
    }

    fn with_roles(&self, names: &[String]) -> Map<String, Value> {
        let mut said = self.said.clone();
        if self.has_roles {
            said.insert("roles".to_owned(), names.into());
        }
        said
    }
}

impl Turn {
    /// Of one of which only this is known.
    pub(super) fn between(before: Option<Status>, after: Status) -> Self {
        Self {
            before: before.map(Stood::so).unwrap_or_default(),
            after: Stood::so(after),
            had: None,
        }
    }

    /// The same with its ends.
    #[must_use]
    pub(super) fn until(mut self, before: Option<Timestamp>, after: Option<Timestamp>) -> Self {
        for (stood, at) in [(&mut self.before, before), (&mut self.after, after)] {
            if let Some(at) = at {
                stood.said.insert("expires_at".to_owned(), at.to_string().into());
            }
        }
        self
    }

    /// The same of one whose roles were others.
    #[must_use]
    pub(super) fn had(mut self, names: Option<Vec<String>>) -> Self {
        self.had = names;
        self
    }

    fn of(before: Option<&Membership>, after: &Membership) -> Self {
        Self {
            before: before.map(Stood::of).unwrap_or_default(),
            after: Stood::of(after),
            had: None,
        }
    }

    /// Both as facts have them, where the roles that can be read are called so: what differs.
    fn said(&self, roles: &[String]) -> (Value, Value) {
        let before = self.before.with_roles(self.had.as_deref().unwrap_or(roles));
        let after = self.after.with_roles(roles);
        (differing(&before, &after), differing(&after, &before))
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Whoever acts.
    Principal,
    /// A person who said so before its time came.
    Person(Id<User>),
    /// Time alone.
    Nobody,
}

/// What a fact about a membership is in the history of its person; none when it is nothing there. What waits for its time,
/// reminders and what is only worked out anew are not.
pub(super) fn kind(of: EventKind, before: Option<&Membership>, after: &Membership) -> Option<EventKind> {
    let counts = after.status == Status::Enabled;
    let was_held = before.is_some_and(|before| before.status.is_held());
    match of {
        EventKind::MemberAdded | EventKind::MemberActivated | EventKind::MemberRestored | EventKind::MemberResumed
            if counts =>
        {
            Some(EventKind::GroupMembershipCreate)
        }
        EventKind::MemberRenewed | EventKind::MemberRolesChanged if counts => Some(EventKind::GroupMembershipUpdate),
        EventKind::MemberChanged if counts && before.is_some_and(|before| differs(before, after)) => {
            Some(EventKind::GroupMembershipUpdate)
        }
        // What had expired before has ended once already.
        EventKind::MemberExpired | EventKind::MemberRemoved if was_held => Some(EventKind::GroupMembershipDelete),
        EventKind::MemberSuspended => Some(EventKind::GroupMembershipSuspend),
        _ => None,
    }
}

/// Whether it is otherwise than before in what people agree about.
fn differs(before: &Membership, after: &Membership) -> bool {
    let agreed = |one: &Membership| {
        let details = &one.details;
        (
            one.valid_from,
            one.expires_at,
            one.configuration,
            details.withheld,
            details.justification.clone(),
        )
    };
    agreed(before) != agreed(after)
}

impl Entry {
    /// Of one that stands otherwise than before; with what its roles were called, where they are others now.
    pub(super) fn of(
        change: &Change<'_>,
        kind: EventKind,
        (before, after, had): (Option<&Membership>, &Membership, Option<Vec<String>>),
        cause: Cause,
        root: Option<&Membership>,
    ) -> Self {
        let zone = Zone::of(change.realm());
        let last_day = if kind == EventKind::GroupMembershipDelete {
            Some(zone.day(change.now()))
        } else {
            after.expires_at.map(|end| zone.last_day(end))
        };
        let by = match kind {
            _ if !cause.is_of_time() => By::Principal,
            EventKind::GroupMembershipCreate => {
                let details = &before.unwrap_or(after).details;
                By::Person(last_changed_by(details.changed_by.as_deref()).unwrap_or(after.user))
            }
            _ => By::Nobody,
        };
        Self {
            kind,
            membership: after.id,
            group: after.group,
            user: after.user,
            cause: if root.is_some() { "cascade" } else { cause.name() },
            root: root.map(|root| root.id),
            last_day,
            by,
            turn: Turn::of(before, after).had(had),
        }
    }
}

pub(super) fn last_changed_by(label: Option<&str>) -> Option<Id<User>> {
    Id::parse(label?.strip_prefix("user:")?)
}

/// What is said of a group when it is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Farewell {
    /// Where it stood.
    path: String,
    /// What its roles were called.
    roles: BTreeMap<Uuid, String>,
    /// Who deletes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Who>,
    /// The same, if it is a person: they know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<Uuid>,
}

impl Farewell {
    /// Of a group that is about to go; none where nobody manages it.
    pub(crate) fn to(change: &mut Change<'_>, group: &Group) -> Result<Option<Self>, Error> {
        if !group.managed {
            return Ok(None);
        }
        let path = group::path::of(change, group.id)?.to_string();
        let roles = group::roles::table::of_group(change, group.id)?;
        let roles = roles.into_iter().map(|role| (role.id.uuid(), role.name)).collect();
        let by = Actor::of(change)?;
        Ok(Some(Self {
            path,
            roles,
            by: Some(by.who),
            person: by.user.map(Id::uuid),
        }))
    }

    /// What somebody who was in the group is told; nothing of what they did themselves.
    pub(super) fn notice(&self, group: Id<Group>, member: Id<User>) -> Option<Notice> {
        if self.person == Some(member.uuid()) {
            return None;
        }
        let about = GroupDeleted {
            group: GroupRef {
                id: group.uuid(),
                path: self.path.clone(),
            },
            actor: self.by.clone().unwrap_or(Who::Administration),
        };
        Some(Notice::GroupDeletedMember { member, about })
    }
}

/// Records that memberships have ended with their group.
pub(super) fn record_gone(
    change: &mut Change<'_>,
    group: Id<Group>,
    farewell: &Farewell,
    ended: &[(Id<Membership>, Id<User>, Status)],
) -> Result<(), Error> {
    let memberships: Vec<Id<Membership>> = ended.iter().map(|(membership, ..)| *membership).collect();
    let entry = |(membership, user, was): &(Id<Membership>, Id<User>, Status)| {
        gone(change, (*membership, group, *user, *was), GROUP_DELETED)
    };
    let entries: Vec<Entry> = ended.iter().map(entry).collect();
    let roles = told::roles_of_gone(change, &memberships, &farewell.roles)?;
    let paths = HashMap::from([(group, farewell.path.clone())]);
    write(change, &entries, &paths, &roles)
}

/// Records that memberships have ended with their person. Their roles have to be there still.
pub(super) fn record_departed(
    change: &mut Change<'_>,
    user: Id<User>,
    ended: &[(Id<Membership>, Id<Group>, Status)],
) -> Result<(), Error> {
    if ended.is_empty() {
        return Ok(());
    }
    let entry = |(membership, group, was): &(Id<Membership>, Id<Group>, Status)| {
        gone(change, (*membership, *group, user, *was), USER_DELETED)
    };
    let entries: Vec<Entry> = ended.iter().map(entry).collect();
    let groups: Vec<Id<Group>> = ended.iter().map(|(_, group, _)| *group).collect();
    let roles = told::roles_of_person(change, user, &groups)?;
    let paths = shown_paths(change, &groups)?;
    write(change, &entries, &paths, &roles)
}

fn gone(
    change: &Change<'_>,
    (membership, group, user, was): (Id<Membership>, Id<Group>, Id<User>, Status),
    cause: &'static str,
) -> Entry {
    Entry {
        kind: EventKind::GroupMembershipDelete,
        membership,
        group,
        user,
        cause,
        root: None,
        last_day: Some(Zone::of(change.realm()).day(change.now())),
        by: By::Principal,
        turn: Turn::between(Some(was), Status::Ended),
    }
}

/// Records them. Roles are named as they are at that moment, so those of what ends have to be there still.
pub(super) fn record(change: &mut Change<'_>, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut by_group: BTreeMap<Id<Group>, Vec<Id<Membership>>> = BTreeMap::new();
    for entry in entries {
        by_group.entry(entry.group).or_default().push(entry.membership);
    }
    let mut roles = HashMap::new();
    for (group, memberships) in &by_group {
        told::roles(change, *group, memberships, &mut roles)?;
    }
    let groups: Vec<Id<Group>> = by_group.into_keys().collect();
    let paths = shown_paths(change, &groups)?;
    write(change, entries, &paths, &roles)
}

fn shown_paths(change: &mut Change<'_>, groups: &[Id<Group>]) -> Result<HashMap<Id<Group>, String>, Error> {
    let paths = told::paths(change, groups)?;
    let shown = paths.into_iter().map(|(group, path)| (group, path.to_string()));
    Ok(shown.collect())
}

fn write(
    change: &mut Change<'_>,
    entries: &[Entry],
    paths: &HashMap<Id<Group>, String>,
    roles: &HashMap<Id<Membership>, Vec<String>>,
) -> Result<(), Error> {
    let actor = change.principal().user();
    let mut people: Vec<Id<User>> = entries.iter().map(|entry| entry.user).collect();
    people.extend(entries.iter().filter_map(|entry| match entry.by {
        By::Principal => actor,
        By::Person(id) => Some(id),
        By::Nobody => None,
    }));
    people.sort_unstable();
    people.dedup();
    let mut people = told::people(change, &people)?;
    let left = entries
        .iter()
        .map(|entry| entry.user)
        .filter(|id| !people.contains_key(id));
    let left: BTreeSet<Id<User>> = left.collect();
    people.extend(told::departed(change, &left)?);
    let named_by = change.realm().settings.agm.actor_attribute.clone();
    let mark = |id: Id<User>| {
        let attributes = &people.get(&id)?.attributes;
        let values = user::rules::values(attributes, named_by.as_deref()?);
        values.into_iter().next()
    };
    let label = change.principal().label();
    let acts = match &change.principal().actor {
        principal::Actor::User(user) => Some(mark(user.user).unwrap_or_else(|| user.user.to_string())),
        principal::Actor::Client(client) => Some(client.client.id.to_string()),
        principal::Actor::Operator => Some(label.clone()),
        principal::Actor::System | principal::Actor::Nobody => None,
    };
    for entry in entries {
        let person = people.get(&entry.user);
        let by = match entry.by {
            By::Principal => acts.clone(),
            By::Person(id) => Some(mark(id).unwrap_or_else(|| id.to_string())),
            By::Nobody => None,
        };
        let path = paths.get(&entry.group).cloned();
        let user_name = person.and_then(|person| person.attributes.get("userName")).cloned();
        let said: [(&str, Option<Value>); 6] = [
            ("group", path.map(Value::from)),
            ("actionUser", by.map(Value::from)),
            ("username", user_name),
            (
                "membership expiration",
                entry.last_day.map(|day| day.to_string().into()),
            ),
            ("voPersonID", mark(entry.user).map(Value::from)),
            ("rootMembershipId", entry.root.map(|root| root.to_string().into())),
        ];
        let said = said
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut body: Map<String, Value> = said.collect();
        let roles = roles.get(&entry.membership).map_or(&[][..], Vec::as_slice);
        body.insert("roles".to_owned(), roles.join("::").into());
        body.insert("cause".to_owned(), entry.cause.into());
        body.insert("actor".to_owned(), json!(label));
        let (before, after) = entry.turn.said(roles);
        body.insert("before".to_owned(), before);
        body.insert("after".to_owned(), after);
        // A person who is erased has no version that counts: nothing comes after what tells of that.
        let version = person.map_or(0, |person| person.version);
        change.record(Event::new(entry.kind, entry.user.uuid(), version, Value::Object(body)).within(entry.group))?;
    }
    Ok(())
}

/// Records that the roles of memberships of a managed group are others now than those named.
pub(crate) fn roles_changed(
    change: &mut Change<'_>,
    memberships: &[(&Membership, Vec<String>)],
    cause: Cause,
) -> Result<(), Error> {
    let mut entries = Vec::with_capacity(memberships.len());
    for (membership, had) in memberships {
        if let Some(kind) = kind(EventKind::MemberRolesChanged, None, membership) {
            let stands = (Some(*membership), *membership, Some(had.clone()));
            entries.push(Entry::of(change, kind, stands, cause, None));
        }
    }
    record(change, &entries)
}
