//! The roles of a group.

use directory::group::{DefineRole, DeleteRole, Group, GroupPath, GroupRole, RenameRole, RoleName, RoleNamed};
use directory::view::IfMatch;
use directory::{Denial, Id, Realm};
use serde::Serialize;

use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::path::{NamedOfGroup, OfGroup};
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::group::entitlement;
use crate::path::Path;

/// A role with more than its name.
#[derive(Serialize)]
struct RoleBody {
    id: String,
    name: String,
    entitlement: String,
    version: i64,
}

impl RoleBody {
    fn of(role: GroupRole, realm: &Realm, path: &GroupPath) -> Self {
        Self {
            entitlement: entitlement(realm, path, &role.name),
            id: role.id.to_string(),
            name: role.name,
            version: role.version,
        }
    }
}

pub(in crate::agm) async fn list(call: Call, Path(path): Path<OfGroup>, asked: Asked) -> Result<Reply, AgmError> {
    let (group, with_details) = (path.id()?, asked.flag("details", false)?);
    let roles = call.directory().group_roles(&call.principal, group).await?;
    if !with_details {
        let names: Vec<String> = roles.into_iter().map(|role| role.name).collect();
        return Ok(Reply::ok(&names));
    }
    let path = call.directory().group_path(&call.principal, group).await?;
    let roles = roles.into_iter().map(|role| RoleBody::of(role, &call.realm, &path));
    Ok(Reply::ok(&roles.collect::<Vec<_>>()))
}

pub(in crate::agm) async fn define(call: Call, Path(path): Path<OfGroup>, asked: Asked) -> Result<Reply, AgmError> {
    let command = DefineRole {
        group: path.id()?,
        name: name(&asked)?,
    };
    call.run(command).await.map_err(AgmError::with_conflict)?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn remove(
    call: Call,
    Path(path): Path<NamedOfGroup>,
    asked: Asked,
) -> Result<Reply, AgmError> {
    let group = path.of.id()?;
    let if_version = match call.if_match() {
        IfMatch::Any => None,
        _ => call.if_version(named(&call, group, &path.name).await?.version)?,
    };
    let command = DeleteRole {
        group,
        if_version,
        role: RoleNamed::Word(path.name),
        replace_with: asked.text("replaceWith").map(|word| RoleNamed::Word(word.to_owned())),
        force: asked.flag("force", false)?,
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn rename(
    call: Call,
    Path(path): Path<NamedOfGroup>,
    asked: Asked,
) -> Result<Reply, AgmError> {
    let (group, name) = (path.of.id()?, name(&asked)?);
    let role = named(&call, group, &path.name).await?;
    let command = RenameRole {
        group,
        role: RoleNamed::Id(role.id),
        name,
        if_version: call.if_version(role.version)?,
    };
    let renamed = call.run(command).await.map_err(AgmError::with_conflict)?;
    Ok(Reply::done().version(renamed.version))
}

/// The role that a path names, by its name or its id.
async fn named(call: &Call, group: Id<Group>, word: &str) -> Result<GroupRole, AgmError> {
    let roles = call.directory().group_roles(&call.principal, group).await?;
    let named = roles.iter().find(|role| role.name == word);
    let role = named.or_else(|| roles.iter().find(|role| role.id.to_string() == word));
    Ok(role.cloned().ok_or(Denial::NoSuchRole)?)
}

fn name(asked: &Asked) -> Result<RoleName, AgmError> {
    Ok(RoleName::parse(asked.text("name").unwrap_or_default())?)
}
