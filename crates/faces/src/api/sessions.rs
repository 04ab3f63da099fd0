//! Where people are signed in with a browser.

use directory::session::{EndSessions, Session, Which};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::Query;
use super::call::{self, ById, Call};
use super::error::Problem;
use super::reply::Reply;
use crate::path::Path;

/// Somebody who is signed in with a browser.
#[derive(Debug, Serialize, ToSchema)]
struct SessionBody {
    /// Its id, which is no secret.
    id: String,
    /// The provider they signed in at; `mail` where it was by a link.
    issuer: String,
    /// Who they are there; the address to which the link went.
    subject: String,
    /// What the browser calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    /// The address it asked from.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Since when, RFC 3339.
    started_at: String,
    /// From then on they have to sign in again, RFC 3339.
    expires_at: String,
}

/// Where a person is signed in, the last time first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sessions {
    sessions: Vec<SessionBody>,
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OfId {
    /// Only this one; default: all.
    session: Option<String>,
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.to_string(),
            issuer: session.issuer,
            subject: session.subject,
            agent: session.agent,
            address: session.address,
            started_at: session.started_at.to_string(),
            expires_at: session.expires_at.to_string(),
        }
    }
}

/// Show where a user is signed in
#[utoipa::path(get, path = "/users/{id}/sessions", tag = "Users", operation_id = "list_sessions", params(("id" = String, Path, description = "the user's id")), responses((status = 200, description = "the sessions on the pages", body = Sessions)))]
pub(super) async fn list(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let user = call::id(&id, "user")?;
    let found = call.directory().sessions_of(&call.principal, user).await?;
    Ok(Reply::ok(&Sessions {
        sessions: found.into_iter().map(SessionBody::from).collect(),
    }))
}

/// Sign a user out
///
/// They have to sign in again on the pages. A second time changes nothing; a session that is named and not there is 404.
#[utoipa::path(delete, path = "/users/{id}/sessions", tag = "Users", operation_id = "end_sessions", params(("id" = String, Path, description = "the user's id"), OfId), responses((status = 204, description = "signed out")))]
pub(super) async fn end(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<OfId>,
) -> Result<Reply, Problem> {
    let which = match query.session {
        Some(session) => Which::One(call::id(&session, "session")?),
        None => Which::All,
    };
    call.run(EndSessions::Of(call::id(&id, "user")?, which)).await?;
    Ok(Reply::done())
}
