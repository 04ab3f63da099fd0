//! The loop that runs jobs. Every node has one.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt as _, stream};
use tracing::Instrument as _;

use super::fail::{self, FailJob};
use super::run::RunJob;
use super::table::{self, Lease};
use super::{Job, JobKind};
use crate::bookkeeping;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::plan;
use crate::principal::Principal;
use crate::realm::RealmId;
use crate::review;
use crate::{Directory, SPANS};

/// How many jobs a node takes at a time.
const BATCH: i64 = 64;
const DAY: i64 = 86_400;

/// How many plans a node applies at a time: each has many changes in flight itself.
const PLANS_AT_ONCE: usize = 2;

/// Runs jobs that are due.
#[derive(Debug)]
pub struct JobWorker {
    directory: Directory,
    /// Whether the daily jobs are known to exist.
    ensured: AtomicBool,
    /// Whether it is over when the store fails; else the job is tried again later.
    gives_up: bool,
}

impl JobWorker {
    /// A worker on this directory.
    pub fn new(directory: Directory) -> Self {
        Self {
            directory,
            ensured: AtomicBool::new(false),
            gives_up: false,
        }
    }

    /// One that ends with the first failure of the store: what comes of its jobs is looked at, and would be something else.
    pub(crate) fn that_gives_up(directory: Directory) -> Self {
        Self {
            gives_up: true,
            ..Self::new(directory)
        }
    }

    /// Takes jobs that are due and runs them, some at a time. Returns how many; while it is more than none, more may be due.
    ///
    /// # Errors
    /// The store failed, for at least one of them. What was taken and not finished is taken again when its lease has run out.
    pub async fn run_once(&self) -> Result<usize, Error> {
        let (now, real_now) = (self.directory.now().await?, self.directory.real_now());
        if !self.ensured.load(Ordering::Relaxed) {
            self.ensure_daily(now).await?;
            self.ensured.store(true, Ordering::Relaxed);
        }
        let seconds = self.directory.settings().work.lease_seconds;
        let lease = Lease {
            holder: self.directory.bookkeeping_id(),
            now,
            real_now,
            until: real_now.plus_seconds(seconds),
            latest: bookkeeping::latest_end(real_now, seconds),
            limit: BATCH,
        };
        if !table::has_free(self.directory.db(), &lease).await? {
            return Ok(0);
        }
        let jobs = self.directory.db().write(move |tx| table::take(tx, &lease)).await?;
        let count = jobs.len();
        self.run_all(jobs, &lease).await?;
        Ok(count)
    }

    /// Each of them is a transaction of its own, and SQLite commits those together that wait at the same time.
    async fn run_all(&self, jobs: Vec<Job>, lease: &Lease) -> Result<(), Error> {
        let start = |job: Job| {
            let (id, kind) = (job.id, job.kind.name());
            let span = tracing::trace_span!(target: SPANS, "job", otel.name = kind, usher.job.id = %id);
            self.run(job, lease).instrument(span)
        };
        let at_once = self.directory.settings().work.jobs_at_once.max(1);
        let (plans, others): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.kind == JobKind::ApplyPlan);
        let [plans, others] = [plans, others].map(|jobs| jobs.into_iter().map(start).collect::<Vec<_>>());
        let plans = run_each(plans, at_once.min(PLANS_AT_ONCE));
        let others = run_each(others, at_once);
        // One at a time is one at a time.
        let (plans, others) = if at_once == 1 {
            (plans.await, others.await)
        } else {
            tokio::join!(plans, others)
        };
        plans.and(others)
    }

    /// Rounds until nothing is due.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run_until_idle(&self) -> Result<usize, Error> {
        let mut ran = 0;
        loop {
            match self.run_once().await? {
                0 => return Ok(ran),
                more => ran += more,
            }
        }
    }

    async fn run(&self, job: Job, lease: &Lease) -> Result<(), Error> {
        let work = self.directory.settings().work;
        let principal = Principal::system(job.realm);
        let Err(error) = self.attempt(&principal, &job, lease).await else {
            return Ok(());
        };
        if self.gives_up && matches!(error, Error::Db(_)) {
            return Err(error);
        }
        let (id, kind) = (job.id, job.kind.name());
        let why = fail::why(&error);
        let fail = FailJob {
            job,
            lease: lease.holder,
            why,
            work,
        };
        let noted = self.directory.execute(&principal, fail).await;
        let error = &error as &dyn std::error::Error;
        if let Ok(false) = noted {
            tracing::debug!(job.id = %id, job.kind = kind, error, "job {id} ({kind}) is no longer this node's");
        } else {
            tracing::warn!(job.id = %id, job.kind = kind, error, "job {id} ({kind}) failed");
        }
        noted.map(drop)
    }

    async fn attempt(&self, principal: &Principal, job: &Job, lease: &Lease) -> Result<(), Error> {
        // Each item is a transaction of its own; the job's own one only says whether there are more.
        match job.kind {
            JobKind::ApplyPlan => plan::apply_by_job(&self.directory, principal, Id::new(job.subject)).await?,
            JobKind::ReviewDuties => review::apply_by_job(&self.directory, principal, job).await?,
            _ => {}
        }
        let run = RunJob {
            job: job.clone(),
            lease: lease.holder,
            work: self.directory.settings().work,
            real_now: lease.real_now,
        };
        self.directory.execute(principal, run).await
    }

    async fn ensure_daily(&self, now: Timestamp) -> Result<(), Error> {
        let known = table::kinds_of(self.directory.db(), RealmId::INSTALLATION).await?;
        for kind in JobKind::DAILY
            .into_iter()
            .filter(|kind| !known.iter().any(|known| known == kind.name()))
        {
            let id = self.directory.bookkeeping_id();
            self.directory
                .db()
                .write(move |tx| table::ensure(tx, id, kind, now.plus_seconds(DAY)))
                .await?;
        }
        bookkeeping::sweep_leases(&self.directory).await
    }
}

/// Runs all of them, so many at a time.
async fn run_each(jobs: Vec<impl Future<Output = Result<(), Error>>>, at_once: usize) -> Result<(), Error> {
    let outcomes: Vec<Result<(), Error>> = stream::iter(jobs).buffer_unordered(at_once).collect().await;
    outcomes.into_iter().collect()
}

/// The first job that is due and has not run to its end; none when all have.
pub(crate) async fn left(directory: &Directory, now: Timestamp) -> Result<Option<Id<Job>>, Error> {
    table::first_due(directory.db(), now).await
}
