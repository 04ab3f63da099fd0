//! Introspection (RFC 7662): what a token stands for, told to its own client, and to callers with the scope `admin`.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::client::authenticate;
use super::error::OauthError;
use super::form::Form;
use crate::app::App;
use crate::caller::{Credentials, Followed, RealmOf};

pub(super) async fn introspect(
    State(app): State<App>,
    RealmOf(realm): RealmOf,
    credentials: Credentials,
    followed: Followed,
    headers: HeaderMap,
    form: Form,
) -> Result<Json<Value>, OauthError> {
    let principal = match credentials {
        Credentials::Valid(principal) => principal,
        Credentials::None | Credentials::Refused | Credentials::NotAdmitted | Credentials::Other => {
            authenticate(&app, &realm, &followed, &headers, &form).await?
        }
    };
    let token = form
        .get("token")
        .ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    let Some(token) = app.directory.introspect(&principal, token).await? else {
        return Ok(Json(json!({ "active": false })));
    };
    let mut answer = json!({
        "active": true,
        "scope": token.scopes.to_string(),
        "client_id": token.client.to_string(),
        "token_type": "Bearer",
        "iat": token.id.made_at().millis() / 1000,
        "iss": app.realm_url(&realm),
        "jti": token.id.to_string(),
    });
    if let Some(expiry) = token.expires_at {
        answer["exp"] = (expiry.millis() / 1000).into();
    }
    answer["sub"] = token
        .user
        .map_or_else(|| token.client.to_string(), |user| user.to_string())
        .into();
    Ok(Json(answer))
}
