//! Moving the write-ahead log into the database file.
//!
//! A thread of its own copies what is committed (PASSIVE: it waits for nobody). While readers and the writer leave no gap,
//! SQLite cannot begin the log anew, and it grows; from 64 MiB on the writer makes the gap itself, between two groups.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::connection::{Connection, Settings};
use super::thread;
use crate::error::Error;

/// After so many pages since the last time the thread copies.
const PAGES: u64 = 1000;

/// From this length of the log on the writer begins it anew.
const RESTART_BYTES: u64 = 64 << 20;

/// How much longer the log gets before another try, when a reader was in the way.
const RETRY_BYTES: u64 = 16 << 20;

/// How long the writer waits for readers to leave the log.
const RESTART_PATIENCE: Duration = Duration::from_millis(50);

/// The writer's side: how long the log is and whom to tell.
pub(super) struct Log {
    pages: Arc<AtomicU64>,
    told: u64,
    restart_at: u64,
    page_bytes: u64,
    checkpointer: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Log {
    /// Watches the log through the writer's connection and starts the thread, which ends with this value.
    pub(super) fn watch(path: &Path, settings: Settings, writer: &mut Connection) -> Result<Self, Error> {
        let mut rows = writer.query("PRAGMA page_size", &[])?;
        let page_bytes: i64 = rows.first_mut().map_or(Ok(4096), |row| row.take(0))?;
        let pages = Arc::new(AtomicU64::new(0));
        let ours = Arc::clone(&pages);
        writer.watch_log(move |length| ours.store(length, Relaxed))?;
        let connection = Connection::open(path, settings)?;
        let (checkpointer, calls) = sync_channel(1);
        let thread = thread("db-checkpoint", move || {
            while calls.recv().is_ok() {
                if let Err(error) = connection.query("PRAGMA wal_checkpoint(PASSIVE)", &[]) {
                    tracing::warn!(%error, "could not move the write-ahead log");
                }
            }
        })?;
        Ok(Self {
            pages,
            told: 0,
            restart_at: RESTART_BYTES,
            page_bytes: page_bytes.unsigned_abs(),
            checkpointer,
            thread,
        })
    }

    /// Waits for the end of the thread. While it copies, nobody else can: SQLite turns away a second one without waiting.
    pub(super) fn end(self) {
        drop(self.checkpointer);
        if self.thread.join().is_err() {
            tracing::error!("the thread that moves the write-ahead log panicked");
        }
    }

    /// Looks at the log after a commit.
    pub(super) fn committed(&mut self, writer: &Connection) {
        let pages = self.pages.load(Relaxed);
        if pages < self.told {
            // It was begun anew.
            (self.told, self.restart_at) = (0, RESTART_BYTES);
        }
        if pages >= self.told + PAGES {
            self.told = pages;
            // If a call already waits, that one will do.
            let _ = self.checkpointer.try_send(());
        }
        if pages * self.page_bytes >= self.restart_at {
            self.restart_at = pages * self.page_bytes + RETRY_BYTES;
            writer.set_patience(Some(RESTART_PATIENCE));
            empty(writer, "RESTART");
            writer.set_patience(None);
        }
    }
}

/// Copies all of the log and begins it anew, or cuts it; as far as readers allow.
pub(super) fn empty(writer: &Connection, how: &str) {
    if let Err(error) = try_empty(writer, how) {
        tracing::warn!(%error, "could not empty the write-ahead log");
    }
}

/// The same for who says by themselves what a failure means. Whether it was done: readers, or the thread that is just copying,
/// may have been in the way.
pub(super) fn try_empty(writer: &Connection, how: &str) -> Result<bool, Error> {
    let mut rows = writer.query(&format!("PRAGMA wal_checkpoint({how})"), &[])?;
    let busy: i64 = rows.first_mut().map_or(Ok(0), |row| row.take(0))?;
    Ok(busy == 0)
}
