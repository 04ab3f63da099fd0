//! Moving the clock that stands: from due time to due time, in order, running what is due at each.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::Directory;
use crate::bookkeeping;
use crate::change::{Change, Command};
use crate::clock::Timestamp;
use crate::delivery::{self, DeliveryWorker, Target, routes};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::job::{self, JobWorker};
use crate::principal::{Permission, Principal};
use crate::realm::RealmId;

/// How long one who moves the clock may take for one step before another may; seconds of real time.
const LEASE_SECONDS: i64 = 120;
/// How long a running server may take for what is due at one step.
const SERVER_MAY_TAKE: Duration = Duration::from_mins(1);
/// How often a running server is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// How the clock was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// Where it stood.
    pub from: Timestamp,
    /// Where it stands.
    pub to: Timestamp,
    /// At how many instants in between something was due.
    pub steps: usize,
}

impl Directory {
    /// The first instant after the directory's now at which a job or a delivery is due.
    ///
    /// # Errors
    /// The store failed.
    pub async fn next_due_at(&self) -> Result<Option<Timestamp>, Error> {
        let now = self.now().await?;
        self.next_due_after(now).await
    }

    async fn next_due_after(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let job = self.next_job_due(now).await?;
        let delivery = self.next_delivery_due(now).await?;
        Ok(job.into_iter().chain(delivery).min())
    }

    /// Moves the clock that stands to an instant, and answers when everything that became due on the way has run. With a
    /// running server the deliveries are its work, and this waits for it; without one, these targets are used.
    ///
    /// # Errors
    /// `Conflict` when the clock runs or another moves it; `Invalid` for an instant before its own; the principal is not
    /// the operator, or the store failed.
    pub async fn advance(
        &self,
        principal: &Principal,
        to: Timestamp,
        targets: Vec<Arc<dyn Target>>,
    ) -> Result<Advanced, Error> {
        principal.check(Permission::System)?;
        let from = self
            .standing_clock()
            .await?
            .ok_or_else(|| Refusal::conflict("the clock runs; only one that was started with --clock can be moved"))?;
        if to < from {
            return Err(Refusal::invalid("time", format!("the clock stands at {from} and only moves on")).into());
        }
        let holder = self.bookkeeping_id();
        if !bookkeeping::hold_lease(self, "clock", holder, LEASE_SECONDS).await? {
            return Err(Refusal::conflict("another process is moving the clock").into());
        }
        let moved = self.steps(from, to, holder, targets).await;
        bookkeeping::drop_lease(self, "clock".into(), holder).await?;
        let steps = moved?;
        let installation = Principal {
            realm: RealmId::INSTALLATION,
            actor: principal.actor.clone(),
        };
        self.execute(&installation, NoteMove { from, to, steps }).await?;
        Ok(Advanced { from, to, steps })
    }

    async fn steps(
        &self,
        from: Timestamp,
        to: Timestamp,
        holder: Uuid,
        targets: Vec<Arc<dyn Target>>,
    ) -> Result<usize, Error> {
        let jobs = JobWorker::new(self.clone());
        let deliveries = DeliveryWorker::new(self.clone(), targets);
        let (mut now, mut steps) = (from, 0);
        self.settle(now, &jobs, &deliveries).await?;
        while let Some(next) = self.next_due_after(now).await?.filter(|next| *next <= to) {
            bookkeeping::hold_lease(self, "clock", holder, LEASE_SECONDS).await?;
            now = next;
            steps += 1;
            self.set_standing_clock(now).await?;
            self.settle(now, &jobs, &deliveries).await?;
        }
        self.set_standing_clock(to).await?;
        self.settle(to, &jobs, &deliveries).await?;
        deliveries.retire().await?;
        Ok(steps)
    }

    /// Runs everything that is due now.
    async fn settle(&self, now: Timestamp, jobs: &JobWorker, deliveries: &DeliveryWorker) -> Result<(), Error> {
        let served = self.nodes().await? > 0;
        loop {
            // Jobs are leased one by one, so a server at work beside this does no harm.
            let mut ran = jobs.run_until_idle().await?;
            if served {
                self.wait_for_server(now).await?;
            } else {
                ran += deliveries.run_until_idle().await?;
            }
            if ran == 0 && job::is_quiet(self, now).await? {
                return Ok(());
            }
            if ran == 0 {
                self.wait_for_server(now).await?;
            }
        }
    }

    async fn wait_for_server(&self, now: Timestamp) -> Result<(), Error> {
        let mut look = tokio::time::interval(LOOK);
        let quiet = async {
            loop {
                look.tick().await;
                if self.is_quiet(now).await? {
                    return Ok(());
                }
            }
        };
        match tokio::time::timeout(SERVER_MAY_TAKE, quiet).await {
            Ok(result) => result,
            Err(_) => {
                Err(Refusal::conflict(format!("the server has not done within a minute what is due at {now}")).into())
            }
        }
    }

    /// Whether nothing is left that is due now and that someone serves.
    async fn is_quiet(&self, now: Timestamp) -> Result<bool, Error> {
        for target in routes::TARGETS {
            if delivery::is_served(self, target).await? && !delivery::is_quiet(self, target, now).await? {
                return Ok(false);
            }
        }
        job::is_quiet(self, now).await
    }
}

/// Notes in the log that the clock was moved.
struct NoteMove {
    from: Timestamp,
    to: Timestamp,
    steps: usize,
}

impl Command for NoteMove {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let body = json!({ "before": self.from.to_string(), "after": self.to.to_string(), "steps": self.steps });
        change.record(Event::new(EventKind::ClockMoved, Uuid::nil(), self.to.millis(), body))?;
        Ok(())
    }
}
