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

use serde_json::{Map, Value, json};
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
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Self {
        Self::new(kind, subject, version, json!({})).turned(before, after)
    }

    /// Says what it was before and what it is after: only what differs is kept. What is made or given was nothing before.
    #[must_use]
    pub(crate) fn turned(self, before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        self.with("before", differing(before, after))
            .with("after", differing(after, before))
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

/// What of one is not so in the other.
pub(crate) fn differing(one: &Map<String, Value>, other: &Map<String, Value>) -> Value {
    let differs = |(name, value): &(&String, &Value)| other.get(*name) != Some(*value);
    let differing = one
        .iter()
        .filter(differs)
        .map(|(name, value)| (name.clone(), value.clone()));
    Value::Object(differing.collect())
}
