//! Who asks, by which profile, and below which base: what every handler of SCIM begins with. A caller without a valid token
//! gets no further than this.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::Response;
use directory::client::{Profile, ResourceKind};
use directory::view::{IfMatch, Shape};
use directory::{Command, Directory, Id, Permission, Principal, Refusal, Scope};
use scim::patch::{self, Operation};
use scim::schema::ResourceSchema;
use serde_json::{Map, Value};

use super::error::ScimError;
use super::query::{self, Query};
use crate::app::App;
use crate::caller::{Caller, Known};

/// One request to SCIM by somebody.
#[derive(Clone, Debug)]
pub(super) struct Scim {
    pub(super) app: App,
    caller: Caller,
    /// The base of the SCIM face for this realm.
    pub(super) base: String,
}

impl Scim {
    pub(super) fn of(app: &App, caller: Caller) -> Self {
        let base = app.scim_base(&caller.realm);
        Self {
            app: app.clone(),
            caller,
            base,
        }
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.app.directory
    }

    pub(super) fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    pub(super) fn profile(&self) -> Profile {
        self.directory().profile_of(self.principal(), &self.caller.realm)
    }

    pub(super) fn schema(&self, kind: ResourceKind) -> &ResourceSchema {
        self.directory().schemas().resource(kind, self.profile())
    }

    /// Runs a command as the caller.
    pub(super) async fn execute<C: Command>(&self, command: C) -> Result<C::Output, ScimError> {
        Ok(self.directory().execute(self.principal(), command).await?)
    }

    /// How a resource that was asked for is shown.
    pub(super) fn shape(&self, query: &Query, kind: ResourceKind) -> Result<Shape, ScimError> {
        Ok(Shape {
            projection: query::projection(self, query, kind)?,
            base: self.base.clone(),
        })
    }

    /// How a resource that was written is shown. Writing does not imply reading: who may only write gets the id and what
    /// belongs to it, else an empty PATCH would read everything.
    pub(super) fn shape_of_written(&self, query: &Query, kind: ResourceKind, reads: Scope) -> Result<Shape, ScimError> {
        let shape = self.shape(query, kind)?;
        if self.principal().check(Permission::Scope(reads)).is_ok() {
            return Ok(shape);
        }
        Ok(Shape {
            projection: query::only_meta(self, kind)?,
            ..shape
        })
    }

    /// The resource a path names. Looking a name up would tell whether it is there, so it takes the scope of what follows.
    pub(super) async fn find<T>(&self, kind: ResourceKind, path_id: &str, needs: Scope) -> Result<Id<T>, ScimError> {
        if Id::<T>::parse(path_id).is_none() {
            self.principal().check(Permission::Scope(needs))?;
        }
        Ok(Id::new(self.directory().find(self.principal(), kind, path_id).await?))
    }

    /// The operations of a PATCH; clients of Wire's kind may send none (A8.3).
    pub(super) fn operations(&self, body: &Map<String, Value>) -> Result<Vec<Operation>, ScimError> {
        Ok(if self.profile().has_wire_rules() {
            patch::parse_or_none(body)?
        } else {
            patch::parse(body)?
        })
    }

    /// Whether a DELETE that found nothing is a success to this caller (W-A8.4), and this refusal says that nothing was found.
    pub(super) fn forgives(&self, error: &ScimError) -> bool {
        self.profile().deletes_the_unknown() && error.is_not_found()
    }
}

impl FromRequestParts<App> for Scim {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Known(caller) = Known::from_request_parts(parts, app).await?;
        Ok(Self::of(app, caller))
    }
}

/// The `{id}` of the path, percent-decoded once. What is no UTF-8 names nothing.
#[derive(Debug)]
pub(super) struct PathId(pub(super) String);

impl FromRequestParts<App> for PathId {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ScimError> {
        let missing = || ScimError::from(directory::Error::from(Refusal::NotFound { what: "resource" }));
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| missing())?;
        params
            .iter()
            .find(|(name, _)| *name == "id")
            .map(|(_, id)| Self(id.to_owned()))
            .ok_or_else(missing)
    }
}

/// The conditions of a request (RFC 7644 §3.14).
#[derive(Debug, Default)]
pub(super) struct Conditions {
    /// A write goes on only from one of these versions.
    pub(super) if_match: IfMatch,
    /// A reader already has one of these versions.
    pub(super) if_none_match: IfMatch,
}

impl<S: Send + Sync> FromRequestParts<S> for Conditions {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self {
            if_match: condition(&parts.headers, &header::IF_MATCH),
            if_none_match: condition(&parts.headers, &header::IF_NONE_MATCH),
        })
    }
}

fn condition(headers: &HeaderMap, name: &HeaderName) -> IfMatch {
    let lines: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|line| line.to_str().unwrap_or("-"))
        .collect();
    if lines.is_empty() {
        IfMatch::Any
    } else {
        IfMatch::parse(&lines.join(","))
    }
}
