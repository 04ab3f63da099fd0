//! One request of one's own: where it stands, what was said about it, answering and taking it back.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::enrollment::request::{ArchiveCause, Request, RequestStatus};
use directory::enrollment::{Respond, Withdraw};
use directory::session::Visitor;
use directory::{Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::shown::request_page;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::shown::{group_page, request_tone};
use crate::pages::visit::Visit;

/// One word about it.
#[derive(Debug, Serialize)]
struct Said {
    by_reviewer: bool,
    text: String,
    at: i64,
}

/// The text of a status.
pub(super) fn status_of(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::PendingApproval => "request.pending",
        RequestStatus::WaitingForReply => "request.waiting",
        RequestStatus::Accepted => "request.accepted",
        RequestStatus::Rejected => "request.rejected",
        RequestStatus::Archived => "request.archived",
        RequestStatus::SelfApproved => "request.self_approved",
    }
}

fn cause_of(cause: ArchiveCause) -> &'static str {
    match cause {
        ArchiveCause::ConfigurationChanged => "request.cause.changed",
        ArchiveCause::ConfigurationRemoved => "request.cause.removed",
        ArchiveCause::RoleRemoved => "request.cause.role",
        ArchiveCause::MemberAdded => "request.cause.member",
        ArchiveCause::Withdrawn => "request.cause.withdrawn",
        ArchiveCause::Closed => "request.cause.closed",
        ArchiveCause::GroupDeleted => "request.cause.group",
        ArchiveCause::PersonGone => "request.cause.person",
    }
}

pub(super) async fn page(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (id, sent): (Id<Request>, bool),
) -> Result<Response, Error> {
    let shown = app.directory.my_request(&visitor.principal, id).await?;
    let request = &shown.request;
    let thread: Vec<Said> = shown
        .thread
        .iter()
        .map(|said| Said {
            by_reviewer: said.by_reviewer,
            text: said.text.clone(),
            at: said.at.millis(),
        })
        .collect();
    let conclusion = shown.configuration.as_ref();
    let conclusion = conclusion.and_then(|way| way.contract.enrollment_conclusion.clone());
    let roles: Vec<String> = request.said.roles.iter().map(|role| role.name.clone()).collect();
    let is_in = matches!(request.status, RequestStatus::Accepted | RequestStatus::SelfApproved);
    let values = context! {
        here => "requests", sent, roles, conclusion,
        status => status_of(request.status), tone => request_tone(request.status),
        group => shown.path.to_string(),
        group_href => (is_in && shown.group.is_some()).then(|| group_page(visit, request.group)),
        renewal => request.said.renewal,
        comments => request.said.comments.as_deref(),
        justification => request.said.justification.as_deref(),
        cause => request.said.cause.map(cause_of),
        submitted_at => request.submitted_at.millis(),
        decided_at => request.decided_at.map(directory::Timestamp::millis),
        thread => Serde(thread),
        is_open => request.status.is_open(),
        waits_for_me => request.status == RequestStatus::WaitingForReply,
        action => request_page(visit, Some(request.id)),
        all => request_page::<()>(visit, None),
    };
    Ok(visit.page("request.html").secret().render(values))
}

/// Answers, or takes it back.
pub(in crate::pages) async fn act(State(app): State<App>, RawQuery(query): RawQuery, sent: Sent) -> Response {
    let (visit, principal, form) = (&sent.visit, &sent.visitor.principal, &sent.form);
    let asked = Fields::of_query(query.as_deref());
    let Some(id) = asked.said("id").and_then(Id::parse) else {
        return error::answered(visit, &Refusal::NotFound { what: "request" }.into());
    };
    let done = match form.text("act") {
        Some("answer") => {
            let text = form.text("text").unwrap_or_default().to_owned();
            app.directory.execute(principal, Respond { id, text }).await
        }
        Some("withdraw") => app.directory.execute(principal, Withdraw { id }).await,
        _ => Err(Refusal::invalid("act", "answer or withdraw").into()),
    };
    match done {
        Ok(request) => see_other(&request_page(visit, Some(request.id))),
        Err(error) => error::answered(visit, &error),
    }
}
