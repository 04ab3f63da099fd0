//! One request to the face: who asks, in which realm.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use directory::view::IfMatch;
use directory::zone::Zone;
use directory::{Command, Directory, Id, Principal, Realm, Refusal};
use serde::Serialize;

use super::error::AgmError;
use super::reply::Reply;
use crate::app::App;
use crate::caller::{Caller, Known};
use crate::passage::Passage;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    app: App,
    pub(super) realm: Arc<Realm>,
    pub(super) principal: Principal,
    if_match: IfMatch,
    prefers_representation: bool,
    /// The address the request came from.
    pub(super) address: Option<IpAddr>,
}

/// What was made.
#[derive(Serialize)]
struct Made {
    id: String,
}

impl FromRequestParts<App> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Known(Caller { realm, principal }) = Known::from_request_parts(parts, app).await?;
        Ok(Self {
            app: app.clone(),
            realm,
            principal,
            if_match: crate::caller::if_match(&parts.headers),
            prefers_representation: crate::caller::prefers_representation(&parts.headers),
            address: Passage::of(&parts.extensions).map(|passage| passage.address),
        })
    }
}

impl Call {
    pub(super) fn directory(&self) -> &Directory {
        &self.app.directory
    }

    /// Runs a command.
    pub(super) async fn run<C: Command>(&self, command: C) -> Result<C::Output, AgmError> {
        Ok(self.directory().execute(&self.principal, command).await?)
    }

    /// The zone in which the realm's days begin and end.
    pub(super) fn zone(&self) -> Result<Zone, AgmError> {
        let zone = Zone::named(self.realm.settings.time_zone());
        zone.map_err(|error| {
            tracing::error!(realm = %self.realm.name, %error, "the realm's time zone is not known here");
            AgmError::from(&crate::face::Problem::fault())
        })
    }

    /// The versions that the caller accepts, for commands that look themselves.
    pub(super) fn if_match(&self) -> IfMatch {
        self.if_match.clone()
    }

    /// The version a command is to insist on: that of the thing as it was just read.
    pub(super) fn if_version(&self, current: i64) -> Result<Option<i64>, AgmError> {
        match &self.if_match {
            IfMatch::Any => Ok(None),
            condition if condition.allows(current) => Ok(Some(current)),
            _ => Err(Refusal::Changed.into()),
        }
    }

    /// The answer `plain` to what made something that has an id, with its place; and with the id in the body, as a 201, where
    /// the caller prefers that.
    pub(super) fn made<T>(&self, plain: Reply, below: &str, id: Id<T>) -> Reply {
        let (public, realm) = (&self.app.public_url, &self.realm.name);
        let reply = if self.prefers_representation {
            Reply::represented(&Made { id: id.to_string() })
        } else {
            plain
        };
        reply.at(format!("{public}/realms/{realm}/agm{below}/{id}"))
    }
}

/// The id in a path; what is no id of ours is of nothing.
pub(super) fn id<T>(text: &str, what: &'static str) -> Result<Id<T>, AgmError> {
    Id::parse(text).ok_or_else(|| Refusal::NotFound { what }.into())
}
