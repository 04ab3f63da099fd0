//! Terms of one's own memberships: what one has accepted, what is to be accepted, and accepting it.

use directory::enrollment::terms::{AcceptTerms, Accepted, Channel, OwnAcceptance, OwnTerms, Terms, TermsGiven};
use directory::membership::OnLapse;
use directory::{Denial, Id, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Body, Query};
use super::call::Call;
use super::error::Problem;
use super::paging::{self, Page, PlainPaging};
use super::reply::Reply;
use crate::path::Path;

/// A version of terms, as one reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TermsToRead)]
pub(super) struct TermsToRead {
    /// Its id.
    id: String,
    /// Which one it is: 1, 2, …
    number: i64,
    /// Where they stand.
    url: String,
    /// Of what stands there, where whoever published them gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl From<&Terms> for TermsToRead {
    fn from(terms: &Terms) -> Self {
        Self {
            id: terms.id.to_string(),
            number: terms.number,
            url: terms.url.clone(),
            digest: terms.digest.clone(),
        }
    }
}

/// The terms that come with one's membership of a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnTerms)]
pub(super) struct OwnTermsBody {
    /// The group.
    group: String,
    /// Where that stands. A slash inside a name is written `~/`, a `~` before that or at the end twice.
    path: String,
    /// Those in force.
    terms: TermsToRead,
    /// The number of the version one has accepted; absent = none.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<i64>,
    /// When (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<String>,
    /// The first instant at which that no longer counts (RFC 3339): those in force are to be accepted before. Absent = it counts for
    /// good.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// What happens to the membership then: `remind`, `withhold` or `end`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    on_lapse: Option<OnLapse>,
    /// Whether they are to be accepted now: that time is over, or near.
    due: bool,
    /// Whether the membership gives nothing elsewhere until they are.
    withheld: bool,
}

impl From<OwnTerms> for OwnTermsBody {
    fn from(own: OwnTerms) -> Self {
        let standing = own.standing;
        Self {
            group: own.group.to_string(),
            path: own.path.to_string(),
            terms: (&own.in_force).into(),
            accepted: own.accepted,
            accepted_at: standing.map(|standing| standing.accepted_at.to_string()),
            until: standing.and_then(|standing| Some(standing.until?.to_string())),
            on_lapse: standing.and_then(|standing| standing.until.map(|_| standing.on_lapse)),
            due: own.due,
            withheld: own.withheld,
        }
    }
}

/// That one has accepted a version of terms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnAcceptance)]
pub(super) struct OwnAcceptanceBody {
    /// The id of the version.
    id: String,
    /// What it says; absent = the way to join is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<TermsToRead>,
    /// Of which group.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// When (RFC 3339).
    accepted_at: String,
    /// By what means: `agm`, `api`, `page`, `invitation`, `cli` or `import`.
    channel: &'static str,
}

impl From<OwnAcceptance> for OwnAcceptanceBody {
    fn from(own: OwnAcceptance) -> Self {
        Self {
            id: own.acceptance.terms.to_string(),
            terms: own.terms.as_ref().map(TermsToRead::from),
            group: own.group.map(|id| id.to_string()),
            accepted_at: own.acceptance.accepted_at.to_string(),
            channel: own.acceptance.channel.name(),
        }
    }
}

/// Which terms one accepts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptedVersion {
    /// The number of the version one has read.
    #[schema(example = 2)]
    version: u32,
}

/// That one's acceptance counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TermsAccepted)]
pub(super) struct AcceptedBody {
    /// The id of the version.
    id: String,
    /// Its number.
    number: i64,
    /// When one accepted it (RFC 3339).
    accepted_at: String,
    /// The first instant at which that no longer counts (RFC 3339); absent = it counts for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl From<&Accepted> for AcceptedBody {
    fn from(accepted: &Accepted) -> Self {
        Self {
            id: accepted.terms.id.to_string(),
            number: accepted.terms.number,
            accepted_at: accepted.standing.accepted_at.to_string(),
            until: accepted.standing.until.map(|until| until.to_string()),
        }
    }
}

/// A group in a path of one's own.
#[derive(Debug, Deserialize)]
pub(super) struct OwnGroup {
    group: String,
}

/// List the terms of one's own memberships
///
/// Of those whose way to join has terms, in the order of the groups' ids: which are in force, what one has accepted, and what is to be
/// accepted by when. Takes a token that acts as a person, with the scope `agm:self`.
#[utoipa::path(get, path = "/me/terms", tag = "Me", operation_id = "list_own_terms", params(PlainPaging), responses((status = 200, description = "a page", body = Page<OwnTermsBody>)))]
pub(super) async fn list(call: Call, Query(paging): Query<PlainPaging>) -> Result<Reply, Problem> {
    let after = paging::after(paging.cursor.as_deref(), Id::parse)?;
    let limit = paging::limit(paging.limit)?;
    let rows = call.directory().my_terms(&call.principal, after, limit + 1).await?;
    let cursor = |own: &OwnTerms| own.group.to_string();
    Ok(Reply::ok(&Page::begun(rows, limit, cursor, OwnTermsBody::from)))
}

/// Accept the terms of a group
///
/// Those in force of the way by which one is a member, at any time. What the membership gave elsewhere before they lapsed it gives
/// again. Whoever read another version than the one in force gets 409 `terms_changed`. Takes a token that acts as a person, with the
/// scope `agm:self`.
#[utoipa::path(post, path = "/me/terms/{group}/accept", tag = "Me", operation_id = "accept_terms", params(("group" = String, Path, description = "the group's id")), request_body = AcceptedVersion, responses((status = 200, description = "accepted", body = AcceptedBody)))]
pub(super) async fn accept(
    call: Call,
    Path(OwnGroup { group }): Path<OwnGroup>,
    body: Body<AcceptedVersion>,
) -> Result<Reply, Problem> {
    let command = AcceptTerms {
        // What is no id is of no group: one is no member of it, whatever there is.
        group: Id::parse(&group).ok_or(Refusal::Denied(Denial::NotAMember))?,
        given: TermsGiven {
            accepted: true,
            version: Some(body.value.version.to_string()),
            channel: Channel::Api,
            address: call.address.map(|address| address.to_string()),
        },
    };
    let reply = |accepted: &Accepted, _| Reply::ok(&AcceptedBody::from(accepted));
    call.once(&body.bytes, command, reply).await
}

/// List what one has accepted
///
/// Also of groups that one has left, in the order of the versions' ids and then of time. Takes a token that acts as a person, with the
/// scope `agm:self`.
#[utoipa::path(get, path = "/me/acceptances", tag = "Me", operation_id = "list_own_acceptances", params(PlainPaging), responses((status = 200, description = "a page", body = Page<OwnAcceptanceBody>)))]
pub(super) async fn acceptances(call: Call, Query(paging): Query<PlainPaging>) -> Result<Reply, Problem> {
    // A cursor is the id of a version, after it an instant in milliseconds.
    let read = |text: &str| {
        let (terms, at) = text.split_once('.')?;
        Some((Id::parse(terms)?, Timestamp::from_millis(at.parse().ok()?)))
    };
    let after = paging::after(paging.cursor.as_deref(), read)?;
    let limit = paging::limit(paging.limit)?;
    let rows = call
        .directory()
        .my_acceptances(&call.principal, after, limit + 1)
        .await?;
    let cursor = |own: &OwnAcceptance| format!("{}.{}", own.acceptance.terms, own.acceptance.accepted_at.millis());
    Ok(Reply::ok(&Page::begun(rows, limit, cursor, OwnAcceptanceBody::from)))
}
