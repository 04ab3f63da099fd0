//! Where the database is and how it is used.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Which of the two engines a database runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded in the process, in one file.
    Sqlite,
    /// A server, version 15 or later.
    Postgres,
}

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// The database file. It and its folder are made when they are missing.
    Sqlite(PathBuf),
    /// A connection URL or string as libpq reads it, with `sslmode` and `sslrootcert`.
    Postgres(String),
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            // The URL may carry a password.
            Self::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
        }
    }
}

/// What an answered write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The loss of the process and of power.
    #[default]
    Full,
    /// The loss of the process only. For tests.
    Unsafe,
}

/// How the database is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// What an answered write survives.
    pub durability: Durability,
    /// How many connections answer indexed reads.
    pub readers: usize,
    /// At most this many connections to PostgreSQL in all. Those that neither `readers` nor scans take run transactions,
    /// at most 16. SQLite does not use it.
    pub connections: usize,
    /// How long one statement may take. Migrations may take longer.
    pub statement_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            readers: 4,
            connections: 16,
            statement_timeout: Duration::from_secs(30),
        }
    }
}
