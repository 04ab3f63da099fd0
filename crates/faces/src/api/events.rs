//! Events: what happened, in order.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use directory::event::{EventKind, EventQuery, EventsPiece, StoredEvent};
use directory::group::Group;
use directory::{Id, Refusal};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::{self, Query, id_in};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, instant, number, object, text};
use super::reply::Reply;
use crate::path::Path;

/// How many events an export reads at a time.
const SLICE: usize = 1000;

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventBody {
    /// Its place in the realm's log.
    position: i64,
    /// Its id.
    id: String,
    /// What happened.
    #[schema(example = "user.created")]
    kind: String,
    /// What the predecessor of group management called it in its log, where it logged it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "GROUP CREATE")]
    admin_event: Option<&'static str>,
    /// What it happened to.
    #[schema(example = "user")]
    subject_type: String,
    /// The id of what it happened to.
    subject: String,
    /// The subject's version after it.
    subject_version: i64,
    /// When (RFC 3339).
    at: String,
    /// Who: `operator`, `client:<id>`, `user:<id>`, `system` or `nobody`.
    actor: String,
    /// By which program, where that acted as a person: `client:<id>`. Null where nobody did, and once erased.
    via: Option<String>,
    /// The id of the request by which it came about: `x-request-id` of its answer. Null where no request did (jobs, the command
    /// line), and once erased.
    request_id: Option<String>,
    /// Details; null once erased.
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Event",
        "events",
        ", begin at a later `after` or narrow the list with `subject`",
        vec![
            number("position"),
            text("id"),
            text("kind"),
            text("admin_event"),
            text("subject_type"),
            text("subject"),
            number("subject_version"),
            instant("at"),
            text("actor"),
            text("via"),
            text("request_id"),
            object("body", Vec::new()),
        ],
    )
});

impl From<StoredEvent> for EventBody {
    fn from(event: StoredEvent) -> Self {
        Self {
            position: event.position,
            id: event.id.to_string(),
            admin_event: EventKind::parse(&event.kind).and_then(EventKind::admin_event),
            kind: event.kind,
            subject_type: event.subject_type,
            subject: event.subject.to_string(),
            subject_version: event.subject_version,
            at: event.at,
            actor: event.actor,
            via: event.via,
            request_id: event.request_id,
            body: event.body,
        }
    }
}

/// A slice of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventPage {
    /// What happened, in order.
    items: Vec<EventBody>,
    /// The position to go on after. The same as before when nothing has happened since: ask again later.
    after: i64,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedQuery {
    /// Positions greater than this; usually from the beginning.
    after: Option<i64>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `kind eq "user.created"`. A page looks at 100,000
    /// rows at most.
    #[param(example = "kind eq \"user.created\"")]
    filter: Option<String>,
    /// Only events of this thing: the id of a user, group, client, token or invitation.
    subject: Option<String>,
    /// Only events of this group and of what is in it: its memberships, requests, invitations and ways to join.
    within: Option<String>,
    /// Only kinds that begin like this. With this or one of the following 100,000 events are looked at for a page at most.
    #[param(example = "member.")]
    kind: Option<String>,
    /// Only what this one did: `operator`, `client:<id>`, `user:<id>`, `system` or `nobody`.
    actor: Option<String>,
    /// Only what happened at this instant or later (RFC 3339).
    from: Option<String>,
    /// Only what happened before this instant (RFC 3339).
    to: Option<String>,
}

/// Which events of an export.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportQuery {
    /// Positions greater than this; usually from the beginning.
    after: Option<i64>,
    /// Only events of this group and of what is in it: its memberships, requests, invitations and ways to join.
    within: Option<String>,
    /// Only kinds that begin like this: `member.`.
    #[param(example = "member.")]
    kind: Option<String>,
    /// Only what this one did: `operator`, `client:<id>`, `user:<id>`, `system` or `nobody`.
    actor: Option<String>,
    /// Only what happened at this instant or later (RFC 3339).
    from: Option<String>,
    /// Only what happened before this instant (RFC 3339).
    to: Option<String>,
}

/// Where a check begins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckQuery {
    /// Positions greater than this; usually from the beginning.
    after: Option<i64>,
}

/// Which events of a group.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryQuery {
    /// Positions greater than this; usually from the beginning.
    after: Option<i64>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items. A page looks at 100,000 rows at most.
    #[param(example = "subject_type eq \"membership\"")]
    filter: Option<String>,
    /// Only kinds that begin like this. With this or one of the following 100,000 events are looked at for a page at most.
    #[param(example = "member.")]
    kind: Option<String>,
    /// Only what this one did: `operator`, `client:<id>`, `user:<id>`, `system` or `nobody`.
    actor: Option<String>,
    /// Only what happened at this instant or later (RFC 3339).
    from: Option<String>,
    /// Only what happened before this instant (RFC 3339).
    to: Option<String>,
}

/// What narrows a list of events beside the place where it begins.
struct Narrower<'a> {
    within: Option<&'a str>,
    kind: Option<String>,
    actor: Option<String>,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

impl Narrower<'_> {
    fn query(self) -> Result<EventQuery, Refusal> {
        Ok(EventQuery {
            within: self.within.map(|id| id_in("within", id)).transpose()?,
            kind: self.kind,
            actor: self.actor,
            from: body::instant("from", self.from)?,
            to: body::instant("to", self.to)?,
            ..EventQuery::default()
        })
    }
}

/// Read the feed
///
/// Events after a position, in order: keep `after` and ask again. Takes the scope `events:read`.
#[utoipa::path(get, path = "/events", tag = "Events", operation_id = "list_events", params(FeedQuery), responses((status = 200, description = "a slice", body = EventPage)))]
pub(super) async fn list(call: Call, Query(query): Query<FeedQuery>) -> Result<Reply, Problem> {
    let after = query.after.unwrap_or(0);
    let subject = query
        .subject
        .as_deref()
        .map(|id| id_in::<()>("subject", id))
        .transpose()?;
    let narrower = Narrower {
        within: query.within.as_deref(),
        kind: query.kind,
        actor: query.actor,
        from: query.from.as_deref(),
        to: query.to.as_deref(),
    };
    let asked = EventQuery {
        subject: subject.map(Id::uuid),
        ..narrower.query()?
    };
    let part = Part::of(&NOUN, Some(after), query.limit, query.filter.as_deref())?;
    let (call, asked) = (&call, &asked);
    let read = |after: Option<i64>, limit| {
        let slice = EventQuery {
            after: after.unwrap_or(0),
            limit,
            ..asked.clone()
        };
        async move { call.directory().events(&call.principal, &slice).await }
    };
    let found = part.find(read, |event| event.position, EventBody::from).await?;
    Ok(Reply::ok(&EventPage {
        items: found.items,
        after: found.last.unwrap_or(after),
    }))
}

/// Read what happened in a group
///
/// The events of the group and of what is in it, in order: keep `after` and ask again. Takes `audit.read`.
#[utoipa::path(get, path = "/groups/{id}/history", tag = "Events", operation_id = "list_group_history", params(("id" = String, Path, description = "the group's id"), HistoryQuery), responses((status = 200, description = "a slice", body = EventPage)))]
pub(super) async fn history(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<HistoryQuery>,
) -> Result<Reply, Problem> {
    let group: Id<Group> = call::id(&id, "group")?;
    let after = query.after.unwrap_or(0);
    let narrower = Narrower {
        within: None,
        kind: query.kind,
        actor: query.actor,
        from: query.from.as_deref(),
        to: query.to.as_deref(),
    };
    let part = Part::of(&NOUN, Some(after), query.limit, query.filter.as_deref())?;
    let (call, asked) = (&call, &narrower.query()?);
    let read = |after: Option<i64>, limit| {
        let slice = EventQuery {
            after: after.unwrap_or(0),
            limit,
            ..asked.clone()
        };
        async move { call.directory().group_history(&call.principal, group, &slice).await }
    };
    let found = part.find(read, |event| event.position, EventBody::from).await?;
    Ok(Reply::ok(&EventPage {
        items: found.items,
        after: found.last.unwrap_or(after),
    }))
}

/// Show an event
#[utoipa::path(get, path = "/events/{id}", tag = "Events", operation_id = "show_event", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the event", body = EventBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id: Id<()> = call::id(&id, "event")?;
    let event = call.directory().event(&call.principal, id.uuid()).await?;
    Ok(Reply::ok(&EventBody::from(event)))
}

/// A piece of the log, checked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Verification {
    /// How many events were read.
    events: u64,
    /// How many of them were erased; their hashes still chain.
    erased: u64,
    /// How many wait for their place in the log longer than they should.
    unplaced: u64,
    /// What is wrong; empty when nothing is.
    problems: Vec<VerificationProblem>,
    /// The position to go on after.
    after: i64,
    /// Whether the log ends here.
    whole: bool,
}

/// One thing that is wrong with the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerificationProblem {
    /// Where.
    position: i64,
    /// What.
    what: String,
}

/// Verify the log
///
/// Checks the chain after a position, at most 10,000 events at a time: begin at 0 and go on after `after` until `whole`.
/// Takes the scope `events:read`.
#[utoipa::path(get, path = "/events/verification", tag = "Events", operation_id = "verify_events", params(CheckQuery), responses((status = 200, description = "what was found", body = Verification)))]
pub(super) async fn verify(call: Call, Query(query): Query<CheckQuery>) -> Result<Reply, Problem> {
    let after = query.after.unwrap_or(0);
    let piece = call.directory().verify_events_after(&call.principal, after).await?;
    let problems = piece.report.problems.into_iter().map(|problem| VerificationProblem {
        position: problem.position,
        what: problem.what.to_owned(),
    });
    Ok(Reply::ok(&Verification {
        events: piece.report.events,
        erased: piece.report.erased,
        unplaced: piece.report.unplaced,
        problems: problems.collect(),
        after: piece.after,
        whole: piece.whole,
    }))
}

/// Export the log
///
/// All events after a position that are asked for, one JSON object a line, as long as there are any.
#[utoipa::path(get, path = "/events/export", tag = "Events", operation_id = "export_events", params(ExportQuery), responses((status = 200, description = "the events", body = String, content_type = "application/x-ndjson")))]
pub(super) async fn export(call: Call, Query(query): Query<ExportQuery>) -> Result<Response, Problem> {
    // The first slice is read before the answer begins, so that a refusal is one.
    let narrower = Narrower {
        within: query.within.as_deref(),
        kind: query.kind,
        actor: query.actor,
        from: query.from.as_deref(),
        to: query.to.as_deref(),
    };
    let asked = narrower.query()?;
    let asked = EventQuery {
        after: query.after.unwrap_or(0),
        limit: SLICE,
        ..asked
    };
    let first = call.directory().events_piece(&call.principal, &asked).await?;
    let (directory, principal) = (call.directory().clone(), call.principal.clone());
    let lines = stream::unfold(Some(first), move |state| {
        let (directory, principal, asked) = (directory.clone(), principal.clone(), asked.clone());
        async move {
            let piece: EventsPiece = state?;
            let mut text = String::new();
            for event in piece.events {
                text.push_str(&serde_json::to_string(&EventBody::from(event)).unwrap_or_default());
                text.push('\n');
            }
            if piece.is_last {
                return Some((Ok(text), None));
            }
            let asked = EventQuery {
                after: piece.after,
                ..asked
            };
            match directory.events_piece(&principal, &asked).await {
                Ok(next) => Some((Ok(text), Some(next))),
                // The answer breaks off: its reader sees that it is not whole.
                Err(error) => Some((Err(std::io::Error::other(error)), None)),
            }
        }
    });
    let mut response = Response::new(Body::from_stream(lines));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
