//! Connections that read, up to a fixed number.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{Connection, Settings};
use crate::error::Error;

/// Connections that read, each lent to one statement at a time. One is opened when all others are on loan: each holds its own
/// picture of the schema and its own pages, and few are ever needed at once.
pub(super) struct Readers {
    path: PathBuf,
    settings: Settings,
    /// The one that came back last is lent first: it has most of what is asked for in memory.
    free: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    size: u32,
}

impl Readers {
    pub(super) fn open(path: &Path, settings: Settings, size: usize) -> Result<Arc<Self>, Error> {
        // What stands in the way of one is told now.
        let first = Connection::open_reading(path, settings)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            settings,
            free: Mutex::new(vec![first]),
            permits: Arc::new(Semaphore::new(size)),
            size: size as u32,
        }))
    }

    /// Waits for a connection.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Reader, Error> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| Error::Closed)?;
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match free {
            Some(connection) => connection,
            None => Connection::open_reading(&self.path, self.settings)?,
        };
        Ok(Reader {
            connection: Some(connection),
            home: Arc::clone(self),
            _permit: permit,
        })
    }

    /// How many are not on loan.
    pub(super) fn free(&self) -> usize {
        self.permits.available_permits()
    }

    /// Waits until all are back, and drops them.
    pub(super) async fn close(&self) {
        let _all = self.permits.acquire_many(self.size).await;
        self.permits.close();
        self.free.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A connection on loan. It goes back when it is dropped, also by a panic.
pub(super) struct Reader {
    connection: Option<Connection>,
    home: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("the connection is there until drop")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }
}
