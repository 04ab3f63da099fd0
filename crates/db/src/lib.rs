//! Two SQL engines, SQLite and PostgreSQL, behind one small interface. This crate knows no table.
//!
//! SQL is written once, in what both engines share: placeholders are `?1 ?2 …`, types are named by the words of
//! [`Migration`], and what only one engine needs stands in `/*pg: … */` or `/*sqlite: … */`.
//!
//! - [`Db::write`] runs one transaction. Its body is an ordinary closure over a [`Tx`], so no transaction can span a network
//!   call other than to the database. When `write` answers with success, the change is on disk; when it answers with
//!   anything else but [`Error::OutcomeUnknown`], nothing of it is. The body may run more than once.
//! - [`Db::query`] is for look-ups that an index answers, [`Db::scan`] for statements that may read many rows.
//! - [`Db::migrate`] brings the schema up to date.
//! - [`Db::archive`] copies tables as they are at one instant into an [`Archive`], one SQLite file whatever the engine, while
//!   others write; [`Db::restore`] brings its rows back.
//!
//! On SQLite one thread writes. It runs all bodies that wait, each in a savepoint of its own, and commits them together;
//! `sqlite::writer` says what may go wrong there. Reads run on connections of their own, each on the snapshot of its
//! statement. On PostgreSQL bodies run on a few threads, each with its own connection, and a body's statements travel in
//! as few round trips as their answers allow; reads share pipelined connections and take no thread.
//!
//! A transaction in which a statement failed is over on both engines, whatever its body makes of the error: PostgreSQL
//! refuses the rest, and SQLite may already have rolled back.

#![warn(missing_docs)]

mod archive;
mod db;
mod dialect;
mod error;
mod migrate;
mod options;
mod postgres;
mod row;
mod sqlite;
mod statements;
mod tx;
mod value;
mod work;

pub use crate::archive::{Archive, Contents, Copied, Restore, Table};
pub use crate::db::{Db, Load};
pub use crate::error::{Cause, Error, Retryable};
pub use crate::migrate::Migration;
pub use crate::options::{Durability, Engine, Location, Options};
pub use crate::row::Row;
pub use crate::tx::{Bound, Tx};
pub use crate::value::{FromValue, Value};
