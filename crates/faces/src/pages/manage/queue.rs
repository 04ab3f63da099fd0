//! The requests that somebody decides, or may see.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::enrollment::request::RequestStatus;
use directory::enrollment::{OrderOfRequests, QueueAsked, RequestShown};
use directory::session::Visitor;
use directory::user::User;
use directory::{Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{done, queue_page};
use super::review;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::list::{List, SIZE};
use crate::pages::shown::request_tone;
use crate::pages::visit::{SignedIn, Visit};

/// The states one can look through; the first is what waits for whoever decides.
const STATES: [RequestStatus; 6] = [
    RequestStatus::PendingApproval,
    RequestStatus::WaitingForReply,
    RequestStatus::Accepted,
    RequestStatus::Rejected,
    RequestStatus::SelfApproved,
    RequestStatus::Archived,
];

#[derive(Debug, Serialize)]
struct Choice {
    name: &'static str,
    key: &'static str,
    chosen: bool,
}

/// A request in the list.
#[derive(Debug, Serialize)]
struct Entry {
    href: String,
    who: String,
    group: String,
    status: &'static str,
    tone: &'static str,
    renewal: bool,
    roles: Vec<String>,
    at: i64,
}

/// The words of a status for whoever decides.
pub(super) fn status_of(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::PendingApproval => "review.pending",
        RequestStatus::WaitingForReply => "review.waiting",
        RequestStatus::Accepted => "request.accepted",
        RequestStatus::Rejected => "request.rejected",
        RequestStatus::Archived => "request.archived",
        RequestStatus::SelfApproved => "request.self_approved",
    }
}

/// Who asks, as far as they are there; else as they were called when they asked.
pub(super) fn requester(shown: &RequestShown) -> String {
    let identity = &shown.request.said.identity;
    let then = [&identity.first_name, &identity.last_name];
    let then: Vec<&str> = then.into_iter().flatten().map(String::as_str).collect();
    let now = shown.requester.as_ref().map(User::called);
    now.unwrap_or_else(|| then.join(" "))
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::of_query(query.as_deref());
    let shown = match query.said("id") {
        Some(id) => match Id::parse(id) {
            Some(id) => review::page(&app, &visit, &visitor, (id, &query, None)).await,
            None => Err(Refusal::NotFound { what: "request" }.into()),
        },
        None => list(&app, &visit, &visitor, &query).await,
    };
    shown.unwrap_or_else(|error| error::answered(&visit, &error))
}

async fn list(app: &App, visit: &Visit, visitor: &Visitor, query: &Fields) -> Result<Response, Error> {
    let base = queue_page(visit);
    let list = List::of(base.clone(), query, &["status", "group", "person"]);
    let known = |name: &str| STATES.into_iter().find(|status| status.name() == name);
    let status = list.said("status").and_then(known).unwrap_or(STATES[0]);
    let asked = QueueAsked {
        group_name: list.said("group").map(str::to_owned),
        person: list.said("person").map(str::to_owned),
        status: Some(status),
        order: OrderOfRequests::Submitted,
        // What waits longest comes first; what is decided, last.
        ascending: status.is_open(),
        first: list.first,
        max: SIZE,
    };
    let found = app.directory.review_queue(&visitor.principal, &asked).await?;
    let entries: Vec<Entry> = found
        .requests
        .iter()
        .map(|shown| Entry {
            href: format!("{base}?id={}", shown.request.id),
            who: requester(shown),
            group: shown.path.to_string(),
            status: status_of(shown.request.status),
            tone: request_tone(shown.request.status),
            renewal: shown.request.said.renewal,
            roles: shown.request.said.roles.iter().map(|role| role.name.clone()).collect(),
            at: shown.request.submitted_at.millis(),
        })
        .collect();
    let states = STATES.map(|state| Choice {
        name: state.name(),
        key: status_of(state),
        chosen: state == status,
    });
    let values = context! {
        here => "queue", others => Serde(list.counted(entries.len(), found.count)), requests => Serde(entries), count => found.count,
        states => Serde(states), group => list.said("group"), person => list.said("person"), action => base,
        waiting => status == STATES[0], done => done(query),
    };
    Ok(visit.page("queue.html").secret().render(values))
}
