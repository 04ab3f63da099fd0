//! `/Users`: RFC 7644 §3.3 to §3.6 for people.

use axum::http::StatusCode;
use axum::response::Response;
use directory::client::ResourceKind::User;
use directory::user::{DeleteUser, PatchUser, ReplaceUser};
use directory::{Id, Scope};
use serde_json::Value;

use super::body::Body;
use super::context::{Conditions, PathId, Scim};
use super::error::ScimError;
use super::query::Query;
use super::repeat::{self, Key};
use super::respond;
use super::search;

pub(super) async fn list(scim: Scim, query: Query) -> Result<Response, ScimError> {
    search::answer(&scim, &[User], search::asked(&query)?).await
}

pub(super) async fn create(scim: Scim, key: Key, query: Query, Body(body): Body) -> Result<Response, ScimError> {
    repeat::create_user(&scim, key, &query, Value::Object(body)).await
}

pub(super) async fn read(
    scim: Scim,
    PathId(id): PathId,
    query: Query,
    conditions: Conditions,
) -> Result<Response, ScimError> {
    let shape = scim.shape(&query, User)?;
    let id = scim.find(User, &id, Scope::ScimRead).await?;
    let rendered = scim
        .directory()
        .user_view(scim.principal(), id, &shape, Scope::ScimRead)
        .await?;
    Ok(respond::unless_known(rendered, &conditions.if_none_match))
}

pub(super) async fn replace(
    scim: Scim,
    PathId(id): PathId,
    query: Query,
    conditions: Conditions,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let id = scim.find(User, &id, Scope::ScimWrite).await?;
    replace_user(&scim, id, &query, conditions, Value::Object(body), Scope::ScimWrite).await
}

pub(super) async fn modify(
    scim: Scim,
    PathId(id): PathId,
    query: Query,
    conditions: Conditions,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let id = scim.find(User, &id, Scope::ScimWrite).await?;
    modify_user(&scim, id, &query, conditions, &body, Scope::ScimWrite).await
}

pub(super) async fn delete(scim: Scim, PathId(id): PathId, conditions: Conditions) -> Result<Response, ScimError> {
    let done = async {
        let id = scim.find(User, &id, Scope::ScimWrite).await?;
        scim.execute(DeleteUser {
            id,
            if_match: conditions.if_match,
            needs: Scope::ScimWrite,
        })
        .await
    };
    match done.await {
        Err(error) if !scim.forgives(&error) => Err(error),
        Ok(()) | Err(_) => Ok(respond::no_content(None)),
    }
}

/// PUT, here and at `/Me`.
pub(super) async fn replace_user(
    scim: &Scim,
    id: Id<directory::user::User>,
    query: &Query,
    conditions: Conditions,
    body: Value,
    needs: Scope,
) -> Result<Response, ScimError> {
    let shape = scim.shape_of_written(query, User, reads(needs))?;
    let written = scim
        .execute(ReplaceUser {
            id,
            body,
            if_match: conditions.if_match,
            needs,
        })
        .await?;
    let rendered = scim
        .directory()
        .show_user(scim.principal(), &written.user, &shape)
        .await?;
    let response = respond::resource(StatusCode::OK, rendered);
    Ok(respond::with_warnings(response, &written.warnings))
}

/// PATCH, here and at `/Me`.
pub(super) async fn modify_user(
    scim: &Scim,
    id: Id<directory::user::User>,
    query: &Query,
    conditions: Conditions,
    body: &serde_json::Map<String, Value>,
    needs: Scope,
) -> Result<Response, ScimError> {
    let shape = scim.shape_of_written(query, User, reads(needs))?;
    let operations = scim.operations(body)?;
    let written = scim
        .execute(PatchUser {
            id,
            operations,
            if_match: conditions.if_match,
            needs,
        })
        .await?;
    let rendered = scim
        .directory()
        .show_user(scim.principal(), &written.user, &shape)
        .await?;
    let response = respond::resource(StatusCode::OK, rendered);
    Ok(respond::with_warnings(response, &written.warnings))
}

/// The scope that reads what another one writes.
fn reads(writes: Scope) -> Scope {
    if writes == Scope::ScimWrite {
        Scope::ScimRead
    } else {
        writes
    }
}
