//! What a resource may hold: RFC 7643.
//!
//! [`Attribute`] and [`Schema`] are the RFC's own terms; a [`ResourceSchema`] is one type of resource with its core schema
//! and extensions, and finds what a path names in them, as an [`AttributeRef`]. The functions here make the built-in
//! schemas; [`Schema::from_json`] reads more of them from configuration.

mod attribute;
mod canaille;
mod group;
mod json;
mod meta;
mod reference;
mod resource;
mod user;
mod usher;
mod wire;

pub use attribute::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
pub use canaille::{canaille_group, canaille_group_intake, canaille_user, without_external_id};
pub use group::group;
pub use meta::{resource_type_schema, schema_schema, service_provider_config_schema};
pub use reference::AttributeRef;
pub use resource::ResourceSchema;
pub use user::{enterprise_user, user};
pub use usher::usher_user;
pub use wire::{wire_map, wire_profile};

/// RFC 7643 §4.1.
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// RFC 7643 §4.2.
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// RFC 7643 §4.3.
pub const ENTERPRISE_USER_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Where a person stands, and their invitation.
pub const USHER_USER_URN: &str = "urn:usher:scim:schemas:1.0:User";
/// Wire's rich info as an ordered list.
pub const WIRE_PROFILE_URN: &str = "urn:wire:scim:schemas:profile:1.0";
/// Wire's rich info as a map with free keys.
pub const WIRE_MAP_URN: &str = "urn:ietf:params:scim:schemas:extension:wire:1.0:User";
/// RFC 7643 §5.
pub const SERVICE_PROVIDER_CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// RFC 7643 §6.
pub const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// RFC 7643 §7.
pub const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// What the URNs of all core schemas begin with.
pub(crate) const CORE_PREFIX: &str = "urn:ietf:params:scim:schemas:core:2.0:";
