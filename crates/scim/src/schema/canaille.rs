//! The schemas as Canaille publishes and enforces them: the same attributes, some of them required or immutable.

use std::sync::Arc;

use super::attribute::{Attribute, Mutability, Returned, Schema};
use super::{ResourceSchema, group, user};

/// Users: userName is immutable; name, name.formatted, name.familyName and active are required.
pub fn canaille_user() -> Schema {
    let mut schema = user();
    change(&mut schema.attributes, "userName", |attribute| {
        attribute.mutability = Mutability::Immutable;
    });
    change(&mut schema.attributes, "active", |attribute| attribute.required = true);
    change(&mut schema.attributes, "name", |attribute| {
        attribute.required = true;
        change(&mut attribute.sub_attributes, "formatted", |sub| sub.required = true);
        change(&mut attribute.sub_attributes, "familyName", |sub| sub.required = true);
    });
    schema
}

/// Groups: displayName is required and immutable, and there is at least one member, with `value` and `$ref` and no `type`.
pub fn canaille_group() -> Schema {
    let mut schema = group();
    change(&mut schema.attributes, "displayName", |attribute| {
        attribute.mutability = Mutability::Immutable;
    });
    change(&mut schema.attributes, "members", |attribute| {
        attribute.required = true;
        change(&mut attribute.sub_attributes, "value", |sub| sub.required = true);
        change(&mut attribute.sub_attributes, "$ref", |sub| sub.required = true);
        attribute.sub_attributes.retain(|sub| sub.name != "type");
    });
    schema
}

/// [`canaille_group`] as it is read: a group may be empty, and members need no `$ref`.
pub fn canaille_group_intake() -> Schema {
    let mut schema = canaille_group();
    change(&mut schema.attributes, "members", |attribute| {
        attribute.required = false;
        change(&mut attribute.sub_attributes, "$ref", |sub| sub.required = false);
    });
    schema
}

/// The same type as it is published where externalId is not kept: clients are told that they cannot write it and never see it.
pub fn without_external_id(of: &ResourceSchema) -> ResourceSchema {
    let mut core = (*of.core).clone();
    let external_id = Attribute::text("externalId", "Not kept: what is sent is ignored.")
        .exact()
        .read_only()
        .returned(Returned::Never);
    core.attributes.insert(0, external_id);
    ResourceSchema {
        core: Arc::new(core),
        ..of.clone()
    }
}

fn change(attributes: &mut [Attribute], name: &str, how: impl FnOnce(&mut Attribute)) {
    if let Some(attribute) = attributes.iter_mut().find(|attribute| attribute.name == name) {
        how(attribute);
    }
}
