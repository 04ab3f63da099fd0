//! Terms of use of ways to join: their versions, and who has accepted which.

use directory::enrollment::terms::{Acceptance, PublishTerms, Terms, TermsDraft};
use directory::membership::OnLapse;
use directory::{Id, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Body, Query};
use super::call::{self, Call};
use super::configurations::ConfigurationOfGroup;
use super::error::Problem;
use super::fields;
use super::paging::{self, Page, PlainPaging};
use super::reply::Reply;
use crate::path::Path;

/// The directory reads so many at once.
const AT_ONCE: usize = 500;

/// A version of the terms of a way to join. It never changes.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Terms)]
pub(super) struct TermsBody {
    /// Its id.
    id: String,
    /// Which one it is: 1, 2, …
    number: i64,
    /// Where they stand.
    url: String,
    /// Of what stands there, where whoever published them gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// An acceptance counts for so many days; absent = for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_days: Option<u32>,
    /// What happens to members then: `remind`, `withhold` or `end`.
    #[schema(value_type = String)]
    on_lapse: OnLapse,
    /// Whether members have to accept this version, though they accepted an earlier one.
    ask_again: bool,
    /// Since when they are there (RFC 3339).
    made_at: String,
    /// By whom: an actor as in events.
    made_by: String,
}

impl From<&Terms> for TermsBody {
    fn from(terms: &Terms) -> Self {
        Self {
            id: terms.id.to_string(),
            number: terms.number,
            url: terms.url.clone(),
            digest: terms.digest.clone(),
            valid_days: terms.valid_days,
            on_lapse: terms.on_lapse,
            ask_again: terms.ask_again,
            made_at: terms.made_at.to_string(),
            made_by: terms.made_by.clone(),
        }
    }
}

/// Terms to be published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTerms {
    /// Where they stand: `https://…`.
    url: String,
    /// Of what stands there: another one tells that the text has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// An acceptance counts for so many days; usually for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_days: Option<u32>,
    /// What happens to members then: `remind`, which is usual, `withhold` what they are entitled to, or `end` the membership.
    #[serde(default = "remind")]
    on_lapse: String,
    /// Members have to accept these, though they accepted earlier ones.
    #[serde(default)]
    ask_again: bool,
}

fn remind() -> String {
    OnLapse::Remind.name().to_owned()
}

/// Those in force, told again: whom they were to be asked of anew has been asked.
impl From<&Terms> for NewTerms {
    fn from(terms: &Terms) -> Self {
        Self {
            url: terms.url.clone(),
            digest: terms.digest.clone(),
            valid_days: terms.valid_days,
            on_lapse: terms.on_lapse.name().to_owned(),
            ask_again: false,
        }
    }
}

impl TryFrom<NewTerms> for TermsDraft {
    type Error = Refusal;

    fn try_from(new: NewTerms) -> Result<Self, Refusal> {
        let on_lapse = OnLapse::parse(&new.on_lapse);
        Ok(Self {
            url: new.url,
            digest: new.digest,
            valid_days: new.valid_days,
            on_lapse: on_lapse.ok_or_else(|| Refusal::invalid("on_lapse", "`remind`, `withhold` or `end`"))?,
            ask_again: new.ask_again,
        })
    }
}

/// That a person accepted a version of terms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Acceptance)]
pub(super) struct AcceptanceBody {
    /// Who.
    user: String,
    /// Which version.
    terms: String,
    /// When (RFC 3339).
    accepted_at: String,
    /// By what means: `agm`, `api`, `page`, `invitation`, `cli` or `import`.
    channel: &'static str,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl From<&Acceptance> for AcceptanceBody {
    fn from(acceptance: &Acceptance) -> Self {
        Self {
            user: acceptance.user.to_string(),
            terms: acceptance.terms.to_string(),
            accepted_at: acceptance.accepted_at.to_string(),
            channel: acceptance.channel.name(),
            address: acceptance.address.clone(),
        }
    }
}

/// A group and a version of terms in a path.
#[derive(Debug, Deserialize)]
pub(super) struct TermsOfGroup {
    id: String,
    terms: String,
}

/// A page of what the directory reads in pieces of its own.
fn page<T, W>(rows: &[T], limit: usize, cursor: impl Fn(&T) -> String, wire: impl Fn(&T) -> W) -> Page<W> {
    let is_last = rows.len() <= limit && rows.len() < AT_ONCE;
    let shown = &rows[..rows.len().min(limit)];
    let next = shown.last().filter(|_| !is_last).map(cursor);
    Page::with(shown.iter().map(wire).collect(), next)
}

/// List the versions of the terms of a way to join
///
/// The newest first, in force or not. For those who administer the group in any way.
#[utoipa::path(get, path = "/groups/{id}/configurations/{configuration}/terms", tag = "Terms", operation_id = "list_terms", params(("id" = String, Path, description = "the group's id"), ("configuration" = String, Path, description = "the id of the way to join"), PlainPaging), responses((status = 200, description = "a page", body = Page<TermsBody>)))]
pub(super) async fn list(
    call: Call,
    Path(path): Path<ConfigurationOfGroup>,
    Query(paging): Query<PlainPaging>,
) -> Result<Reply, Problem> {
    let before = paging::after(paging.cursor.as_deref(), |text| text.parse::<i64>().ok())?;
    let limit = paging::limit(paging.limit)?;
    let (group, configuration) = ids(&path)?;
    let versions = call
        .directory()
        .terms_of(&call.principal, group, configuration, before)
        .await?;
    let cursor = |terms: &Terms| terms.number.to_string();
    Ok(Reply::ok(&page(&versions, limit, cursor, |terms| {
        TermsBody::from(terms)
    })))
}

fn ids<G, C>(path: &ConfigurationOfGroup) -> Result<(Id<G>, Id<C>), Problem> {
    let group = call::id(&path.id, "group")?;
    Ok((group, call::id(&path.configuration, "way to join")?))
}

/// Publish terms
///
/// They are in force at once. What waits for an answer goes on waiting, by the terms it was sent with; with `ask_again` members
/// have to accept these. Takes `config.write`.
#[utoipa::path(post, path = "/groups/{id}/configurations/{configuration}/terms", tag = "Terms", operation_id = "publish_terms", params(("id" = String, Path, description = "the group's id"), ("configuration" = String, Path, description = "the id of the way to join")), request_body = NewTerms, responses((status = 201, description = "published", body = TermsBody)))]
pub(super) async fn publish(
    call: Call,
    Path(path): Path<ConfigurationOfGroup>,
    body: Body<NewTerms>,
) -> Result<Reply, Problem> {
    let (group, configuration) = ids(&path)?;
    let command = PublishTerms {
        group,
        configuration,
        draft: body.value.try_into()?,
    };
    let place = call.path.clone();
    let reply = move |terms: &Terms, _| Reply::created(format!("{place}/{}", terms.id), &TermsBody::from(terms));
    let reply = call.once(&body.bytes, command, reply).await;
    reply.map_err(|problem| {
        problem.renamed(|name| {
            if name == "aup" {
                "url".into()
            } else {
                fields::here(name)
            }
        })
    })
}

/// List who has accepted a version of terms
///
/// In the order of doing so. Takes `members.read`.
#[utoipa::path(get, path = "/groups/{id}/terms/{terms}/acceptances", tag = "Terms", operation_id = "list_acceptances", params(("id" = String, Path, description = "the group's id"), ("terms" = String, Path, description = "the id of the version"), PlainPaging), responses((status = 200, description = "a page", body = Page<AcceptanceBody>)))]
pub(super) async fn acceptances(
    call: Call,
    Path(path): Path<TermsOfGroup>,
    Query(paging): Query<PlainPaging>,
) -> Result<Reply, Problem> {
    // A cursor is an instant in milliseconds, after it the id of the person.
    let read = |text: &str| {
        let (at, user) = text.split_once('.')?;
        Some((Timestamp::from_millis(at.parse().ok()?), Id::parse(user)?))
    };
    let after = paging::after(paging.cursor.as_deref(), read)?;
    let limit = paging::limit(paging.limit)?;
    let group = call::id(&path.id, "group")?;
    let terms = call::id(&path.terms, "terms")?;
    let found = call
        .directory()
        .acceptances_of(&call.principal, group, terms, after)
        .await?;
    let cursor = |one: &Acceptance| format!("{}.{}", one.accepted_at.millis(), one.user);
    Ok(Reply::ok(&page(&found, limit, cursor, |one| AcceptanceBody::from(one))))
}
