//! What is one's own: memberships and requests of the person a token acts as.

use directory::enrollment::OwnRequests;
use directory::membership::{self, Listed, MineOrder, MyMemberships, Status};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Query, id_in, one_of};
use super::call::Call;
use super::error::Problem;
use super::paging::{self, Page};
use super::reply::Reply;
use super::requests::{Asked, RequestPageBody};

/// One's own membership.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnMembership {
    /// Its id.
    id: String,
    /// The group.
    group: String,
    /// Where that stands. A slash inside a name is written `~/`, a `~` before that or at the end twice.
    path: String,
    /// `enabled`, `pending`, `suspended` or `expired`.
    status: &'static str,
    /// The names of one's roles.
    roles: Vec<String>,
    /// From when it counts (RFC 3339); absent = since it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The first instant after it (RFC 3339); absent = never.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The first instant after it that counts (RFC 3339): its own, or an earlier one above.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
    /// The group above whose membership ends then; absent = its own end.
    #[serde(skip_serializing_if = "Option::is_none")]
    because_of: Option<String>,
    /// The way by which one joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<String>,
    /// Whether one lets it lapse, and gets no reminders.
    lapses: bool,
    /// Raised by every change.
    version: i64,
}

impl From<Listed> for OwnMembership {
    fn from(listed: Listed) -> Self {
        let membership = listed.membership;
        let path = directory::group::GroupPath::of_names(listed.above).below(&listed.group.name);
        Self {
            id: membership.id.to_string(),
            group: membership.group.to_string(),
            path: path.to_string(),
            status: membership.status.name(),
            roles: listed.roles,
            from: membership.valid_from.map(|instant| instant.to_string()),
            until: membership.expires_at.map(|instant| instant.to_string()),
            ends_at: membership.effective.at.map(|instant| instant.to_string()),
            because_of: membership.effective.group.map(|id| id.to_string()),
            configuration: membership.configuration.map(|id| id.to_string()),
            lapses: membership.details.lapses,
            version: membership.version,
        }
    }
}

/// Which of one's memberships.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnMemberships {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// Only groups whose name contains this, in any letter case.
    search: Option<String>,
    /// Those that stand so: `enabled`, which is usual, `pending`, `suspended` or `expired`.
    status: Option<String>,
    /// How they are sorted: `group`, which is usual, or `end`.
    order: Option<String>,
    /// The largest first; usually the smallest.
    #[serde(default)]
    descending: bool,
}

/// Which of one's requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnRequestQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// Only those that stand so, e.g. `PENDING_APPROVAL`.
    #[param(example = "PENDING_APPROVAL")]
    status: Option<String>,
    /// Only those for this group and all below it: an id.
    group: Option<String>,
    /// How they are sorted: `submitted`, which is usual, or `group`.
    order: Option<String>,
    /// The smallest first; usually the largest.
    #[serde(default)]
    ascending: bool,
}

/// List one's own memberships
///
/// Takes a token that acts as a person, with the scope `agm:self`.
#[utoipa::path(get, path = "/me/memberships", tag = "Me", operation_id = "list_own_memberships", params(OwnMemberships), responses((status = 200, description = "a page", body = Page<OwnMembership>)))]
pub(super) async fn memberships(call: Call, Query(query): Query<OwnMemberships>) -> Result<Reply, Problem> {
    let first = paging::after(query.cursor.as_deref(), |text| text.parse().ok())?.unwrap_or(0);
    let max = paging::limit(query.limit)?;
    let known = [Status::Enabled, Status::Pending, Status::Suspended, Status::Expired];
    let order = |order| match order {
        MineOrder::Group => "group",
        MineOrder::EffectiveEnd => "end",
    };
    let orders = [MineOrder::Group, MineOrder::EffectiveEnd];
    let asked = MyMemberships {
        search: query.search,
        status: one_of("status", query.status.as_deref(), known, Status::name)?.unwrap_or(Status::Enabled),
        order: one_of("order", query.order.as_deref(), orders, order)?.unwrap_or(MineOrder::Group),
        ascending: !query.descending,
        page: membership::Page { first, max },
    };
    let mine = call.directory().my_memberships(&call.principal, &asked).await?;
    let seen = first + mine.memberships.len();
    let next = (seen < mine.count && !mine.memberships.is_empty()).then(|| seen.to_string());
    let items = mine.memberships.into_iter().map(OwnMembership::from).collect();
    Ok(Reply::ok(&Page::with(items, next)))
}

/// List one's own requests
///
/// Takes a token that acts as a person, with the scope `agm:self`.
#[utoipa::path(get, path = "/me/requests", tag = "Me", operation_id = "list_own_requests", params(OwnRequestQuery), responses((status = 200, description = "a page", body = RequestPageBody)))]
pub(super) async fn requests(call: Call, Query(query): Query<OwnRequestQuery>) -> Result<Reply, Problem> {
    let asked = Asked::read(
        query.cursor.as_deref(),
        query.limit,
        query.status.as_deref(),
        query.order.as_deref(),
    )?;
    let own = OwnRequests {
        group: query.group.as_deref().map(|id| id_in("group", id)).transpose()?,
        group_name: None,
        status: asked.status,
        order: asked.order,
        ascending: query.ascending,
        first: asked.first,
        max: asked.max,
    };
    let found = call.directory().my_requests(&call.principal, &own).await?;
    Ok(Reply::ok(&RequestPageBody::of(
        &found.requests,
        found.count,
        asked.first,
    )))
}
