//! `POST /scim/auth-tokens`.

use axum::Json;
use axum::http::StatusCode;
use directory::token::CreateWireToken;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Admin, JsonBody};
use super::error::TokenError;
use super::info;

/// The body (A3.2). `password` and `verification_code` are accepted and ignored: whoever calls has signed in elsewhere (W-11).
#[derive(Debug, Deserialize)]
pub(in crate::scim) struct NewToken {
    description: String,
    name: Option<String>,
    idp: Option<String>,
}

pub(in crate::scim) async fn create(
    admin: Admin,
    JsonBody(body): JsonBody<NewToken>,
) -> Result<(StatusCode, Json<Value>), TokenError> {
    let realm = &admin.caller.realm;
    let provider = info::provider(realm);
    let bound = match (admin.is_explicit(), body.idp) {
        // A realm has one provider or none, so the early versions never meet two (W-14).
        (false, _) => provider.is_some(),
        (true, None) => false,
        (true, Some(named))
            if Some(&named) == provider.as_ref() || realm.settings.oidc.issuer.as_ref() == Some(&named) =>
        {
            true
        }
        (true, Some(_)) => return Err(TokenError::not_found("no such identity provider in this realm")),
    };
    let name = body.name.filter(|_| admin.is_explicit());
    let command = CreateWireToken {
        name,
        description: body.description,
        idp: bound,
    };
    let (client, created) = admin.app.directory.execute(&admin.caller.principal, command).await?;
    let info = info::info(realm, &created.token, &client, admin.is_explicit());
    Ok((
        StatusCode::CREATED,
        Json(json!({ "token": created.plain.reveal(), "info": info })),
    ))
}
