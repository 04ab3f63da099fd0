//! One connection to the database file.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, OpenFlags, ffi};

use crate::dialect;
use crate::error::{Error, beginning, cause};
use crate::options::{Durability, Engine};
use crate::row::Row;
use crate::value::Value;

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;

/// How long a connection waits for a lock that another connection or process holds.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much of an archive is kept in memory, as SQLite takes it: KiB below zero.
const ARCHIVE_CACHE: i32 = -32_768;

/// The same for a connection that writes, and for those that answer by an index.
pub(super) const CACHE: i32 = -8_192;

/// The same for connections that pass through much and come back to little of it.
pub(super) const SMALL_CACHE: i32 = -2_048;

/// How many steps of SQLite's machine lie between two looks at the clock: some 100 us.
const STEPS: i32 = 10_000;

/// How every connection to a file is set.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) durability: Durability,
    /// Of the file in memory, as SQLite takes it.
    pub(super) cache: i32,
    pub(super) statement_timeout: Duration,
}

/// A limit of time that is none.
pub(super) const NO_LIMIT: Duration = Duration::from_secs(u32::MAX as u64);

/// What is done with an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It is looked at and stays as it is, on a disk that takes no writes too.
    Read,
    /// It is filled, once, and of no use before it is complete.
    Fill,
}

/// One connection to the database file.
pub(crate) struct Connection {
    raw: rusqlite::Connection,
    limits: Arc<Limits>,
    statement_timeout: Duration,
    /// Texts that SQLite takes otherwise than they were written.
    rewritten: RefCell<HashMap<String, Arc<str>>>,
}

/// What the callbacks of a connection look at. Milliseconds; instants count from `start`.
struct Limits {
    start: Instant,
    /// When the running statement is interrupted; 0 while none runs that may be.
    statement_ends: AtomicU64,
    patience: AtomicU64,
}

impl Limits {
    fn now(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }
}

/// Takes the limit off when the statement has ended.
struct Limited<'a>(&'a Limits);

impl Drop for Limited<'_> {
    fn drop(&mut self) {
        self.0.statement_ends.store(0, Relaxed);
    }
}

impl Connection {
    /// Opens a connection that may write. It makes the file when it is missing.
    pub(super) fn open(path: &Path, settings: Settings) -> Result<Self, Error> {
        Self::set_up(path, OpenFlags::default(), settings).map_err(|error| fault(error, "open"))
    }

    /// Opens a connection that only reads a file that is there.
    pub(super) fn open_reading(path: &Path, settings: Settings) -> Result<Self, Error> {
        let there = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE);
        let connection = Self::set_up(path, there, settings).map_err(|error| fault(error, "open"))?;
        connection.command("PRAGMA query_only = ON")?;
        Ok(connection)
    }

    fn set_up(path: &Path, flags: OpenFlags, settings: Settings) -> Result<Self, rusqlite::Error> {
        let mut raw = rusqlite::Connection::open_with_flags(path, flags)?;
        let limits = Arc::new(Limits {
            start: Instant::now(),
            statement_ends: AtomicU64::new(0),
            patience: AtomicU64::new(PATIENCE.as_millis() as u64),
        });
        let ours = Arc::clone(&limits);
        raw.progress_handler(
            STEPS,
            Some(move || {
                let ends = ours.statement_ends.load(Relaxed);
                ends != 0 && ours.now() >= ends
            }),
        )?;
        let ours = Arc::clone(&limits);
        let mut since = 0;
        // Looks every millisecond: a busy server leaves the lock free only for moments between two groups, and the command
        // line beside it has to catch one.
        raw.busy_handler(Some(move |tries: i32| {
            let now = ours.now();
            if tries == 0 {
                since = now;
            }
            thread::sleep(Duration::from_millis(1));
            now - since < ours.patience.load(Relaxed)
        }))?;
        let mode: String = raw.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            let refusal = ffi::Error::new(ffi::SQLITE_CANTOPEN);
            return Err(rusqlite::Error::SqliteFailure(
                refusal,
                Some("this file system cannot hold a write-ahead log".into()),
            ));
        }
        let full = settings.durability == Durability::Full;
        raw.pragma_update(None, "synchronous", if full { "FULL" } else { "OFF" })?;
        // Only macOS knows it; there a plain fsync leaves data in the disk's cache.
        raw.pragma_update(None, "fullfsync", full)?;
        raw.pragma_update(None, "checkpoint_fullfsync", full)?;
        raw.pragma_update(None, "foreign_keys", true)?;
        // Mapped pages would count as memory once per connection.
        raw.pragma_update(None, "mmap_size", 0)?;
        raw.pragma_update(None, "cache_size", settings.cache)?;
        // The log is moved by a thread of its own, never in the middle of somebody's commit.
        raw.pragma_update(None, "wal_autocheckpoint", 0)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        // Else the planner looks at bound values, a LIMIT above all, and prepares such a statement anew with each value: a third
        // of what a read costs.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A checkpoint on a connection that has read nothing yet opens the log in its own statement, whose read then stands
        // in the checkpoint's way for as long as it is willing to wait.
        raw.query_row("SELECT COUNT(*) FROM sqlite_master", [], |_| Ok(()))?;
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
        raw.create_scalar_function("strpos", 2, flags, |context| {
            let (text, part): (Option<String>, Option<String>) = (context.get(0)?, context.get(1)?);
            Ok(text.zip(part).map(|(text, part)| position(&text, &part)))
        })?;
        Ok(Self {
            raw,
            limits,
            statement_timeout: settings.statement_timeout,
            rewritten: RefCell::default(),
        })
    }

    /// Opens a file that is no database in use but an archive: without a log and without a limit of time.
    pub(crate) fn open_archive(path: &Path, access: Access) -> Result<Self, Error> {
        let set_up = || -> Result<rusqlite::Connection, rusqlite::Error> {
            let writes = match access {
                Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
                Access::Fill => OpenFlags::SQLITE_OPEN_READ_WRITE,
            };
            let raw = rusqlite::Connection::open_with_flags(path, writes | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            // Whoever made the file may have made it to do harm.
            raw.pragma_update(None, "trusted_schema", false)?;
            raw.pragma_update(None, "cell_size_check", true)?;
            raw.pragma_update(None, "mmap_size", 0)?;
            raw.pragma_update(None, "cache_size", ARCHIVE_CACHE)?;
            match access {
                Access::Read => raw.pragma_update(None, "query_only", true)?,
                Access::Fill => {
                    // What is not complete is thrown away; what is, is synced by whoever wanted it.
                    let _: String = raw.pragma_update_and_check(None, "journal_mode", "memory", |row| row.get(0))?;
                    raw.pragma_update(None, "synchronous", "OFF")?;
                    // What is left out is not to be found in the file's free pages.
                    let _: i64 = raw.pragma_update_and_check(None, "secure_delete", true, |row| row.get(0))?;
                }
            }
            raw.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(raw)
        };
        Ok(Self {
            raw: set_up().map_err(|error| fault(error, "open"))?,
            limits: Arc::new(Limits {
                start: Instant::now(),
                statement_ends: AtomicU64::new(0),
                patience: AtomicU64::new(0),
            }),
            statement_timeout: NO_LIMIT,
            rewritten: RefCell::default(),
        })
    }

    /// Calls `told` with the length of the log in pages after every commit.
    pub(super) fn watch_log(&mut self, mut told: impl FnMut(u64) + Send + 'static) -> Result<(), Error> {
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            told(pages.unsigned_abs().into());
            Ok(())
        };
        self.raw
            .wal_hook(Some(hook))
            .map_err(|error| fault(error, "watch the log"))
    }

    /// How long to wait for locks from now on.
    pub(super) fn set_patience(&self, patience: Option<Duration>) {
        self.limits
            .patience
            .store(patience.unwrap_or(PATIENCE).as_millis() as u64, Relaxed);
    }

    /// Whether no transaction is open.
    pub(super) fn is_idle(&self) -> bool {
        self.raw.is_autocommit()
    }

    /// Runs statements that have neither values nor rows, without a limit of time.
    pub(crate) fn command(&self, sql: &str) -> Result<(), Error> {
        self.raw.execute_batch(sql).map_err(|error| fault(error, sql))
    }

    /// The same for the frame of transactions: prepared once.
    pub(super) fn frame(&self, sql: &str) -> Result<(), Error> {
        let run = || self.raw.prepare_cached(sql)?.raw_execute();
        run().map(drop).map_err(|error| fault(error, sql))
    }

    /// Ends the open transaction, if there still is one.
    pub(super) fn roll_back(&self) {
        if !self.is_idle()
            && let Err(error) = self.frame("ROLLBACK")
        {
            tracing::error!(%error, "could not roll back");
        }
    }

    /// Prepares a statement and forgets it.
    pub(super) fn check(&self, sql: &str) -> Result<(), Error> {
        self.raw
            .prepare(&dialect::statement(sql, Engine::Sqlite))
            .map(drop)
            .map_err(|error| fault(error, sql))
    }

    pub(crate) fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let mut all = Vec::new();
        self.each(sql, params, |row| {
            all.push(row);
            Ok(())
        })?;
        Ok(all)
    }

    /// Calls `take` with one row after the other, until one is refused.
    pub(crate) fn each(
        &self,
        sql: &str,
        params: &[Value],
        mut take: impl FnMut(Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let _limited = self.limited();
        let mut run = || -> Result<(), Failure> {
            let mut statement = self.bound(sql, params)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                // Asked here, because the first step prepares the statement anew when the schema has changed.
                let columns = row.as_ref().column_count();
                let mut values = Vec::with_capacity(columns);
                for column in 0..columns {
                    values.push(value(column, row.get_ref(column)?)?);
                }
                take(Row::new(values)).map_err(Failure::Ours)?;
            }
            Ok(())
        };
        run().map_err(|failure| failure.told(sql))
    }

    pub(crate) fn execute(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let _limited = self.limited();
        let run = || -> Result<u64, Failure> { Ok(self.bound(sql, params)?.raw_execute()? as u64) };
        run().map_err(|failure| failure.told(sql))
    }

    fn limited(&self) -> Limited<'_> {
        let ends = self.limits.now() + self.statement_timeout.as_millis() as u64;
        self.limits.statement_ends.store(ends.max(1), Relaxed);
        Limited(&self.limits)
    }

    fn prepared(&self, sql: &str) -> Result<CachedStatement<'_>, rusqlite::Error> {
        if let Some(text) = self.rewritten.borrow().get(sql) {
            return self.raw.prepare_cached(text);
        }
        let text = dialect::statement(sql, Engine::Sqlite);
        if let Cow::Owned(text) = &text {
            let mut rewritten = self.rewritten.borrow_mut();
            // Lists with filters bring new texts all the time.
            if rewritten.len() >= STATEMENTS {
                rewritten.clear();
            }
            rewritten.insert(sql.to_owned(), text.as_str().into());
        }
        self.raw.prepare_cached(&text)
    }

    fn bound(&self, sql: &str, params: &[Value]) -> Result<CachedStatement<'_>, Failure> {
        let mut statement = self.prepared(sql)?;
        let wanted = statement.parameter_count();
        if wanted != params.len() {
            return Err(Failure::Ours(Error::statement(
                sql,
                format!("it takes {wanted} values and got {}", params.len()),
            )));
        }
        for (place, value) in params.iter().enumerate() {
            statement.raw_bind_parameter(place + 1, value)?;
        }
        Ok(statement)
    }
}

/// What PostgreSQL's function of that name answers: the first place of a part in a text, from 1, or 0.
fn position(text: &str, part: &str) -> i64 {
    text.find(part)
        .map_or(0, |byte| text[..byte].chars().count() as i64 + 1)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bool(truth) => ValueRef::Integer((*truth).into()),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Uuid(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

fn value(column: usize, raw: ValueRef<'_>) -> Result<Value, Failure> {
    let strange = |found: &str| {
        Failure::Ours(Error::Type {
            column,
            wanted: "a value",
            found: found.into(),
        })
    };
    Ok(match raw {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(_) => return Err(strange("a floating-point number")),
        ValueRef::Text(bytes) => Value::Text(
            str::from_utf8(bytes)
                .map_err(|_| strange("text that is not UTF-8"))?
                .into(),
        ),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.into()),
    })
}

enum Failure {
    Raw(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Raw(error)
    }
}

impl Failure {
    fn told(self, sql: &str) -> Error {
        match self {
            Self::Raw(error) => fault(error, sql),
            Self::Ours(error) => error,
        }
    }
}

fn fault(error: rusqlite::Error, sql: &str) -> Error {
    let Some(code) = error.sqlite_error().copied() else {
        return Error::Statement {
            sql: beginning(sql),
            source: Arc::new(error),
        };
    };
    let source = Arc::new(error);
    match code.code {
        ErrorCode::DiskFull => Error::Full { source },
        // There is no room for the index of the log, which every start makes anew.
        _ if code.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Error::Full { source },
        ErrorCode::ReadOnly => Error::ReadOnly { source },
        ErrorCode::OperationInterrupted => Error::Interrupted { source },
        ErrorCode::ConstraintViolation
            if matches!(
                code.extended_code,
                ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
            ) =>
        {
            Error::Conflict { source }
        }
        ErrorCode::DatabaseBusy => Error::Unavailable {
            source: cause("another process holds it"),
        },
        ErrorCode::DatabaseLocked
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::PermissionDenied
        | ErrorCode::OutOfMemory
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::NotADatabase => Error::Unavailable { source },
        _ => Error::Statement {
            sql: beginning(sql),
            source,
        },
    }
}
