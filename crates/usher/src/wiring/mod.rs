//! How the parts are put together: the store, the directory on it, and the server.

mod files;
mod health;
mod listener;
mod lock;
mod metrics;
mod serve;
mod store;
mod tls;
mod trouble;
mod unparsed;
pub(crate) mod user;

pub(crate) use lock::{Lock, make_folder};
pub(crate) use serve::{Server, Start};
pub(crate) use store::{Missing, check_durability, open, open_db, refuse_newer, settings};
pub(crate) use tls::TlsFiles;
pub(crate) use trouble::explain;
