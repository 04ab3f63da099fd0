//! What new groups may be made like.

use std::collections::BTreeMap;

use directory::group::{DefineTemplate, GroupName, GroupTemplate, RemoveTemplate, ReplaceTemplate, TemplateBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::call::{self, ById, Call};
use super::error::Problem;
use super::paging::Page;
use super::reply::Reply;
use crate::path::Path;

/// What new groups may be made like.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupTemplate)]
pub(super) struct GroupTemplateBody {
    /// Its id.
    id: String,
    #[serde(flatten)]
    about: NewGroupTemplate,
    /// Raised by every change; the entity tag.
    version: i64,
}

/// A template as it is to be. What is given with a new group comes before it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroupTemplate {
    /// Its name, unique in the realm.
    name: String,
    /// The names of the roles; usually the one that every group has.
    #[serde(default)]
    roles: Vec<String>,
    /// Free attributes, each with its values.
    #[serde(default)]
    attributes: BTreeMap<String, Vec<String>>,
    /// So many days before the end of a membership people are reminded; usually as the realm says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notice_days: Option<u16>,
    /// All days before the end at which they are reminded, at most 10; usually what `notice_days` makes of itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reminder_days: Vec<u16>,
    /// For so many days an expired membership may come back; usually as the realm says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grace_days: Option<u16>,
    /// Members need no role; usually they do.
    #[serde(default)]
    plain_members: bool,
}

impl From<&GroupTemplate> for GroupTemplateBody {
    fn from(template: &GroupTemplate) -> Self {
        let body = template.body.clone();
        Self {
            id: template.id.to_string(),
            about: NewGroupTemplate {
                name: template.name.clone(),
                roles: body.roles,
                attributes: body.attributes,
                notice_days: body.notice_days,
                reminder_days: body.reminder_days,
                grace_days: body.grace_days,
                plain_members: body.plain_members,
            },
            version: template.version,
        }
    }
}

impl NewGroupTemplate {
    fn read(self) -> Result<(GroupName, TemplateBody), Problem> {
        let name = GroupName::parse(&self.name)?;
        let body = TemplateBody {
            roles: self.roles,
            attributes: self.attributes,
            notice_days: self.notice_days,
            reminder_days: self.reminder_days,
            grace_days: self.grace_days,
            plain_members: self.plain_members,
        };
        Ok((name, body))
    }
}

fn replied(template: &GroupTemplate) -> Reply {
    Reply::ok(&GroupTemplateBody::from(template)).version(template.version)
}

/// List templates
///
/// By name, at most 1,000. Takes the scope `agm:manage`; of a person who may make groups nowhere, there are none.
#[utoipa::path(get, path = "/group-templates", tag = "Group templates", operation_id = "list_group_templates", responses((status = 200, description = "all of them", body = Page<GroupTemplateBody>)))]
pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let templates = call.directory().templates_to_choose(&call.principal).await?;
    let templates = templates.iter().map(GroupTemplateBody::from).collect();
    Ok(Reply::ok(&Page::with(templates, None)))
}

/// Add a template
///
/// Takes the scope `agm:admin` and, of a person, the role `realm-admin`.
#[utoipa::path(post, path = "/group-templates", tag = "Group templates", operation_id = "create_group_template", request_body = NewGroupTemplate, responses((status = 201, description = "added", body = GroupTemplateBody)))]
pub(super) async fn create(call: Call, body: Body<NewGroupTemplate>) -> Result<Reply, Problem> {
    let (name, like) = body.value.read()?;
    let path = call.path.clone();
    let reply = move |template: &GroupTemplate, _| {
        let location = format!("{path}/{}", template.id);
        Reply::created(location, &GroupTemplateBody::from(template)).version(template.version)
    };
    call.once(&body.bytes, DefineTemplate { name, body: like }, reply).await
}

/// Replace a template
///
/// Groups that were made like it stay as they are. Takes the scope `agm:admin` and, of a person, the role `realm-admin`.
#[utoipa::path(put, path = "/group-templates/{id}", tag = "Group templates", operation_id = "replace_group_template", params(("id" = String, Path, description = "its id")), request_body = NewGroupTemplate, responses((status = 200, description = "the template as it now is", body = GroupTemplateBody)))]
pub(super) async fn replace(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<NewGroupTemplate>,
) -> Result<Reply, Problem> {
    let (name, body) = body.value.read()?;
    let id = call::id(&id, "template")?;
    let template = call.run(ReplaceTemplate { id, name, body }).await?;
    Ok(replied(&template))
}

/// Delete a template
///
/// Groups that were made like it stay as they are. Takes the scope `agm:admin` and, of a person, the role `realm-admin`.
#[utoipa::path(delete, path = "/group-templates/{id}", tag = "Group templates", operation_id = "delete_group_template", params(("id" = String, Path, description = "its id")), responses((status = 204, description = "deleted")))]
pub(super) async fn delete(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id = call::id(&id, "template")?;
    call.run(RemoveTemplate { id }).await?;
    Ok(Reply::done())
}
