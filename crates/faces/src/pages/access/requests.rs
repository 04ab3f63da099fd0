//! What one has asked: all of it, or one with what was said about it.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::enrollment::{OrderOfRequests, OwnRequests, RequestShown};
use directory::session::Visitor;
use directory::{Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::request;
use super::shown::request_page;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::visit::{SignedIn, Visit};

/// How many a page shows.
const PAGE: usize = 25;

/// One of them, in a list.
#[derive(Debug, Serialize)]
struct Entry {
    href: String,
    group: String,
    status: &'static str,
    tone: &'static str,
    renewal: bool,
    at: i64,
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Fields::of_query(query.as_deref());
    let shown = match asked.said("id") {
        Some(id) => match Id::parse(id) {
            Some(id) => request::page(&app, &visit, &visitor, (id, asked.text("sent").is_some())).await,
            None => Err(Refusal::NotFound { what: "request" }.into()),
        },
        None => list(&app, &visit, &visitor, &asked).await,
    };
    shown.unwrap_or_else(|error| error::answered(&visit, &error))
}

async fn list(app: &App, visit: &Visit, visitor: &Visitor, asked: &Fields) -> Result<Response, Error> {
    let first = asked.text("first").and_then(|text| text.parse().ok()).unwrap_or(0);
    let wanted = OwnRequests {
        order: OrderOfRequests::Submitted,
        first,
        max: PAGE,
        ..OwnRequests::default()
    };
    let found = app.directory.my_requests(&visitor.principal, &wanted).await?;
    let entries: Vec<Entry> = found.requests.iter().map(|one| entry(visit, one)).collect();
    let base = request_page::<()>(visit, None);
    let seen = first.saturating_add(entries.len());
    let next = (seen < found.count && !entries.is_empty()).then(|| format!("{base}?first={seen}"));
    let before = (first > 0).then(|| format!("{base}?first={}", first.saturating_sub(PAGE)));
    let values = context! {
        here => "requests", requests => Serde(entries), count => found.count, next, before,
        enroll => format!("{}/enroll", visit.room()),
    };
    Ok(visit.page("requests.html").secret().render(values))
}

fn entry(visit: &Visit, shown: &RequestShown) -> Entry {
    let request = &shown.request;
    let (status, tone) = request::status_of(request.status);
    Entry {
        href: request_page(visit, Some(request.id)),
        group: shown.path.to_string(),
        status,
        tone,
        renewal: request.said.renewal,
        at: request.submitted_at.millis(),
    }
}
