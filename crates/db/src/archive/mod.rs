//! Archives: tables as they were at one instant, in one SQLite file with the same migrations, whatever engine they come from;
//! so an archive is also the way from one engine to the other.
//!
//! - `file` is the file: what is read from it and written into it, and the digest of a table's rows.
//! - `table` is how a table is read and filled when only its name is known.
//! - `take` copies a database in use into a file, `restore` a file into a database.
//! - `slice` is as many rows as are in memory at once.

mod file;
mod restore;
mod slice;
mod table;
mod take;

pub use self::file::{Archive, Contents};
pub use self::restore::Restore;
pub(crate) use self::slice::Slice;
pub use self::table::Table;

/// How far a long piece of work has come: so many rows of that table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied<'a> {
    /// The table.
    pub table: &'a str,
    /// How many of its rows are done.
    pub rows: u64,
}
