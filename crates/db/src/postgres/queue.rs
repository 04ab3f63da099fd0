//! What waits for a thread.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};

use super::reads::Pressure;
use crate::error::Error;
use crate::work::Work;

/// How many transactions may wait for a thread before their callers wait to hand them in.
pub(super) const ROOM: usize = 1024;

/// The bodies that wait, first come, first served. Of the threads that wait the one goes first that came last: its connection
/// is warm, and where one is enough no other is opened. While reads wait behind one another, fewer bodies run at once: each
/// connection is a process of the server, which would share its processors among them by their number.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    room: Semaphore,
    arrived: Notify,
    reads: Arc<Pressure>,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Box<dyn Work>>,
    /// How many bodies run.
    running: usize,
    closed: bool,
}

/// Held while a body runs.
pub(super) struct Turn<'a>(&'a Queue);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let (more, closed) = {
            let mut waiting = self.0.lock();
            waiting.running -= 1;
            (!waiting.work.is_empty(), waiting.closed)
        };
        // Some may have been kept from running that no longer are, and at the end all want to know of it.
        if closed {
            self.0.arrived.notify_waiters();
        } else if more {
            self.0.arrived.notify_last();
        }
    }
}

impl Queue {
    pub(super) fn new(reads: Arc<Pressure>) -> Self {
        Self {
            waiting: Mutex::default(),
            room: Semaphore::new(ROOM),
            arrived: Notify::new(),
            reads,
        }
    }

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
    pub(super) async fn next(&self) -> Option<(Box<dyn Work>, Turn<'_>)> {
        loop {
            // From here on, what arrives wakes this thread or another that waits.
            let (mut arrived, mut eased) = (pin!(self.arrived.notified()), pin!(self.reads.eased()));
            arrived.as_mut().enable();
            eased.as_mut().enable();
            {
                let mut waiting = self.lock();
                let may = !waiting.work.is_empty()
                    && (waiting.running < self.reads.leaves() || !self.reads.keeps(waiting.running));
                if may && let Some(work) = waiting.work.pop_front() {
                    waiting.running += 1;
                    self.room.add_permits(1);
                    return Some((work, Turn(self)));
                }
                if waiting.closed && waiting.work.is_empty() {
                    return None;
                }
            }
            tokio::select! {
                () = arrived => {}
                () = eased => {}
            }
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

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::{Arc, Pressure, Queue, Turn, pin};
    use crate::error::Error;
    use crate::tx::Tx;
    use crate::work;

    async fn filled(reads: &Arc<Pressure>, bodies: usize) -> Queue {
        let queue = Queue::new(Arc::clone(reads));
        for _ in 0..bodies {
            let (work, _answer) = work::pack(|_: &mut Tx<'_>| Ok::<_, Error>(()));
            queue.put(work).await.expect("it is open");
        }
        queue
    }

    /// What a thread gets that asks now.
    fn asked(queue: &Queue) -> Poll<Option<Turn<'_>>> {
        let next = pin!(queue.next());
        next.poll(&mut Context::from_waker(Waker::noop()))
            .map(|next| next.map(|(_, turn)| turn))
    }

    #[tokio::test]
    async fn while_reads_wait_fewer_bodies_run() {
        let reads = Arc::new(Pressure::new(2));
        let queue = filled(&reads, 3).await;
        let waiting = [reads.begin(), reads.begin(), reads.begin()];
        let Poll::Ready(Some(first)) = asked(&queue) else {
            panic!("one always runs");
        };
        assert!(asked(&queue).is_pending(), "two connections read, one writes");
        drop(first);
        let Poll::Ready(Some(_second)) = asked(&queue) else {
            panic!("the one before has ended");
        };
        drop(waiting);
        assert!(asked(&queue).is_ready(), "no read waits any more");
    }

    #[tokio::test]
    async fn where_reads_do_not_wait_all_run() {
        let reads = Arc::new(Pressure::new(2));
        let queue = filled(&reads, 3).await;
        let _under_way = [reads.begin(), reads.begin()];
        let turns = [asked(&queue), asked(&queue), asked(&queue)];
        assert!(turns.iter().all(Poll::is_ready));
    }

    #[tokio::test]
    async fn who_is_kept_waiting_is_woken_by_whoever_ends() {
        let reads = Arc::new(Pressure::new(1));
        let queue = filled(&reads, 2).await;
        let _waiting = [reads.begin(), reads.begin()];
        let first = queue.next().await.expect("it is open");
        let second = async { queue.next().await.is_some() };
        let (second, ()) = tokio::join!(second, async { drop(first) });
        assert!(second);
    }

    #[tokio::test]
    async fn who_is_kept_waiting_is_woken_once_no_read_waits() {
        let reads = Arc::new(Pressure::new(1));
        let queue = filled(&reads, 2).await;
        let waiting = [reads.begin(), reads.begin()];
        let _long = queue.next().await.expect("it is open");
        let second = async { queue.next().await.is_some() };
        let (second, ()) = tokio::join!(second, async { drop(waiting) });
        assert!(second);
    }

    #[tokio::test]
    async fn what_waits_at_the_end_is_still_given_out() {
        let reads = Arc::new(Pressure::new(1));
        let queue = filled(&reads, 2).await;
        let _waiting = [reads.begin(), reads.begin()];
        let first = queue.next().await.expect("it is open");
        queue.close();
        let threads = async { tokio::join!(queue.next(), queue.next()) };
        let ((one, other), ()) = tokio::join!(threads, async { drop(first) });
        assert!(
            one.is_some() ^ other.is_some(),
            "one gets what was left, and the other hears of the end"
        );
    }
}
