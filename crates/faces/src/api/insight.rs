//! What there is to see over many groups: counts, what ends soon, groups without an administrator, broken rules.

use directory::group::Group;
use directory::insight::{Counts, Ending, EndingAfter, Orphan};
use directory::{Id, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Query, id_in};
use super::call::Call;
use super::error::Problem;
use super::paging::{self, Page, PlainPaging};
use super::reply::Reply;
use super::rules::{self, ViolationBody};

/// How many memberships stand how.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MembershipCounts {
    /// They count now.
    enabled: u64,
    /// Their time has not begun.
    pending: u64,
    /// The people are kept out.
    suspended: u64,
    /// Their time is over, and they may come back.
    expired: u64,
}

impl From<Counts> for MembershipCounts {
    fn from(counts: Counts) -> Self {
        Self {
            enabled: counts.enabled,
            pending: counts.pending,
            suspended: counts.suspended,
            expired: counts.expired,
        }
    }
}

/// A membership that ends.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndingMembership {
    /// Its id.
    id: String,
    /// In which group.
    group: String,
    /// Whose.
    user: String,
    /// `enabled`, `pending` or `suspended`.
    status: &'static str,
    /// The first instant after it (RFC 3339), by its own end or by one above.
    ends_at: String,
    /// The group above whose membership ends then; absent = its own end.
    #[serde(skip_serializing_if = "Option::is_none")]
    because_of: Option<String>,
}

impl From<Ending> for EndingMembership {
    fn from(ending: Ending) -> Self {
        Self {
            id: ending.membership.to_string(),
            group: ending.group.to_string(),
            user: ending.user.to_string(),
            status: ending.status.name(),
            ends_at: ending.at.to_string(),
            because_of: ending.because_of.map(|id| id.to_string()),
        }
    }
}

/// A managed group that nobody administers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrphanGroup {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// The group right above it; absent at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// How many people are in it.
    people: i64,
}

impl From<Orphan> for OrphanGroup {
    fn from(orphan: Orphan) -> Self {
        Self {
            id: orphan.group.to_string(),
            name: orphan.name,
            parent: orphan.parent.map(|id| id.to_string()),
            people: orphan.people,
        }
    }
}

/// Of which group.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Where {
    /// Only of this group: an id. Without it of the realm, for whoever manages all groups.
    group: Option<String>,
}

/// What ends, and where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EndingQuery {
    /// Only of this group: an id. Without it of the realm, for whoever manages all groups.
    group: Option<String>,
    /// Within so many days from now: 1 to 3650, usually 30.
    days: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
}

/// Where rules are broken.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct BrokenQuery {
    /// Only in this group: an id. Without it in the realm, for its administration.
    group: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
}

fn group(id: Option<&str>) -> Result<Option<Id<Group>>, Refusal> {
    id.map(|id| id_in("group", id)).transpose()
}

/// Count memberships
///
/// By where they stand. Of a group it takes `members.read`, of the realm a role that manages all groups; at most 100,000 of those
/// that do not count now, else `too_many`.
#[utoipa::path(get, path = "/insight/counts", tag = "Insight", operation_id = "count_memberships", params(Where), responses((status = 200, description = "how many stand how", body = MembershipCounts)))]
pub(super) async fn counts(call: Call, Query(query): Query<Where>) -> Result<Reply, Problem> {
    let group = group(query.group.as_deref())?;
    let counts = call.directory().membership_counts(&call.principal, group).await?;
    Ok(Reply::ok(&MembershipCounts::from(counts)))
}

/// List memberships that end soon
///
/// By their own end or by one above; of a group in the order in which they end, of the realm group by group. Of a group it takes
/// `members.read`, of the realm a role that manages all groups.
#[utoipa::path(get, path = "/insight/expiring", tag = "Insight", operation_id = "list_ending_memberships", params(EndingQuery), responses((status = 200, description = "a page", body = Page<EndingMembership>)))]
pub(super) async fn expiring(call: Call, Query(query): Query<EndingQuery>) -> Result<Reply, Problem> {
    // A cursor is the id of a group, an instant in milliseconds, and the id of a person.
    let read = |text: &str| {
        let (group, rest) = text.split_once('.')?;
        let (at, user) = rest.split_once('.')?;
        Some(EndingAfter {
            group: Id::parse(group)?,
            at: Timestamp::from_millis(at.parse().ok()?),
            user: Id::parse(user)?,
        })
    };
    let after = paging::after(query.cursor.as_deref(), read)?;
    let limit = paging::limit(query.limit)?;
    let group = group(query.group.as_deref())?;
    let days = query.days.unwrap_or(30);
    let found = call
        .directory()
        .memberships_ending(&call.principal, group, days, after, limit + 1)
        .await?;
    let cursor = |one: &Ending| format!("{}.{}.{}", one.group, one.at.millis(), one.user);
    Ok(Reply::ok(&Page::begun(found, limit, cursor, EndingMembership::from)))
}

/// List groups without an administrator
///
/// Managed groups in which no delegation counts now, granted there or inherited from above; those of people who are suspended do
/// not, nor those of empty groups. Takes a role that manages all groups.
#[utoipa::path(get, path = "/insight/orphans", tag = "Insight", operation_id = "list_orphan_groups", params(PlainPaging), responses((status = 200, description = "a page", body = Page<OrphanGroup>)))]
pub(super) async fn orphans(call: Call, Query(paging): Query<PlainPaging>) -> Result<Reply, Problem> {
    let after = paging::after(paging.cursor.as_deref(), Id::parse)?;
    let limit = paging::limit(paging.limit)?;
    let found = call.directory().orphans(&call.principal, after, limit + 1).await?;
    let cursor = |one: &Orphan| one.group.to_string();
    Ok(Reply::ok(&Page::begun(found, limit, cursor, OrphanGroup::from)))
}

/// List ways to join that break rules
///
/// Of a group, all of them, for those who administer it in any way; of the realm for its administration, as `/rules/violations`.
#[utoipa::path(get, path = "/insight/violations", tag = "Insight", operation_id = "list_violations", params(BrokenQuery), responses((status = 200, description = "a page", body = Page<ViolationBody>)))]
pub(super) async fn violations(call: Call, Query(query): Query<BrokenQuery>) -> Result<Reply, Problem> {
    let Some(group) = group(query.group.as_deref())? else {
        let paging = PlainPaging {
            cursor: query.cursor,
            limit: query.limit,
        };
        return Ok(Reply::ok(&rules::broken(&call, &paging).await?));
    };
    let broken = call.directory().rules_broken_in(&call.principal, group).await?;
    let broken = broken.iter().map(ViolationBody::of).collect();
    Ok(Reply::ok(&Page::with(broken, None)))
}
