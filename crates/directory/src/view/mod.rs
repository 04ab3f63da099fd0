//! The SCIM view of users and groups, shared by the SCIM face and by targets that speak SCIM: schemas per profile, stored
//! bytes rendered with what changes spliced in, lists answered by indexes.

pub(crate) mod canaille_rules;
mod columns;
mod cursor;
mod filter_sql;
pub(crate) mod groups_of_users;
mod if_match;
mod list;
mod look;
mod managers;
mod members;
mod query;
mod render;
mod scan;
mod schemas;
pub(crate) mod wire_rules;

pub use cursor::CURSOR_SECONDS;
pub use if_match::{IfMatch, etag};
pub use list::{DEFAULT_PAGE, ListRequest, MAX_PAGE, Page, Paging, Sort};
pub use query::Shape;
pub use render::Rendered;
pub(crate) use render::{group_value, user_value};
pub(crate) use scan::STATEMENTS;
pub use schemas::Schemas;
