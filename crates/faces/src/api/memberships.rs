//! Memberships of managed groups: from when to when, with which roles, and how they stand.

use axum::http::StatusCode;
use directory::delegation::Capability;
use directory::membership::{
    self, AddMembership, Depth, Extend, LetLapse, Member, MembersAsked, MembersOrder, NewMember, Part,
    RemoveMembership, ResumeMember, Status, SuspendMember, UpdateMembership, Which,
};
use directory::user::{Search, User};
use directory::view::IfMatch;
use directory::zone::{Day, Zone};
use directory::{Id, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query, id_in, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::many::{self, Outcome, Outcomes};
use super::paging::{self, Page};
use super::reply::Reply;
use crate::path::Path;

/// So many people are extended by one call; each is a change of its own.
const MOST_EXTENDED: usize = 500;

/// A membership of a managed group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Membership)]
pub(super) struct MembershipBody {
    /// Its id, which stays when the person comes back.
    id: String,
    /// The group.
    group: String,
    /// Where that stands. A slash inside a name is written `~/`, a `~` before that or at the end twice.
    path: String,
    /// Whose it is.
    user: String,
    /// Their userName.
    user_name: String,
    /// The name shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// `enabled`, `pending`, `suspended` or `expired`.
    status: &'static str,
    /// The names of its roles.
    roles: Vec<String>,
    /// The first day, in the realm's time zone.
    #[schema(format = Date)]
    first_day: String,
    /// The last day that counts by its own end; absent = for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    last_day: Option<String>,
    /// The last day that counts, by its own end or by an earlier one above; absent = for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    effective_last_day: Option<String>,
    /// The group above whose membership ends then; absent = its own end.
    #[serde(skip_serializing_if = "Option::is_none")]
    because_of: Option<String>,
    /// The way by which they joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<String>,
    /// Why they were let in, kept out or taken back last.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whether the person lets it lapse, and gets no reminders.
    lapses: bool,
    /// Raised by every change.
    version: i64,
}

impl MembershipBody {
    fn of(member: &Member, zone: &Zone) -> Self {
        let (listed, membership) = (&member.listed, &member.listed.membership);
        let path = directory::group::GroupPath::of_names(listed.above.clone()).below(&listed.group.name);
        let last = |end: Option<directory::Timestamp>| end.map(|end| zone.last_day(end).to_string());
        let first = membership.valid_from.unwrap_or(membership.granted_at);
        Self {
            id: membership.id.to_string(),
            group: membership.group.to_string(),
            path: path.to_string(),
            user: membership.user.to_string(),
            user_name: member.person.user_name(),
            display_name: member.person.texts("displayName").into_iter().next(),
            status: membership.status.name(),
            roles: listed.roles.clone(),
            first_day: zone.day(first).to_string(),
            last_day: last(membership.expires_at),
            effective_last_day: last(membership.effective.at),
            because_of: membership.effective.group.map(|id| id.to_string()),
            configuration: membership.configuration.map(|id| id.to_string()),
            reason: membership.details.justification.clone(),
            lapses: membership.details.lapses,
            version: membership.version,
        }
    }
}

/// Somebody who becomes a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMembership {
    /// Who: an id. Either this or `user_name`.
    user: Option<String>,
    /// Who, by userName.
    user_name: Option<String>,
    /// With which of the group's roles, by their names.
    #[serde(default)]
    roles: Vec<String>,
    /// The first day, in the realm's time zone; absent = today.
    #[schema(format = Date)]
    first_day: Option<String>,
    /// The last day that counts; absent = for good.
    #[schema(format = Date)]
    last_day: Option<String>,
    /// By which of the group's ways to join: its id; absent = the one that is offered first.
    configuration: Option<String>,
}

/// What a membership is to be, all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MembershipChange {
    /// All its roles, by their names.
    roles: Vec<String>,
    /// The first day. One that has begun keeps its own.
    #[schema(format = Date)]
    first_day: Option<String>,
    /// The last day that counts; absent = for good.
    #[schema(format = Date)]
    last_day: Option<String>,
}

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Reason {
    /// In a sentence or two; the member and those who administer the group read it.
    reason: Option<String>,
}

/// Whom to keep longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Extension {
    /// Their ids, at most 500.
    users: Vec<String>,
    /// The last day that counts, in the realm's time zone; null = for good.
    #[serde(default, deserialize_with = "super::body::present")]
    #[schema(value_type = Option<String>, format = Date)]
    last_day: super::body::Sent<String>,
}

/// Which memberships.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct MembershipQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// Only people of whose name or address this is a part, in any letter case.
    search: Option<String>,
    /// Only those who have a role whose name contains this, in any letter case.
    role: Option<String>,
    /// Only those that stand so: `enabled`, `pending`, `suspended` or `expired`.
    status: Option<String>,
    /// Those of all groups below it as well.
    #[serde(default)]
    below: bool,
    /// How they are sorted: `name`, which is usual, `user_name` or `end`.
    order: Option<String>,
    /// The largest first; usually the smallest.
    #[serde(default)]
    descending: bool,
}

/// A group and a person in a path.
#[derive(Debug, Deserialize)]
pub(super) struct PersonOfGroup {
    id: String,
    user: String,
}

impl PersonOfGroup {
    fn group(&self) -> Result<Id<directory::group::Group>, Problem> {
        call::id(&self.id, "group")
    }

    fn which(&self) -> Result<Which, Problem> {
        Ok(Which::User(call::id(&self.user, "membership")?))
    }
}

pub(super) fn day(member: &'static str, text: Option<&str>) -> Result<Option<Day>, Refusal> {
    let read = |text: &str| Day::parse(text).map_err(|_| Refusal::invalid(member, "a day as 2031-03-31"));
    text.map(read).transpose()
}

/// List the memberships of a group
///
/// Whether or not they count now; the first 100,000 of a list can be read. Takes `members.read` on the group; of the groups below, those are shown on which the caller has
/// that as well.
#[utoipa::path(get, path = "/groups/{id}/memberships", tag = "Memberships", operation_id = "list_memberships", params(("id" = String, Path, description = "the group's id"), MembershipQuery), responses((status = 200, description = "a page", body = Page<MembershipBody>)))]
pub(super) async fn list(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<MembershipQuery>,
) -> Result<Reply, Problem> {
    let first = paging::after(query.cursor.as_deref(), |text| text.parse().ok())?.unwrap_or(0);
    let known = [Status::Enabled, Status::Pending, Status::Suspended, Status::Expired];
    let orders = ["name", "user_name", "end"];
    let order = match one_of("order", query.order.as_deref(), orders, |order| order)? {
        Some("end") => MembersOrder::EffectiveEnd,
        Some("user_name") => MembersOrder::Parts(vec![Part::UserName]),
        Some(_) | None => MembersOrder::Name,
    };
    let asked = MembersAsked {
        group: call::id(&id, "group")?,
        depth: if query.below { Depth::Subtree } else { Depth::Group },
        search: query.search.map(Search::Part),
        role: query.role,
        status: one_of("status", query.status.as_deref(), known, Status::name)?,
        order,
        ascending: !query.descending,
        page: membership::Page {
            first,
            max: paging::limit(query.limit)?,
        },
    };
    let found = call.directory().members(&call.principal, &asked).await?;
    let zone = Zone::of(&call.realm);
    let items: Vec<MembershipBody> = found.members.iter().map(|one| MembershipBody::of(one, &zone)).collect();
    // Somebody who has just left is counted, and no longer shown.
    let seen = first.saturating_add(asked.page.max);
    let next = (seen < found.count).then(|| seen.to_string());
    Ok(Reply::ok(&Page::with(items, next)))
}

/// Make somebody a member of a group
///
/// Takes `members.write`. The rules of the realm hold. Where the way to join has terms, invite them instead: terms are accepted by
/// whoever joins. They are told by mail.
#[utoipa::path(post, path = "/groups/{id}/memberships", tag = "Memberships", operation_id = "create_membership", params(("id" = String, Path, description = "the group's id")), request_body = NewMembership, responses((status = 201, description = "given; `Location` says where it is shown")))]
pub(super) async fn create(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<NewMembership>,
) -> Result<Reply, Problem> {
    let sent = body.value;
    let whom = match (sent.user, sent.user_name) {
        (Some(id), None) => NewMember::Id(id_in("user", &id)?),
        (None, Some(name)) => NewMember::UserName(name),
        _ => return Err(Refusal::invalid("user", "one of `user` and `user_name`").into()),
    };
    let command = AddMembership {
        group: call::id(&id, "group")?,
        whom,
        roles: sent.roles,
        valid_from: day("first_day", sent.first_day.as_deref())?,
        last_day: day("last_day", sent.last_day.as_deref())?,
        configuration: sent.configuration,
    };
    let path = call.path.clone();
    call.once(&body.bytes, command, move |given: &membership::Given, _| {
        let made = serde_json::json!({ "id": given.id.to_string(), "user": given.user.to_string() });
        Reply::created(format!("{path}/{}", given.user), &made)
    })
    .await
}

/// Show somebody's membership of a group
#[utoipa::path(get, path = "/groups/{id}/memberships/{user}", tag = "Memberships", operation_id = "show_membership", params(("id" = String, Path, description = "the group's id"), ("user" = String, Path, description = "the person's id")), responses((status = 200, description = "the membership", body = MembershipBody)))]
pub(super) async fn show(call: Call, Path(path): Path<PersonOfGroup>) -> Result<Reply, Problem> {
    shown(&call, &path).await
}

async fn shown(call: &Call, path: &PersonOfGroup) -> Result<Reply, Problem> {
    let found = call
        .directory()
        .membership(&call.principal, path.group()?, path.which()?)
        .await?;
    let body = MembershipBody::of(&found, &Zone::of(&call.realm));
    Ok(Reply::ok(&body).version(body.version))
}

/// After a change: whoever may change it and not see it, or finds it gone, is told no more than that it is done.
async fn after(call: &Call, path: &PersonOfGroup) -> Result<Reply, Problem> {
    match shown(call, path).await {
        Err(problem) if matches!(problem.status(), StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) => Ok(Reply::done()),
        other => other,
    }
}

/// Change the days and the roles of a membership
///
/// All of them. Takes `members.write`.
#[utoipa::path(put, path = "/groups/{id}/memberships/{user}", tag = "Memberships", operation_id = "replace_membership", params(("id" = String, Path, description = "the group's id"), ("user" = String, Path, description = "the person's id")), request_body = MembershipChange, responses((status = 200, description = "the membership as it now is", body = MembershipBody), (status = 204, description = "done, and not the caller's to see")))]
pub(super) async fn change(
    call: Call,
    Path(path): Path<PersonOfGroup>,
    body: Body<MembershipChange>,
) -> Result<Reply, Problem> {
    let sent = body.value;
    call.run(UpdateMembership {
        group: path.group()?,
        which: path.which()?,
        if_match: call.if_match.clone(),
        roles: sent.roles,
        valid_from: day("first_day", sent.first_day.as_deref())?,
        last_day: day("last_day", sent.last_day.as_deref())?,
    })
    .await?;
    after(&call, &path).await
}

/// Take somebody out of a group
///
/// And out of all groups below. Takes `members.write`.
#[utoipa::path(delete, path = "/groups/{id}/memberships/{user}", tag = "Memberships", operation_id = "delete_membership", params(("id" = String, Path, description = "the group's id"), ("user" = String, Path, description = "the person's id")), responses((status = 204, description = "ended")))]
pub(super) async fn remove(call: Call, Path(path): Path<PersonOfGroup>) -> Result<Reply, Problem> {
    call.run(RemoveMembership {
        group: path.group()?,
        which: path.which()?,
        if_match: call.if_match.clone(),
    })
    .await?;
    Ok(Reply::done())
}

/// Keep somebody out of a group for now
///
/// And out of all groups below. Takes `members.suspend`.
#[utoipa::path(post, path = "/groups/{id}/memberships/{user}/suspend", tag = "Memberships", operation_id = "suspend_membership", params(("id" = String, Path, description = "the group's id"), ("user" = String, Path, description = "the person's id")), request_body = Reason, responses((status = 200, description = "the membership as it now is", body = MembershipBody), (status = 204, description = "done, and not the caller's to see")))]
pub(super) async fn suspend(call: Call, Path(path): Path<PersonOfGroup>, body: Body<Reason>) -> Result<Reply, Problem> {
    call.run(SuspendMember {
        group: path.group()?,
        which: path.which()?,
        justification: body.value.reason,
        if_match: call.if_match.clone(),
    })
    .await?;
    after(&call, &path).await
}

/// Let somebody back into a group
///
/// With what had been suspended along with it below. Takes `members.suspend`.
#[utoipa::path(post, path = "/groups/{id}/memberships/{user}/resume", tag = "Memberships", operation_id = "resume_membership", params(("id" = String, Path, description = "the group's id"), ("user" = String, Path, description = "the person's id")), request_body = Reason, responses((status = 200, description = "the membership as it now is", body = MembershipBody), (status = 204, description = "done, and not the caller's to see")))]
pub(super) async fn resume(call: Call, Path(path): Path<PersonOfGroup>, body: Body<Reason>) -> Result<Reply, Problem> {
    call.run(ResumeMember {
        group: path.group()?,
        which: path.which()?,
        justification: body.value.reason,
        begins_now: false,
        if_match: call.if_match.clone(),
    })
    .await?;
    after(&call, &path).await
}

/// Keep many members until another day
///
/// Each by itself: who cannot stay so long is told apart, and the others do. Takes `members.write`.
#[utoipa::path(post, path = "/groups/{id}/memberships/extend", tag = "Memberships", operation_id = "extend_memberships", params(("id" = String, Path, description = "the group's id")), request_body = Extension, responses((status = 200, description = "what came of it for each", body = Outcomes)))]
pub(super) async fn extend(call: Call, Path(ById { id }): Path<ById>, body: Body<Extension>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let sent = body.value;
    let last_day = match sent.last_day {
        super::body::Sent::Value(text) => day("last_day", Some(&text))?,
        super::body::Sent::Null => None,
        super::body::Sent::Absent => {
            return Err(Refusal::invalid("last_day", "is required; null = for good").into());
        }
    };
    if sent.users.is_empty() || sent.users.len() > MOST_EXTENDED {
        return Err(Refusal::invalid("users", format!("1 to {MOST_EXTENDED} ids")).into());
    }
    let mut commands = Vec::with_capacity(sent.users.len());
    for text in &sent.users {
        let user: Id<User> = id_in("users", text)?;
        let outcome = Outcome {
            user: Some(user.to_string()),
            ..Outcome::default()
        };
        let command = Extend {
            group,
            which: Which::User(user),
            if_match: IfMatch::Any,
            last_day,
        };
        commands.push((outcome, command));
    }
    many::each(&call, (group, Capability::MembersWrite), commands, |_, _| ()).await
}

/// Let one's own membership lapse
///
/// No more reminders are sent before it ends. Takes a token that acts as a person, with the scope `agm:self`.
#[utoipa::path(put, path = "/me/memberships/{group}/lapse", tag = "Me", operation_id = "let_own_membership_lapse", params(("group" = String, Path, description = "the group's id")), responses((status = 204, description = "it lapses")))]
pub(super) async fn lapse(call: Call, Path(path): Path<OwnPath>) -> Result<Reply, Problem> {
    lapses(&call, &path, true).await
}

/// Let one's own membership lapse no longer
///
/// Reminders are sent before it ends, as usual.
#[utoipa::path(delete, path = "/me/memberships/{group}/lapse", tag = "Me", operation_id = "keep_own_membership", params(("group" = String, Path, description = "the group's id")), responses((status = 204, description = "reminders are sent")))]
pub(super) async fn keep(call: Call, Path(path): Path<OwnPath>) -> Result<Reply, Problem> {
    lapses(&call, &path, false).await
}

/// A group in a path of one's own.
#[derive(Debug, Deserialize)]
pub(super) struct OwnPath {
    group: String,
}

async fn lapses(call: &Call, path: &OwnPath, lapses: bool) -> Result<Reply, Problem> {
    let group = call::id(&path.group, "group")?;
    call.run(LetLapse { group, lapses }).await?;
    Ok(Reply::done())
}
