//! Saying what groups may be made like.

use serde_json::{Value, json};

use super::super::commands::check_attributes;
use super::super::management::check_days;
use super::super::{GroupName, RoleName, roles};
use super::{GroupTemplate, TemplateBody, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, RealmRight};
use crate::realm;

/// Adds a template.
#[derive(Clone, Debug)]
pub struct DefineTemplate {
    /// Its name.
    pub name: GroupName,
    /// What a group is made like.
    pub body: TemplateBody,
}

impl Command for DefineTemplate {
    type Output = GroupTemplate;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupTemplate, Error> {
        let template = GroupTemplate {
            id: change.new_id(),
            version: 1,
            name: self.name.as_str().to_owned(),
            body: accept(&self.body)?,
        };
        if !table::insert(change, &template)? {
            return Err(Refusal::Taken { attribute: "name" }.into());
        }
        record(change, EventKind::TemplateCreated, &template)?;
        Ok(template)
    }
}

/// Replaces a template. Groups that were made like it stay as they are.
#[derive(Clone, Debug)]
pub struct ReplaceTemplate {
    /// Which one.
    pub id: Id<GroupTemplate>,
    /// Its name.
    pub name: GroupName,
    /// What a group is made like.
    pub body: TemplateBody,
}

impl Command for ReplaceTemplate {
    type Output = GroupTemplate;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupTemplate, Error> {
        let before = table::by_id(change, self.id)?.ok_or(Refusal::NotFound { what: "template" })?;
        let mut template = GroupTemplate {
            name: self.name.as_str().to_owned(),
            body: accept(&self.body)?,
            ..before.clone()
        };
        if template == before {
            return Ok(before);
        }
        if !table::update(change, &template)? {
            return Err(Refusal::Taken { attribute: "name" }.into());
        }
        template.version += 1;
        record(change, EventKind::TemplateChanged, &template)?;
        Ok(template)
    }
}

/// Removes a template. Groups that were made like it stay as they are.
#[derive(Clone, Debug)]
pub struct RemoveTemplate {
    /// Which one.
    pub id: Id<GroupTemplate>,
}

impl Command for RemoveTemplate {
    type Output = GroupTemplate;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<GroupTemplate, Error> {
        let template = table::by_id(change, self.id)?.ok_or(Refusal::NotFound { what: "template" })?;
        table::delete(change, template.id)?;
        record(change, EventKind::TemplateDeleted, &template)?;
        Ok(template)
    }
}

fn accept(body: &TemplateBody) -> Result<TemplateBody, Refusal> {
    if body.roles.len() > roles::MAX_ROLES {
        return Err(Refusal::TooLarge {
            what: "roles of a template",
            limit: roles::MAX_ROLES,
        });
    }
    let mut names: Vec<String> = Vec::with_capacity(body.roles.len());
    for role in &body.roles {
        let name = RoleName::parse(role)?.as_str().to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(TemplateBody {
        roles: names,
        reminder_days: check_days(body.notice_days, body.grace_days, &body.reminder_days)?,
        attributes: check_attributes(&body.attributes)?,
        ..body.clone()
    })
}

fn record(change: &mut Change<'_>, kind: EventKind, template: &GroupTemplate) -> Result<(), Error> {
    let body: Value = json!({
        "template": template.id.to_string(),
        "name": template.name,
        "version": template.version,
        "body": template.body,
    });
    let realm = change.realm();
    change.record(Event::new(kind, realm::subject(realm.id.0), realm.version, body))?;
    Ok(())
}
