//! What runs beside the requests: placing events, jobs, deliveries, and saying that this node lives. Each is a loop that
//! survives its own errors and panics: they are logged, and the loop goes on after a pause.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use directory::Directory;
use directory::delivery::{DeliveryWorker, Target};
use directory::event::Sequencer;
use directory::job::JobWorker;
use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often a worker looks for work that nobody told it of: what other processes made, and what became due.
const LOOK: Duration = Duration::from_millis(500);

/// The same where somebody waits for us: who moves a clock that stands, and who pastes quickstart's commands.
const LOOK_CLOSELY: Duration = Duration::from_millis(50);

/// How long the workers that were woken wait for more of the same: under a steady stream of requests one look serves many.
const GATHER: Duration = Duration::from_millis(20);

/// The same for the sequencer, also after a round that placed something: the fewer its transactions, the more others get.
const GATHER_EVENTS: Duration = Duration::from_millis(100);

/// How closely workers look for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Usual,
    Close,
}

/// How often a node says that it lives, and for how long it is believed.
const ANNOUNCE: Duration = Duration::from_secs(4);
const BELIEVED_SECONDS: i64 = 15;

/// How often it is written down what programs asked.
const WRITE_REQUESTS: Duration = Duration::from_secs(1);

/// How often it is written down when tokens were last used.
const WRITE_USES: Duration = Duration::from_mins(1);

/// How often memory that is free goes back to the system.
const GIVE_BACK: Duration = Duration::from_secs(2);

/// More than the allocator keeps in one piece.
const PIECE: usize = 4 << 20;

/// Pauses after a failed round: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Wakes the workers of this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wake {
    sleepers: Arc<Mutex<Vec<Arc<Notify>>>>,
}

impl Wake {
    /// There may be work.
    pub(crate) fn all(&self) {
        for sleeper in self.sleepers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            sleeper.notify_one();
        }
    }

    fn sleeper(&self) -> Arc<Notify> {
        let sleeper = Arc::new(Notify::new());
        self.sleepers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&sleeper));
        sleeper
    }
}

/// The workers of a server.
#[derive(Debug)]
pub(crate) struct Workers {
    tasks: JoinSet<()>,
    stop: CancellationToken,
    directory: Directory,
    node: Uuid,
    sequencer: Arc<Sequencer>,
    deliveries: Option<Arc<DeliveryWorker>>,
}

impl Workers {
    /// Starts all of them.
    pub(crate) async fn start(
        directory: &Directory,
        targets: Vec<Arc<dyn Target>>,
        wake: &Wake,
        pace: Pace,
    ) -> Result<Self> {
        let node = directory.bookkeeping_id();
        directory.announce_node(node, BELIEVED_SECONDS).await?;
        let sequencer = Arc::new(Sequencer::new(directory.clone()));
        let deliveries = (!targets.is_empty()).then(|| Arc::new(DeliveryWorker::new(directory.clone(), targets)));
        let mut workers = Self {
            tasks: JoinSet::new(),
            stop: CancellationToken::new(),
            directory: directory.clone(),
            node,
            sequencer: Arc::clone(&sequencer),
            deliveries: deliveries.clone(),
        };
        let look = match pace {
            Pace::Usual => LOOK,
            Pace::Close => LOOK_CLOSELY,
        };

        workers.spawn(
            "sequencer",
            Rhythm {
                look: LOOK,
                gather: GATHER_EVENTS,
                wake: Some(wake),
            },
            move || {
                let sequencer = Arc::clone(&sequencer);
                async move {
                    sequencer.run_once().await?;
                    Ok(0)
                }
            },
        );
        let jobs = Arc::new(JobWorker::new(directory.clone()));
        workers.spawn(
            "jobs",
            Rhythm {
                look,
                gather: GATHER,
                wake: Some(wake),
            },
            move || {
                let jobs = Arc::clone(&jobs);
                async move { Ok(jobs.run_once().await?) }
            },
        );
        if let Some(deliveries) = deliveries {
            workers.spawn(
                "deliveries",
                Rhythm {
                    look,
                    gather: GATHER,
                    wake: Some(wake),
                },
                move || {
                    let deliveries = Arc::clone(&deliveries);
                    async move { Ok(deliveries.run_once().await?) }
                },
            );
        }
        workers.spawn(
            "memory",
            Rhythm {
                look: GIVE_BACK,
                gather: Duration::ZERO,
                wake: None,
            },
            || async {
                give_back();
                Ok(0)
            },
        );
        let announcing = directory.clone();
        workers.spawn(
            "announcement",
            Rhythm {
                look: ANNOUNCE,
                gather: Duration::ZERO,
                wake: None,
            },
            move || {
                let directory = announcing.clone();
                async move {
                    directory.announce_node(node, BELIEVED_SECONDS).await?;
                    Ok(0)
                }
            },
        );
        let writing = directory.clone();
        workers.spawn(
            "token uses",
            Rhythm {
                look: WRITE_USES,
                gather: Duration::ZERO,
                wake: None,
            },
            move || {
                let directory = writing.clone();
                async move {
                    directory.write_token_uses().await?;
                    Ok(0)
                }
            },
        );
        let writing = directory.clone();
        workers.spawn(
            "client logs",
            Rhythm {
                look: WRITE_REQUESTS,
                gather: Duration::ZERO,
                wake: None,
            },
            move || {
                let directory = writing.clone();
                async move {
                    directory.write_client_logs().await?;
                    Ok(0)
                }
            },
        );
        Ok(workers)
    }

    /// Lets every worker end its round, for as long as `patience` allows, and says that the node is gone.
    pub(crate) async fn stop(&mut self, patience: Duration) {
        self.stop.cancel();
        if let Some(deliveries) = &self.deliveries {
            deliveries.end();
        }
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all_ended).await.is_err() {
            tracing::warn!(
                "workers were still busy after {} s and are cut off; what they held is taken up again",
                patience.as_secs()
            );
            self.tasks.shutdown().await;
        }
        if let Err(error) = self.retire().await {
            tracing::warn!(%error, "cannot say that this node is gone");
        }
    }

    /// Gives back what others would have to wait for.
    async fn retire(&self) -> Result<(), directory::Error> {
        self.directory.write_token_uses().await?;
        self.directory.write_client_logs().await?;
        self.sequencer.retire().await?;
        if let Some(deliveries) = &self.deliveries {
            deliveries.retire().await?;
        }
        self.directory.retire_node(self.node).await
    }

    fn spawn<F, R>(&mut self, name: &'static str, rhythm: Rhythm<'_>, round: F)
    where
        F: FnMut() -> R + Send + 'static,
        R: Future<Output = Result<usize>> + Send + 'static,
    {
        let sleeper = rhythm.wake.map_or_else(|| Arc::new(Notify::new()), Wake::sleeper);
        let pauses = (rhythm.look, rhythm.gather);
        self.tasks
            .spawn(supervise(name, pauses, sleeper, self.stop.clone(), round));
    }
}

/// The allocator gives back what has been free for a second, but looks only when a piece of its own comes or goes. A server that has
/// nothing to do would keep what its start or a large answer took; so a piece comes and goes, which nobody writes to.
fn give_back() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(PIECE)));
}

/// When a worker looks for work.
struct Rhythm<'a> {
    /// How often, when nobody tells it.
    look: Duration,
    /// How long it waits for more when somebody does.
    gather: Duration,
    wake: Option<&'a Wake>,
}

/// Runs rounds until `stop`. One that did something is followed at once by the next.
async fn supervise<F, R>(
    name: &'static str,
    (look, gather): (Duration, Duration),
    sleeper: Arc<Notify>,
    stop: CancellationToken,
    mut round: F,
) where
    F: FnMut() -> R,
    R: Future<Output = Result<usize>>,
{
    let mut pause = FIRST_PAUSE;
    while !stop.is_cancelled() {
        let failure = match AssertUnwindSafe(async { round().await }).catch_unwind().await {
            Ok(Ok(0)) => {
                pause = FIRST_PAUSE;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = async {
                        sleeper.notified().await;
                        tokio::time::sleep(gather).await;
                    } => {}
                    () = tokio::time::sleep(look) => {}
                }
                continue;
            }
            Ok(Ok(_)) => {
                pause = FIRST_PAUSE;
                continue;
            }
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "it panicked".to_owned(),
        };
        tracing::error!(
            worker = name,
            "the worker {name} failed and goes on in {} ms: {failure}",
            pause.as_millis()
        );
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_worker_survives_errors_and_panics() {
        let rounds = Arc::new(AtomicUsize::new(0));
        let stop = CancellationToken::new();
        let (counted, stopped) = (Arc::clone(&rounds), stop.clone());
        let round = move || {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let stopped = stopped.clone();
            async move {
                match number {
                    0 => anyhow::bail!("the store is away"),
                    1 => panic!("a fault of ours"),
                    2 => Ok(5),
                    _ => {
                        stopped.cancel();
                        Ok(0)
                    }
                }
            }
        };
        supervise("test", (LOOK, GATHER), Arc::new(Notify::new()), stop, round).await;
        assert_eq!(rounds.load(Ordering::SeqCst), 4);
    }
}
