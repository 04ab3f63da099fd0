//! Members of groups.

use directory::client::ResourceKind;
use directory::group::{GroupWritten, PatchGroup};
use directory::{Id, Refusal, Scope};
use scim::patch;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::body::{Body, Query};
use super::call::{self, ById, Call};
use super::error::{Code, Problem};
use super::reply::Reply;
use super::scim_body::{self, ResourcePage, ResourceQuery, ShapeQuery};
use crate::path::Path;

/// Members to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMembers {
    /// Ids of users and groups, at most 20,000.
    members: Vec<String>,
}

/// What came of adding members.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MembersAdded {
    /// Whether anything changed.
    changed: bool,
    /// Members that could not be taken, as they were sent.
    left_out: Vec<String>,
}

/// A group and a member in a path.
#[derive(Debug, Deserialize)]
pub(super) struct MemberOfGroup {
    id: String,
    member: String,
}

fn change(id: &str, operation: &Value, call: &Call) -> Result<PatchGroup, Problem> {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    let operations = patch::parse(body.as_object().unwrap_or(&serde_json::Map::new()))?;
    Ok(PatchGroup {
        id: call::id(id, "group")?,
        operations,
        if_match: call.if_match.clone(),
        needs: Scope::Admin,
    })
}

fn added(written: &GroupWritten) -> MembersAdded {
    MembersAdded {
        changed: written.changed,
        left_out: written.left_out.clone(),
    }
}

/// List the people in a group
///
/// Those in it directly, and those in groups that are in it.
#[utoipa::path(get, path = "/groups/{id}/members", tag = "Members", operation_id = "list_members", params(("id" = String, Path, description = "the group's id"), ResourceQuery), responses((status = 200, description = "a page of users", body = ResourcePage)))]
pub(super) async fn list(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(mut query): Query<ResourceQuery>,
) -> Result<Reply, Problem> {
    let group: Id<_> = call::id(&id, "group")?;
    let shape = scim_body::shape(&call, ResourceKind::Group, &ShapeQuery::only("displayName"))?;
    call.directory()
        .group_view(&call.principal, group, &shape, Scope::Admin)
        .await?;
    let within = format!("groups.value eq \"{group}\"");
    query.filter = Some(match query.filter.filter(|filter| !filter.is_empty()) {
        Some(filter) => format!("{within} and ({filter})"),
        None => within,
    });
    scim_body::list(&call, ResourceKind::User, &query).await
}

/// Add members to a group
#[utoipa::path(post, path = "/groups/{id}/members", tag = "Members", operation_id = "add_members", params(("id" = String, Path, description = "the group's id")), request_body = NewMembers, responses((status = 200, description = "added", body = MembersAdded)))]
pub(super) async fn add_many(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<NewMembers>,
) -> Result<Reply, Problem> {
    let members: Vec<Value> = body
        .value
        .members
        .iter()
        .map(|member| json!({ "value": member }))
        .collect();
    if members.is_empty() {
        return Err(Refusal::invalid("members", "at least one id").into());
    }
    let command = change(&id, &json!({ "op": "add", "path": "members", "value": members }), &call)?;
    call.once(&body.bytes, command, |written: &GroupWritten, _| {
        Reply::ok(&added(written))
    })
    .await
}

/// Add a member to a group
///
/// A user or a group. A second time changes nothing.
#[utoipa::path(put, path = "/groups/{id}/members/{member}", tag = "Members", operation_id = "add_member", params(("id" = String, Path, description = "the group's id"), ("member" = String, Path, description = "the id of a user or group")), responses((status = 204, description = "is a member")))]
pub(super) async fn add(call: Call, Path(path): Path<MemberOfGroup>) -> Result<Reply, Problem> {
    let member: Id<()> = call::id(&path.member, "member")?;
    let command = change(
        &path.id,
        &json!({ "op": "add", "path": "members", "value": [{ "value": member.to_string() }] }),
        &call,
    )?;
    let written = call.run(command).await?;
    match written.left_out.first() {
        None => Ok(Reply::done()),
        Some(left_out) => Err(Problem::at(
            Code::NotFound,
            "member",
            format!("{left_out} is no user or group that can be a member"),
        )),
    }
}

/// Take a member out of a group
///
/// A second time changes nothing.
#[utoipa::path(delete, path = "/groups/{id}/members/{member}", tag = "Members", operation_id = "remove_member", params(("id" = String, Path, description = "the group's id"), ("member" = String, Path, description = "the id of a user or group")), responses((status = 204, description = "is no member")))]
pub(super) async fn remove(call: Call, Path(path): Path<MemberOfGroup>) -> Result<Reply, Problem> {
    let member: Id<()> = call::id(&path.member, "member")?;
    let command = change(
        &path.id,
        &json!({ "op": "remove", "path": format!("members[value eq \"{member}\"]") }),
        &call,
    )?;
    call.run(command).await?;
    Ok(Reply::done())
}
