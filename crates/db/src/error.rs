//! What can go wrong with a database, told alike for both engines.

use std::sync::Arc;

/// What an engine said. Neither the text of values nor a peer's details are in it.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A fault of the database. Refusals of the domain are not among them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached, is starting or stopping, or another process holds it. Nothing was changed.
    #[error("the database is not available")]
    Unavailable {
        /// What the engine said.
        source: Cause,
    },
    /// Its disk is full. Nothing was changed.
    #[error("the database has no room left")]
    Full {
        /// What the engine said.
        source: Cause,
    },
    /// It takes no writes, or a read tried to write. Nothing was changed.
    #[error("the database takes no writes")]
    ReadOnly {
        /// What the engine said.
        source: Cause,
    },
    /// A deadlock, a failed serialisation or a unique violation that no guard caught, even after running again.
    /// Nothing was changed.
    #[error("another transaction was in the way")]
    Conflict {
        /// What the engine said.
        source: Cause,
    },
    /// The connection or the disk failed in COMMIT: the change may be there or not.
    #[error("the database failed while committing, the outcome is not known")]
    OutcomeUnknown {
        /// What the engine said.
        source: Cause,
    },
    /// A statement took longer than it may, or an operator stopped it. Nothing was changed.
    #[error("a statement was interrupted")]
    Interrupted {
        /// What the engine said.
        source: Cause,
    },
    /// The body of a transaction panicked. Nothing was changed.
    #[error("a transaction panicked: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// A statement is wrong, or a constraint that the domain should have guarded refused it. Nothing was changed.
    #[error("a statement failed: {sql}")]
    Statement {
        /// The beginning of the statement, without values.
        sql: String,
        /// What the engine said.
        source: Cause,
    },
    /// A column does not hold what was asked for.
    #[error("column {column} holds {found} where {wanted} was asked for")]
    Type {
        /// The column's place in the row, from 0.
        column: usize,
        /// The type asked for.
        wanted: &'static str,
        /// What is there.
        found: String,
    },
    /// The schema is not one that these migrations lead to.
    #[error("migration {number}: {why}")]
    Migration {
        /// The number of the migration.
        number: u32,
        /// What is wrong with it.
        why: String,
    },
    /// The location or the server does not suit.
    #[error("the database cannot be used: {why}")]
    Configuration {
        /// What is wrong and what would be right.
        why: String,
    },
    /// The database was closed before the work began. Nothing was changed.
    #[error("the database is closed")]
    Closed,
}

/// `db::Error` inside the caller's error, so that [`Db::write`](crate::Db::write) can see whether to run again.
pub trait Retryable {
    /// The fault of the database, if this is one.
    fn db(&self) -> Option<&Error>;
}

impl Retryable for Error {
    fn db(&self) -> Option<&Error> {
        Some(self)
    }
}

/// A cause told in words of ours.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Told(String);

pub(crate) fn cause(words: impl Into<String>) -> Cause {
    Arc::new(Told(words.into()))
}

impl Error {
    pub(crate) fn unavailable(words: impl Into<String>) -> Self {
        Self::Unavailable { source: cause(words) }
    }

    pub(crate) fn statement(sql: &str, words: impl Into<String>) -> Self {
        Self::Statement {
            sql: beginning(sql),
            source: cause(words),
        }
    }

    /// The same failure, met in COMMIT where it leaves open what is on disk.
    pub(crate) fn while_committing(self) -> Self {
        match self {
            Self::Unavailable { source } => Self::OutcomeUnknown { source },
            other => other,
        }
    }
}

/// The first words of a statement on one line, enough to find it by.
pub(crate) fn beginning(sql: &str) -> String {
    const WORDS: usize = 12;
    let mut words = sql.split_whitespace();
    let mut text = words.by_ref().take(WORDS).collect::<Vec<_>>().join(" ");
    if words.next().is_some() {
        text.push_str(" …");
    }
    text
}
