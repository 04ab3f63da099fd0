//! Groups, in SCIM's terms.

use directory::client::ResourceKind;
use directory::group::{CreateGroup, DeleteGroup, GroupWritten, PatchGroup, ReplaceGroup};
use directory::{Id, Scope};
use serde_json::Value;

use super::body::{Object, Query};
use super::call::{self, ById, Call};
use super::error::{Code, Problem};
use super::reply::Reply;
use super::scim_body::{self, GroupBody, ResourcePage, ResourceQuery, ShapeQuery};
use crate::path::Path;

const KIND: ResourceKind = ResourceKind::Group;

/// List groups
#[utoipa::path(get, path = "/groups", tag = "Groups", operation_id = "list_groups", params(ResourceQuery), responses((status = 200, description = "a page", body = ResourcePage)))]
pub(super) async fn list(call: Call, Query(query): Query<ResourceQuery>) -> Result<Reply, Problem> {
    scim_body::list(&call, KIND, &query).await
}

/// Add a group
///
/// With its first members, where it has any.
#[utoipa::path(post, path = "/groups", tag = "Groups", operation_id = "create_group", request_body = GroupBody, responses((status = 201, description = "added", body = GroupBody)))]
pub(super) async fn create(call: Call, body: Object) -> Result<Reply, Problem> {
    scim_body::check_members(&call, KIND, &body.members)?;
    let command = CreateGroup {
        body: Value::Object(body.members),
        needs: Scope::Admin,
    };
    let path = call.path.clone();
    let reply = move |written: &GroupWritten, _| Reply::made(format!("{path}/{}", written.group.id));
    let made = call.once(&body.bytes, command, reply).await?;
    let id: Id<_> = call::id(made.made_id(), "group")?;
    let shape = scim_body::shape(&call, KIND, &ShapeQuery::default())?;
    match call
        .directory()
        .group_view(&call.principal, id, &shape, Scope::Admin)
        .await
        .map_err(Problem::from)
    {
        Ok(group) => Ok(made.etag(group.etag).with_body(group.body)),
        // Sent again after the group was deleted: the answer is where it was.
        Err(problem) if problem.code() == Code::NotFound => Ok(made),
        Err(problem) => Err(problem),
    }
}

/// Show a group
#[utoipa::path(get, path = "/groups/{id}", tag = "Groups", operation_id = "show_group", params(("id" = String, Path, description = "its id"), ShapeQuery), responses((status = 200, description = "the group", body = GroupBody)))]
pub(super) async fn show(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<ShapeQuery>,
) -> Result<Reply, Problem> {
    shown(&call, call::id(&id, "group")?, &query).await
}

async fn shown(call: &Call, id: Id<directory::group::Group>, query: &ShapeQuery) -> Result<Reply, Problem> {
    let shape = scim_body::shape(call, KIND, query)?;
    let group = call
        .directory()
        .group_view(&call.principal, id, &shape, Scope::Admin)
        .await?;
    Ok(Reply::text(axum::http::StatusCode::OK, group.body).etag(group.etag))
}

/// Replace a group
///
/// What is not sent is removed, members too, as with a SCIM PUT.
#[utoipa::path(put, path = "/groups/{id}", tag = "Groups", operation_id = "replace_group", params(("id" = String, Path, description = "its id")), request_body = GroupBody, responses((status = 200, description = "the group as it now is", body = GroupBody)))]
pub(super) async fn replace(call: Call, Path(ById { id }): Path<ById>, body: Object) -> Result<Reply, Problem> {
    scim_body::check_members(&call, KIND, &body.members)?;
    let id = call::id(&id, "group")?;
    call.run(ReplaceGroup {
        id,
        body: Value::Object(body.members),
        if_match: call.if_match.clone(),
        needs: Scope::Admin,
    })
    .await?;
    shown(&call, id, &ShapeQuery::default()).await
}

/// Change a group
///
/// What is sent is merged (RFC 7396): null removes, a list replaces the whole list. A SCIM PatchOp is taken as well.
#[utoipa::path(patch, path = "/groups/{id}", tag = "Groups", operation_id = "change_group", params(("id" = String, Path, description = "its id")), request_body = GroupBody, responses((status = 200, description = "the group as it now is", body = GroupBody)))]
pub(super) async fn change(call: Call, Path(ById { id }): Path<ById>, body: Object) -> Result<Reply, Problem> {
    let operations = scim_body::operations(&call, KIND, body.members)?;
    let id = call::id(&id, "group")?;
    call.run(PatchGroup {
        id,
        operations,
        if_match: call.if_match.clone(),
        needs: Scope::Admin,
    })
    .await?;
    shown(&call, id, &ShapeQuery::default()).await
}

/// Delete a group
///
/// It is hidden everywhere at once; its memberships end in slices.
#[utoipa::path(delete, path = "/groups/{id}", tag = "Groups", operation_id = "delete_group", params(("id" = String, Path, description = "its id")), responses((status = 204, description = "deleted")))]
pub(super) async fn delete(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    call.run(DeleteGroup {
        id: call::id(&id, "group")?,
        if_match: call.if_match.clone(),
        needs: Scope::Admin,
    })
    .await?;
    Ok(Reply::done())
}
