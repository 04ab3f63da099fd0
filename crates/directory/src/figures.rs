//! What an operator watches: how much work waits and for how long, over all realms. Every number is counted in an index and
//! only up to a limit, so that looking costs the same however much waits.

use crate::Directory;
use crate::clock::Timestamp;
use crate::delivery::{self, DeliveryState};
use crate::error::Error;
use crate::{event, job};

/// Nothing is counted further than this.
pub const COUNTED: u64 = 10_000;

/// How much work waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Work on its way to each target.
    pub targets: Vec<TargetFigures>,
    /// Jobs whose time has come.
    pub jobs_due: u64,
    /// For how long the first of them has been due, in seconds; 0 when none is.
    pub oldest_job_seconds: u64,
    /// Jobs that wait for an operator.
    pub jobs_parked: u64,
    /// Events that have no place in their realm's log yet.
    pub events_unplaced: u64,
}

/// Work on its way to one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetFigures {
    /// The target's name in deliveries.
    pub target: &'static str,
    /// How many deliveries stand where, each unfinished state once.
    pub deliveries: Vec<(DeliveryState, u64)>,
    /// How old the oldest is that still has to get there by itself, in seconds; 0 when none has to.
    pub oldest_seconds: u64,
}

impl Directory {
    /// How much work waits, and for how long by the directory's time.
    ///
    /// # Errors
    /// The store failed.
    pub async fn figures(&self) -> Result<Figures, Error> {
        let (db, now) = (self.db(), self.now().await?);
        let since = |then: Option<Timestamp>| {
            then.map_or(0, |then| {
                u64::try_from((now.millis() - then.millis()) / 1000).unwrap_or(0)
            })
        };
        let mut targets = Vec::new();
        for target in delivery::routes::TARGETS {
            targets.push(TargetFigures {
                target,
                deliveries: delivery::table::count(db, target, COUNTED).await?,
                oldest_seconds: since(delivery::table::oldest(db, target, COUNTED).await?),
            });
        }
        let due = job::table::count_due(db, now, COUNTED).await?;
        Ok(Figures {
            targets,
            jobs_due: due.0,
            oldest_job_seconds: since(due.1),
            jobs_parked: job::table::count_parked(db, COUNTED).await?,
            events_unplaced: event::table::count_unplaced(db, COUNTED).await?,
        })
    }

    /// When the newest event happened, if that is further ahead of the machine's clock than nodes' clocks may differ: then the
    /// clock is wrong now, or one was.
    ///
    /// # Errors
    /// The store failed.
    pub async fn events_ahead(&self) -> Result<Option<Timestamp>, Error> {
        const TOLERATED_SECONDS: i64 = 300;
        let now = self.real_now();
        let newest = event::table::newest(self.db()).await?;
        Ok(newest.filter(|newest| *newest > now.plus_seconds(TOLERATED_SECONDS)))
    }

    /// The last migration that was applied, and the last that this program knows.
    ///
    /// # Errors
    /// The store failed.
    pub async fn schema(&self) -> Result<(u32, u32), Error> {
        let applied = self.db().applied().await?.last().copied().unwrap_or(0);
        let known = crate::MIGRATIONS.last().map_or(0, |migration| migration.number);
        Ok((applied, known))
    }

    /// How busy the store is in this process.
    pub fn store_load(&self) -> db::Load {
        self.db().load()
    }

    /// How many write transactions this process has brought to a good end.
    pub fn store_committed(&self) -> u64 {
        self.db().committed()
    }
}
