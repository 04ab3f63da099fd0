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
use crate::pages::list::{List, SIZE};
use crate::pages::shown::request_tone;
use crate::pages::visit::{SignedIn, Visit};

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
    let list = List::of(request_page::<()>(visit, None), asked, &[]);
    let wanted = OwnRequests {
        order: OrderOfRequests::Submitted,
        first: list.first,
        max: SIZE,
        ..OwnRequests::default()
    };
    let found = app.directory.my_requests(&visitor.principal, &wanted).await?;
    let entries: Vec<Entry> = found.requests.iter().map(|one| entry(visit, one)).collect();
    let others = list.counted(entries.len(), found.count);
    let values = context! {
        here => "requests", requests => Serde(entries), count => found.count, others => Serde(others),
        enroll => format!("{}/enroll", visit.room()),
    };
    Ok(visit.page("requests.html").secret().render(values))
}

fn entry(visit: &Visit, shown: &RequestShown) -> Entry {
    let request = &shown.request;
    Entry {
        href: request_page(visit, Some(request.id)),
        group: shown.path.to_string(),
        status: request::status_of(request.status),
        tone: request_tone(request.status),
        renewal: request.said.renewal,
        at: request.submitted_at.millis(),
    }
}
