//! Deliveries: what is on its way to targets.

use std::sync::LazyLock;

use directory::Id;
use directory::delivery::{Delivery, DeliveryQuery, DeliveryState, DropDelivery, RetryDelivery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Query, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, instant, number, text};
use super::paging::{self, Page};
use super::reply::Reply;
use crate::path::Path;

/// One event on its way to one target.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryBody {
    /// Its id.
    id: String,
    /// Where it goes: `mail`.
    target: String,
    /// The event it follows from.
    event: String,
    /// The kind of that event.
    kind: String,
    /// What it is about. Deliveries of one thing to one target go in order.
    subject: String,
    /// The version of that thing.
    subject_version: i64,
    /// `queued`, `running`, `retrying`, `parked`, `confirmed` or `dropped`.
    state: String,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next (RFC 3339).
    due_at: String,
    /// What the target said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// When it was made (RFC 3339).
    created: String,
    /// When it was confirmed or dropped (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Delivery",
        "deliveries",
        " or narrow the list with `state` and `target`",
        vec![
            text("id"),
            text("target"),
            text("event"),
            text("kind"),
            text("subject"),
            number("subject_version"),
            text("state"),
            number("attempts"),
            instant("due_at"),
            text("last_error"),
            instant("created"),
            instant("finished_at"),
        ],
    )
});

impl From<&Delivery> for DeliveryBody {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            target: delivery.target.clone(),
            event: delivery.event.to_string(),
            kind: delivery.kind.clone(),
            subject: delivery.subject.to_string(),
            subject_version: delivery.subject_version,
            state: delivery.state.name().to_owned(),
            attempts: delivery.attempts,
            due_at: delivery.due_at.to_string(),
            last_error: delivery.last_error.clone(),
            created: delivery.id.made_at().to_string(),
            finished_at: delivery.finished_at.map(|instant| instant.to_string()),
        }
    }
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `attempts gt 3`. A page looks at 100,000
    /// rows at most.
    #[param(example = "attempts gt 3")]
    filter: Option<String>,
    /// Only those in this state.
    state: Option<String>,
    /// Only those to this target.
    target: Option<String>,
}

/// List deliveries
#[utoipa::path(get, path = "/deliveries", tag = "Deliveries", operation_id = "list_deliveries", params(Asked), responses((status = 200, description = "a page", body = Page<DeliveryBody>)))]
pub(super) async fn list(call: Call, Query(asked): Query<Asked>) -> Result<Reply, Problem> {
    let after = paging::after(asked.cursor.as_deref(), Id::parse)?;
    let part = Part::of(&NOUN, after, asked.limit, asked.filter.as_deref())?;
    let query = DeliveryQuery {
        state: one_of("state", asked.state.as_deref(), DeliveryState::ALL, DeliveryState::name)?,
        target: asked.target,
        ..DeliveryQuery::default()
    };
    let call = &call;
    let read = |after, limit| {
        let query = DeliveryQuery {
            after,
            limit,
            ..query.clone()
        };
        async move { call.directory().deliveries(&call.principal, &query).await }
    };
    let found = part.find(read, |one| one.id, |one| DeliveryBody::from(&one)).await?;
    Ok(Reply::ok(&Page::of(found, Id::to_string)))
}

/// Show a delivery
#[utoipa::path(get, path = "/deliveries/{id}", tag = "Deliveries", operation_id = "show_delivery", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the delivery", body = DeliveryBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let delivery = call
        .directory()
        .delivery(&call.principal, call::id(&id, "delivery")?)
        .await?;
    Ok(Reply::ok(&DeliveryBody::from(&delivery)))
}

/// Try a delivery again
///
/// It is due at once, with all its attempts before it.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "Deliveries", operation_id = "retry_delivery", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the delivery as it now is", body = DeliveryBody)))]
pub(super) async fn retry(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = RetryDelivery {
        id: call::id(&id, "delivery")?,
    };
    call.once(&[], command, |delivery: &Delivery, _| {
        Reply::ok(&DeliveryBody::from(delivery))
    })
    .await
}

/// Drop a delivery
///
/// It is given up, and the later ones of the same thing go on.
#[utoipa::path(post, path = "/deliveries/{id}/drop", tag = "Deliveries", operation_id = "drop_delivery", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the delivery as it now is", body = DeliveryBody)))]
pub(super) async fn discard(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = DropDelivery {
        id: call::id(&id, "delivery")?,
    };
    call.once(&[], command, |delivery: &Delivery, _| {
        Reply::ok(&DeliveryBody::from(delivery))
    })
    .await
}
