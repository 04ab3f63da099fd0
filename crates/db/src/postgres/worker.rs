//! The threads that run the bodies of transactions.

use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::queue::Queue;
use super::server::Server;
use super::session::Session;
use super::statistics::Statistics;
use super::tx::PostgresTx;
use crate::error::Error;
use crate::tx::On;
use crate::work::{Verdict, Work};

/// How many numbers there are for threads.
const LANES: usize = 16;
/// How often a body runs at most.
const RUNS: usize = 8;
/// So long waits who ran in vain, at most and the first time; twice as long each time after. Those who met then do not meet again.
const PAUSE: Duration = Duration::from_millis(8);

/// What a transaction looks for it names by keys: its plans are made once, and do not depend on the values a statement met first.
const PLANS: &str = "SET plan_cache_mode = force_generic_plan";

/// Starts the threads. They end when the queue is closed and empty, and with the last of them the answer.
pub(super) fn start(
    size: usize,
    server: &Arc<Server>,
    queue: &Arc<Queue>,
    statistics: &Arc<Statistics>,
) -> Result<watch::Receiver<()>, Error> {
    let (working, ended) = watch::channel(());
    let left = Arc::new(AtomicUsize::new(size));
    let failed = |error| Error::Unavailable {
        source: Arc::new(error),
    };
    // Another process on the same database begins elsewhere.
    let first = RandomState::new().hash_one(size) as usize % LANES;
    for lane in first..first + size {
        let (queue, server, statistics) = (Arc::clone(queue), Arc::clone(server), Arc::clone(statistics));
        // Goes last, when the connection is closed.
        let leaves = Leaves {
            queue: Arc::clone(&queue),
            left: Arc::clone(&left),
            _working: working.clone(),
        };
        // A thread drives its own connection: no answer has to be handed from one thread to another.
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let started = std::thread::Builder::new().name("db-worker".into()).spawn(move || {
            let _leaves = leaves;
            let mut worker = Worker {
                server,
                statistics,
                runtime: Rc::new(runtime),
                lane: (lane % LANES) as u8,
                session: None,
            };
            // While it waits it hears that its connection is closed.
            while let Some((work, _turn)) = worker.runtime.block_on(queue.next()) {
                worker.run(work);
            }
        });
        started.map_err(failed)?;
    }
    Ok(ended)
}

/// Held by each thread until its end. When the last one goes, by a panic too, nobody is kept waiting.
struct Leaves {
    queue: Arc<Queue>,
    /// How many have not gone.
    left: Arc<AtomicUsize>,
    _working: watch::Sender<()>,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        if self.left.fetch_sub(1, AcqRel) == 1 {
            self.queue.close();
            self.queue.clear();
        }
    }
}

/// One thread with its connection.
struct Worker {
    server: Arc<Server>,
    statistics: Arc<Statistics>,
    runtime: Rc<Runtime>,
    lane: u8,
    session: Option<Session>,
}

impl Worker {
    fn run(&mut self, mut work: Box<dyn Work>) {
        if !work.is_wanted() {
            return;
        }
        for left in (0..RUNS).rev() {
            let session = match self.session() {
                Ok(session) => session,
                Err(error) => return work.fail(error),
            };
            match self.run_once(work.as_mut(), session) {
                // Nothing of it is in the database, and the next run may find the other one gone or the server back.
                Err(failure) if left > 0 && failure.may_pass() => self.pause(RUNS - 1 - left),
                Ok(()) | Err(Failure { said: true, .. }) => return work.answer(),
                Err(Failure { error, .. }) => return work.fail(error),
            }
        }
    }

    fn run_once(&mut self, work: &mut dyn Work, session: Session) -> Result<(), Failure> {
        let mut tx = PostgresTx::new(&self.runtime, session, self.lane);
        let outcome = match work.run(On::Postgres(&mut tx)) {
            Verdict::Commit => {
                let committed = tx.commit().map_err(|error| Failure { error, said: false });
                self.statistics.wrote(tx.rows());
                committed
            }
            Verdict::RollBack(None) => Ok(()),
            Verdict::RollBack(Some(error)) => Err(Failure { error, said: true }),
        };
        // A server that takes no writes any more was the primary once; the next connection looks for the new one.
        let spoilt = outcome.as_ref().is_err_and(|failure| {
            matches!(
                failure.error,
                Error::Unavailable { .. } | Error::OutcomeUnknown { .. } | Error::ReadOnly { .. }
            )
        });
        self.session = if spoilt { None } else { tx.end() };
        outcome
    }

    /// A random part of the time that is due after so many runs in vain. A connection that was given up is closed meanwhile, and
    /// with it go the locks of what it had begun.
    fn pause(&self, runs: usize) {
        let random = RandomState::new().hash_one(runs);
        let longest = PAUSE * (1 << runs.min(6));
        let part = longest.mul_f64(f64::from(random as u32) / f64::from(u32::MAX));
        self.runtime.block_on(async { tokio::time::sleep(part).await });
    }

    fn session(&mut self) -> Result<Session, Error> {
        match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => Ok(session),
            None => self.runtime.block_on(async {
                let session = self.server.connect_on(self.runtime.handle()).await?;
                session.batch(PLANS).await?;
                Ok(session)
            }),
        }
    }
}

/// Why a run did not commit.
struct Failure {
    error: Error,
    /// The body was told, and its own words are the answer.
    said: bool,
}

impl Failure {
    fn may_pass(&self) -> bool {
        matches!(self.error, Error::Conflict { .. } | Error::Unavailable { .. })
    }
}
