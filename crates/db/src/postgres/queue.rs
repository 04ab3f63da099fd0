//! What waits for a thread.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};

use crate::error::Error;
use crate::work::Work;

/// How many transactions may wait for a thread before their callers wait to hand them in.
pub(super) const ROOM: usize = 1024;

/// The bodies that wait, first come, first served. Of the threads that wait the one goes first that came last: its connection
/// is warm, and where one is enough no other is opened.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    room: Semaphore,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Box<dyn Work>>,
    closed: bool,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            room: Semaphore::new(ROOM),
            arrived: Notify::new(),
        }
    }
}

impl Queue {
    pub(super) async fn put(&self, work: Box<dyn Work>) -> Result<(), Error> {
        self.room.acquire().await.map_err(|_| Error::Closed)?.forget();
        {
            let mut waiting = self.lock();
            if waiting.closed {
                return Err(Error::Closed);
            }
            waiting.work.push_back(work);
        }
        self.arrived.notify_last();
        Ok(())
    }

    /// The next of them; none once it is closed and empty.
    pub(super) async fn next(&self) -> Option<Box<dyn Work>> {
        loop {
            // From here on, what arrives wakes this thread or another that waits.
            let mut arrived = pin!(self.arrived.notified());
            arrived.as_mut().enable();
            {
                let mut waiting = self.lock();
                if let Some(work) = waiting.work.pop_front() {
                    self.room.add_permits(1);
                    return Some(work);
                }
                if waiting.closed {
                    return None;
                }
            }
            arrived.await;
        }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lock().work.len()
    }

    /// Takes no more; what waits is still given out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.room.close();
        self.arrived.notify_waiters();
    }

    /// Drops what waits; who handed it in is told that nobody ran it.
    pub(super) fn clear(&self) {
        self.lock().work.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
