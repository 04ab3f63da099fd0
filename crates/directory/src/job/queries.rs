//! Reading jobs.

use super::{Job, JobKind, table};
use crate::Directory;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};

/// A page of jobs, in order of making.
#[derive(Clone, Debug)]
pub struct JobQuery {
    /// Only those of this kind.
    pub kind: Option<JobKind>,
    /// Only those that wait for an operator.
    pub only_parked: bool,
    /// Only those made after this one.
    pub after: Option<Id<Job>>,
    /// At most so many, 1 to 1001: a page of 1000 and whether there is another.
    pub limit: usize,
}

impl Default for JobQuery {
    fn default() -> Self {
        Self {
            kind: None,
            only_parked: false,
            after: None,
            limit: 100,
        }
    }
}

impl Directory {
    /// Jobs of a realm. Those of no realm are read as operator of [`crate::RealmId::INSTALLATION`].
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn jobs(&self, principal: &Principal, query: &JobQuery) -> Result<Vec<Job>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::list(self.db(), principal.realm, query).await
    }

    /// One job.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn job(&self, principal: &Principal, id: Id<Job>) -> Result<Job, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::by_id(self.db(), principal.realm, id)
            .await?
            .ok_or_else(|| Refusal::NotFound { what: "job" }.into())
    }

    /// The first instant after `now` at which a job is due, over all realms.
    ///
    /// # Errors
    /// The store failed.
    pub async fn next_job_due(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        table::next_due(self.db(), now).await
    }
}
