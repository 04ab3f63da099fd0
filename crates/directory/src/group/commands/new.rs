//! What every group that is made to be managed begins with.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{
    Group, GroupName, GroupRole, GroupTemplate, Management, RoleName, Source, TemplateBody, roles, table, template,
    tree,
};
use super::attributes;
use super::create::check_unique;
use crate::access;
use crate::change::Change;
use crate::client::{Operation, ResourceKind};
use crate::delegation::{self, Extent, Preset, Whom, reach};
use crate::enrollment::configuration::Configuration;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::user::ExternalIds;

/// A group that is to be made.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Its name, unique among its siblings.
    pub name: GroupName,
    /// Free attributes, each with its values.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// What it is for, where that is not among them.
    pub description: Option<String>,
    /// Who owns it.
    pub owner: FirstOwner,
    /// What it is made like beside that.
    pub template: Option<Id<GroupTemplate>>,
}

impl NewGroup {
    /// Whoever is named to own it is held, which comes before trees.
    pub(super) fn hold_owner(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let whom = match (&self.owner, change.principal().user()) {
            (FirstOwner::Other(whom), _) => whom.clone(),
            (FirstOwner::Maker, Some(maker)) => Whom::User(maker),
            (FirstOwner::Maker, None) | (FirstOwner::Nobody, _) => return Ok(()),
        };
        delegation::hold_first_owner(change, &whom)
    }

    /// One of that name, owned by who makes it.
    pub fn named(name: GroupName) -> Self {
        Self {
            name,
            attributes: BTreeMap::new(),
            description: None,
            owner: FirstOwner::Maker,
            template: None,
        }
    }
}

/// Who owns a group from the beginning.
#[derive(Clone, Debug)]
pub enum FirstOwner {
    /// Who makes it, if it is a person who does not own it from above, and may let others own it for good.
    Maker,
    /// Nobody but those who own the groups above.
    Nobody,
    /// That person. Who makes it has to be one who may let others own it.
    Other(Whom),
}

/// A group that was made.
#[derive(Clone, Debug)]
pub struct GroupMade {
    /// The group.
    pub group: Group,
    /// Its roles.
    pub roles: Vec<GroupRole>,
}

/// Makes a group at the top or below a parent whose tree is held. The maker's rights are checked.
pub(super) fn make(change: &mut Change<'_>, new: &NewGroup, parent: Option<&Group>) -> Result<GroupMade, Error> {
    access::check_operation(change.principal(), ResourceKind::Group, Operation::Create)?;
    let like = match new.template {
        None => TemplateBody::default(),
        Some(id) => {
            let template = template::table::by_id(change, id)?;
            template.ok_or(Refusal::NotFound { what: "template" })?.body
        }
    };
    let mut given = like.attributes.clone();
    given.extend(
        new.description
            .iter()
            .map(|text| (attributes::DESCRIPTION.to_owned(), vec![text.clone()])),
    );
    given.extend(new.attributes.clone());
    let accepted = attributes::accept(&given)?;
    let name = new.name.as_str();
    let document = json!({ "schemas": [scim::schema::GROUP_URN], "displayName": name });
    let (id, way) = (change.new_id(), change.new_id());
    let mut group = Group {
        id,
        version: 1,
        modified: change.now(),
        parent: parent.map(|parent| parent.id),
        name: name.to_owned(),
        display_name: name.to_owned(),
        external_ids: ExternalIds::default(),
        source: Source::Admin,
        document: document.to_string(),
        managed: true,
        children: 0,
        default_configuration: Some(way),
        management: Management {
            attributes: accepted.attributes,
            notice_days: accepted.notice_days.or(like.notice_days),
            reminder_days: if accepted.notice_days.is_some() {
                Vec::new()
            } else {
                like.reminder_days.clone()
            },
            grace_days: like.grace_days,
            plain_members: like.plain_members,
            ..Management::default()
        },
    };
    access::check_group_image(change, &group)?;
    check_unique(change, None, &group)?;
    if !table::insert(change, &group)? {
        return Err(tree::name_taken(parent.is_some()).into());
    }
    if let Some(parent) = parent {
        tree::attach(change, &group, parent)?;
    }
    let mut body = json!({ "after": group.attributes(), "name": group.name, "managed": true });
    if let Some(parent) = parent {
        body["parent"] = parent.id.to_string().into();
    }
    if !group.management.attributes.is_empty() {
        body["attributes"] = json!(group.management.attributes);
    }
    if let Some(template) = new.template {
        body["template"] = template.to_string().into();
    }
    change.record(Event::new(EventKind::GroupCreated, group.id.uuid(), 1, body))?;
    let roles = add_roles(change, &group, &like)?;
    Configuration::first_of_group(change, &group, way, &roles)?;
    name_owner(change, new, &group)?;
    group.version = table::read(change, group.id)?.map_or(group.version, |group| group.version);
    Ok(GroupMade { group, roles })
}

fn add_roles(change: &mut Change<'_>, group: &Group, like: &TemplateBody) -> Result<Vec<GroupRole>, Error> {
    let mut names = like
        .roles
        .iter()
        .map(|name| RoleName::parse(name))
        .collect::<Result<Vec<_>, _>>()?;
    if names.is_empty() {
        names.push(RoleName::member());
    }
    let mut made = Vec::with_capacity(names.len());
    for name in &names {
        made.extend(roles::add(change, group.id, name)?);
    }
    Ok(made)
}

fn name_owner(change: &mut Change<'_>, new: &NewGroup, group: &Group) -> Result<(), Error> {
    let owned = Extent {
        capabilities: Preset::Owner.capabilities(),
        inherit: true,
        until: None,
    };
    let reach = reach::of(change, group)?;
    let whom = match &new.owner {
        FirstOwner::Nobody => return Ok(()),
        FirstOwner::Other(whom) => {
            reach.check_hands_on(owned)?;
            whom.clone()
        }
        FirstOwner::Maker => match change.principal().user() {
            // Making a group below makes nobody more than they are.
            Some(_) if reach.check_hands_on(owned).is_err() => return Ok(()),
            Some(maker) if !reach::owns(change, group.id, maker)? => Whom::User(maker),
            Some(_) | None => return Ok(()),
        },
    };
    delegation::name_first_owner(change, group, &whom)
}

/// A document with another displayName.
pub(super) fn renamed(group: &Group, display_name: &str) -> String {
    let mut attributes = group.attributes();
    attributes.insert("displayName".into(), display_name.into());
    Value::Object(attributes).to_string()
}
