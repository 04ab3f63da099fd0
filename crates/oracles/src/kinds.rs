//! The types of resources, as the profiles write them.

use std::sync::{Arc, LazyLock};

use scim::schema::{self, ResourceSchema, Schema};

/// A type of resource in one profile.
pub(crate) struct Kind {
    pub(crate) schema: ResourceSchema,
    pub(crate) profile: Profile,
}

/// What is done with a body beside what its schema says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Nothing: generic, Entra, Okta.
    Plain,
    /// Roles in any form, rich info in two.
    Wire,
    /// Names are completed.
    Canaille,
}

/// The kind that a case's first byte means, and the rest of the case.
pub(crate) fn of(case: &[u8]) -> Option<(&'static Kind, &[u8])> {
    let (first, rest) = case.split_first()?;
    // Digits, so that a corpus can be read.
    let index = usize::from(first.wrapping_sub(b'0')) % KINDS.len();
    Some((&KINDS[index], rest))
}

static KINDS: LazyLock<[Kind; 6]> = LazyLock::new(|| {
    let wire = vec![schema::usher_user(), schema::wire_profile(), schema::wire_map()];
    let canaille = user(schema::canaille_user(), Vec::new()).always_listing(schema::ENTERPRISE_USER_URN);
    [
        kind(user(schema::user(), vec![schema::usher_user()]), Profile::Plain),
        kind(group(schema::group()), Profile::Plain),
        kind(user(schema::user(), wire), Profile::Wire),
        kind(canaille, Profile::Canaille),
        kind(group(schema::canaille_group_intake()), Profile::Canaille),
        kind(user(schema::user(), vec![own()]), Profile::Plain),
    ]
});

fn kind(schema: ResourceSchema, profile: Profile) -> Kind {
    Kind { schema, profile }
}

fn user(core: Schema, own: Vec<Schema>) -> ResourceSchema {
    let extensions = std::iter::once(schema::enterprise_user()).chain(own).map(Arc::new);
    ResourceSchema::new("User", "/Users", Arc::new(core), extensions.collect())
}

fn group(core: Schema) -> ResourceSchema {
    ResourceSchema::new("Group", "/Groups", Arc::new(core), Vec::new())
}

/// An extension as an operator may write one, with every type of attribute and every mutability.
fn own() -> Schema {
    let text = include_str!("own_schema.json");
    let value = serde_json::from_str(text).expect("the file is JSON");
    Schema::from_json(&value).expect("the file is a schema")
}
