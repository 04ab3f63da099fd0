//! Saying which roles a group has.

use serde_json::{Value, json};

use super::super::{Group, RoleName, manage, privileged, table as groups};
use super::{AT_ONCE, GroupRole, MAX_ROLES, Settling, settle_some, table};
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::enrollment::configuration;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::Permission;

/// So many members with a role are counted when it goes.
const MOST_COUNTED: i64 = 1_000;

/// Which role of a group is meant.
#[derive(Clone, Debug)]
pub enum RoleNamed {
    /// By its id.
    Id(Id<GroupRole>),
    /// By its name.
    Name(String),
    /// By its name or, where no role has that, by its id.
    Word(String),
}

impl RoleNamed {
    fn find(&self, change: &mut Change<'_>, group: Id<Group>) -> Result<Option<GroupRole>, Error> {
        match self {
            Self::Id(id) => table::by_id(change, group, *id),
            Self::Name(name) if name.contains('\0') => Ok(None),
            Self::Name(name) => table::by_name(change, group, name),
            Self::Word(word) => match Self::Name(word.clone()).find(change, group)? {
                None => match Id::parse(word) {
                    Some(id) => table::by_id(change, group, id),
                    None => Ok(None),
                },
                found => Ok(found),
            },
        }
    }
}

/// Adds a role to a group.
#[derive(Clone, Debug)]
pub struct DefineRole {
    /// Which group.
    pub group: Id<Group>,
    /// The name of the role.
    pub name: RoleName,
}

impl Command for DefineRole {
    type Output = GroupRole;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupRole, Error> {
        let (mut group, _) = reach::load_group(change, self.group, Capability::RolesDefine)?;
        let was_managed = group.managed;
        manage(change, &mut group)?;
        if !was_managed && let Some(first) = table::by_name(change, group.id, self.name.as_str())? {
            // What is asked for is what every managed group begins with.
            return Ok(first);
        }
        if table::of_group(change, group.id)?.len() >= MAX_ROLES {
            return Err(Refusal::LimitReached {
                what: "roles of a group",
                limit: MAX_ROLES,
            }
            .into());
        }
        Ok(add(change, group.id, &self.name)?.ok_or(Denial::RoleTaken)?)
    }
}

/// Adds a role; none when the group has one of that name.
pub(in crate::group) fn add(
    change: &mut Change<'_>,
    group: Id<Group>,
    name: &RoleName,
) -> Result<Option<GroupRole>, Error> {
    let role = GroupRole {
        id: change.new_id(),
        name: name.as_str().to_owned(),
        version: 1,
    };
    if !table::insert(change, group, &role)? {
        return Ok(None);
    }
    let body = json!({
        "role": role.id.to_string(),
        "name": role.name,
        "before": null,
        "after": { "name": role.name },
    });
    record(change, EventKind::GroupRoleCreated, group, body)?;
    Ok(Some(role))
}

/// Gives a role another name. Whoever holds it goes on holding it.
#[derive(Clone, Debug)]
pub struct RenameRole {
    /// Which group.
    pub group: Id<Group>,
    /// Which of its roles.
    pub role: RoleNamed,
    /// The new name.
    pub name: RoleName,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
}

impl Command for RenameRole {
    type Output = GroupRole;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupRole, Error> {
        let (group, reach) = reach::load_group(change, self.group, Capability::RolesDefine)?;
        let mut role = self.role.find(change, group.id)?.ok_or(Denial::NoSuchRole)?;
        if self.if_version.is_some_and(|version| version != role.version) {
            return Err(Refusal::Changed.into());
        }
        if role.name == self.name.as_str() {
            return Ok(role);
        }
        // What people are entitled to follows from the name.
        reach.check_giving_roles()?;
        privileged::check_raising(change.principal(), &group)?;
        if !table::rename(change, group.id, &role, self.name.as_str())? {
            // Another name was free, or somebody renamed or deleted it at this moment.
            return match table::by_id(change, group.id, role.id)? {
                Some(now) if now.version == role.version => Err(Denial::RoleTaken.into()),
                _ => Err(Refusal::Changed.into()),
            };
        }
        let body = json!({ "role": role.id.to_string(), "before": role.name, "after": self.name.as_str() });
        record(change, EventKind::GroupRoleRenamed, group.id, body)?;
        self.name.as_str().clone_into(&mut role.name);
        role.version += 1;
        let now = change.now();
        job::schedule(
            change,
            JobKind::RecalculateEntitlements,
            group.id.uuid(),
            &json!({}),
            now,
        )?;
        Ok(role)
    }
}

/// Deletes a role of a group. One that members hold stays, unless it is said what becomes of them.
#[derive(Clone, Debug)]
pub struct DeleteRole {
    /// Which group.
    pub group: Id<Group>,
    /// Which of its roles.
    pub role: RoleNamed,
    /// Its holders have this role in its place.
    pub replace_with: Option<RoleNamed>,
    /// It goes even if members hold it, and with nothing in its place.
    pub force: bool,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
}

impl Command for DeleteRole {
    type Output = GroupRole;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupRole, Error> {
        // As a whole: whoever changes single members holds the group before their rows too.
        let (group, reach) = reach::hold_group(change, self.group, Capability::RolesDefine)?;
        let role = self.role.find(change, group.id)?.ok_or(Denial::NoSuchRole)?;
        if self.if_version.is_some_and(|version| version != role.version) {
            return Err(Refusal::Changed.into());
        }
        let replacement = match &self.replace_with {
            None => None,
            Some(named) => {
                let other = named.find(change, group.id)?.filter(|other| other.id != role.id);
                Some(other.ok_or_else(|| Refusal::invalid("replaceWith", "name another role of the group"))?)
            }
        };
        // First: whoever gives the role to somebody at this moment has done so by then, or finds it gone.
        if !table::delete(change, group.id, &role)? {
            return Err(Denial::NoSuchRole.into());
        }
        let holders = table::count_holders(change, role.id, MOST_COUNTED)?;
        let held = holders > 0;
        let is_in_force = held && table::is_held_in_force(change, role.id)?;
        if is_in_force && replacement.is_none() && !self.force {
            return Err(Denial::RoleAssigned.into());
        }
        if is_in_force || replacement.is_some() {
            reach.check_giving_roles()?;
        }
        // Whoever was offered it, too, has the other one instead.
        if replacement.is_some() {
            privileged::check_raising(change.principal(), &group)?;
        }
        let mut body = json!({
            "role": role.id.to_string(),
            "name": role.name,
            "before": standing(change, group.id, &role, holders)?,
            "after": replacement.as_ref().map(|other| json!({ "name": other.name })),
        });
        if let Some(other) = &replacement {
            body["replaced_by"] = other.id.to_string().into();
        }
        let settling = Settling {
            group: group.id,
            role: role.id,
            name: role.name.clone(),
            replacement: replacement.as_ref().map(|other| other.id),
        };
        if held {
            settle_some(change, &settling, AT_ONCE)?;
        }
        record(change, EventKind::GroupRoleDeleted, group.id, body)?;
        // The rest of the holders, and whoever asked for the role or was invited to it.
        let mut payload = json!({ "group": group.id.to_string(), "name": role.name });
        if let Some(other) = &replacement {
            payload["replacement"] = other.id.to_string().into();
        }
        let now = change.now();
        job::schedule(change, JobKind::SettleRole, role.id.uuid(), &payload, now)?;
        Ok(role)
    }
}

/// A role that goes, and what hangs on it: how many members hold it, and which ways to join offer it.
fn standing(change: &mut Change<'_>, group: Id<Group>, role: &GroupRole, holders: i64) -> Result<Value, Error> {
    let mut said = json!({ "name": role.name, "members": holders });
    if holders == MOST_COUNTED {
        said["more_members"] = true.into();
    }
    let ways = configuration::table::of_group(change, group)?;
    let ways = ways.iter().filter(|way| way.contract.roles.contains(&role.id.uuid()));
    said["configurations"] = ways.map(|way| way.id.to_string()).collect();
    Ok(said)
}

/// Records a fact about the roles of a group, whose version it raises.
fn record(change: &mut Change<'_>, kind: EventKind, group: Id<Group>, body: Value) -> Result<(), Error> {
    let version = groups::touch(change, group, 0)?;
    change.record(Event::new(kind, group.uuid(), version, body))?;
    Ok(())
}
