//! The threads that run the bodies of transactions.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::server::Server;
use super::session::Session;
use super::tx::PostgresTx;
use crate::error::Error;
use crate::tx::On;
use crate::work::{Verdict, Work};

/// How often a body runs at most.
const RUNS: usize = 8;
/// So long waits who ran in vain, at most and the first time; twice as long each time after. Those who met then do not meet again.
const PAUSE: Duration = Duration::from_millis(8);

type Queue = Arc<Mutex<mpsc::Receiver<Box<dyn Work>>>>;

/// Starts the threads. They end when the last sender of the queue is gone, and with the last of them the answer.
pub(super) fn start(
    size: usize,
    server: &Arc<Server>,
    queue: mpsc::Receiver<Box<dyn Work>>,
) -> Result<watch::Receiver<()>, Error> {
    let queue = Arc::new(Mutex::new(queue));
    let (working, ended) = watch::channel(());
    for _ in 0..size {
        let (queue, working) = (Arc::clone(&queue), working.clone());
        let mut worker = Worker {
            server: Arc::clone(server),
            session: None,
        };
        let started = std::thread::Builder::new().name("db-worker".into()).spawn(move || {
            while let Some(work) = next(&queue) {
                worker.run(work);
            }
            drop(working);
        });
        started.map_err(|error| Error::Unavailable {
            source: Arc::new(error),
        })?;
    }
    Ok(ended)
}

fn next(queue: &Queue) -> Option<Box<dyn Work>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

/// One thread with its connection.
struct Worker {
    server: Arc<Server>,
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
                Err(failure) if left > 0 && failure.may_pass() => pause(RUNS - 1 - left),
                Ok(()) | Err(Failure { said: true, .. }) => return work.answer(),
                Err(Failure { error, .. }) => return work.fail(error),
            }
        }
    }

    fn run_once(&mut self, work: &mut dyn Work, session: Session) -> Result<(), Failure> {
        let mut tx = PostgresTx::new(&self.server, session);
        let outcome = match work.run(On::Postgres(&mut tx)) {
            Verdict::Commit => tx.commit().map_err(|error| Failure { error, said: false }),
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

    fn session(&mut self) -> Result<Session, Error> {
        match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => Ok(session),
            None => self.server.runtime().block_on(self.server.connect()),
        }
    }
}

/// A random part of the time that is due after so many runs in vain.
fn pause(runs: usize) {
    let random = RandomState::new().hash_one(runs);
    let longest = PAUSE * (1 << runs.min(6));
    std::thread::sleep(longest.mul_f64(f64::from(random as u32) / f64::from(u32::MAX)));
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
