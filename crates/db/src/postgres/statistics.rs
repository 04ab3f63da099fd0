//! What the planner knows of tables that grow.
//!
//! PostgreSQL looks at a table by itself once a minute at most. Until then it takes a realm for small and walks through it where
//! an index would answer: what a first load needs least. So a process looks itself, ever more rarely, as it writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::runtime::Handle;

use super::server::Server;
use crate::error::Error;

/// So many rows have been written when a process looks for the first time, twice as many each time after.
const FIRST: u64 = 1_024;

/// Tables that have more than doubled since PostgreSQL looked at them. The first pages are not worth a look.
const GROWN: &str = "SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = quote_ident(current_schema())::regnamespace
      AND pg_relation_size(c.oid) / current_setting('block_size')::bigint > 2 * c.relpages + 4";

/// Counts what is written, and looks at what has grown.
pub(super) struct Statistics {
    server: Arc<Server>,
    runtime: Handle,
    written: AtomicU64,
    next: AtomicU64,
}

impl Statistics {
    /// Looks on this runtime, beside those who write.
    pub(super) fn new(server: &Arc<Server>, runtime: Handle) -> Self {
        Self {
            server: Arc::clone(server),
            runtime,
            written: AtomicU64::new(0),
            next: AtomicU64::new(FIRST),
        }
    }

    /// So many rows more, those read on the way among them. Nobody waits for what follows from it.
    pub(super) fn wrote(&self, rows: u64) {
        let written = self.written.fetch_add(rows, Relaxed).saturating_add(rows);
        let next = self.next.load(Relaxed);
        let later = written.saturating_mul(2);
        if written < next || self.next.compare_exchange(next, later, Relaxed, Relaxed).is_err() {
            return;
        }
        let server = Arc::clone(&self.server);
        self.runtime.spawn(async move {
            if let Err(error) = look(&server).await {
                tracing::warn!(%error, "PostgreSQL's planner does not hear how the tables have grown until autovacuum tells it");
            }
        });
    }
}

/// On a connection that ends with it: it is needed a few times in the life of a process. Who is not the owner of the tables
/// looks in vain.
async fn look(server: &Server) -> Result<(), Error> {
    let session = server.connect().await?;
    // A large table takes its time.
    session.batch("SET statement_timeout = 0").await?;
    let mut outcome = Ok(());
    for mut row in session.query(GROWN, &[]).await? {
        let table: String = row.take(0)?;
        // Another process may be looking already. What cannot be looked at is not in the way of the others.
        let looked = session.batch(&format!("ANALYZE (SKIP_LOCKED) {table}")).await;
        outcome = outcome.and(looked);
    }
    outcome
}
