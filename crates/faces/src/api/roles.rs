//! Roles of people in the realm.

use directory::user::{GrantRole, RevokeRole};
use directory::{Refusal, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{self, ById, Call};
use super::error::Problem;
use super::reply::Reply;
use crate::path::Path;

/// The roles granted to a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Roles {
    /// Their names.
    roles: Vec<&'static str>,
}

/// A user and a role in a path.
#[derive(Debug, Deserialize)]
pub(super) struct RoleOfUser {
    id: String,
    role: String,
}

fn role(name: &str) -> Result<Role, Problem> {
    let known: Vec<_> = Role::ALL.iter().map(|(_, name)| *name).collect();
    Role::parse(name)
        .ok_or_else(|| Refusal::invalid("role", format!("`{name}` is unknown; known are {}", known.join(", "))).into())
}

/// List the roles of a user
#[utoipa::path(get, path = "/users/{id}/roles", tag = "Roles", operation_id = "list_roles", params(("id" = String, Path, description = "the user's id")), responses((status = 200, description = "the roles", body = Roles)))]
pub(super) async fn list(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let roles = call.directory().roles(&call.principal, call::id(&id, "user")?).await?;
    Ok(Reply::ok(&Roles {
        roles: roles.into_iter().map(Role::name).collect(),
    }))
}

/// Grant a role
///
/// A second time changes nothing.
#[utoipa::path(put, path = "/users/{id}/roles/{role}", tag = "Roles", operation_id = "grant_role", params(("id" = String, Path, description = "the user's id"), ("role" = String, Path, description = "`realm-admin`, `manage-groups`, `manage-groups-extended`, `inviter` or `auditor`")), responses((status = 204, description = "granted")))]
pub(super) async fn grant(call: Call, Path(path): Path<RoleOfUser>) -> Result<Reply, Problem> {
    call.run(GrantRole {
        id: call::id(&path.id, "user")?,
        role: role(&path.role)?,
    })
    .await?;
    Ok(Reply::done())
}

/// Take a role away
///
/// A second time changes nothing.
#[utoipa::path(delete, path = "/users/{id}/roles/{role}", tag = "Roles", operation_id = "revoke_role", params(("id" = String, Path, description = "the user's id"), ("role" = String, Path, description = "the role")), responses((status = 204, description = "taken away")))]
pub(super) async fn revoke(call: Call, Path(path): Path<RoleOfUser>) -> Result<Reply, Problem> {
    call.run(RevokeRole {
        id: call::id(&path.id, "user")?,
        role: role(&path.role)?,
    })
    .await?;
    Ok(Reply::done())
}
