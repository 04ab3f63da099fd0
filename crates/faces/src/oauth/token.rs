//! The token endpoint: the client credentials grant (RFC 6749 §4.4).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use directory::Scopes;
use directory::token::{GRANTED_SECONDS, GrantClientToken};
use serde_json::json;

use super::client::authenticate;
use super::error::OauthError;
use super::form::Form;
use crate::app::App;
use crate::caller::{Followed, RealmOf};

pub(super) async fn grant(
    State(app): State<App>,
    RealmOf(realm): RealmOf,
    followed: Followed,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, OauthError> {
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(other) => return Err(OauthError::unsupported_grant_type(other)),
        None => return Err(OauthError::invalid_request("grant_type is missing")),
    }
    let principal = authenticate(&app, &realm, &followed, &headers, &form).await?;
    let registered = principal
        .client()
        .map(|client| client.scopes.clone())
        .unwrap_or_default();
    if registered.is_empty() {
        return Err(OauthError::unauthorized_client(
            "the client is registered without any scope",
        ));
    }
    let scopes = match form.get("scope") {
        Some(text) => Scopes::parse(text).map_err(|refusal| OauthError::invalid_scope(refusal.to_string()))?,
        None => registered,
    };
    let created = app.directory.execute(&principal, GrantClientToken { scopes }).await?;
    let answer = json!({
        "access_token": created.plain.reveal(),
        "token_type": "Bearer",
        "expires_in": GRANTED_SECONDS,
        "scope": created.token.scopes.to_string(),
    });
    let mut response = Json(answer).into_response();
    response
        .headers_mut()
        .insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}
