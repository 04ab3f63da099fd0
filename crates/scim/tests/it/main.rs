//! SCIM by example and by property: each file shows one part of the crate.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod bulk;
mod discovery;
mod document;
mod document_properties;
mod filter;
mod filter_properties;
mod parse;
mod patch;
mod patch_clients;
mod patch_properties;
mod projection;
mod schema;
mod search;
mod text;
mod wire;

use std::sync::Arc;

use scim::schema::ResourceSchema;

/// Users with the enterprise and Usher's extension.
fn user_type() -> ResourceSchema {
    let extensions = vec![
        Arc::new(scim::schema::enterprise_user()),
        Arc::new(scim::schema::usher_user()),
    ];
    ResourceSchema::new("User", "/Users", Arc::new(scim::schema::user()), extensions)
}

/// Groups.
fn group_type() -> ResourceSchema {
    ResourceSchema::new("Group", "/Groups", Arc::new(scim::schema::group()), Vec::new())
}
