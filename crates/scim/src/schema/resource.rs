//! A type of resource: its core schema, its extensions, and how paths are found in them.

use std::sync::{Arc, LazyLock};

use super::attribute::{Attribute, Returned, Schema, Type};
use super::reference::AttributeRef;
use crate::path::AttrPath;

/// A type of resource with all it may hold.
#[derive(Clone, Debug)]
pub struct ResourceSchema {
    /// Its name, such as `User`.
    pub name: String,
    /// Where its resources are, below the base: `/Users`.
    pub endpoint: String,
    /// The schema every resource of the type has.
    pub core: Arc<Schema>,
    /// The schemas a resource of the type may have beside it.
    pub extensions: Vec<Arc<Schema>>,
    /// The URNs of extensions that `schemas` always lists.
    pub required_extensions: Vec<String>,
}

/// What every resource has, RFC 7643 §3.1, and the list of its schemas.
static COMMON: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let id = Attribute::text(
        "id",
        "The resource's identifier, given by the server. It never changes.",
    )
    .exact()
    .read_only()
    .returned(Returned::Always)
    .unique();
    let external_id = Attribute::text("externalId", "The identifier the client has for the resource.").exact();
    let meta = vec![
        Attribute::text("resourceType", "The name of the resource's type.").exact(),
        Attribute::new("created", Type::DateTime, "When the resource was added."),
        Attribute::new("lastModified", Type::DateTime, "When the resource was last changed."),
        Attribute::reference("location", &["uri"], "The resource's URL."),
        Attribute::text("version", "The resource's entity tag.").exact(),
    ];
    let meta = Attribute::complex("meta", "What the server knows about the resource.", meta).read_only();
    let schemas = Attribute::reference(
        "schemas",
        &["uri"],
        "The URNs of the schemas that the resource has data of.",
    )
    .multi()
    .returned(Returned::Always);
    Arc::new(Schema {
        id: String::new(),
        name: "Common".into(),
        description: "Attributes that every resource has.".into(),
        attributes: vec![id, external_id, meta, schemas],
        open: false,
    })
});

impl ResourceSchema {
    /// A type of resource by its name and its place below the base.
    pub fn new(name: &str, endpoint: &str, core: Arc<Schema>, extensions: Vec<Arc<Schema>>) -> Self {
        Self {
            name: name.into(),
            endpoint: endpoint.into(),
            core,
            extensions,
            required_extensions: Vec::new(),
        }
    }

    /// The same type, with an extension that `schemas` always lists, whether or not it carries data.
    pub fn always_listing(mut self, urn: &str) -> Self {
        self.required_extensions.push(urn.to_owned());
        self
    }

    /// Whether `schemas` lists an extension even without data.
    pub fn always_lists(&self, urn: &str) -> bool {
        self.required_extensions
            .iter()
            .any(|required| required.eq_ignore_ascii_case(urn))
    }

    /// The extension with that URN, in any letter case.
    pub fn extension(&self, urn: &str) -> Option<&Arc<Schema>> {
        self.extensions
            .iter()
            .find(|extension| extension.id.eq_ignore_ascii_case(urn))
    }

    /// The attributes that are in no schema because every resource has them: id, externalId, meta and schemas.
    pub fn common(&self) -> &'static [Attribute] {
        &COMMON.attributes
    }

    /// The top-level attribute of that name, in any letter case; extensions are not looked into.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.core.attribute(name).or_else(|| COMMON.attribute(name))
    }

    /// What a path names. Without a URN the core schema comes first, then the common attributes, then the extensions in
    /// their order: Entra ID writes `manager` and `department` so.
    pub fn resolve(&self, path: &AttrPath) -> Option<AttributeRef> {
        let sub = path.sub.as_deref();
        match &path.urn {
            None => AttributeRef::within(&self.core, None, &path.name, sub)
                .or_else(|| AttributeRef::within(&COMMON, None, &path.name, sub))
                .or_else(|| {
                    self.extensions
                        .iter()
                        .filter(|schema| !schema.open)
                        .find_map(|schema| AttributeRef::within(schema, Some(&schema.id), &path.name, sub))
                }),
            Some(urn) if urn.eq_ignore_ascii_case(&self.core.id) => {
                AttributeRef::within(&self.core, None, &path.name, sub)
                    .or_else(|| AttributeRef::within(&COMMON, None, &path.name, sub))
            }
            Some(urn) => {
                let extension = self.extension(urn)?;
                AttributeRef::within(extension, Some(&extension.id), &path.name, sub)
            }
        }
    }
}
