//! Who administers tokens: a person with the role `realm-admin`, or a client with the scope `admin` (W-11). The directory
//! checks that; here is only what the request says.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;
use directory::Scope;
use directory::{Error, Permission};
use serde::de::DeserializeOwned;

use super::error::TokenError;
use crate::app::App;
use crate::caller::{Caller, Known};
use crate::passage::Passage;

/// The largest body: a description and a name.
const MAX_BYTES: usize = 64 << 10;

/// A request to the token API by somebody.
#[derive(Debug)]
pub(in crate::scim) struct Admin {
    pub(super) app: App,
    pub(super) caller: Caller,
    /// The version in front of the path; none counts as an early one.
    version: Option<u32>,
}

impl Admin {
    /// Whether tokens have names and are bound by what the body says.
    pub(super) fn is_explicit(&self) -> bool {
        self.version.is_some_and(|version| version >= 8)
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Known(caller) = Known::from_request_parts(parts, app).await?;
        caller
            .principal
            .check(Permission::Unnarrowed(Scope::Admin))
            .map_err(|refusal| axum::response::IntoResponse::into_response(TokenError::from(Error::from(refusal))))?;
        let version = Passage::of(&parts.extensions).and_then(|passage| passage.wire_version);
        Ok(Self {
            app: app.clone(),
            caller,
            version,
        })
    }
}

/// A JSON body.
#[derive(Debug)]
pub(in crate::scim) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = TokenError;

    async fn from_request(request: Request, _: &App) -> Result<Self, TokenError> {
        let broken = || TokenError::client_error(format!("the body broke off or is larger than {MAX_BYTES} bytes"));
        let bytes = to_bytes(request.into_body(), MAX_BYTES).await.map_err(|_| broken())?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| TokenError::client_error(format!("the body: {error}")))
    }
}
