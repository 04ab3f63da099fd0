//! What an operator does about jobs.

use serde_json::json;

use super::{Job, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Makes a job due now, parked or not.
#[derive(Clone, Debug)]
pub struct RetryJob {
    /// Which one.
    pub id: Id<Job>,
}

impl Command for RetryJob {
    type Output = Job;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Job, Error> {
        let (before, leased) = table::lock(change, self.id)?.ok_or(Refusal::NotFound { what: "job" })?;
        // A lease that has run out is taken over by itself.
        if leased.is_some() {
            return Err(Refusal::conflict("a node is at the job at this moment").into());
        }
        table::retry(change, self.id)?;
        let body =
            json!({ "kind": before.kind.name(), "subject": before.subject.to_string(), "parked": before.parked });
        change.record(Event::new(EventKind::JobRetried, self.id.uuid(), before.attempts, body))?;
        Ok(Job {
            due_at: change.now(),
            attempts: 0,
            parked: false,
            ..before
        })
    }
}
