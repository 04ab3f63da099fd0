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
use crate::id::Id;
use crate::job::{self, Job, JobWorker};
use crate::principal::{Permission, Principal};
use crate::realm::RealmId;

/// For how long the clock is one process's to move, and how often that is renewed; seconds of real time.
const LEASE_SECONDS: i64 = 120;
const RENEW_SECONDS: i64 = 30;
/// How much longer than a lease nothing may get done at one step: what a process was at that died is free when its lease has
/// run out.
const NOTHING_DONE: Duration = Duration::from_mins(1);
/// How often it is looked whether others have done what is theirs.
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
        let mut mover = Mover {
            directory: self,
            holder: self.bookkeeping_id(),
            held: None,
            jobs: JobWorker::new(self.clone()),
            deliveries: DeliveryWorker::new(self.clone(), targets),
        };
        mover.hold().await?;
        let moved = mover.steps(from, to).await;
        bookkeeping::drop_lease(self, "clock".into(), mover.holder).await?;
        let steps = moved?;
        let installation = Principal {
            realm: RealmId::INSTALLATION,
            actor: principal.actor.clone(),
            request: principal.request.clone(),
        };
        self.execute(&installation, NoteMove { from, to, steps }).await?;
        Ok(Advanced { from, to, steps })
    }
}

/// Who moves the clock.
struct Mover<'a> {
    directory: &'a Directory,
    holder: Uuid,
    /// Since when the clock is known to be ours, in real time.
    held: Option<Timestamp>,
    jobs: JobWorker,
    deliveries: DeliveryWorker,
}

/// What is due at an instant and not done: the first job, and what each target has.
#[derive(Debug, Default, PartialEq, Eq)]
struct Left {
    job: Option<Id<Job>>,
    deliveries: Vec<delivery::Left>,
}

impl Mover<'_> {
    /// Takes the lease, or renews it when that is due: a step may take long.
    async fn hold(&mut self) -> Result<(), Error> {
        let now = self.directory.real_now();
        let is_fresh = |at: Timestamp| at <= now && now < at.plus_seconds(RENEW_SECONDS);
        if self.held.is_some_and(is_fresh) {
            return Ok(());
        }
        if !bookkeeping::hold_lease(self.directory, "clock", self.holder, LEASE_SECONDS).await? {
            return Err(Refusal::conflict("another process is moving the clock").into());
        }
        self.held = Some(now);
        Ok(())
    }

    async fn steps(&mut self, from: Timestamp, to: Timestamp) -> Result<usize, Error> {
        let (mut now, mut steps) = (from, 0);
        self.settle(now).await?;
        while let Some(next) = self.directory.next_due_after(now).await?.filter(|next| *next <= to) {
            self.hold().await?;
            now = next;
            steps += 1;
            self.directory.set_standing_clock(now).await?;
            self.settle(now).await?;
        }
        self.directory.set_standing_clock(to).await?;
        self.settle(to).await?;
        self.deliveries.retire().await?;
        Ok(steps)
    }

    /// Runs everything that is due now, and waits for what others are at.
    async fn settle(&mut self, now: Timestamp) -> Result<(), Error> {
        let served = self.directory.nodes().await? > 0;
        let patience = self.patience();
        let mut look = tokio::time::interval(LOOK);
        let (mut seen, mut looks) = (None, 0);
        loop {
            self.hold().await?;
            if self.work(served).await? > 0 {
                looks = 0;
                continue;
            }
            let left = Some(self.left(now).await?);
            if left == Some(Left::default()) {
                return Ok(());
            }
            if left != seen {
                (seen, looks) = (left, 0);
            } else if LOOK * looks > patience {
                let minutes = patience.as_secs() / 60;
                let why = format!("for {minutes} minutes nothing was done of what is due at {now}");
                return Err(Refusal::conflict(why).into());
            }
            looks += 1;
            look.tick().await;
        }
    }

    /// How long nothing may get done.
    fn patience(&self) -> Duration {
        let lease = self.directory.settings().work.lease_seconds;
        Duration::from_secs(lease.unsigned_abs()) + NOTHING_DONE
    }

    /// Does some of what is due and free; how much.
    async fn work(&self, served: bool) -> Result<usize, Error> {
        // Jobs are leased one by one, so a server at work beside this does no harm.
        let ran = self.jobs.run_once().await?;
        if served {
            return Ok(ran);
        }
        Ok(ran + self.deliveries.run_once().await?)
    }

    async fn left(&self, now: Timestamp) -> Result<Left, Error> {
        // Jobs first: what they leave to be delivered is there when they are done.
        Ok(Left {
            job: job::left(self.directory, now).await?,
            deliveries: self.deliveries_left(now).await?,
        })
    }

    /// What is left for the targets that somebody serves.
    async fn deliveries_left(&self, now: Timestamp) -> Result<Vec<delivery::Left>, Error> {
        let mut left = Vec::new();
        for target in routes::TARGETS {
            if delivery::is_served(self.directory, target).await? {
                left.extend(delivery::left(self.directory, target, now).await?);
            }
        }
        Ok(left)
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
