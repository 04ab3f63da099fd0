//! The tree of groups: one level at a time, where a group stands, and what is set about it.

use std::collections::BTreeMap;

use directory::delegation::Whom;
use directory::group::{
    CreateSubgroup, CreateTopGroup, FirstOwner, Group, GroupMade, GroupName, GroupPath, GroupSettings, MoveGroup,
    NewGroup, PlacedGroup, Privileged, RenameGroup, SetGroupSettings, SetPrivileged, SettingsAtOnce,
};
use directory::mail::EmailAddress;
use directory::{Denial, Error, Id, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Body, Query, Sent, id_in, present};
use super::call::{self, ById, Call};
use super::delegations::PersonNamed;
use super::error::Problem;
use super::group_roles::RoleBody;
use super::paging::{self, Page, PlainPaging};
use super::reply::Reply;
use crate::path::Path;

/// A group in the tree.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TreeGroup {
    /// Its id.
    id: String,
    /// Its name, unique among its siblings.
    name: String,
    /// Where it stands. A slash inside a name is written `~/`, a `~` before that or at the end twice.
    #[schema(example = "/acme/ops")]
    path: String,
    /// The group right above it; absent at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// How many groups are right below it.
    children: i64,
    /// Whether it has roles, administrators and ways to join. One that SCIM made becomes it when somebody administers it.
    managed: bool,
    /// The way to join that is offered first.
    #[serde(skip_serializing_if = "Option::is_none")]
    default_configuration: Option<String>,
    /// Raised by every change, of members too; the entity tag.
    version: i64,
}

impl TreeGroup {
    fn of(group: &Group, path: &GroupPath) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name.clone(),
            path: path.to_string(),
            parent: group.parent.map(|id| id.to_string()),
            children: group.children,
            managed: group.managed,
            default_configuration: group.default_configuration.map(|id| id.to_string()),
            version: group.version,
        }
    }
}

impl From<PlacedGroup> for TreeGroup {
    fn from(placed: PlacedGroup) -> Self {
        Self::of(&placed.group, &placed.path)
    }
}

/// A group that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TreeGroupMade {
    #[serde(flatten)]
    group: TreeGroup,
    /// Its roles.
    roles: Vec<RoleBody>,
}

/// A group to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTreeGroup {
    /// Its name, unique among its siblings.
    name: String,
    /// The group right above it: an id. Absent makes one at the top.
    parent: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// Free attributes, each with its values.
    #[serde(default)]
    attributes: BTreeMap<String, Vec<String>>,
    /// The template that it is made like: an id.
    template: Option<String>,
    /// Who owns it; usually the person who makes it, unless they own it from above. Null: nobody but who owns the groups above.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PersonNamed>)]
    owner: Sent<PersonNamed>,
}

/// Where a group goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    /// The group right above it: an id; null = the top.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    parent: Option<String>,
}

/// What a group is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    /// The new name, unique among its siblings.
    name: String,
}

/// What getting into a privileged group takes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PrivilegedBody {
    /// Whoever has all these roles of the realm may let people in; without any only the administration of the realm.
    #[serde(default)]
    roles: Vec<String>,
}

/// What is set about a group. What is absent is as the realm says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GroupSettingsBody {
    /// The address that is told what no administrator is there to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    /// Addresses that are told of requests beside those who review them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    request_mails_to: Vec<String>,
    /// So many days before the end of a membership people are reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice_days: Option<u16>,
    /// All days before the end at which they are reminded, the first first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reminder_days: Vec<u16>,
    /// For so many days an expired membership may come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_days: Option<u16>,
    /// Reviewers may accept what they asked for themselves.
    self_approval: bool,
    /// Members need no role.
    plain_members: bool,
    /// Getting in takes more than an administrator of the group; null = the group is like others.
    privileged: Option<PrivilegedBody>,
}

impl From<&Group> for GroupSettingsBody {
    fn from(group: &Group) -> Self {
        let set = GroupSettings::of(group);
        let privileged = group.management.privileged.as_ref();
        Self {
            contact: set.contact.map(|address| address.as_str().to_owned()),
            request_mails_to: set.request_mails_to.iter().map(|to| to.as_str().to_owned()).collect(),
            notice_days: set.notice_days,
            reminder_days: set.reminder_days,
            grace_days: set.grace_days,
            self_approval: set.self_approval,
            plain_members: set.plain_members,
            privileged: privileged.map(|privileged| PrivilegedBody {
                roles: privileged.roles.clone(),
            }),
        }
    }
}

/// All that is set about a group from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroupSettings {
    /// The address that is told what no administrator is there to be told; usually the realm's.
    contact: Option<String>,
    /// Addresses that are told of requests beside those who review them, at most 10; usually none.
    #[serde(default)]
    request_mails_to: Vec<String>,
    /// So many days before the end of a membership people are reminded: 1 to 3650; usually as the realm says.
    notice_days: Option<u16>,
    /// All days before the end at which they are reminded, at most 10; usually what `notice_days` makes of itself: that day, a third
    /// of it, and the last one.
    #[serde(default)]
    #[schema(example = json!([30, 14, 7, 1]))]
    reminder_days: Vec<u16>,
    /// For so many days an expired membership may come back: 0 to 3650; usually as the realm says.
    grace_days: Option<u16>,
    /// Reviewers may accept what they asked for themselves; usually not.
    #[serde(default)]
    self_approval: bool,
    /// Members need no role; usually they do.
    #[serde(default)]
    plain_members: bool,
    /// What getting in takes; null: the group is like others. Absent leaves it as it is. For the administration of the realm.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PrivilegedBody>)]
    privileged: Sent<PrivilegedBody>,
}

/// A group above another one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NamedGroup {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

/// Where a group stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceOfGroup {
    /// The names from the top down. A slash inside a name is written `~/`, a `~` before that or at the end twice.
    #[schema(example = "/acme/ops")]
    path: String,
    /// The groups from the top down, the group itself last.
    groups: Vec<NamedGroup>,
}

/// List the groups to begin with
///
/// By path: the groups at the top, for whoever manages all groups of the realm; else those one administers by a delegation on
/// them. Takes the scope `agm:manage`.
#[utoipa::path(get, path = "/tree", tag = "Tree", operation_id = "list_top_groups", params(PlainPaging), responses((status = 200, description = "a page", body = Page<TreeGroup>)))]
pub(super) async fn roots(call: Call, Query(paging): Query<PlainPaging>) -> Result<Reply, Problem> {
    let after = paging::after(paging.cursor.as_deref(), GroupPath::parse)?;
    let limit = paging::limit(paging.limit)?;
    let directory = call.directory();
    let read = directory.top_groups(&call.principal, after.as_ref(), limit + 1).await?;
    let cursor = |placed: &PlacedGroup| placed.path.to_string();
    Ok(Reply::ok(&Page::begun(read, limit, cursor, TreeGroup::from)))
}

/// List the groups right below one
///
/// By name. For those who administer the group in any way.
#[utoipa::path(get, path = "/groups/{id}/children", tag = "Tree", operation_id = "list_children", params(("id" = String, Path, description = "the group's id"), PlainPaging), responses((status = 200, description = "a page", body = Page<TreeGroup>)))]
pub(super) async fn children(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(paging): Query<PlainPaging>,
) -> Result<Reply, Problem> {
    let limit = paging::limit(paging.limit)?;
    let parent = placed(&call, &id).await?;
    let after = paging.cursor.unwrap_or_default();
    if after.contains('\0') {
        return Err(Refusal::NotFound { what: "group" }.into());
    }
    let below = call
        .directory()
        .groups_below(&call.principal, &parent, &after, limit + 1)
        .await?;
    let cursor = |placed: &PlacedGroup| placed.group.name.clone();
    Ok(Reply::ok(&Page::begun(below, limit, cursor, TreeGroup::from)))
}

async fn placed(call: &Call, id: &str) -> Result<PlacedGroup, Problem> {
    let id = call::id(id, "group")?;
    let (placed, _) = call.directory().placed_group(&call.principal, id).await?;
    Ok(placed)
}

/// The path of a group that is about to be changed. None where the caller may not see it: then the command says what it takes.
async fn glimpse(call: &Call, id: Id<Group>) -> Result<Option<PlacedGroup>, Problem> {
    match call.directory().placed_group(&call.principal, id).await {
        Ok((placed, _)) => Ok(Some(placed)),
        Err(Error::Refused(Refusal::Denied(Denial::NotPermitted { .. }))) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Make a managed group
///
/// At the top or below another one, with roles, a way to join and an owner. At the top it takes a role that manages all groups,
/// below another one `subgroups.create` there.
#[utoipa::path(post, path = "/tree", tag = "Tree", operation_id = "create_managed_group", request_body = NewTreeGroup, responses((status = 201, description = "made", body = TreeGroupMade)))]
pub(super) async fn create(call: Call, body: Body<NewTreeGroup>) -> Result<Reply, Problem> {
    let sent = body.value;
    let new = NewGroup {
        name: GroupName::parse(&sent.name)?,
        attributes: sent.attributes,
        description: sent.description,
        owner: match sent.owner {
            Sent::Absent => FirstOwner::Maker,
            Sent::Null => FirstOwner::Nobody,
            Sent::Value(person) => FirstOwner::Other(Whom::try_from(person)?),
        },
        template: sent.template.as_deref().map(|id| id_in("template", id)).transpose()?,
    };
    let base = call.path.strip_suffix("/tree").unwrap_or(&call.path).to_owned();
    let made = move |made: &GroupMade, above: &GroupPath| {
        let body = TreeGroupMade {
            group: TreeGroup::of(&made.group, &above.below(&made.group.name)),
            roles: made.roles.iter().map(RoleBody::from).collect(),
        };
        Reply::created(format!("{base}/groups/{}", made.group.id), &body).version(made.group.version)
    };
    let Some(parent) = sent.parent else {
        let reply = move |group: &GroupMade, _| made(group, &GroupPath::default());
        return call.once(&body.bytes, CreateTopGroup { new }, reply).await;
    };
    let parent = id_in("parent", &parent)?;
    let above = glimpse(&call, parent)
        .await?
        .map(|placed| placed.path)
        .unwrap_or_default();
    let command = CreateSubgroup { parent, new };
    let reply = move |group: &GroupMade, _| made(group, &above);
    call.once(&body.bytes, command, reply).await
}

/// Show where a group stands
///
/// For those who administer it in any way.
#[utoipa::path(get, path = "/groups/{id}/path", tag = "Tree", operation_id = "show_group_path", params(("id" = String, Path, description = "the group's id")), responses((status = 200, description = "where it stands", body = PlaceOfGroup)))]
pub(super) async fn path(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let placed = placed(&call, &id).await?;
    let itself = (placed.group.id, placed.group.name);
    let named = |(id, name): (Id<Group>, String)| NamedGroup {
        id: id.to_string(),
        name,
    };
    Ok(Reply::ok(&PlaceOfGroup {
        path: placed.path.to_string(),
        groups: placed.above.into_iter().chain([itself]).map(named).collect(),
    }))
}

/// Move a group
///
/// With all below it. Takes `group.move` on it and on where it is, and `subgroups.create` on where it goes; from or to the top a
/// role that manages all groups.
#[utoipa::path(post, path = "/groups/{id}/move", tag = "Tree", operation_id = "move_group", params(("id" = String, Path, description = "the group's id")), request_body = Move, responses((status = 200, description = "the group where it now stands", body = TreeGroup)))]
pub(super) async fn move_to(call: Call, Path(ById { id }): Path<ById>, body: Body<Move>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let parent = body.value.parent.as_deref().map(|id| id_in("parent", id)).transpose()?;
    let mut above = GroupPath::default();
    // Moved below itself it stays where it is.
    let is_itself = parent == Some(group);
    if let Some(placed) = glimpse(&call, parent.unwrap_or(group)).await? {
        above = match parent {
            Some(_) if is_itself => GroupPath::of_names(placed.above.into_iter().map(|(_, name)| name).collect()),
            Some(_) => placed.path,
            None => above,
        };
    }
    let reply =
        move |moved: &Group, _| Reply::ok(&TreeGroup::of(moved, &above.below(&moved.name))).version(moved.version);
    let command = MoveGroup {
        group,
        parent,
        if_match: call.if_match.clone(),
    };
    call.once(&body.bytes, command, reply).await
}

/// Rename a group
///
/// Where it is shown by its name, it is shown by the new one. Takes `attributes.write`.
#[utoipa::path(post, path = "/groups/{id}/rename", tag = "Tree", operation_id = "rename_group", params(("id" = String, Path, description = "the group's id")), request_body = Rename, responses((status = 200, description = "the group under its new name", body = TreeGroup)))]
pub(super) async fn rename(call: Call, Path(ById { id }): Path<ById>, body: Body<Rename>) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let above = glimpse(&call, group).await?.map(|placed| placed.above);
    let command = RenameGroup {
        group,
        name: GroupName::parse(&body.value.name)?,
        if_match: call.if_match.clone(),
    };
    let above = above.unwrap_or_default().into_iter().map(|(_, name)| name);
    let above = GroupPath::of_names(above.collect());
    let reply =
        move |group: &Group, _| Reply::ok(&TreeGroup::of(group, &above.below(&group.name))).version(group.version);
    call.once(&body.bytes, command, reply).await
}

/// Show what is set about a group
///
/// For those who administer it in any way.
#[utoipa::path(get, path = "/groups/{id}/settings", tag = "Tree", operation_id = "show_group_settings", params(("id" = String, Path, description = "the group's id")), responses((status = 200, description = "what is set", body = GroupSettingsBody)))]
pub(super) async fn settings(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id = call::id(&id, "group")?;
    let (group, _) = call.directory().administered(&call.principal, id).await?;
    Ok(Reply::ok(&GroupSettingsBody::from(&group)).version(group.version))
}

/// Set what is set about a group
///
/// All of it: what is absent is as the realm says afterwards, but for `privileged`. Takes `attributes.write`; `privileged` is for
/// the administration of the realm.
#[utoipa::path(put, path = "/groups/{id}/settings", tag = "Tree", operation_id = "set_group_settings", params(("id" = String, Path, description = "the group's id")), request_body = NewGroupSettings, responses((status = 200, description = "what is now set", body = GroupSettingsBody)))]
pub(super) async fn set(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<NewGroupSettings>,
) -> Result<Reply, Problem> {
    let group = call::id(&id, "group")?;
    let sent = body.value;
    let contact = sent.contact.as_deref().map(EmailAddress::parse).transpose();
    let beside: Result<Vec<EmailAddress>, _> = sent.request_mails_to.iter().map(|to| EmailAddress::parse(to)).collect();
    let settings = GroupSettings {
        notice_days: sent.notice_days,
        reminder_days: sent.reminder_days,
        grace_days: sent.grace_days,
        contact: contact.map_err(|why| Refusal::invalid("contact", why))?,
        request_mails_to: beside.map_err(|why| Refusal::invalid("request_mails_to", why))?,
        self_approval: sent.self_approval,
        plain_members: sent.plain_members,
    };
    let privileged = match sent.privileged {
        Sent::Absent => None,
        Sent::Null => Some(None),
        Sent::Value(body) => Some(Some(Privileged { roles: body.roles })),
    };
    let settings = SetGroupSettings {
        group,
        settings,
        if_match: call.if_match.clone(),
    };
    let privileged = privileged.map(|privileged| SetPrivileged { group, privileged });
    let group = call.run(SettingsAtOnce { settings, privileged }).await?;
    Ok(Reply::ok(&GroupSettingsBody::from(&group)).version(group.version))
}
