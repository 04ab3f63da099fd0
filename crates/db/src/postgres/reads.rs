//! Statements outside of transactions: no thread, and no round trip but their own.

use std::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, PoisonError};

use tokio::sync::futures::Notified;
use tokio::sync::{Mutex, Notify, Semaphore};

use super::server::Server;
use super::session::Session;
use crate::error::Error;
use crate::row::Row;
use crate::value::Value;

/// Connections that many reads use at once, each sending without waiting for the others' answers.
pub(super) struct Shared {
    server: Arc<Server>,
    slots: Vec<Mutex<Slot>>,
    next: AtomicUsize,
    pressure: Arc<Pressure>,
}

/// How many reads are on their way, and what they leave to those who write.
pub(super) struct Pressure {
    reads: AtomicUsize,
    connections: usize,
    /// Whether somebody was kept from writing, who is to be woken once no read waits any more.
    kept: AtomicBool,
    eased: Notify,
}

impl Pressure {
    pub(super) fn new(connections: usize) -> Self {
        Self {
            reads: AtomicUsize::new(0),
            connections,
            kept: AtomicBool::new(false),
            eased: Notify::new(),
        }
    }

    /// How many transactions may run at once: while reads wait behind one another, a quarter of the connections for reads.
    pub(super) fn leaves(&self) -> usize {
        if self.reads.load(SeqCst) > self.connections {
            self.connections.div_ceil(4)
        } else {
            usize::MAX
        }
    }

    /// Notes that so many run and another one is kept from it; false where that holds no more, and nobody will be woken.
    pub(super) fn keeps(&self, running: usize) -> bool {
        self.kept.store(true, SeqCst);
        running >= self.leaves()
    }

    /// Wakes whoever was kept, once no read waits any more.
    pub(super) fn eased(&self) -> Notified<'_> {
        self.eased.notified()
    }

    pub(super) fn begin(&self) -> Reading<'_> {
        self.reads.fetch_add(1, SeqCst);
        Reading(self)
    }
}

/// One read on its way.
pub(super) struct Reading<'a>(&'a Pressure);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let before = self.0.reads.fetch_sub(1, SeqCst);
        if before == self.0.connections + 1 && self.0.kept.swap(false, SeqCst) {
            self.0.eased.notify_waiters();
        }
    }
}

enum Slot {
    Empty,
    Connected(Arc<Session>),
    Closed,
}

impl Shared {
    pub(super) fn new(size: usize, server: &Arc<Server>, pressure: Arc<Pressure>) -> Self {
        let slots = (0..size).map(|_| Mutex::new(Slot::Empty)).collect();
        Self {
            server: Arc::clone(server),
            slots,
            next: AtomicUsize::new(0),
            pressure,
        }
    }

    pub(super) async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let _reading = self.pressure.begin();
        let session = self.session().await?;
        match session.query(sql, params).await {
            Err(error) => self.again(&session, &error).await?.query(sql, params).await,
            rows => rows,
        }
    }

    pub(super) async fn prepare(&self, sql: &str) -> Result<(), Error> {
        let session = self.session().await?;
        match session.prepare(sql).await {
            Err(error) => self.again(&session, &error).await?.prepare(sql).await.map(drop),
            Ok(_) => Ok(()),
        }
    }

    pub(super) async fn close(&self) {
        for slot in &self.slots {
            *slot.lock().await = Slot::Closed;
        }
    }

    /// The next connection in turn, made anew if it is gone. Others who want it wait for the same one.
    async fn session(&self) -> Result<Arc<Session>, Error> {
        let turn = self.next.fetch_add(1, Relaxed) % self.slots.len();
        let mut slot = self.slots[turn].lock().await;
        match &*slot {
            Slot::Closed => Err(Error::Closed),
            Slot::Connected(session) if !session.is_closed() => Ok(Arc::clone(session)),
            _ => {
                let session = Arc::new(self.server.connect().await?);
                *slot = Slot::Connected(Arc::clone(&session));
                Ok(session)
            }
        }
    }

    /// Where to try once more, if that may help: a read changes nothing.
    async fn again(&self, failed: &Arc<Session>, error: &Error) -> Result<Arc<Session>, Error> {
        match again(failed, error) {
            Again::Same => Ok(Arc::clone(failed)),
            Again::Fresh => Ok(Arc::new(self.server.connect().await?)),
            Again::No => Err(error.clone()),
        }
    }
}

/// Connections lent to one scan at a time.
pub(super) struct Scanners {
    server: Arc<Server>,
    permits: Semaphore,
    idle: std::sync::Mutex<Vec<Session>>,
}

impl Scanners {
    pub(super) fn new(size: usize, server: &Arc<Server>) -> Self {
        Self {
            server: Arc::clone(server),
            permits: Semaphore::new(size),
            idle: std::sync::Mutex::default(),
        }
    }

    pub(super) async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let _permit = self.permits.acquire().await.map_err(|_| Error::Closed)?;
        let idle = self.lock().pop().filter(|session| !session.is_closed());
        let mut session = match idle {
            Some(session) => session,
            None => self.server.connect().await?,
        };
        let mut rows = session.query(sql, params).await;
        if let Err(error) = &rows {
            match again(&session, error) {
                Again::Same => rows = session.query(sql, params).await,
                Again::Fresh => {
                    session = self.server.connect().await?;
                    rows = session.query(sql, params).await;
                }
                Again::No => {}
            }
        }
        // A future that was dropped before has dropped its connection, which may still be busy.
        if !self.permits.is_closed() {
            self.lock().push(session);
        }
        rows
    }

    /// How many scans could begin at once.
    pub(super) fn free(&self) -> usize {
        self.permits.available_permits()
    }

    pub(super) fn close(&self) {
        self.permits.close();
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Again {
    No,
    Same,
    Fresh,
}

fn again(failed: &Session, error: &Error) -> Again {
    match error {
        Error::Unavailable { .. } => Again::Fresh,
        // The only conflict a single read meets is a schema that changed.
        Error::Conflict { .. } => {
            failed.forget_statements();
            Again::Same
        }
        _ => Again::No,
    }
}
