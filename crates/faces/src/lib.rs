//! What others call: SCIM, OAuth2, the native API, group management and pages. A face translates: it parses its protocol, names who acts,
//! calls one command or query of the directory, and renders the answer in its own form. No face writes.
//!
//! [`Entry`] is everything; [`routes`] lists it, made by the same code.

mod agm;
mod aliases;
pub mod api;
mod app;
mod caller;
mod cors;
mod design;
mod entry;
mod face;
mod limits;
mod oauth;
pub mod pages;
mod passage;
mod path;
mod proxies;
mod query;
mod request_id;
mod routes;
mod scim;
pub mod sheet;
mod trail;

pub use app::{App, FacesConfig, routes};
pub use entry::{Answered, Entry};
pub use face::{Face, Limited, Problem};
pub use proxies::{Network, NetworkError};
pub use routes::RouteInfo;
