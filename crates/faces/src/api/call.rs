//! One request to the native API: who asks, in which realm, under which conditions.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use directory::idempotency::{Once, Outcome};
use directory::view::IfMatch;
use directory::{Command, Directory, Id, Principal, Realm, Refusal};

use super::error::Problem;
use super::reply::Reply;
use crate::app::App;
use crate::caller::{Caller, Known};
use crate::passage::Passage;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) app: App,
    pub(super) realm: Arc<Realm>,
    pub(super) principal: Principal,
    pub(super) if_match: IfMatch,
    /// The path that was asked for, without the query.
    pub(super) path: String,
    /// The address the request came from, where it is known.
    pub(super) address: Option<IpAddr>,
    method: Method,
    key: Option<String>,
}

/// Whether an answer may carry a secret: the one that is kept for a repeated request does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    Shown,
    Withheld,
}

impl FromRequestParts<App> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Known(Caller { realm, principal }) = Known::from_request_parts(parts, app).await?;
        let if_match = crate::caller::if_match(&parts.headers);
        let key = match parts.headers.get("idempotency-key").map(|value| value.to_str()) {
            Some(Ok(key)) => Some(key.to_owned()),
            Some(Err(_)) => {
                return Err(
                    Problem::from(Refusal::invalid("Idempotency-Key", "visible ASCII characters")).into_response(),
                );
            }
            None => None,
        };
        // A nested router shortens the path of the request; the original one is what the caller wrote.
        let path = Passage::of(&parts.extensions).map_or(parts.uri.path(), |passage| &passage.path);
        let path = path.to_owned();
        Ok(Self {
            app: app.clone(),
            realm,
            principal,
            if_match,
            path,
            address: Passage::of(&parts.extensions).map(|passage| passage.address),
            method: parts.method.clone(),
            key,
        })
    }
}

impl Call {
    pub(super) fn directory(&self) -> &Directory {
        &self.app.directory
    }

    /// Runs a command.
    pub(super) async fn run<C: Command>(&self, command: C) -> Result<C::Output, Problem> {
        let output = self.directory().execute(&self.principal, command).await?;
        Ok(output)
    }

    /// Runs a command, once for each value of Idempotency-Key; a request that is sent again gets the first answer again.
    pub(super) async fn once<C, R>(&self, body: &[u8], command: C, reply: R) -> Result<Reply, Problem>
    where
        C: Command,
        R: Fn(&C::Output, Secret) -> Reply + Clone + Send + 'static,
    {
        let Some(key) = &self.key else {
            return Ok(reply(&self.run(command).await?, Secret::Shown));
        };
        let once = Once::new(key, self.method.as_str(), &self.path, body)?;
        let kept = reply.clone();
        let outcome = self
            .directory()
            .execute_once(&self.principal, command, once, move |output| {
                kept(output, Secret::Withheld).into()
            })
            .await?;
        Ok(match outcome {
            Outcome::Done(output, _) => reply(&output, Secret::Shown),
            Outcome::Replayed(answer) => Reply::replayed(answer),
        })
    }

    /// The version a command is to insist on, for commands that take one: that of the thing as it was just read.
    pub(super) fn if_version(&self, current: i64) -> Result<Option<i64>, Problem> {
        match &self.if_match {
            IfMatch::Any => Ok(None),
            condition if condition.allows(current) => Ok(Some(current)),
            _ => Err(Refusal::Changed.into()),
        }
    }
}

/// The id in a path; what is no id of ours is of nothing.
pub(super) fn id<T>(text: &str, what: &'static str) -> Result<Id<T>, Problem> {
    Id::parse(text).ok_or_else(|| Refusal::NotFound { what }.into())
}

/// The parameter `{id}` of a path. Others, such as `{realm}`, are read elsewhere.
#[derive(Debug, serde::Deserialize)]
pub(super) struct ById {
    pub(super) id: String,
}
