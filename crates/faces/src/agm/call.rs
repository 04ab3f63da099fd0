//! One request to the face: who asks, in which realm.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use directory::view::IfMatch;
use directory::zone::Zone;
use directory::{Command, Directory, Id, Principal, Realm, Refusal};

use super::error::AgmError;
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
    /// The address the request came from.
    pub(super) address: Option<IpAddr>,
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

    /// Where something of this face is found: the public address of the realm's group management, and what follows it.
    pub(super) fn place(&self, below: &str) -> String {
        format!("{}/realms/{}/agm{below}", self.app.public_url, self.realm.name)
    }
}

/// The id in a path; what is no id of ours is of nothing.
pub(super) fn id<T>(text: &str, what: &'static str) -> Result<Id<T>, AgmError> {
    Id::parse(text).ok_or_else(|| Refusal::NotFound { what }.into())
}
