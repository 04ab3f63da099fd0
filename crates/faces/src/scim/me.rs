//! `/Me` (RFC 7644 §3.11): the resource of the person a token acts as, served directly.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use directory::client::ResourceKind::User;
use directory::{Id, Permission, Refusal, Scope};
use serde_json::Value;

use super::body::Body;
use super::context::{Conditions, Scim};
use super::error::ScimError;
use super::query::Query;
use super::{respond, users};

pub(super) async fn read(scim: Scim, query: Query, conditions: Conditions) -> Result<Response, ScimError> {
    let id = own(&scim)?;
    let shape = scim.shape(&query, User)?;
    let rendered = scim
        .directory()
        .user_view(scim.principal(), id, &shape, Scope::ScimMe)
        .await?;
    Ok(located(
        &scim,
        id,
        respond::unless_known(rendered, &conditions.if_none_match),
    ))
}

pub(super) async fn replace(
    scim: Scim,
    query: Query,
    conditions: Conditions,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let id = own(&scim)?;
    let response = users::replace_user(&scim, id, &query, conditions, Value::Object(body), Scope::ScimMe).await?;
    Ok(located(&scim, id, response))
}

pub(super) async fn modify(
    scim: Scim,
    query: Query,
    conditions: Conditions,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let id = own(&scim)?;
    let response = users::modify_user(&scim, id, &query, conditions, &body, Scope::ScimMe).await?;
    Ok(located(&scim, id, response))
}

/// A person who has a token has an account.
pub(super) async fn create(scim: Scim) -> Result<Response, ScimError> {
    own(&scim)?;
    scim.principal().check(Permission::Scope(Scope::ScimMe))?;
    Err(scim::Error::uniqueness("the person this token acts as already has an account").into())
}

/// Leaving by oneself asks for a fresh proof of who one is, which a bearer token is not.
pub(super) async fn delete(scim: Scim) -> Result<Response, ScimError> {
    own(&scim)?;
    scim.principal().check(Permission::Scope(Scope::ScimMe))?;
    Err(Refusal::forbidden("people do not delete their own account by SCIM; ask whoever provisions them").into())
}

fn own(scim: &Scim) -> Result<Id<directory::user::User>, ScimError> {
    let none = || {
        scim::Error::with_status(
            404,
            "this token belongs to no person; /Me is for tokens that act as one",
        )
    };
    Ok(scim.principal().user().ok_or_else(none)?)
}

/// Says where the resource really is.
fn located(scim: &Scim, id: Id<directory::user::User>, mut response: Response) -> Response {
    let location = format!("{}/Users/{id}", scim.base);
    let headers: &mut HeaderMap = response.headers_mut();
    respond::set(headers, header::LOCATION, &location);
    respond::set(headers, header::CONTENT_LOCATION, &location);
    response
}
