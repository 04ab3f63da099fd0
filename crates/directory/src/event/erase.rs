//! Erasing what the log says of a subject. The hashes stay, so the log still verifies; a last fact tells of it, so that
//! nobody else can take a body away unseen.

use serde_json::json;
use uuid::Uuid;

use super::{Event, EventKind, table};
use crate::change::Change;
use crate::error::Error;

/// Erases the bodies of a subject's facts and records, as its last one, that this was done.
pub(crate) fn erase(change: &mut Change<'_>, kind: EventKind, subject: Uuid, version: i64) -> Result<(), Error> {
    let realm = change.realm_id();
    change.execute(table::ERASE, &[realm.into(), subject.into()])?;
    change.record(Event::new(kind, subject, version, json!({})))?;
    Ok(())
}
