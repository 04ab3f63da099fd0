//! Requests that were made in the system before.

use serde_json::json;

use super::{Request, RequestStatus, table, thread};
use crate::change::Change;
use crate::error::Error;
use crate::event::EventKind;
use crate::job::{self, JobKind};

/// Writes down a request as it stood there, and what was said about it meanwhile; nobody is told. Whoever is to say the next
/// word is reminded when its time comes.
pub(crate) fn carry_over(change: &mut Change<'_>, request: &Request, dialogue: Option<&str>) -> Result<(), Error> {
    table::insert(change, request)?;
    if let Some(text) = dialogue {
        thread::say(change, request.id, true, text)?;
    }
    let kind = match request.status {
        RequestStatus::PendingApproval | RequestStatus::WaitingForReply => EventKind::RequestSubmitted,
        RequestStatus::Accepted => EventKind::RequestAccepted,
        RequestStatus::Rejected => EventKind::RequestRejected,
        RequestStatus::Archived => EventKind::RequestArchived,
        RequestStatus::SelfApproved => EventKind::RequestSelfApproved,
    };
    change.record(request.made(kind).with("taken_over", true.into()))?;
    if request.status.is_open() {
        let (subject, now) = (request.id.uuid(), change.now());
        job::schedule_quietly(change, JobKind::RequestDuties, subject, &json!({}), now)?;
    }
    Ok(())
}
