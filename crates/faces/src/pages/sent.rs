//! A form that somebody who is signed in sends from a page of ours.

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::StatusCode;
use axum::response::Response;
use directory::session::Visitor;

use super::form::Fields;
use super::link;
use super::visit::{SignedIn, Visit};
use crate::app::App;
use crate::caller::Followed;

/// What somebody sends. Whoever is not signed in has to do that first, and what does not come from a page of ours is refused.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) visit: Visit,
    /// Who sends it.
    pub(super) visitor: Visitor,
    /// What.
    pub(super) form: Fields,
    /// From which address.
    pub(super) address: String,
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let SignedIn(visit, visitor) = SignedIn::from_request_parts(&mut parts, app).await?;
        let followed = Followed::from_request_parts(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let Ok(form) = Fields::from_request(Request::from_parts(parts, body), app).await;
        if !visit.is_own(app, &headers, &form) {
            return Err(link::message(&visit, "rooms.mine", "forged", StatusCode::FORBIDDEN));
        }
        Ok(Self {
            visit,
            visitor,
            form,
            address: followed.address().to_string(),
        })
    }
}
