//! What stands in the path of a request: texts, decoded once.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use directory::group::Group;
use directory::{Id, Refusal};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::call::id;
use super::error::AgmError;
use crate::app::App;

/// The parameters of a path. What is no text leads nowhere.
#[derive(Clone, Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match axum::extract::Path::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(found)) => Ok(Self(found)),
            Err(_) => Err(AgmError::from(Refusal::NotFound { what: "such path" }).into_response()),
        }
    }
}

/// What is below a group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OfGroup {
    #[serde(rename = "groupId")]
    group: String,
}

impl OfGroup {
    /// Which group.
    pub(super) fn id(&self) -> Result<Id<Group>, AgmError> {
        id(&self.group, "group")
    }
}

/// A person below a group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PersonOfGroup {
    #[serde(flatten)]
    pub(super) of: OfGroup,
    #[serde(rename = "userId")]
    pub(super) user: String,
}

/// Something below a group that has a name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NamedOfGroup {
    #[serde(flatten)]
    pub(super) of: OfGroup,
    pub(super) name: String,
}
