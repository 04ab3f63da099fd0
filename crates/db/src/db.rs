//! The database: opening, writing, reading, closing.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Retryable, cause};
use crate::migrate::{self, Migration};
use crate::options::{Engine, Location, Options};
use crate::postgres::Postgres;
use crate::row::Row;
use crate::sqlite::Sqlite;
use crate::tx::Tx;
use crate::value::Value;
use crate::work;

/// A database. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Db {
    on: Arc<On>,
    committed: Arc<AtomicU64>,
}

/// What a database runs on.
pub(crate) enum On {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// How busy a database is in this process at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Transactions that wait for a writer, and how many may before their callers wait to hand them in.
    pub waiting: usize,
    /// The room for waiting transactions.
    pub room: usize,
    /// Connections that are at a scan, and how many there are.
    pub scanning: usize,
    /// The connections for scans.
    pub scanners: usize,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db")
            .field("engine", &self.engine())
            .finish_non_exhaustive()
    }
}

impl Db {
    /// Opens a database. Call it on the runtime that is to drive its connections.
    ///
    /// # Errors
    /// It cannot be reached or does not suit.
    pub async fn open(location: &Location, options: &Options) -> Result<Self, Error> {
        let on = match location {
            Location::Sqlite(path) => On::Sqlite(Sqlite::open(path, options).await?),
            Location::Postgres(url) => On::Postgres(Postgres::open(url, options).await?),
        };
        Ok(Self {
            on: Arc::new(on),
            committed: Arc::default(),
        })
    }

    /// The engine it runs on.
    pub fn engine(&self) -> Engine {
        match *self.on {
            On::Sqlite(_) => Engine::Sqlite,
            On::Postgres(_) => Engine::Postgres,
        }
    }

    /// Applies the migrations that are missing, each in a transaction of its own, under a lock that keeps other processes
    /// out. Answers with the numbers applied now.
    ///
    /// # Errors
    /// [`Error::Migration`] when an applied one was edited since, the database has one that is not in the list, or one
    /// fails; those before it stay applied.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<Vec<u32>, Error> {
        migrate::check_order(migrations)?;
        match &*self.on {
            On::Sqlite(sqlite) => sqlite.migrate(migrations, None).await,
            On::Postgres(postgres) => postgres.migrate(migrations, None).await,
        }
    }

    /// The numbers of the migrations that were applied, ascending; none on a fresh database.
    ///
    /// # Errors
    /// A restore into it was not finished, or the database failed.
    pub async fn applied(&self) -> Result<Vec<u32>, Error> {
        migrate::numbers(self.migrations().await?)
    }

    /// Whether a restore into it has begun and not ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_half_restored(&self) -> Result<bool, Error> {
        let rows = self.migrations().await?;
        Ok(rows
            .iter()
            .any(|row| row.values().first() == Some(&Value::Int(migrate::RESTORING.into()))))
    }

    /// The rows of [`migrate::APPLIED`].
    async fn migrations(&self) -> Result<Vec<Row>, Error> {
        let known = match &*self.on {
            On::Sqlite(_) => migrate::KNOWN_SQLITE,
            On::Postgres(_) => migrate::KNOWN_POSTGRES,
        };
        if self.query(known, &[]).await?.is_empty() {
            return Ok(Vec::new());
        }
        self.query(migrate::APPLIED, &[]).await
    }

    /// What it runs on.
    pub(crate) fn on(&self) -> &On {
        &self.on
    }

    /// Runs one write transaction. The body may run again (after a deadlock, a unique violation that slipped through a
    /// guard, a lost connection, or when a batch it shared was rolled back), so it changes nothing but the transaction.
    ///
    /// When the future is dropped, a body that has not begun is skipped and one that has runs to its end.
    ///
    /// # Errors
    /// What the body says, or a fault of the database. Nothing is changed then, save for [`Error::OutcomeUnknown`].
    pub async fn write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Retryable + Send + 'static,
    {
        let (work, answer) = work::pack(body);
        match &*self.on {
            On::Sqlite(sqlite) => sqlite.submit(work).await?,
            On::Postgres(postgres) => postgres.submit(work).await?,
        }
        let answer = answer.await.unwrap_or_else(|_| {
            Err(Error::OutcomeUnknown {
                source: cause("the thread that ran it is gone"),
            }
            .into())
        });
        if answer.is_ok() {
            self.committed.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// How many write transactions have ended well since it was opened. Several that SQLite committed together are several.
    pub fn committed(&self) -> u64 {
        self.committed.load(Ordering::Relaxed)
    }

    /// Runs one read that an index answers. SQLite runs it on the calling thread, PostgreSQL on a connection that other
    /// reads share.
    ///
    /// # Errors
    /// The statement or the database failed.
    pub async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        match &*self.on {
            On::Sqlite(sqlite) => sqlite.query(sql, params).await,
            On::Postgres(postgres) => postgres.query(sql, params).await,
        }
    }

    /// Runs one read that may look at many rows, on a connection of its own and off the async threads.
    ///
    /// # Errors
    /// The statement or the database failed.
    pub async fn scan(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        match &*self.on {
            On::Sqlite(sqlite) => sqlite.scan(sql, params).await,
            On::Postgres(postgres) => postgres.scan(sql, params).await,
        }
    }

    /// Checks a statement against the schema without running it.
    ///
    /// # Errors
    /// [`Error::Statement`] when the engine does not take it.
    pub async fn prepare(&self, sql: &str) -> Result<(), Error> {
        match &*self.on {
            On::Sqlite(sqlite) => sqlite.prepare(sql).await,
            On::Postgres(postgres) => postgres.prepare(sql).await,
        }
    }

    /// The settings that decide whether an answered write survives, by name, read back from a connection that writes.
    ///
    /// # Errors
    /// The database failed.
    pub async fn durability(&self) -> Result<Vec<(String, String)>, Error> {
        match &*self.on {
            On::Sqlite(_) => self.write(crate::sqlite::durability).await,
            On::Postgres(_) => self.write(crate::postgres::durability).await,
        }
    }

    /// How busy it is in this process.
    pub fn load(&self) -> Load {
        match &*self.on {
            On::Sqlite(sqlite) => sqlite.load(),
            On::Postgres(postgres) => postgres.load(),
        }
    }

    /// Finishes what is queued and lets go of the database. What comes later gets [`Error::Closed`].
    pub async fn close(&self) {
        match &*self.on {
            On::Sqlite(sqlite) => sqlite.close().await,
            On::Postgres(postgres) => postgres.close().await,
        }
    }
}
