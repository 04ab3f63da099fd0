//! Access reviews: whether each membership of a group is still right, as those say who administer it.

use directory::review::{
    BeginReview, CancelReview, CloseReview, DecideItem, Decision, ItemShown, ItemsAsked, Review, ReviewState,
    ReviewsAsked, UNDECIDED,
};
use directory::zone::{Day, Zone};
use directory::{Id, Refusal};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query, id_in, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::many::{self, Outcomes};
use super::paging::{self, Page};
use super::reply::Reply;
use super::review_bodies::{ItemBody, OutcomeBody, ReviewBody};
use crate::path::Path;

/// So many items are decided by one call; each is a change of its own.
const MOST_DECIDED: usize = 500;

/// A review that is to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReview {
    /// The group: its id.
    group: String,
    /// The groups below it too.
    #[serde(default)]
    below: bool,
    /// What people call it, at most 255 characters.
    name: String,
    /// What it is for, at most 2,000 characters; those who decide read it.
    reason: Option<String>,
    /// The last day on which something can be decided: after today, at most a year ahead.
    #[schema(format = Date)]
    last_day: String,
    /// What becomes of memberships about which nobody decides: `keep`, which is usual, `remove` or `suspend`.
    undecided: Option<String>,
}

/// What is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decisions {
    /// At most 500.
    decisions: Vec<NewDecision>,
}

/// What is decided about one membership.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDecision {
    /// The membership: its id.
    membership: String,
    /// `keep`, `remove` or `suspend`.
    decision: String,
    /// Why, at most 2,000 characters; the member reads it when the membership ends or is suspended.
    comment: Option<String>,
}

/// How to close.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Closing {
    /// Also when many would lose a membership about which nobody has decided.
    release: bool,
}

/// Which reviews.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// Only those in this state, e.g. `open`.
    #[param(example = "open")]
    state: Option<String>,
    /// Only those in which this group is: an id.
    group: Option<String>,
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// Only those about which this was decided: `undecided`, `keep`, `remove` or `suspend`.
    decision: Option<String>,
}

/// Which part of what closing does.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OutcomeQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50. A page looks at 10,000 memberships at most, and may be shorter.
    limit: Option<usize>,
}

fn decision(member: &'static str, word: &str) -> Result<Decision, Refusal> {
    let known = Decision::ALL.map(Decision::name).join(", ");
    Decision::parse(word).ok_or_else(|| Refusal::invalid(member, known))
}

fn position(cursor: Option<&str>) -> Result<i64, Problem> {
    let read = |text: &str| text.parse::<i64>().ok().filter(|position| *position >= 0);
    Ok(paging::after(cursor, read)?.unwrap_or_default())
}

fn replied(review: &Review, zone: &Zone) -> Reply {
    Reply::ok(&ReviewBody::of(review, zone)).version(review.version)
}

/// List reviews
///
/// The newest first: of the groups in which one sees members, or of groups above with such below. Takes the scope `agm:manage`.
#[utoipa::path(get, path = "/reviews", tag = "Reviews", operation_id = "list_reviews", params(ReviewQuery), responses((status = 200, description = "a page", body = Page<ReviewBody>)))]
pub(super) async fn list(call: Call, Query(query): Query<ReviewQuery>) -> Result<Reply, Problem> {
    let limit = paging::limit(query.limit)?;
    let asked = ReviewsAsked {
        state: one_of("state", query.state.as_deref(), ReviewState::ALL, ReviewState::name)?,
        group: query.group.as_deref().map(|id| id_in("group", id)).transpose()?,
        before: paging::after(query.cursor.as_deref(), Id::parse)?,
        limit: limit + 1,
    };
    let found = call.directory().reviews(&call.principal, &asked).await?;
    let zone = Zone::of(&call.realm);
    let cursor = |review: &Review| review.id.to_string();
    let page = Page::begun(found, limit, cursor, |review| ReviewBody::of(&review, &zone));
    Ok(Reply::ok(&page))
}

/// Begin a review
///
/// Of the memberships that count now or are agreed; who comes later is not reviewed. Those who administer are told by mail when they
/// have been written down, and reminded. Takes `members.write`, with `below` inherited, and `members.suspend` likewise where what
/// nobody decides about is suspended.
#[utoipa::path(post, path = "/reviews", tag = "Reviews", operation_id = "begin_review", request_body = NewReview, responses((status = 201, description = "begun", body = ReviewBody)))]
pub(super) async fn begin(call: Call, body: Body<NewReview>) -> Result<Reply, Problem> {
    let sent = body.value;
    let last_day = Day::parse(&sent.last_day).map_err(|error| Refusal::invalid("last_day", error.to_string()))?;
    let undecided = sent.undecided.as_deref().map(|word| decision("undecided", word));
    let command = BeginReview {
        group: id_in("group", &sent.group)?,
        below: sent.below,
        name: sent.name,
        reason: sent.reason,
        last_day,
        undecided: undecided.transpose()?.unwrap_or(Decision::Keep),
    };
    let (path, zone) = (call.path.clone(), Zone::of(&call.realm));
    call.once(&body.bytes, command, move |review: &Review, _| {
        let shown = ReviewBody::of(review, &zone);
        Reply::created(format!("{path}/{}", review.id), &shown).version(review.version)
    })
    .await
}

/// Show a review
///
/// For whoever sees the members of a group of it.
#[utoipa::path(get, path = "/reviews/{id}", tag = "Reviews", operation_id = "show_review", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the review", body = ReviewBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let review = call
        .directory()
        .review(&call.principal, call::id(&id, "review")?)
        .await?;
    Ok(replied(&review, &Zone::of(&call.realm)))
}

/// List what is reviewed
///
/// The memberships of the groups in which one sees members; groups above come before those below them. Takes `members.read`.
#[utoipa::path(get, path = "/reviews/{id}/items", tag = "Reviews", operation_id = "list_review_items", params(("id" = String, Path, description = "the review's id"), ItemQuery), responses((status = 200, description = "a page", body = Page<ItemBody>)))]
pub(super) async fn items(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<ItemQuery>,
) -> Result<Reply, Problem> {
    let limit = paging::limit(query.limit)?;
    let known = [
        None,
        Some(Decision::Keep),
        Some(Decision::Remove),
        Some(Decision::Suspend),
    ];
    let name = |decision: Option<Decision>| decision.map_or(UNDECIDED, Decision::name);
    let asked = ItemsAsked {
        decision: one_of("decision", query.decision.as_deref(), known, name)?,
        after: position(query.cursor.as_deref())?,
        limit: limit + 1,
    };
    let id = call::id(&id, "review")?;
    let found = call.directory().review_items(&call.principal, id, &asked).await?;
    let zone = Zone::of(&call.realm);
    let cursor = |shown: &ItemShown| shown.item.position.to_string();
    let page = Page::begun(found, limit, cursor, |shown| ItemBody::of(&shown, &zone));
    Ok(Reply::ok(&page))
}

/// List what closing a review would do
///
/// If it were closed now, to each membership to which it would do something; of a closed one what it did. Of the groups in which one
/// sees members. With a membership those end that the person holds in groups below.
#[utoipa::path(get, path = "/reviews/{id}/outcome", tag = "Reviews", operation_id = "list_review_outcome", params(("id" = String, Path, description = "the review's id"), OutcomeQuery), responses((status = 200, description = "a page", body = Page<OutcomeBody>)))]
pub(super) async fn outcome(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<OutcomeQuery>,
) -> Result<Reply, Problem> {
    let (id, after) = (call::id(&id, "review")?, position(query.cursor.as_deref())?);
    let limit = paging::limit(query.limit)?;
    let (found, next) = call
        .directory()
        .review_outcome(&call.principal, id, after, limit)
        .await?;
    let items = found.iter().map(OutcomeBody::from).collect();
    Ok(Reply::ok(&Page::with(items, next.map(|next| next.to_string()))))
}

/// Decide about many memberships
///
/// Each by itself: what cannot be decided is told apart, and the others are. A decision can be changed until the review closes; nobody
/// decides about themselves. Takes `members.write` in the group of each, to suspend `members.suspend`.
#[utoipa::path(post, path = "/reviews/{id}/decisions", tag = "Reviews", operation_id = "decide_review_items", params(("id" = String, Path, description = "the review's id")), request_body = Decisions, responses((status = 200, description = "what came of it for each", body = Outcomes)))]
pub(super) async fn decide(call: Call, Path(ById { id }): Path<ById>, body: Body<Decisions>) -> Result<Reply, Problem> {
    let review = call::id(&id, "review")?;
    let sent = body.value.decisions;
    if sent.is_empty() || sent.len() > MOST_DECIDED {
        return Err(Refusal::invalid("decisions", format!("1 to {MOST_DECIDED} decisions")).into());
    }
    let mut commands = Vec::with_capacity(sent.len());
    for one in sent {
        let command = DecideItem {
            review,
            membership: id_in("membership", &one.membership)?,
            decision: decision("decision", &one.decision)?,
            comment: one.comment,
        };
        let outcome = many::Outcome {
            membership: Some(one.membership),
            ..many::Outcome::default()
        };
        commands.push((outcome, command));
    }
    call.directory().check_decides(&call.principal, review).await?;
    many::run_each(&call, commands, |_, _| ()).await
}

/// Close a review
///
/// Before its last day, or one that is held: a job does what was decided, membership by membership. Takes what it takes to begin it,
/// and `release` where many would lose a membership about which nobody has decided.
#[utoipa::path(post, path = "/reviews/{id}/close", tag = "Reviews", operation_id = "close_review", params(("id" = String, Path, description = "its id")), request_body = Closing, responses((status = 200, description = "the review as it now is", body = ReviewBody)))]
pub(super) async fn close(call: Call, Path(ById { id }): Path<ById>, body: Body<Closing>) -> Result<Reply, Problem> {
    let command = CloseReview {
        id: call::id(&id, "review")?,
        if_match: call.if_match.clone(),
        release: body.value.release,
    };
    let zone = Zone::of(&call.realm);
    call.once(&body.bytes, command, move |review: &Review, _| replied(review, &zone))
        .await
}

/// Cancel a review
///
/// Nothing happens to the memberships. Takes what it takes to begin it.
#[utoipa::path(post, path = "/reviews/{id}/cancel", tag = "Reviews", operation_id = "cancel_review", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the review as it now is", body = ReviewBody)))]
pub(super) async fn cancel(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = CancelReview {
        id: call::id(&id, "review")?,
        if_match: call.if_match.clone(),
    };
    let zone = Zone::of(&call.realm);
    call.once(&[], command, move |review: &Review, _| replied(review, &zone))
        .await
}
