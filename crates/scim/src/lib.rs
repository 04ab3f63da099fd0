//! SCIM 2.0 as values: RFC 7643, 7644 and 9865 without any I/O.
//!
//! - [`schema`] says what a resource may hold; the schemas of the RFCs, Usher's and Wire's are built in.
//! - [`document`] takes a body in: spelling, types, what is required, what may not change. [`patch`] changes a document.
//! - [`filter`] reads and evaluates filters, [`path`] the attribute paths in them.
//! - [`projection`] and [`raw`] cut what a caller asked for out of a stored JSON text; [`list`] and [`discovery`] write
//!   the answers that are no single resource.
//! - [`bulk`] and [`search`] read those two messages. [`wire`] holds the forms that only Wire's clients use.
//!
//! Everything here is pure and total: no input panics, recurses without bound or costs more than its size.

#![warn(missing_docs)]

pub mod bulk;
pub mod discovery;
pub mod document;
pub mod error;
pub mod filter;
pub mod list;
pub mod patch;
pub mod path;
pub mod projection;
pub mod raw;
pub mod schema;
pub mod search;
pub mod text;
pub mod wire;

pub use error::{Error, ScimType};
