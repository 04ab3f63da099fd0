//! Who administers a group.

use directory::delegation::{
    Admin, Already, Capabilities, Capability, ChangeDelegation, Delegation, GrantDelegation, Preset, RevokeDelegation,
    Subject, Whom,
};
use directory::view::IfMatch;
use directory::{Id, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query, id_in, instant};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::paging::Page;
use super::reply::Reply;
use crate::path::Path;

/// A person, by their id or their userName.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonNamed {
    /// Their id.
    user: Option<String>,
    /// Their userName.
    user_name: Option<String>,
}

impl TryFrom<PersonNamed> for Whom {
    type Error = Refusal;

    fn try_from(person: PersonNamed) -> Result<Self, Refusal> {
        match (person.user, person.user_name) {
            (Some(id), None) => Ok(Self::User(id_in("user", &id)?)),
            (None, Some(name)) => Ok(Self::UserName(name)),
            _ => Err(Refusal::invalid("user", "either `user` or `user_name`")),
        }
    }
}

/// Somebody who administers a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupAdmin)]
pub(super) struct AdminBody {
    /// The id of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The id of the group whose members administer, in place of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    members_of: Option<String>,
    /// The group on which it was granted: the group itself, or one above from which it is inherited.
    on: String,
    /// Whether it was granted on the group itself.
    direct: bool,
    /// Whether it counts now; else its time has not come, or is over.
    counts: bool,
    /// The name of what they may do, where it has one: `owner`, `manager`, `reviewer` or `viewer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<&'static str>,
    /// What they may do.
    capabilities: Vec<&'static str>,
    /// Whether it counts in the groups below too.
    inherit: bool,
    /// From when it counts (RFC 3339); absent = since it was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Until when it counts (RFC 3339), that instant left out; absent = for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Who granted it: an actor as in events.
    granted_by: String,
    /// When (RFC 3339).
    granted_at: String,
    /// Raised by every change.
    version: i64,
}

impl AdminBody {
    fn of(delegation: &Delegation, direct: bool, counts: bool) -> Self {
        let (user, members_of) = match delegation.subject {
            Subject::User(id) => (Some(id.to_string()), None),
            Subject::Group(id) => (None, Some(id.to_string())),
        };
        let preset = Preset::ALL
            .into_iter()
            .find(|preset| preset.capabilities() == delegation.capabilities);
        Self {
            user,
            members_of,
            on: delegation.group.to_string(),
            direct,
            counts,
            preset: preset.map(Preset::name),
            capabilities: delegation.capabilities.iter().map(Capability::name).collect(),
            inherit: delegation.inherit,
            from: delegation.valid_from.map(|instant| instant.to_string()),
            until: delegation.valid_until.map(|instant| instant.to_string()),
            granted_by: delegation.granted_by.clone(),
            granted_at: delegation.granted_at.to_string(),
            version: delegation.version,
        }
    }

    /// One that was just granted or changed.
    fn written(delegation: &Delegation, now: directory::Timestamp) -> Self {
        let begun = delegation.valid_from.is_none_or(|from| from <= now);
        Self::of(delegation, true, begun)
    }
}

impl From<&Admin> for AdminBody {
    fn from(admin: &Admin) -> Self {
        Self::of(&admin.delegation, admin.direct, admin.counts)
    }
}

/// Somebody who is to administer a group: a person, or everybody in a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAdmin {
    /// The id of a person.
    user: Option<String>,
    /// The userName of a person.
    user_name: Option<String>,
    /// The id of a group whose members administer.
    members_of: Option<String>,
    /// What they may do, by a name: `owner`, `manager`, `reviewer` or `viewer`.
    preset: Option<String>,
    /// What they may do, one by one, in place of a name.
    capabilities: Option<Vec<String>>,
    /// Whether it counts in the groups below too; usually it does.
    #[serde(default = "yes")]
    inherit: bool,
    /// From when it counts (RFC 3339); usually at once.
    from: Option<String>,
    /// Until when it counts (RFC 3339), that instant left out; usually for good.
    until: Option<String>,
}

/// What somebody may do who administers a group, from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminChange {
    /// What they may do, by a name: `owner`, `manager`, `reviewer` or `viewer`.
    preset: Option<String>,
    /// What they may do, one by one, in place of a name.
    capabilities: Option<Vec<String>>,
    /// Whether it counts in the groups below too; usually it does.
    #[serde(default = "yes")]
    inherit: bool,
    /// From when it counts (RFC 3339); usually since it was granted.
    from: Option<String>,
    /// Until when it counts (RFC 3339), that instant left out; usually for good.
    until: Option<String>,
    /// Also when nobody is left who owns the group; for those who may put that aside.
    #[serde(default)]
    force: bool,
}

fn yes() -> bool {
    true
}

/// A group and who administers it in a path.
#[derive(Debug, Deserialize)]
pub(super) struct AdminOfGroup {
    id: String,
    subject: String,
}

/// Whether what protects a group is put aside.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Forced {
    /// What protects a group from its own administrators is put aside, by those who may.
    #[serde(default)]
    pub(super) force: bool,
}

fn capabilities(preset: Option<&str>, one_by_one: Option<&[String]>) -> Result<Capabilities, Refusal> {
    match (preset, one_by_one) {
        (Some(name), None) => {
            let known = Preset::ALL.map(Preset::name).join(", ");
            let preset = Preset::parse(name).ok_or_else(|| Refusal::invalid("preset", known))?;
            Ok(preset.capabilities())
        }
        (None, Some(names)) => {
            let mut all = Vec::with_capacity(names.len());
            for name in names {
                let known: Vec<&str> = Capability::ALL.iter().map(|one| one.name()).collect();
                let why = || {
                    Refusal::invalid(
                        "capabilities",
                        format!("`{name}` is none; they are {}", known.join(", ")),
                    )
                };
                all.push(Capability::parse(name).ok_or_else(why)?);
            }
            Ok(Capabilities::of(&all))
        }
        _ => Err(Refusal::invalid("preset", "either `preset` or `capabilities`")),
    }
}

/// List who administers a group
///
/// By a delegation on it first, then those who inherit it from the nearest group above; each once, at most 1,000. For those who
/// administer it in any way.
#[utoipa::path(get, path = "/groups/{id}/admins", tag = "Administrators", operation_id = "list_group_admins", params(("id" = String, Path, description = "the group's id")), responses((status = 200, description = "all of them", body = Page<AdminBody>)))]
pub(super) async fn list(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let admins = call.directory().group_admins(&call.principal, group).await?;
    Ok(Reply::ok(&Page::with(
        admins.iter().map(AdminBody::from).collect(),
        None,
    )))
}

/// Let somebody administer a group
///
/// Takes `admins.write`; administrators let others do no more than they may do themselves. Who is named is told by mail.
#[utoipa::path(post, path = "/groups/{id}/admins", tag = "Administrators", operation_id = "create_group_admin", params(("id" = String, Path, description = "the group's id")), request_body = NewAdmin, responses((status = 201, description = "granted", body = AdminBody)))]
pub(super) async fn create(call: Call, Path(ById { id }): Path<ById>, body: Body<NewAdmin>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let sent = body.value;
    let whom = match (sent.user, sent.user_name, sent.members_of) {
        (Some(id), None, None) => Whom::User(id_in("user", &id)?),
        (None, Some(name), None) => Whom::UserName(name),
        (None, None, Some(id)) => Whom::Group(id_in("members_of", &id)?),
        _ => return Err(Refusal::invalid("user", "one of `user`, `user_name` and `members_of`").into()),
    };
    let command = GrantDelegation {
        group,
        whom,
        capabilities: capabilities(sent.preset.as_deref(), sent.capabilities.as_deref())?,
        inherit: sent.inherit,
        valid_from: instant("from", sent.from.as_deref())?,
        valid_until: instant("until", sent.until.as_deref())?,
        already: Already::Here,
        if_match: IfMatch::Any,
    };
    let now = call.directory().now().await?;
    let path = call.path.clone();
    let reply = move |granted: &Delegation, _| {
        let location = format!("{path}/{}", granted.subject.uuid());
        Reply::created(location, &AdminBody::written(granted, now))
    };
    call.once(&body.bytes, command, reply).await
}

/// Change what somebody may do who administers a group
///
/// All of it: what is absent is as if it had just been granted so. Takes `admins.write`.
#[utoipa::path(put, path = "/groups/{id}/admins/{subject}", tag = "Administrators", operation_id = "change_group_admin", params(("id" = String, Path, description = "the group's id"), ("subject" = String, Path, description = "the id of the person, or of the group whose members administer")), request_body = AdminChange, responses((status = 200, description = "what they may do now", body = AdminBody)))]
pub(super) async fn change(
    call: Call,
    Path(path): Path<AdminOfGroup>,
    body: Body<AdminChange>,
) -> Result<Reply, Problem> {
    let sent = body.value;
    let subject: Id<()> = call::id(&path.subject, "administrator")?;
    let command = ChangeDelegation {
        group: call::id(&path.id, "group")?,
        subject: subject.uuid(),
        capabilities: capabilities(sent.preset.as_deref(), sent.capabilities.as_deref())?,
        inherit: sent.inherit,
        valid_from: instant("from", sent.from.as_deref())?,
        valid_until: instant("until", sent.until.as_deref())?,
        force: sent.force,
    };
    let changed = call.run(command).await?;
    let now = call.directory().now().await?;
    Ok(Reply::ok(&AdminBody::written(&changed, now)))
}

/// Let somebody administer a group no more
///
/// Takes `admins.write`; everybody may give up their own.
#[utoipa::path(delete, path = "/groups/{id}/admins/{subject}", tag = "Administrators", operation_id = "delete_group_admin", params(("id" = String, Path, description = "the group's id"), ("subject" = String, Path, description = "the id of the person, or of the group whose members administer"), Forced), responses((status = 204, description = "taken away")))]
pub(super) async fn delete(
    call: Call,
    Path(path): Path<AdminOfGroup>,
    Query(Forced { force }): Query<Forced>,
) -> Result<Reply, Problem> {
    call.run(RevokeDelegation {
        group: call::id(&path.id, "group")?,
        // Of whatever kind it is: ids of people and of groups are none of each other.
        whom: Whom::User(call::id(&path.subject, "administrator")?),
        force,
        if_match: IfMatch::Any,
    })
    .await?;
    Ok(Reply::done())
}
