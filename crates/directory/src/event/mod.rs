//! Facts: who did what to what, when, before and after. Written in the transaction of the change, placed and chained
//! afterwards by the sequencer, read as audit log and feed.

mod erase;
mod feed;
mod kind;
pub mod sequencer;
pub(crate) mod table;
mod verify;

pub(crate) use erase::erase;
pub use feed::{EventQuery, EventsPiece, StoredEvent};
pub use kind::EventKind;
pub use sequencer::Sequencer;
pub use verify::{VerifiedPiece, VerifyProblem, VerifyReport};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::group::Group;
use crate::id::Id;

/// The member of every body that says by which program a person acted.
pub(crate) const VIA: &str = "via";
/// The member of every body that says by which request; what jobs and the command line do has none.
pub(crate) const REQUEST_ID: &str = "request_id";

/// One fact about one subject.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// What it happened to.
    pub subject: Uuid,
    /// The subject's version after it.
    pub version: i64,
    /// Details: `before`, `after`, `why` and what the kind adds. Never a secret. How it came about is added as it is recorded:
    /// `plan` and `source`, `review`, `via`, `request_id`.
    pub body: Value,
    /// The managed group in whose history it belongs, where that is not the subject.
    pub within: Option<Id<Group>>,
}

impl Event {
    /// A fact with details.
    pub fn new(kind: EventKind, subject: Uuid, version: i64, body: Value) -> Self {
        Self {
            kind,
            subject,
            version,
            body,
            within: None,
        }
    }

    /// A fact that replaced one state by another: only what differs is kept.
    pub fn replaced(
        kind: EventKind,
        subject: Uuid,
        version: i64,
        before: &serde_json::Map<String, Value>,
        after: &serde_json::Map<String, Value>,
    ) -> Self {
        let changed = |from: &serde_json::Map<String, Value>,
                       to: &serde_json::Map<String, Value>|
         -> serde_json::Map<String, Value> {
            from.iter()
                .filter(|(name, value)| to.get(*name) != Some(value))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        Self::new(
            kind,
            subject,
            version,
            json!({ "before": changed(before, after), "after": changed(after, before) }),
        )
    }

    /// Says in which group's history it belongs.
    #[must_use]
    pub fn within(mut self, group: Id<Group>) -> Self {
        self.within = Some(group);
        self
    }

    /// Adds a member to the details.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        if let Value::Object(body) = &mut self.body {
            body.insert(name.to_owned(), value);
        }
        self
    }
}
