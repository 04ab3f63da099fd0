//! PostgreSQL: a few threads that run the bodies of transactions, each on a connection of its own; reads without a thread.
//!
//! - `server` is where the server is and how a connection to it is made, `tls` how it is encrypted.
//! - `session` is one connection with its prepared statements; `bind` its values.
//! - `tx` is a transaction in few round trips, `worker` the thread that runs bodies, and runs them again; `queue` is what waits
//!   for one.
//! - `reads` answers statements outside of transactions, `snapshot` reads everything as it is at one instant.
//! - `statistics` keeps the planner informed while tables grow.

mod bind;
mod queue;
mod reads;
mod server;
mod session;
mod snapshot;
mod statements;
mod statistics;
mod tls;
mod tx;
mod worker;

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::watch;

use self::queue::Queue;
use self::reads::{Pressure, Scanners, Shared};
use self::server::Server;
use self::session::Session;
pub(crate) use self::snapshot::Snapshot;
use self::statistics::Statistics;
pub(crate) use self::tx::PostgresTx;
use crate::db::Load;
use crate::dialect;
use crate::error::Error;
use crate::migrate::{self, Migration};
use crate::options::{Engine, Options};
use crate::row::Row;
use crate::tx::Tx;
use crate::value::Value;
use crate::work::Work;

/// How many scans run at once.
const SCANNERS: usize = 2;

/// What a connection that migrates is told: statements may take their time, but servers that still work are not kept waiting
/// for long behind one that waits for a table.
const MIGRATING: &str =
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '5s'";

/// How often a migration begins again when it could not get its tables: for up to five minutes.
const TRIES: u32 = 60;

/// More threads than this are slower, not faster. [`Tx::lane`] counts them.
const WORKERS: usize = 16;

/// A PostgreSQL database in use.
pub(crate) struct Postgres {
    server: Arc<Server>,
    queue: Arc<Queue>,
    /// Ends when the last worker has ended.
    working: watch::Receiver<()>,
    shared: Shared,
    scanners: Scanners,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: &Options) -> Result<Self, Error> {
        let server = Arc::new(Server::parse(url, options)?);
        server.check().await?;
        let readers = options.readers.max(1);
        let workers = options.connections.saturating_sub(readers + SCANNERS).clamp(1, WORKERS);
        let pressure = Arc::new(Pressure::new(readers));
        let queue = Arc::new(Queue::new(Arc::clone(&pressure)));
        let statistics = Arc::new(Statistics::new(&server, Handle::current()));
        // Where one cannot be started, those that were have nothing to wait for.
        let working = worker::start(workers, &server, &queue, &statistics).inspect_err(|_| queue.close())?;
        Ok(Self {
            queue,
            working,
            shared: Shared::new(readers, &server, pressure),
            scanners: Scanners::new(SCANNERS, &server),
            server,
        })
    }

    pub(crate) fn load(&self) -> Load {
        Load {
            waiting: self.queue.len(),
            room: queue::ROOM,
            scanning: SCANNERS - self.scanners.free().min(SCANNERS),
            scanners: SCANNERS,
        }
    }

    pub(crate) async fn submit(&self, work: Box<dyn Work>) -> Result<(), Error> {
        self.queue.put(work).await
    }

    pub(crate) async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.shared.query(sql, params).await
    }

    pub(crate) async fn scan(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.scanners.query(sql, params).await
    }

    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), Error> {
        self.shared.prepare(sql).await
    }

    /// Begins to read everything as it is at one instant, on a connection of its own.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, Error> {
        Snapshot::begin(&self.server).await
    }

    pub(crate) async fn migrate(&self, migrations: &[Migration], mark: Option<&[u8]>) -> Result<Vec<u32>, Error> {
        // A connection of its own, which nothing it does can spoil for others. A migration may take its time.
        let session = self.server.connect().await?;
        session.batch(MIGRATING).await?;
        let (mut applied, mut left) = (Vec::new(), TRIES);
        loop {
            match migrate_one(&session, migrations, mark).await {
                Ok(Some(number)) => applied.push(number),
                Ok(None) => return Ok(applied),
                // Others hold tables that it needs, and perhaps wait for those it holds.
                Err(Error::Conflict { .. }) if left > 0 => {
                    left -= 1;
                    session.batch("ROLLBACK").await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) async fn close(&self) {
        self.queue.close();
        let mut working = self.working.clone();
        while working.changed().await.is_ok() {}
        self.shared.close().await;
        self.scanners.close();
    }
}

/// Applies the next migration that is missing, if there is one, and answers with its number.
async fn migrate_one(session: &Session, migrations: &[Migration], mark: Option<&[u8]>) -> Result<Option<u32>, Error> {
    session.batch("BEGIN").await?;
    // Waits for any other process that is migrating, and then looks at what it has done.
    session.batch(migrate::POSTGRES_LOCK).await?;
    session
        .batch(&dialect::migration(migrate::CREATE, Engine::Postgres))
        .await?;
    let there = session.query(migrate::APPLIED, &[]).await?;
    let Some(migration) = migrate::next_missing(there, migrations, mark)? else {
        session.batch("COMMIT").await?;
        return Ok(None);
    };
    session.batch(&migration.text(Engine::Postgres)).await?;
    session.query(migrate::RECORD, &migration.record()).await?;
    session.batch("COMMIT").await.map_err(Error::while_committing)?;
    Ok(Some(migration.number))
}

impl Drop for Postgres {
    /// The threads end by themselves once nobody can give them anything.
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// What a connection that writes says of itself and its server.
pub(crate) fn durability(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, Error> {
    const SETTINGS: [&str; 3] = ["synchronous_commit", "fsync", "full_page_writes"];
    let mut settings = Vec::new();
    for name in SETTINGS {
        for mut row in tx.query("SELECT current_setting(?1)", &[name.into()])? {
            settings.push((name.to_owned(), row.take(0)?));
        }
    }
    Ok(settings)
}
