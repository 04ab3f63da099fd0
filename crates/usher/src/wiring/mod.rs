//! How the parts are put together: the store, the directory on it, and the server.

mod health;
mod listener;
mod lock;
mod serve;
mod store;

pub(crate) use lock::make_folder;
pub(crate) use serve::{Server, Start};
pub(crate) use store::{Missing, check_durability, open, open_db, settings};
