//! One request to the face: who asks, in which realm.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use directory::zone::Zone;
use directory::{Command, Directory, Principal, Realm};

use super::error::AgmError;
use crate::app::App;
use crate::caller::{Caller, Known};

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    app: App,
    pub(super) realm: Arc<Realm>,
    pub(super) principal: Principal,
}

impl FromRequestParts<App> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Known(Caller { realm, principal }) = Known::from_request_parts(parts, app).await?;
        Ok(Self {
            app: app.clone(),
            realm,
            principal,
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
}
