//! Roles that members may have in a group.

use directory::group::{DefineRole, DeleteRole, Group, GroupRole, RenameRole, RoleName, RoleNamed};
use directory::view::IfMatch;
use directory::{Denial, Id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::fields;
use super::paging::Page;
use super::reply::Reply;
use crate::path::Path;

/// A role in a group.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = GroupRole)]
pub(super) struct RoleBody {
    /// Its id.
    id: String,
    /// Its name in the group; every letter counts.
    name: String,
    /// Raised by every change.
    version: i64,
}

impl From<&GroupRole> for RoleBody {
    fn from(role: &GroupRole) -> Self {
        Self {
            id: role.id.to_string(),
            name: role.name.clone(),
            version: role.version,
        }
    }
}

/// What a role is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedRole {
    /// Its name in the group.
    name: String,
}

/// A group and one of its roles in a path.
#[derive(Debug, Deserialize)]
pub(super) struct RoleOfGroup {
    id: String,
    role: String,
}

/// What becomes of those who hold a role that goes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Holders {
    /// They hold this role in its place: its id or name.
    replace_with: Option<String>,
    /// It goes even if members hold it, and with nothing in its place.
    #[serde(default)]
    force: bool,
}

/// List the roles of a group
///
/// By name, at most 200. For those who administer it in any way.
#[utoipa::path(get, path = "/groups/{id}/roles", tag = "Group roles", operation_id = "list_group_roles", params(("id" = String, Path, description = "the group's id")), responses((status = 200, description = "all of them", body = Page<RoleBody>)))]
pub(super) async fn list(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let roles = call.directory().group_roles(&call.principal, group).await?;
    Ok(Reply::ok(&Page::with(roles.iter().map(RoleBody::from).collect(), None)))
}

/// Add a role to a group
///
/// Takes `roles.define`.
#[utoipa::path(post, path = "/groups/{id}/roles", tag = "Group roles", operation_id = "create_group_role", params(("id" = String, Path, description = "the group's id")), request_body = NamedRole, responses((status = 201, description = "added", body = RoleBody)))]
pub(super) async fn create(call: Call, Path(ById { id }): Path<ById>, body: Body<NamedRole>) -> Result<Reply, Problem> {
    let command = DefineRole {
        group: call::id(&id, "group")?,
        name: RoleName::parse(&body.value.name)?,
    };
    let path = call.path.clone();
    let reply = move |role: &GroupRole, _| {
        Reply::created(format!("{path}/{}", role.id), &RoleBody::from(role)).version(role.version)
    };
    call.once(&body.bytes, command, reply).await
}

/// The version a command is to insist on.
async fn if_version(call: &Call, group: Id<Group>, word: &str) -> Result<Option<i64>, Problem> {
    if call.if_match == IfMatch::Any {
        return Ok(None);
    }
    let roles = call.directory().group_roles(&call.principal, group).await?;
    let named = roles.iter().find(|role| role.name == word);
    let found = named.or_else(|| roles.iter().find(|role| role.id.to_string() == word));
    call.if_version(found.ok_or(Denial::NoSuchRole)?.version)
}

/// Rename a role of a group
///
/// Whoever holds it goes on holding it. Takes `roles.define`, and `roles.assign` or `members.write`, as people have another role then.
#[utoipa::path(patch, path = "/groups/{id}/roles/{role}", tag = "Group roles", operation_id = "rename_group_role", params(("id" = String, Path, description = "the group's id"), ("role" = String, Path, description = "the role's id or name")), request_body = NamedRole, responses((status = 200, description = "the role as it now is", body = RoleBody)))]
pub(super) async fn rename(call: Call, Path(path): Path<RoleOfGroup>, body: Body<NamedRole>) -> Result<Reply, Problem> {
    let group = call::id(&path.id, "group")?;
    let command = RenameRole {
        group,
        if_version: if_version(&call, group, &path.role).await?,
        role: RoleNamed::Word(path.role),
        name: RoleName::parse(&body.value.name)?,
    };
    let role = call.run(command).await?;
    Ok(Reply::ok(&RoleBody::from(&role)).version(role.version))
}

/// Delete a role of a group
///
/// One that members hold stays, unless it is said what becomes of them. Who asked for it, or was invited to it, is told. Takes
/// `roles.define`; where people have another role or one less by it, also `roles.assign` or `members.write`.
#[utoipa::path(delete, path = "/groups/{id}/roles/{role}", tag = "Group roles", operation_id = "delete_group_role", params(("id" = String, Path, description = "the group's id"), ("role" = String, Path, description = "the role's id or name"), Holders), responses((status = 204, description = "deleted")))]
pub(super) async fn delete(
    call: Call,
    Path(path): Path<RoleOfGroup>,
    Query(holders): Query<Holders>,
) -> Result<Reply, Problem> {
    let group = call::id(&path.id, "group")?;
    let command = DeleteRole {
        group,
        if_version: if_version(&call, group, &path.role).await?,
        role: RoleNamed::Word(path.role),
        replace_with: holders.replace_with.map(RoleNamed::Word),
        force: holders.force,
    };
    call.run(command)
        .await
        .map_err(|problem| problem.renamed(fields::here))?;
    Ok(Reply::done())
}
