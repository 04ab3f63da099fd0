//! The loop that delivers: take a lease, call the target, settle. Every node runs one.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tracing::Instrument as _;
use uuid::Uuid;

use super::settle::Settle;
use super::table::{self, Lease};
use super::{Delivery, DeliveryState, Outcome, Target, rules};
use crate::bookkeeping;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::principal::Principal;
use crate::{Directory, SPANS};

/// How many deliveries a node has under way to one target at a time; they are delivered side by side.
const BATCH: usize = 16;
/// So many places have to be free before more is taken.
const REFILL: usize = BATCH / 2;
/// After so many the other targets get another round.
const ROUND: usize = 64 * BATCH;
/// While some take longer than this, others that are due take the places that are free.
const LOOK: Duration = Duration::from_millis(500);
/// How long the note lasts that a node serves a target, and how often it is renewed; seconds of real time.
const SERVES_SECONDS: i64 = 15;
const RENEW_SECONDS: i64 = 5;

/// What a round waits for.
enum Step {
    /// These were taken; `full`: as many as there were places, so there may be more.
    Taken {
        deliveries: Vec<Delivery>,
        holder: Uuid,
        full: bool,
    },
    NotTaken(Error),
    /// One of them was tried and settled.
    Ended(Result<(), Error>),
}

/// Delivers to the targets that are configured. Deliveries to others stay queued.
pub struct DeliveryWorker {
    directory: Directory,
    targets: Vec<Arc<dyn Target>>,
    node: Uuid,
    /// When each target was last announced.
    announced: Mutex<HashMap<&'static str, Timestamp>>,
    /// What is under way is ended, and nothing more is taken.
    ending: AtomicBool,
}

impl fmt::Debug for DeliveryWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets: Vec<_> = self.targets.iter().map(|target| target.name()).collect();
        f.debug_struct("DeliveryWorker")
            .field("node", &self.node)
            .field("targets", &targets)
            .finish_non_exhaustive()
    }
}

impl DeliveryWorker {
    /// A worker for these targets.
    pub fn new(directory: Directory, targets: Vec<Arc<dyn Target>>) -> Self {
        let node = directory.bookkeeping_id();
        Self {
            directory,
            targets,
            node,
            announced: Mutex::default(),
            ending: AtomicBool::new(false),
        }
    }

    /// Lets a round end with what is under way: when the process ends.
    pub fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// One round: for every target, takes what is due and free, delivers it, settles it; and goes on taking while there is
    /// more, or one of them is slow. Returns how many deliveries were tried; while it is more than none, another round may find what stood
    /// behind them.
    ///
    /// # Errors
    /// The store failed. What was tried and not settled is tried again when its lease has run out.
    pub async fn run_once(&self) -> Result<usize, Error> {
        let rounds = self.targets.iter().map(|target| self.round(target.as_ref()));
        let mut tried = 0;
        for round in join_all(rounds).await {
            tried += round?;
        }
        Ok(tried)
    }

    /// Rounds until nothing is due that may start.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run_until_idle(&self) -> Result<usize, Error> {
        let mut tried = 0;
        loop {
            match self.run_once().await? {
                0 => return Ok(tried),
                more => tried += more,
            }
        }
    }

    async fn round(&self, target: &dyn Target) -> Result<usize, Error> {
        let mut steps = FuturesUnordered::new();
        let (mut tried, mut under_way, mut outcome) = (0, 0, Ok(()));
        let (mut slow, mut is_taking, mut look) = (false, false, true);
        loop {
            // Taking costs a transaction, so a few places have to be free, unless what is under way is slow.
            let places = BATCH - under_way;
            let may_take = outcome.is_ok() && !is_taking && tried < ROUND && !self.ending.load(Ordering::Relaxed);
            if look && may_take && (places >= REFILL || slow) {
                (look, is_taking) = (false, true);
                steps.push(self.take_step(target.name(), places).boxed());
            }
            match tokio::time::timeout(LOOK, steps.next()).await {
                Ok(Some(Step::Taken {
                    deliveries,
                    holder,
                    full,
                })) => {
                    (is_taking, look) = (false, full);
                    tried += deliveries.len();
                    under_way += deliveries.len();
                    for delivery in deliveries {
                        let span = span(&delivery);
                        let attempt = self.attempt(target, delivery, holder).instrument(span);
                        steps.push(attempt.map(Step::Ended).boxed());
                    }
                }
                Ok(Some(Step::NotTaken(error))) => {
                    is_taking = false;
                    outcome = outcome.and(Err(error));
                }
                Ok(Some(Step::Ended(ended))) => {
                    under_way -= 1;
                    outcome = outcome.and(ended);
                    look |= slow && under_way > 0;
                }
                Ok(None) => return outcome.map(|()| tried),
                Err(_) => (slow, look) = (true, true),
            }
        }
    }

    async fn take_step(&self, target: &'static str, places: usize) -> Step {
        match self.take(target, places).await {
            Ok((deliveries, holder)) => Step::Taken {
                full: places > 0 && deliveries.len() == places,
                deliveries,
                holder,
            },
            Err(error) => Step::NotTaken(error),
        }
    }

    /// Takes up to so many deliveries that are due and free, and tells the lease they are taken with.
    async fn take(&self, target: &'static str, places: usize) -> Result<(Vec<Delivery>, Uuid), Error> {
        self.announce(target).await?;
        let db = self.directory.db();
        let work = self.directory.settings().work;
        let seconds = work.lease_seconds;
        let (now, real_now) = (self.directory.now().await?, self.directory.real_now());
        let lease = Lease {
            // One of its own each time: an answer that comes too late finds that it is no longer its delivery.
            holder: self.directory.bookkeeping_id(),
            now,
            real_now,
            until: real_now.plus_seconds(seconds),
            latest: bookkeeping::latest_end(real_now, seconds),
            limit: places as i64,
        };
        table::bring_forward(db, target, now, rules::latest_due(now, &work)).await?;
        if places == 0 || !table::has_work(db, target, &lease).await? {
            return Ok((Vec::new(), lease.holder));
        }
        let taken = db.write(move |tx| table::take(tx, target, &lease)).await?;
        Ok((taken, lease.holder))
    }

    async fn attempt(&self, target: &dyn Target, delivery: Delivery, lease: Uuid) -> Result<(), Error> {
        let work = self.directory.settings().work;
        let limit = Duration::from_secs(work.answer_seconds);
        let outcome = match tokio::time::timeout(limit, target.deliver(&delivery)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Retry {
                why: format!("no answer within {} s", work.answer_seconds),
            },
        };
        let principal = Principal::system(delivery.realm);
        let keep_mail = self.directory.settings().keep_mail;
        let (id, name) = (delivery.id, delivery.target.clone());
        let state = self
            .directory
            .execute(
                &principal,
                Settle {
                    delivery,
                    lease,
                    outcome,
                    work,
                    keep_mail,
                },
            )
            .await?;
        let state = state.map_or("no longer this node's", DeliveryState::name);
        tracing::debug!(delivery.id = %id, target = name, "delivery {id} to {name} is {state}");
        tracing::Span::current().record("usher.delivery.state", state);
        Ok(())
    }

    /// Notes that a node serves the target, for `usher clock`, which waits for it. Nobody asks where the clock runs.
    async fn announce(&self, target: &'static str) -> Result<(), Error> {
        if !self.directory.clock_stands() {
            return Ok(());
        }
        let now = self.directory.real_now();
        let fresh = {
            let announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
            announced
                .get(target)
                .is_some_and(|at| now < at.plus_seconds(RENEW_SECONDS))
        };
        if fresh {
            return Ok(());
        }
        let name = format!("target:{target}:{}", self.node);
        bookkeeping::hold_lease(&self.directory, name, self.node, SERVES_SECONDS).await?;
        self.announced
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(target, now);
        Ok(())
    }

    /// Says that this node no longer serves its targets: when the server ends.
    ///
    /// # Errors
    /// The store failed.
    pub async fn retire(&self) -> Result<(), Error> {
        for target in &self.targets {
            bookkeeping::drop_lease(
                &self.directory,
                format!("target:{}:{}", target.name(), self.node),
                self.node,
            )
            .await?;
        }
        Ok(())
    }
}

/// What traces tell of an attempt.
fn span(delivery: &Delivery) -> tracing::Span {
    let target = delivery.target.as_str();
    tracing::trace_span!(
        target: SPANS,
        "delivery",
        usher.delivery.id = %delivery.id,
        usher.delivery.target = target,
        usher.delivery.state = tracing::field::Empty,
    )
}

/// Whether a running server delivers to that target.
pub(crate) async fn is_served(directory: &Directory, target: &str) -> Result<bool, Error> {
    Ok(bookkeeping::held(directory, &format!("target:{target}:"), &format!("target:{target};")).await? > 0)
}

/// What is due for a target and has not been tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// This is the first of those that may start.
    Free(Id<Delivery>),
    /// What is left is under way.
    Running,
}

/// What is left for a target; none when all that is due has been tried.
pub(crate) async fn left(directory: &Directory, target: &str, now: Timestamp) -> Result<Option<Left>, Error> {
    let db = directory.db();
    if let Some(first) = table::first_free(db, target, now).await? {
        return Ok(Some(Left::Free(first)));
    }
    Ok(table::is_running(db, target).await?.then_some(Left::Running))
}
