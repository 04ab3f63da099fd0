//! Requests to join a group or to stay, and what is said about them meanwhile.

use directory::enrollment::request::{Message, Request, RequestStatus};
use directory::enrollment::{
    AcceptRequest, AskRequester, AssignRequest, Decided, OrderOfRequests, QueueAsked, RejectRequest, RequestShown,
    Respond, Withdraw,
};
use directory::{Denial, Error, Id, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query, id_in, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::fields;
use super::paging::{self, Page};
use super::reply::Reply;
use crate::path::Path;

/// A request to join a group, or to stay.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Request)]
pub(super) struct RequestBody {
    /// Its id.
    id: String,
    /// The group.
    group: String,
    /// Where that stood when the person asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The way to join.
    configuration: String,
    /// Who asks.
    user: String,
    /// Who that was when they asked.
    identity: IdentityBody,
    /// `PENDING_APPROVAL`, `WAITING_FOR_REPLY`, `ACCEPTED`, `REJECTED`, `ARCHIVED` or `SELF_APPROVED`.
    status: &'static str,
    /// The names of the roles asked for.
    roles: Vec<String>,
    /// Why the person asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// They are a member, and want to stay.
    renewal: bool,
    /// The version of the terms that was accepted with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<String>,
    /// When it was submitted (RFC 3339).
    submitted_at: String,
    /// Since when it waits for somebody (RFC 3339); absent once it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_since: Option<String>,
    /// When it was decided or put aside (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    /// Who is to decide: the id of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<String>,
    /// The first of two who decide about a privileged group: an actor as in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_approval: Option<String>,
    /// Who decided: an actor as in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewer: Option<String>,
    /// Why it was decided so.
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    /// Why it was put aside, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "configuration_changed")]
    cause: Option<&'static str>,
    /// Raised by every change; the entity tag.
    version: i64,
}

/// Who a person was when they asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct IdentityBody {
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// What the realm goes by; usually the userName.
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    /// How sure others are of who it is.
    assurance: Vec<String>,
    /// Who vouched for the sign-in, nearest last.
    authorities: Vec<String>,
}

impl From<&Request> for RequestBody {
    fn from(request: &Request) -> Self {
        let said = request.said.clone();
        let identity = said.identity;
        Self {
            id: request.id.to_string(),
            group: request.group.to_string(),
            path: said.group_path,
            configuration: request.configuration.to_string(),
            user: request.user.to_string(),
            identity: IdentityBody {
                first_name: identity.first_name,
                last_name: identity.last_name,
                email: identity.email,
                identifier: identity.identifier,
                assurance: identity.assurance,
                authorities: identity.authorities,
            },
            status: request.status.name(),
            roles: said.roles.into_iter().map(|role| role.name).collect(),
            comment: said.comments,
            renewal: said.renewal,
            terms: request.terms.map(|id| id.to_string()),
            submitted_at: request.submitted_at.to_string(),
            waits_since: request.status.is_open().then(|| request.waits_since().to_string()),
            decided_at: request.decided_at.map(|instant| instant.to_string()),
            assigned_to: said.assigned_to.map(|id| id.to_string()),
            first_approval: said.first_approval.map(|first| first.by),
            reviewer: said.reviewer,
            justification: said.justification,
            cause: said.cause.map(directory::enrollment::request::ArchiveCause::name),
            version: request.version,
        }
    }
}

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RequestPageBody {
    #[serde(flatten)]
    page: Page<RequestBody>,
    /// How many there are beside the page.
    count: usize,
}

impl RequestPageBody {
    /// Those after so many.
    pub(super) fn of(shown: &[RequestShown], count: usize, first: usize) -> Self {
        let seen = first + shown.len();
        let items = shown.iter().map(|one| RequestBody::from(&one.request)).collect();
        let next = (seen < count && !shown.is_empty()).then(|| seen.to_string());
        Self {
            page: Page::with(items, next),
            count,
        }
    }
}

/// One word about a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(super) struct MessageBody {
    /// Its id.
    id: String,
    /// Whether a reviewer wrote it, or the person who asks.
    by_reviewer: bool,
    /// Who: an actor as in events.
    author: String,
    /// What they were called, where they are no person of the realm.
    #[serde(skip_serializing_if = "Option::is_none")]
    author_name: Option<String>,
    /// What it says.
    text: String,
    /// When (RFC 3339).
    at: String,
}

impl From<&Message> for MessageBody {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.to_string(),
            by_reviewer: message.by_reviewer,
            author: message.author.clone(),
            author_name: message.author_name.clone(),
            text: message.text.clone(),
            at: message.at.to_string(),
        }
    }
}

/// What is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    /// At most 2,000 characters.
    text: String,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// Why, at most 2,000 characters. The person is told.
    justification: Option<String>,
}

/// Who is to decide.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assignment {
    /// The id of a person who reviews the requests of the group; null = nobody in particular.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    reviewer: Option<String>,
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestQuery {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    pub(super) limit: Option<usize>,
    /// Only those that stand so, e.g. `PENDING_APPROVAL`.
    #[param(example = "PENDING_APPROVAL")]
    pub(super) status: Option<String>,
    /// Only those for groups whose name contains this, and for all below them.
    pub(super) group: Option<String>,
    /// Only those of people whose given or family name contains this.
    pub(super) person: Option<String>,
    /// How they are sorted: `submitted`, which is usual, or `group`.
    pub(super) order: Option<String>,
    /// The smallest first; usually the largest.
    #[serde(default)]
    pub(super) ascending: bool,
}

/// What a list of requests is asked for.
pub(super) struct Asked {
    pub(super) first: usize,
    pub(super) max: usize,
    pub(super) status: Option<RequestStatus>,
    pub(super) order: OrderOfRequests,
}

/// How requests are sorted, by its name.
fn order(word: Option<&str>) -> Result<OrderOfRequests, Refusal> {
    let known = [OrderOfRequests::Submitted, OrderOfRequests::GroupName];
    let name = |order| match order {
        OrderOfRequests::Submitted => "submitted",
        OrderOfRequests::GroupName => "group",
    };
    Ok(one_of("order", word, known, name)?.unwrap_or_default())
}

impl Asked {
    pub(super) fn read(
        cursor: Option<&str>,
        limit: Option<usize>,
        status: Option<&str>,
        by: Option<&str>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            first: paging::after(cursor, |text| text.parse().ok())?.unwrap_or(0),
            max: paging::limit(limit)?,
            status: one_of("status", status, RequestStatus::ALL, RequestStatus::name)?,
            order: order(by)?,
        })
    }
}

/// The version a command is to insist on.
async fn if_version(call: &Call, id: Id<Request>) -> Result<Option<i64>, Problem> {
    if call.if_match == directory::view::IfMatch::Any {
        return Ok(None);
    }
    let shown = call.directory().request(&call.principal, id).await?;
    call.if_version(shown.request.version)
}

/// A request as whoever asks for it has it: their own, or one they review; and whether it is their own.
async fn seen(call: &Call, id: Id<Request>) -> Result<(RequestShown, bool), Problem> {
    if call.principal.user().is_some() {
        match call.directory().my_request(&call.principal, id).await {
            Ok(own) => return Ok((own, true)),
            // Somebody else's, or the token is not for what is one's own.
            Err(Error::Refused(Refusal::Denied(Denial::RequestNotYours) | Refusal::MissingScope(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let shown = call.directory().request(&call.principal, id).await?;
    Ok((shown, false))
}

fn replied(request: &Request) -> Reply {
    Reply::ok(&RequestBody::from(request)).version(request.version)
}

/// List requests
///
/// Of the groups one reviews, here or above; of all groups, for who manages all of them. Takes the scope `agm:manage`.
#[utoipa::path(get, path = "/requests", tag = "Requests", operation_id = "list_requests", params(RequestQuery), responses((status = 200, description = "a page", body = RequestPageBody)))]
pub(super) async fn list(call: Call, Query(query): Query<RequestQuery>) -> Result<Reply, Problem> {
    let asked = Asked::read(
        query.cursor.as_deref(),
        query.limit,
        query.status.as_deref(),
        query.order.as_deref(),
    )?;
    let queue = QueueAsked {
        group_name: query.group,
        person: query.person,
        status: asked.status,
        order: asked.order,
        ascending: query.ascending,
        first: asked.first,
        max: asked.max,
    };
    let found = call.directory().review_queue(&call.principal, &queue).await?;
    Ok(Reply::ok(&RequestPageBody::of(
        &found.requests,
        found.count,
        asked.first,
    )))
}

/// Show a request
///
/// One's own, or one that one may see as a reviewer.
#[utoipa::path(get, path = "/requests/{id}", tag = "Requests", operation_id = "show_request", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the request", body = RequestBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let (shown, _) = seen(&call, call::id(&id, "request")?).await?;
    Ok(replied(&shown.request))
}

/// List what was said about a request
///
/// In the order in which it was written; at most 200 words. For whoever may see the request.
#[utoipa::path(get, path = "/requests/{id}/messages", tag = "Requests", operation_id = "list_messages", params(("id" = String, Path, description = "the request's id")), responses((status = 200, description = "all of it", body = Page<MessageBody>)))]
pub(super) async fn messages(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let (shown, _) = seen(&call, call::id(&id, "request")?).await?;
    let thread = shown.thread.iter().map(MessageBody::from).collect();
    Ok(Reply::ok(&Page::with(thread, None)))
}

/// Say something about a request
///
/// A reviewer asks, and the request waits for the person; the person answers, and it waits for a reviewer. The other one is told.
/// Asking takes `requests.review`.
#[utoipa::path(post, path = "/requests/{id}/messages", tag = "Requests", operation_id = "create_message", params(("id" = String, Path, description = "the request's id")), request_body = NewMessage, responses((status = 200, description = "the request as it now is", body = RequestBody)))]
pub(super) async fn say(call: Call, Path(ById { id }): Path<ById>, body: Body<NewMessage>) -> Result<Reply, Problem> {
    let (shown, is_own) = seen(&call, call::id(&id, "request")?).await?;
    let (id, text) = (shown.request.id, body.value.text);
    let reply = |request: &Request, _| replied(request);
    let said = if is_own {
        call.once(&body.bytes, Respond { id, text }, reply).await
    } else {
        let if_version = call.if_version(shown.request.version)?;
        let ask = AskRequester { id, if_version, text };
        call.once(&body.bytes, ask, reply).await
    };
    said.map_err(|problem| {
        problem.renamed(|name| {
            if name == "comment" {
                "text".into()
            } else {
                fields::here(name)
            }
        })
    })
}

/// Take one's own request back
///
/// While it is open. Takes a token that acts as the person who asked, with the scope `agm:self`.
#[utoipa::path(post, path = "/requests/{id}/withdraw", tag = "Requests", operation_id = "withdraw_request", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the request as it now is", body = RequestBody)))]
pub(super) async fn withdraw(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = Withdraw {
        id: call::id(&id, "request")?,
    };
    call.once(&[], command, |request: &Request, _| replied(request)).await
}

/// Say who is to decide a request
///
/// One of those who review the requests of the group, or nobody in particular. Takes `requests.review`.
#[utoipa::path(post, path = "/requests/{id}/assign", tag = "Requests", operation_id = "assign_request", params(("id" = String, Path, description = "its id")), request_body = Assignment, responses((status = 200, description = "the request as it now is", body = RequestBody)))]
pub(super) async fn assign(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<Assignment>,
) -> Result<Reply, Problem> {
    let id = call::id(&id, "request")?;
    let reviewer = body.value.reviewer.as_deref().map(|id| id_in("reviewer", id));
    let command = AssignRequest {
        id,
        reviewer: reviewer.transpose()?,
        if_version: if_version(&call, id).await?,
    };
    call.once(&body.bytes, command, |request: &Request, _| replied(request))
        .await
}

/// Accept a request
///
/// The person is let in, or may stay. In a privileged group two different reviewers have to say so, or one who is entitled to decide
/// alone: after the first the request goes on waiting. Takes `requests.review`.
#[utoipa::path(post, path = "/requests/{id}/accept", tag = "Requests", operation_id = "accept_request", params(("id" = String, Path, description = "its id")), request_body = Decision, responses((status = 200, description = "the request as it now is", body = RequestBody)))]
pub(super) async fn accept(call: Call, Path(ById { id }): Path<ById>, body: Body<Decision>) -> Result<Reply, Problem> {
    let id = call::id(&id, "request")?;
    let command = AcceptRequest {
        id,
        if_version: if_version(&call, id).await?,
        justification: body.value.justification,
    };
    let reply = |decided: &Decided, _| replied(&decided.request);
    let accepted = call.once(&body.bytes, command, reply).await;
    accepted.map_err(|problem| problem.renamed(fields::here))
}

/// Reject a request
///
/// Takes `requests.review`.
#[utoipa::path(post, path = "/requests/{id}/reject", tag = "Requests", operation_id = "reject_request", params(("id" = String, Path, description = "its id")), request_body = Decision, responses((status = 200, description = "the request as it now is", body = RequestBody)))]
pub(super) async fn reject(call: Call, Path(ById { id }): Path<ById>, body: Body<Decision>) -> Result<Reply, Problem> {
    let id = call::id(&id, "request")?;
    let command = RejectRequest {
        id,
        if_version: if_version(&call, id).await?,
        justification: body.value.justification,
    };
    let rejected = call
        .once(&body.bytes, command, |request: &Request, _| replied(request))
        .await;
    rejected.map_err(|problem| problem.renamed(fields::here))
}
