//! PUT and PATCH of a group: its own attributes, and member rows that come and go.

use scim::patch::{self, DeferredOp, PatchOptions};
use serde_json::{Map, Value, json};

use super::super::{Group, Source, table};
use super::create::{Accepted, accept, check, check_members_writable, check_unique, display_name, space};
use super::rename;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, Profile, ResourceKind, unknown};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::membership::{self, Hold, Path, table::Grant};
use crate::principal::{Permission, Scope};
use crate::user::intake;
use crate::view::IfMatch;

/// What a write came to.
#[derive(Debug)]
pub struct GroupWritten {
    /// The group as it now is.
    pub group: Group,
    /// Whether this made it; else it was there.
    pub made: bool,
    /// Whether anything changed.
    pub changed: bool,
    /// Members that could not be taken, as they were written.
    pub left_out: Vec<String>,
    /// What the caller should know beside that.
    pub warnings: Vec<String>,
}

/// Replaces a group's attributes and members (RFC 7644 §3.5.1).
#[derive(Clone, Debug)]
pub struct ReplaceGroup {
    /// Which one.
    pub id: Id<Group>,
    /// The attributes in SCIM's terms.
    pub body: Value,
    /// The versions the caller accepts; empty = any.
    pub if_match: IfMatch,
    /// What it takes.
    pub needs: Scope,
}

impl Command for ReplaceGroup {
    type Output = GroupWritten;

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupWritten, Error> {
        // A full list compares with what is there: the group's row is taken first.
        let client = change.principal().client().cloned();
        let members = |change: &mut Change<'_>, known: &Group| {
            let accepted = accept(change, client.as_deref(), &self.body, Some(&known.attributes()))?;
            Ok(vec![DeferredOp::Replace(accepted.members)])
        };
        let (before, path) = load_locked(change, self.id, &self.if_match, self.needs, members)?;
        let old = before.attributes();
        let Accepted {
            mut attributes,
            mut external_id,
            members,
            warnings,
        } = accept(change, client.as_deref(), &self.body, Some(&old))?;
        let policy = access::policy(change.principal());
        let profile = client.as_deref().map_or(Profile::Generic, |client| client.profile);
        access::keep_hidden_parts(
            change.schemas().intake(ResourceKind::Group, profile),
            policy,
            &old,
            &mut attributes,
        );
        check(change, profile, &mut attributes, external_id.as_deref())?;
        let hidden = |name: &str| policy.is_some_and(|policy| !policy.may_write(name) || !policy.may_read(name));
        if hidden("externalId") && external_id.is_none() {
            external_id = before.external_ids.get(space(client.as_deref())).map(str::to_owned);
        }
        let members_hidden = hidden("members") && members.is_empty();
        let operations = if members_hidden {
            Vec::new()
        } else {
            vec![DeferredOp::Replace(members)]
        };
        let written = finish(change, &before, &path, attributes, external_id, &operations)?;
        Ok(GroupWritten { warnings, ..written })
    }
}

/// Modifies a group by operations (RFC 7644 §3.5.2).
#[derive(Clone, Debug)]
pub struct PatchGroup {
    /// Which one.
    pub id: Id<Group>,
    /// The operations, in order.
    pub operations: Vec<patch::Operation>,
    /// The versions the caller accepts; empty = any.
    pub if_match: IfMatch,
    /// What it takes.
    pub needs: Scope,
}

impl Command for PatchGroup {
    type Output = GroupWritten;

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupWritten, Error> {
        let client = change.principal().client().cloned();
        let profile = client.as_deref().map_or(Profile::Generic, |client| client.profile);
        let schema = change.schemas().intake(ResourceKind::Group, profile);
        let warnings = unknown::of_operations(client.as_deref(), &self.operations, schema)?;
        let foreseen = membership::foreseen(change, &self.operations);
        let members = |_: &mut Change<'_>, known: &Group| {
            let outcome = apply(known, client.as_deref(), &self.operations, schema)?;
            Ok(outcome.0.deferred)
        };
        let (mut before, mut path) = if self.if_match.is_any() {
            let read = table::read_ahead(change, self.id, || foreseen)?;
            (check_loaded(change, read, &self.if_match, self.needs)?, Path::Plain)
        } else {
            load_locked(change, self.id, &self.if_match, self.needs, members)?
        };
        let mut outcome = apply(&before, client.as_deref(), &self.operations, schema)?;
        // Adding and removing single members needs no lock; everything that compares does.
        if self.if_match.is_any() {
            if outcome.0.changed || outcome.0.deferred.iter().any(compares) {
                (before, path) = load_locked(change, self.id, &self.if_match, self.needs, members)?;
                outcome = apply(&before, client.as_deref(), &self.operations, schema)?;
            } else if before.is_plain() {
                table::hold_together(change, before.id)?;
            } else {
                path = membership::hold_people(change, &before, &outcome.0.deferred, Hold::Together)?;
            }
        }
        let (patched, mut attributes) = outcome;
        let external_id = intake::take_external_id(&mut attributes, profile);
        check(change, profile, &mut attributes, external_id.as_deref())?;
        let written = finish(change, &before, &path, attributes, external_id, &patched.deferred)?;
        Ok(GroupWritten { warnings, ..written })
    }
}

fn compares(operation: &DeferredOp) -> bool {
    match operation {
        DeferredOp::Add(_) | DeferredOp::RemoveValues(_) => false,
        DeferredOp::RemoveWhere(filter) => filter.equal_values("value").is_none(),
        DeferredOp::Replace(_) | DeferredOp::RemoveAll => true,
    }
}

fn apply(
    before: &Group,
    client: Option<&crate::client::Client>,
    operations: &[patch::Operation],
    schema: &scim::schema::ResourceSchema,
) -> Result<(patch::PatchOutcome, Map<String, Value>), Error> {
    let mut attributes = before.attributes();
    if let Some(external_id) = before.external_ids.get(space(client)) {
        attributes.insert("externalId".into(), external_id.into());
    }
    let outcome = patch::apply(
        &mut attributes,
        operations,
        schema,
        &PatchOptions {
            deferred: &["members"],
            lenient: unknown::passes_over(client),
            ..PatchOptions::default()
        },
    )?;
    Ok((outcome, attributes))
}

/// Whether a group is none of the caller's business: to Wire's clients, one that was not made by SCIM (A12).
pub(super) fn is_anothers(change: &Change<'_>, group: &Group, needs: Scope) -> bool {
    let own_only = change
        .principal()
        .client()
        .is_some_and(|client| client.profile.writes_groups_of_scim_only());
    own_only && needs != Scope::Admin && group.source != Source::Scim
}

/// Locks a group of which something is compared or replaced. What `members` says is done to its members decides who is held
/// before, where more bears on them than the group.
fn load_locked(
    change: &mut Change<'_>,
    id: Id<Group>,
    if_match: &IfMatch,
    needs: Scope,
    members: impl FnOnce(&mut Change<'_>, &Group) -> Result<Vec<DeferredOp>, Error>,
) -> Result<(Group, Path), Error> {
    access::check_operation(change.principal(), ResourceKind::Group, Operation::Update)?;
    if let Some(group) = table::lock_plain(change, id)? {
        return Ok((check_loaded(change, Some(group), if_match, needs)?, Path::Plain));
    }
    let known = table::read(change, id)?;
    let known = check_loaded(change, known, if_match, needs)?;
    let operations = members(change, &known)?;
    let path = membership::hold_people(change, &known, &operations, Hold::Alone)?;
    let group = table::lock(change, id)?;
    Ok((check_loaded(change, group, if_match, needs)?, path))
}

/// A group that is there to the caller, in a version they accept.
fn check_loaded(change: &Change<'_>, group: Option<Group>, if_match: &IfMatch, needs: Scope) -> Result<Group, Error> {
    access::check_operation(change.principal(), ResourceKind::Group, Operation::Update)?;
    let group = group.ok_or(Refusal::NotFound { what: "group" })?;
    access::check_group(change, &group)?;
    if is_anothers(change, &group, needs) {
        return Err(Refusal::NotFound {
            what: "group managed by SCIM",
        }
        .into());
    }
    if !if_match.allows(group.version) {
        return Err(Refusal::Changed.into());
    }
    Ok(group)
}

fn finish(
    change: &mut Change<'_>,
    before: &Group,
    path: &Path,
    attributes: Map<String, Value>,
    external_id: Option<String>,
    operations: &[DeferredOp],
) -> Result<GroupWritten, Error> {
    let client = change.principal().client().cloned();
    let space = space(client.as_deref());
    let mut external_ids = before.external_ids.clone();
    if !client
        .as_deref()
        .is_some_and(|client| client.profile.ignores_external_id())
    {
        external_ids.set(space, external_id);
    }
    let old = before.attributes();
    let external_id_changed = external_ids != before.external_ids;
    let own_changed = old != attributes || external_id_changed;
    let policy = access::policy(change.principal());
    intake::check_writable(policy, &old, &attributes, external_id_changed)?;
    check_members_writable(policy, !operations.is_empty())?;

    let mut after = Group {
        display_name: display_name(&attributes),
        document: Value::Object(attributes.clone()).to_string(),
        external_ids,
        ..before.clone()
    };
    access::check_group_image(change, &after)?;
    check_unique(change, Some(before), &after)?;
    let members = membership::apply(change, before, path, operations, Grant::Repeat, !own_changed)?;
    if own_changed {
        table::update(change, before, &after, members.people)?;
        after.version += 1;
        let mut event = Event::replaced(
            EventKind::GroupChanged,
            before.id.uuid(),
            after.version,
            &old,
            &attributes,
        );
        if external_id_changed {
            event = event.with(
                "external_id",
                json!({ "before": before.external_ids.get(space), "after": after.external_ids.get(space) }),
            );
        }
        change.record(event)?;
        rename::follow(change, before, &mut after)?;
    } else if members.changed {
        after.version = match members.touched(change)? {
            Some(version) => version,
            None => table::touch(change, before.id, members.people)?,
        };
    }
    members.record(change, before.id, after.version)?;
    let changed = own_changed || members.changed;
    if changed {
        after.modified = change.now();
    }
    Ok(GroupWritten {
        group: after,
        made: false,
        changed,
        left_out: members.left_out,
        warnings: Vec::new(),
    })
}
