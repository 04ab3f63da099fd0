//! What stands in the path of a request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::face::{Face, Problem};
use crate::passage::Passage;

/// The parameters of a path, decoded once. What is no text leads nowhere, and the face says so in its own form.
#[derive(Clone, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        if let Ok(axum::extract::Path(found)) = axum::extract::Path::from_request_parts(parts, state).await {
            return Ok(Self(found));
        }
        let passage = Passage::of(&parts.extensions);
        let face = passage.map_or_else(|| Face::of_path(parts.uri.path()), |passage| passage.face);
        Err(face.problem(&Problem::not_found()))
    }
}
