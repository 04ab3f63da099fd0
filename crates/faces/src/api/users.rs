//! Users, in SCIM's terms.

use std::collections::BTreeMap;

use directory::client::ResourceKind;
use directory::confirmation::ResendConfirmation;
use directory::user::{CreateUser, Created, DeleteUser, Lifecycle, PatchUser, ReplaceUser, RestoreUser, SetLifecycle};
use directory::{Id, Scope};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{Object, Query};
use super::call::{self, ById, Call};
use super::error::{Code, Problem};
use super::reply::Reply;
use super::scim_body::{self, ResourcePage, ResourceQuery, ShapeQuery, UserBody};
use crate::path::Path;

const KIND: ResourceKind = ResourceKind::User;

/// List users
#[utoipa::path(get, path = "/users", tag = "Users", operation_id = "list_users", params(ResourceQuery), responses((status = 200, description = "a page", body = ResourcePage)))]
pub(super) async fn list(call: Call, Query(query): Query<ResourceQuery>) -> Result<Reply, Problem> {
    scim_body::list(&call, KIND, &query).await
}

/// Add a user
///
/// Whether an invitation goes out is decided by the client's `invite`; `POST /invitations` invites in any case.
#[utoipa::path(post, path = "/users", tag = "Users", operation_id = "create_user", request_body = UserBody, responses((status = 201, description = "added", body = UserBody)))]
pub(super) async fn create(call: Call, body: Object) -> Result<Reply, Problem> {
    scim_body::check_members(&call, KIND, &body.members)?;
    let command = CreateUser::by_admin(Value::Object(body.members));
    let path = call.path.clone();
    let reply = move |created: &Created, _| Reply::made(format!("{path}/{}", created.user.id));
    let made = call.once(&body.bytes, command, reply).await?;
    let id: Id<_> = call::id(made.made_id(), "user")?;
    let shape = scim_body::shape(&call, KIND, &ShapeQuery::default())?;
    match call
        .directory()
        .user_view(&call.principal, id, &shape, Scope::Admin)
        .await
        .map_err(Problem::from)
    {
        Ok(user) => Ok(made.etag(user.etag).with_body(user.body)),
        // Sent again after the user has left: the answer is where they were.
        Err(problem) if problem.code() == Code::NotFound => Ok(made),
        Err(problem) => Err(problem),
    }
}

/// Show a user
#[utoipa::path(get, path = "/users/{id}", tag = "Users", operation_id = "show_user", params(("id" = String, Path, description = "its id"), ShapeQuery), responses((status = 200, description = "the user", body = UserBody)))]
pub(super) async fn show(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<ShapeQuery>,
) -> Result<Reply, Problem> {
    shown(&call, call::id(&id, "user")?, &query).await
}

async fn shown(call: &Call, id: Id<directory::user::User>, query: &ShapeQuery) -> Result<Reply, Problem> {
    let shape = scim_body::shape(call, KIND, query)?;
    let user = call
        .directory()
        .user_view(&call.principal, id, &shape, Scope::Admin)
        .await?;
    Ok(Reply::text(axum::http::StatusCode::OK, user.body).etag(user.etag))
}

/// Replace a user
///
/// What is not sent is removed, as with a SCIM PUT.
#[utoipa::path(put, path = "/users/{id}", tag = "Users", operation_id = "replace_user", params(("id" = String, Path, description = "its id")), request_body = UserBody, responses((status = 200, description = "the user as it now is", body = UserBody)))]
pub(super) async fn replace(call: Call, Path(ById { id }): Path<ById>, body: Object) -> Result<Reply, Problem> {
    scim_body::check_members(&call, KIND, &body.members)?;
    let id = call::id(&id, "user")?;
    call.run(ReplaceUser {
        id,
        body: Value::Object(body.members),
        if_match: call.if_match.clone(),
        needs: Scope::Admin,
    })
    .await?;
    shown(&call, id, &ShapeQuery::default()).await
}

/// Change a user
///
/// What is sent is merged (RFC 7396): null removes, a list replaces the whole list. A SCIM PatchOp is taken as well.
#[utoipa::path(patch, path = "/users/{id}", tag = "Users", operation_id = "change_user", params(("id" = String, Path, description = "its id")), request_body = UserBody, responses((status = 200, description = "the user as it now is", body = UserBody)))]
pub(super) async fn change(call: Call, Path(ById { id }): Path<ById>, body: Object) -> Result<Reply, Problem> {
    let operations = scim_body::operations(&call, KIND, body.members)?;
    let id = call::id(&id, "user")?;
    call.run(PatchUser {
        id,
        operations,
        if_match: call.if_match.clone(),
        needs: Scope::Admin,
    })
    .await?;
    shown(&call, id, &ShapeQuery::default()).await
}

/// Delete a user
///
/// The person leaves: nowhere visible at once, the name free, memberships and tokens ended, data erased after the realm's
/// retention. Here that is so for users too who are leaving: they go now.
#[utoipa::path(delete, path = "/users/{id}", tag = "Users", operation_id = "delete_user", params(("id" = String, Path, description = "its id")), responses((status = 204, description = "deleted")))]
pub(super) async fn delete(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    call.run(DeleteUser {
        id: call::id(&id, "user")?,
        if_match: call.if_match.clone(),
        needs: Scope::Admin,
    })
    .await?;
    Ok(Reply::done())
}

/// Who wrote a user's attributes last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Writers {
    /// Who wrote the whole: `operator`, `system`, `client:` or `user:` with an id, or `wire:bound` and `wire:unbound` for the
    /// tokens of Wire's profile. Null of users from before this was kept.
    writer: Option<String>,
    /// The attributes that somebody else wrote or removed last, by name; those of extensions as `urn:…:User:department`.
    others: BTreeMap<String, String>,
}

/// Show who wrote a user's attributes
#[utoipa::path(get, path = "/users/{id}/writers", tag = "Users", operation_id = "show_writers", params(("id" = String, Path, description = "the user's id")), responses((status = 200, description = "who wrote what last", body = Writers)))]
pub(super) async fn writers(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let user = call.directory().user(&call.principal, call::id(&id, "user")?).await?;
    let others = user.provenance.others();
    Ok(Reply::ok(&Writers {
        writer: user.provenance.writer().map(|writer| writer.to_string()),
        others: others
            .map(|(name, writer)| (name.to_owned(), writer.to_string()))
            .collect(),
    }))
}

/// Suspend a user
///
/// Kept out for now; tokens that act as the person end.
#[utoipa::path(post, path = "/users/{id}/suspend", tag = "Users", operation_id = "suspend_user", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the user as it now is", body = UserBody)))]
pub(super) async fn suspend(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id = call::id(&id, "user")?;
    call.run(SetLifecycle {
        id,
        lifecycle: Lifecycle::Suspended,
    })
    .await?;
    shown(&call, id, &ShapeQuery::default()).await
}

/// Ask again for a user's address to be confirmed
///
/// Sends the mail about the address that waits, `pendingEmail`, again with a new link; the old one is dead.
#[utoipa::path(post, path = "/users/{id}/resend-confirmation", tag = "Users", operation_id = "resend_confirmation", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the user, with the address that waits", body = UserBody)))]
pub(super) async fn resend_confirmation(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id = call::id(&id, "user")?;
    call.run(ResendConfirmation { user: id }).await?;
    shown(&call, id, &ShapeQuery::default()).await
}

/// Bring a user back who is leaving
///
/// Somebody whom a program deleted that has `suspend_before_delete_days` is suspended until then, with `leavesAt`. Brought
/// back they stand where they stood before: in again, or suspended.
#[utoipa::path(post, path = "/users/{id}/restore", tag = "Users", operation_id = "restore_user", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the user as it now is", body = UserBody), (status = 409, description = "the user is not leaving")))]
pub(super) async fn restore(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id = call::id(&id, "user")?;
    call.run(RestoreUser { id }).await?;
    shown(&call, id, &ShapeQuery::default()).await
}

/// Let a suspended user in again
#[utoipa::path(post, path = "/users/{id}/activate", tag = "Users", operation_id = "activate_user", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the user as it now is", body = UserBody)))]
pub(super) async fn activate(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id = call::id(&id, "user")?;
    call.run(SetLifecycle {
        id,
        lifecycle: Lifecycle::Active,
    })
    .await?;
    shown(&call, id, &ShapeQuery::default()).await
}
