//! Revocation (RFC 7009): a client ends a token of its own. A token that is not valid, or another's, is no error.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use directory::token::RevokeToken;

use super::client::authenticate;
use super::error::OauthError;
use super::form::Form;
use crate::app::App;
use crate::caller::{Followed, RealmOf};

pub(super) async fn revoke(
    State(app): State<App>,
    RealmOf(realm): RealmOf,
    followed: Followed,
    headers: HeaderMap,
    form: Form,
) -> Result<StatusCode, OauthError> {
    let principal = authenticate(&app, &realm, &followed, &headers, &form).await?;
    let token = form
        .get("token")
        .ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    if let Some(token) = app.directory.introspect(&principal, token).await? {
        app.directory.execute(&principal, RevokeToken { id: token.id }).await?;
        app.directory.forget_cached();
    }
    Ok(StatusCode::OK)
}
