//! Listing, renaming and deleting tokens.

use axum::Json;
use axum::http::StatusCode;
use directory::token::{DeleteWireToken, RenameToken, Token};
use directory::{Error, Id, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Admin, JsonBody};
use super::error::TokenError;
use super::info;
use crate::scim::context::PathId;
use crate::scim::query::Query;

pub(in crate::scim) async fn list(admin: Admin) -> Result<Json<Value>, TokenError> {
    let (directory, principal) = (&admin.app.directory, &admin.caller.principal);
    let mut infos = Vec::new();
    for token in directory.wire_tokens(principal).await? {
        let client = directory.client(principal, &token.client.to_string()).await?;
        infos.push(info::info(&admin.caller.realm, &token, &client, admin.is_explicit()));
    }
    Ok(Json(json!({ "tokens": infos })))
}

/// `DELETE /scim/auth-tokens?id=…`
pub(in crate::scim) async fn delete_by_query(admin: Admin, query: Query) -> Result<StatusCode, TokenError> {
    match query.get("id") {
        Some(id) => end(&admin, id).await,
        None => Err(TokenError::client_error("the parameter id names the token")),
    }
}

pub(in crate::scim) async fn delete(admin: Admin, PathId(id): PathId) -> Result<StatusCode, TokenError> {
    end(&admin, &id).await
}

/// A token that is not there is no error.
async fn end(admin: &Admin, id: &str) -> Result<StatusCode, TokenError> {
    let Some(id) = Id::<Token>::parse(id) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let directory = &admin.app.directory;
    match directory.execute(&admin.caller.principal, DeleteWireToken { id }).await {
        Ok(()) | Err(Error::Refused(Refusal::NotFound { .. })) => {}
        Err(error) => return Err(error.into()),
    }
    directory.forget_cached();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
pub(in crate::scim) struct NewName {
    name: String,
}

/// From version 8 on a token's name can be changed, and nothing else of it.
pub(in crate::scim) async fn rename(
    admin: Admin,
    PathId(id): PathId,
    JsonBody(body): JsonBody<NewName>,
) -> Result<Json<Value>, TokenError> {
    let missing = || TokenError::not_found("no such token");
    if !admin.is_explicit() {
        return Err(TokenError::not_found("tokens have names from version 8 of this API on"));
    }
    let id = Id::<Token>::parse(&id).ok_or_else(missing)?;
    admin
        .app
        .directory
        .execute(&admin.caller.principal, RenameToken { id, name: body.name })
        .await?;
    Ok(Json(json!([])))
}
