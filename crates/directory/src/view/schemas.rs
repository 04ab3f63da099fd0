//! Which schemas a profile sees. Built once, at start.

use std::sync::Arc;

use scim::filter::{Filter, Resolved};
use scim::schema::{self, ResourceSchema, Schema};
use serde_json::{Map, Value};

use crate::client::{Profile, ResourceKind};
use crate::settings::Settings;

/// The schemas of this installation, by profile.
#[derive(Debug)]
pub struct Schemas {
    standard_user: ResourceSchema,
    wire_user: ResourceSchema,
    canaille_user: ResourceSchema,
    canaille_user_intake: ResourceSchema,
    group: ResourceSchema,
    canaille_group: ResourceSchema,
    canaille_group_intake: ResourceSchema,
    indexed: Vec<(String, String)>,
}

impl Schemas {
    /// The built-in schemas and those from configuration.
    pub fn new(settings: &Settings) -> Self {
        let user = |core: Schema, own: Vec<Schema>| {
            let own = own.into_iter().map(Arc::new);
            let extensions = std::iter::once(Arc::new(schema::enterprise_user()))
                .chain(own)
                .chain(settings.user_extensions.iter().cloned());
            ResourceSchema::new("User", "/Users", Arc::new(core), extensions.collect())
        };
        let group =
            |core: Schema| ResourceSchema::new("Group", "/Groups", Arc::new(core), settings.group_extensions.clone());
        let canaille = |core: Schema| user(core, Vec::new()).always_listing(schema::ENTERPRISE_USER_URN);
        let mut without_roles = schema::canaille_user();
        without_roles.attributes.retain(|attribute| attribute.name != "roles");
        let indexed = settings
            .user_extensions
            .iter()
            .flat_map(|extension| {
                extension
                    .attributes
                    .iter()
                    .filter(|attribute| attribute.indexed)
                    .map(|attribute| (extension.id.clone(), attribute.name.clone()))
            })
            .collect();
        Self {
            standard_user: user(schema::user(), vec![schema::usher_user()]),
            wire_user: user(
                schema::user(),
                vec![schema::usher_user(), schema::wire_profile(), schema::wire_map()],
            ),
            canaille_user: canaille(without_roles),
            canaille_user_intake: canaille(schema::canaille_user()),
            group: group(schema::group()),
            canaille_group: group(schema::canaille_group()),
            canaille_group_intake: group(schema::canaille_group_intake()),
            indexed,
        }
    }

    /// The schema of a type of resource as a profile sees it.
    pub fn resource(&self, kind: ResourceKind, profile: Profile) -> &ResourceSchema {
        match (kind, profile) {
            (ResourceKind::Group, Profile::Canaille) => &self.canaille_group,
            (ResourceKind::Group, _) => &self.group,
            (ResourceKind::User, Profile::Wire) => &self.wire_user,
            (ResourceKind::User, Profile::Canaille) => &self.canaille_user,
            (ResourceKind::User, Profile::Generic | Profile::Entra | Profile::Okta) => &self.standard_user,
        }
    }

    /// The schema by which what a profile writes is accepted. For Canaille's it differs: a group may be empty, and roles, which
    /// are not shown, are stored.
    pub(crate) fn intake(&self, kind: ResourceKind, profile: Profile) -> &ResourceSchema {
        match (kind, profile) {
            (ResourceKind::Group, Profile::Canaille) => &self.canaille_group_intake,
            (ResourceKind::User, Profile::Canaille) => &self.canaille_user_intake,
            (kind, profile) => self.resource(kind, profile),
        }
    }

    /// The schema that knows everything that may be stored.
    pub(crate) fn stored(&self, kind: ResourceKind) -> &ResourceSchema {
        match kind {
            ResourceKind::User => &self.wire_user,
            ResourceKind::Group => &self.group,
        }
    }

    /// A filter of a policy, resolved.
    ///
    /// # Errors
    /// `invalidFilter`: it does not parse, or names an attribute no schema has, or `meta.location`.
    pub fn filter(&self, kind: ResourceKind, text: &str) -> Result<Resolved, scim::error::Error> {
        let filter = text.parse::<Filter>()?.resolve(self.stored(kind))?;
        if filter.keys().contains(&"meta.location") {
            let why = "filter: meta.location depends on the address a client uses, a policy does not; use id";
            return Err(scim::error::Error::invalid_filter(why));
        }
        Ok(filter)
    }

    /// Whether any schema has a top-level attribute or extension of that name.
    pub fn has_attribute(&self, name: &str) -> bool {
        let known = |schema: &ResourceSchema| {
            schema
                .core
                .attributes
                .iter()
                .any(|attribute| attribute.name.eq_ignore_ascii_case(name))
                || schema
                    .extensions
                    .iter()
                    .any(|extension| extension.id.eq_ignore_ascii_case(name))
        };
        matches!(name, "id" | "externalId" | "meta" | "schemas") || known(&self.wire_user) || known(&self.group)
    }

    /// Whether an extension attribute is declared as indexed; its key is `URN:name`.
    pub(crate) fn is_indexed(&self, key: &str) -> bool {
        self.indexed
            .iter()
            .any(|(urn, name)| key.strip_prefix(urn.as_str()).and_then(|rest| rest.strip_prefix(':')) == Some(name))
    }

    /// The (attribute, key) pairs of the indexed extension attributes of a document.
    pub(crate) fn indexed_extensions(&self, attributes: &Map<String, Value>) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (urn, name) in &self.indexed {
            let value = attributes.get(urn).and_then(|extension| extension.get(name));
            let values = match value {
                Some(Value::Array(list)) => list.iter().collect(),
                Some(value) => vec![value],
                None => Vec::new(),
            };
            pairs.extend(
                values
                    .into_iter()
                    .filter_map(index_text)
                    .map(|text| (format!("{urn}:{name}"), text)),
            );
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}

fn index_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(crate::user::rules::key(text)),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(map) => map.get("value").and_then(index_text),
        Value::Null | Value::Array(_) => None,
    }
}
