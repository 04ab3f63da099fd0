//! Group management as the clients of its predecessor speak it: the tree of groups, who is in them until when, who administers
//! them, and how people join by themselves. It is served below `/realms/{realm}/agm` alone.
//!
//! `user` is what people do for themselves, `group_admin` what those do who administer groups, `admin` what the
//! administration of the realm does; `router` says where each is. Beside them: `call` (who asks, under which conditions),
//! `path`, `query` and `body` (what was sent), `reply` (what goes back), `error`, and `wire` (the objects of both directions).

mod admin;
mod body;
mod call;
pub(crate) mod error;
mod group_admin;
mod path;
mod query;
mod reply;
mod router;
mod user;
mod wire;

pub(crate) use router::routes;
