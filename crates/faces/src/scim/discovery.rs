//! What Usher says about itself (RFC 7644 §4). Open to callers without credentials unless the realm wants a token; the caller's
//! profile decides which schemas there are.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use directory::Actor;
use directory::client::ResourceKind;
use directory::view::{CURSOR_SECONDS, DEFAULT_PAGE, MAX_PAGE};
use scim::discovery::{self, AuthenticationScheme, BulkLimits, Capabilities, Pagination};
use scim::schema::{ResourceSchema, without_external_id};
use serde_json::Value;

use super::context::{PathId, Scim};
use super::error::{ScimError, unauthorized};
use super::query::Query;
use super::respond;
use crate::app::App;
use crate::caller::Caller;

/// A request for discovery: by anybody, and without a filter.
#[derive(Debug)]
pub(super) struct Asking(Scim);

impl FromRequestParts<App> for Asking {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.realm.settings.discovery_needs_token && matches!(caller.principal.actor, Actor::Nobody) {
            return Err(unauthorized());
        }
        let query = Query::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        if query.get("filter").is_some() {
            // RFC 7644 §4: a filter here is refused, not ignored.
            let error = scim::Error::with_status(403, "what describes the service cannot be filtered");
            return Err(ScimError::from(error).into_response());
        }
        Ok(Self(Scim::of(app, caller)))
    }
}

impl Asking {
    /// The types of resources as the caller's profile is told of them.
    fn types(&self) -> [Cow<'_, ResourceSchema>; 2] {
        let ignored = self.0.profile().ignores_external_id();
        [ResourceKind::User, ResourceKind::Group].map(|kind| match self.0.schema(kind) {
            schema if ignored => Cow::Owned(without_external_id(schema)),
            schema => Cow::Borrowed(schema),
        })
    }

    fn resource_types(&self) -> Vec<Value> {
        let types = self.types();
        discovery::resource_types(&types.each_ref().map(AsRef::as_ref), &self.0.base)
    }

    fn schemas(&self) -> Vec<Value> {
        let types = self.types();
        discovery::schemas(&types.each_ref().map(AsRef::as_ref), &self.0.base)
    }
}

pub(super) async fn service_provider_config(asking: Asking) -> Response {
    let Asking(scim) = asking;
    let config = &scim.app.config;
    let capabilities = Capabilities {
        patch: true,
        bulk: Some(BulkLimits {
            max_operations: config.bulk_max_operations,
            max_payload_bytes: config.bulk_max_bytes,
        }),
        filter_max_results: Some(MAX_PAGE),
        change_password: false,
        sort: true,
        etag: true,
        pagination: scim.profile().knows_cursors().then(|| Pagination {
            cursor: true,
            default_page_size: DEFAULT_PAGE,
            max_page_size: MAX_PAGE,
            cursor_timeout_seconds: CURSOR_SECONDS.unsigned_abs(),
        }),
        authentication: vec![AuthenticationScheme::bearer_token()],
        documentation_uri: None,
    };
    document(&discovery::service_provider_config(&capabilities, &scim.base))
}

pub(super) async fn resource_types(asking: Asking) -> Response {
    document(&scim::list::whole_list(&asking.resource_types()))
}

pub(super) async fn resource_type(asking: Asking, PathId(id): PathId) -> Result<Response, ScimError> {
    one(&asking.resource_types(), &id, "resource type")
}

pub(super) async fn schemas(asking: Asking) -> Response {
    document(&scim::list::whole_list(&asking.schemas()))
}

pub(super) async fn schema(asking: Asking, PathId(id): PathId) -> Result<Response, ScimError> {
    one(&asking.schemas(), &id, "schema")
}

fn one(documents: &[Value], id: &str, what: &str) -> Result<Response, ScimError> {
    match discovery::find(documents, id) {
        Some(found) => Ok(document(found)),
        None => Err(scim::Error::with_status(404, format!("{what} not found")).into()),
    }
}

fn document(document: &Value) -> Response {
    respond::json(StatusCode::OK, document.to_string())
}
