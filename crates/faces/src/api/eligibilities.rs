//! Who may make themselves a member of a group for some hours at a time, and doing it.

use directory::elevation::{Elevate, Elevated, Eligibility, GrantEligibility, OwnEligibility, RevokeEligibility};
use directory::membership::NewMember;
use directory::{Denial, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Body, Query, id_in};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::memberships;
use super::paging::{self, Page, PlainPaging};
use super::reply::Reply;
use crate::path::Path;

/// That a person may make themselves a member of a group for some hours at a time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Eligibility)]
pub(super) struct EligibilityBody {
    /// Its id.
    id: String,
    /// The group.
    group: String,
    /// The person.
    user: String,
    /// With which roles.
    roles: Vec<String>,
    /// For how many hours at most.
    #[schema(example = 8)]
    hours: u32,
    /// The first instant after it (RFC 3339); absent = for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Whether they have to say why.
    needs_justification: bool,
    /// Who gave it: an actor as in events.
    granted_by: String,
    /// When (RFC 3339).
    granted_at: String,
}

impl From<&Eligibility> for EligibilityBody {
    fn from(one: &Eligibility) -> Self {
        Self {
            id: one.id.to_string(),
            group: one.group.to_string(),
            user: one.user.to_string(),
            roles: one.roles.clone(),
            hours: one.hours,
            until: one.valid_until.map(|instant| instant.to_string()),
            needs_justification: one.needs_justification,
            granted_by: one.granted_by.clone(),
            granted_at: one.granted_at.to_string(),
        }
    }
}

/// Where one may make oneself a member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnEligibility)]
pub(super) struct OwnEligibilityBody {
    #[serde(flatten)]
    eligibility: EligibilityBody,
    /// Where the group stands. A slash inside a name is written `~/`, a `~` before that or at the end twice.
    path: String,
    /// One is at this moment: the first instant after it (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    active_until: Option<String>,
}

impl From<OwnEligibility> for OwnEligibilityBody {
    fn from(own: OwnEligibility) -> Self {
        Self {
            eligibility: (&own.eligibility).into(),
            path: own.path.to_string(),
            active_until: own.active_until.map(|instant| instant.to_string()),
        }
    }
}

/// Somebody who may make themselves a member from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEligibility {
    /// Who: an id. Either this or `user_name`.
    user: Option<String>,
    /// Who, by userName.
    user_name: Option<String>,
    /// With which of the group's roles, by their names.
    #[serde(default)]
    roles: Vec<String>,
    /// For how many hours at most: 1 to 168.
    #[schema(example = 8)]
    hours: u32,
    /// The last day of it, in the realm's time zone; absent = for good.
    #[schema(format = Date)]
    last_day: Option<String>,
    /// Whether they have to say why; usually they do.
    #[serde(default = "yes")]
    needs_justification: bool,
}

fn yes() -> bool {
    true
}

/// For how long one makes oneself a member, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Elevation {
    /// For how many hours.
    #[schema(example = 2)]
    hours: u32,
    /// Why.
    justification: Option<String>,
}

/// The membership that has begun.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Elevated)]
pub(super) struct ElevatedBody {
    /// The id of the membership.
    membership: String,
    /// The first instant after it (RFC 3339): its own end, or an earlier one above.
    until: String,
}

/// A group and a person in a path.
#[derive(Debug, Deserialize)]
pub(super) struct PersonOfGroup {
    id: String,
    user: String,
}

/// A group in a path of one's own.
#[derive(Debug, Deserialize)]
pub(super) struct OwnGroup {
    group: String,
}

fn whom(user: Option<&str>, user_name: Option<String>) -> Result<NewMember, Refusal> {
    match (user, user_name) {
        (Some(id), None) => Ok(NewMember::Id(id_in("user", id)?)),
        (None, Some(name)) => Ok(NewMember::UserName(name)),
        _ => Err(Refusal::invalid("user", "either `user` or `user_name`")),
    }
}

/// List who may make themselves a member
///
/// In the order of their ids. Takes `members.read`.
#[utoipa::path(get, path = "/groups/{id}/eligibilities", tag = "Members", operation_id = "list_eligibilities", params(("id" = String, Path, description = "the group's id"), PlainPaging), responses((status = 200, description = "a page", body = Page<EligibilityBody>)))]
pub(super) async fn list(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(paging): Query<PlainPaging>,
) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let after = paging::after(paging.cursor.as_deref(), directory::Id::parse)?;
    let limit = paging::limit(paging.limit)?;
    let directory = call.directory();
    let rows = directory
        .eligibilities(&call.principal, group, after, limit + 1)
        .await?;
    let cursor = |one: &Eligibility| one.user.to_string();
    Ok(Reply::ok(&Page::begun(rows, limit, cursor, |one| {
        EligibilityBody::from(&one)
    })))
}

/// Let somebody make themselves a member
///
/// For so many hours at a time, whenever they need to be one; they are told by mail. Takes `members.write` and `roles.assign`, and in
/// a privileged group what letting somebody in takes. A way to join whose terms only the person can accept rules it out.
#[utoipa::path(post, path = "/groups/{id}/eligibilities", tag = "Members", operation_id = "create_eligibility", params(("id" = String, Path, description = "the group's id")), request_body = NewEligibility, responses((status = 201, description = "given", body = EligibilityBody)))]
pub(super) async fn create(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<NewEligibility>,
) -> Result<Reply, Problem> {
    let sent = body.value;
    let command = GrantEligibility {
        group: call::id(&id, "group")?,
        whom: whom(sent.user.as_deref(), sent.user_name)?,
        roles: sent.roles,
        hours: sent.hours,
        last_day: memberships::day("last_day", sent.last_day.as_deref())?,
        needs_justification: sent.needs_justification,
    };
    let path = call.path.clone();
    let reply = move |given: &Eligibility, _| {
        let location = format!("{path}/{}", given.user);
        Reply::created(location, &EligibilityBody::from(given))
    };
    call.once(&body.bytes, command, reply).await
}

/// Let somebody make themselves a member no more
///
/// Where they are one by it at this moment, that ends. Takes `members.write` and `roles.assign`.
#[utoipa::path(delete, path = "/groups/{id}/eligibilities/{user}", tag = "Members", operation_id = "delete_eligibility", params(("id" = String, Path, description = "the group's id"), ("user" = String, Path, description = "the person's id")), responses((status = 204, description = "taken away")))]
pub(super) async fn delete(call: Call, Path(path): Path<PersonOfGroup>) -> Result<Reply, Problem> {
    call.run(RevokeEligibility {
        group: call::id(&path.id, "group")?,
        user: call::id(&path.user, "eligibility")?,
    })
    .await?;
    Ok(Reply::done())
}

/// List where one may make oneself a member
///
/// In the order of the groups' ids. Takes a token that acts as a person, with the scope `agm:self`.
#[utoipa::path(get, path = "/me/eligibilities", tag = "Me", operation_id = "list_own_eligibilities", params(PlainPaging), responses((status = 200, description = "a page", body = Page<OwnEligibilityBody>)))]
pub(super) async fn mine(call: Call, Query(paging): Query<PlainPaging>) -> Result<Reply, Problem> {
    let after = paging::after(paging.cursor.as_deref(), directory::Id::parse)?;
    let limit = paging::limit(paging.limit)?;
    let rows = call
        .directory()
        .my_eligibilities(&call.principal, after, limit + 1)
        .await?;
    let cursor = |own: &OwnEligibility| own.eligibility.group.to_string();
    Ok(Reply::ok(&Page::begun(rows, limit, cursor, OwnEligibilityBody::from)))
}

/// Make oneself a member for some hours
///
/// It ends by itself, never later than what allows it; leaving the group ends it earlier. Those who administer the group are told.
/// Takes a token that acts as a person, with the scope `agm:self`.
#[utoipa::path(post, path = "/me/eligibilities/{group}/elevate", tag = "Me", operation_id = "elevate", params(("group" = String, Path, description = "the group's id")), request_body = Elevation, responses((status = 200, description = "the membership that has begun", body = ElevatedBody)))]
pub(super) async fn elevate(
    call: Call,
    Path(OwnGroup { group }): Path<OwnGroup>,
    body: Body<Elevation>,
) -> Result<Reply, Problem> {
    let command = Elevate {
        // What is no id is of no group: where one may nothing, whatever there is.
        group: directory::Id::parse(&group).ok_or(Refusal::Denied(Denial::NotEligible))?,
        hours: body.value.hours,
        justification: body.value.justification,
    };
    let reply = |done: &Elevated, _| {
        Reply::ok(&ElevatedBody {
            membership: done.membership.to_string(),
            until: done.until.to_string(),
        })
    };
    call.once(&body.bytes, command, reply).await
}
