//! How the parts are put together: the store, the directory on it, and the server.

mod files;
mod health;
mod listener;
mod lock;
mod metrics;
mod reread;
mod serve;
mod store;
mod tls;
mod trouble;
mod trust;
mod unparsed;
pub(crate) mod user;

pub(crate) use files::fit as connections_that_fit;
pub(crate) use lock::{Lock, Moving, make_folder};
pub(crate) use reread::Reread;
pub(crate) use serve::{Server, Start};
pub(crate) use store::{Missing, check_durability, copies, open, open_db, refuse_newer, settings};
pub(crate) use tls::TlsFiles;
pub(crate) use trouble::explain;
pub(crate) use trust::unchecked;
pub(crate) use user::advice;
