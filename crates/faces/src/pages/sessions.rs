//! Where somebody is signed in: each can be ended from here.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use directory::session::{EndSessions, Which};
use directory::{Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::link::see_other;
use super::sent::Sent;
use super::visit::SignedIn;
use super::{error, link};
use crate::app::App;

/// One of them, as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    agent: Option<String>,
    address: Option<String>,
    started_at: i64,
    expires_at: i64,
    is_this: bool,
}

/// Shows them.
pub(super) async fn show(State(app): State<App>, SignedIn(visit, visitor): SignedIn) -> Response {
    let sessions = match app.directory.own_sessions(&visitor.principal).await {
        Ok(sessions) => sessions,
        Err(error) => return error::failed(&visit, &error),
    };
    let shown: Vec<Shown> = sessions
        .into_iter()
        .map(|session| Shown {
            is_this: session.id == visitor.session.id,
            id: session.id.to_string(),
            agent: session.agent,
            address: session.address,
            started_at: session.started_at.millis(),
            expires_at: session.expires_at.millis(),
        })
        .collect();
    let others = shown.iter().any(|session| !session.is_this);
    visit
        .page("sessions.html")
        .secret()
        .render(context! { here => "sessions", sessions => Serde(shown), others, action => format!("{}/sessions", visit.base()) })
}

/// Ends one, or all others.
pub(super) async fn end(
    State(app): State<App>,
    Sent {
        visit, visitor, form, ..
    }: Sent,
) -> Response {
    let which = match form.said("session") {
        None => Which::Others(visitor.session.id),
        Some(id) => match Id::parse(id) {
            Some(id) => Which::One(id),
            None => return link::message(&visit, "sessions.eyebrow", "refused", StatusCode::BAD_REQUEST),
        },
    };
    match app.directory.execute(&visitor.principal, EndSessions::Own(which)).await {
        // What is over already is what was wanted.
        Ok(_) | Err(Error::Refused(Refusal::NotFound { .. })) => see_other(&format!("{}/sessions", visit.base())),
        Err(error) => error::failed(&visit, &error),
    }
}
