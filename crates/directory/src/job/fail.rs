//! Writing down that a job has failed.

use std::error::Error as _;

use serde_json::json;
use uuid::Uuid;

use super::{Job, table};
use crate::change::{Change, Command};
use crate::delivery::rules::next_attempt;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::mail::text;
use crate::principal::Permission;
use crate::settings::WorkSettings;

/// Puts a failed job off, or parks it; false when another node has it by now, or it was given another time meanwhile.
#[derive(Clone, Debug)]
pub(super) struct FailJob {
    pub(super) job: Job,
    pub(super) lease: Uuid,
    pub(super) why: String,
    pub(super) work: WorkSettings,
}

impl Command for FailJob {
    type Output = bool;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        let random = u16::from_be_bytes(change.random());
        let attempts = self.job.attempts + 1;
        let due = next_attempt(attempts, change.now(), random, &self.work);
        if !table::fail(change, &self.job, self.lease, due, &self.why)? {
            return Ok(false);
        }
        if due.is_none() {
            let body =
                json!({ "kind": self.job.kind.name(), "subject": self.job.subject.to_string(), "why": self.why });
            change.record(Event::new(EventKind::JobParked, self.job.id.uuid(), attempts, body))?;
        }
        Ok(true)
    }
}

/// An error with its causes, as it may be kept.
pub(super) fn why(error: &Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        said.push_str(": ");
        said.push_str(&source.to_string());
        cause = source.source();
    }
    text::why(&said)
}
