//! Deliveries: what follows from an event, on its way to one target, at least once and in order per subject, until the
//! target has confirmed it or an operator decides.
//!
//! A delivery is written with its event (`routes`). Any node may take it, by a lease in real time that runs out when the
//! node dies (`worker`); no transaction is open while the target works. What fails is tried again later and later, in the
//! directory's time, then parked. A parked delivery holds back the later ones of its subject until an operator retries or
//! drops it (`commands`). Settled rows stay for a while to be looked up, then a daily job removes them: the log of events
//! says for good what happened.

mod commands;
mod queries;
pub(crate) mod routes;
pub(crate) mod rules;
mod settle;
pub(crate) mod table;
mod worker;

pub use commands::{DropDelivery, RetryDelivery};
pub use queries::DeliveryQuery;
pub(crate) use table::free;
pub use worker::DeliveryWorker;
pub(crate) use worker::{Left, is_served, left};

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::event::Event;
use crate::id::Id;
use crate::mail::Mail;
use crate::realm::RealmId;

/// Something that has to know what happened: mail, and what later steps add.
///
/// A delivery may come more than once, so every target is idempotent.
pub trait Target: Send + Sync {
    /// Its name in deliveries.
    fn name(&self) -> &'static str;

    /// Brings one delivery where it belongs and says what came of it. Runs outside any transaction; the worker gives up
    /// waiting after [`crate::settings::WorkSettings::answer_seconds`].
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target has it.
    Confirmed,
    /// Not now; a later attempt may succeed.
    Retry {
        /// What the target said, or why it could not be asked. Cut and made harmless before it is kept.
        why: String,
    },
    /// Never, unless someone changes something.
    Park {
        /// What the target said.
        why: String,
    },
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waits for its first attempt, or for the ones before it.
    Queued,
    /// A node is at it.
    Running,
    /// Waits for its next attempt.
    Retrying,
    /// Waits for an operator.
    Parked,
    /// The target has it.
    Confirmed,
    /// Not to be delivered any more.
    Dropped,
}

impl DeliveryState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Retrying,
        Self::Parked,
        Self::Confirmed,
        Self::Dropped,
    ];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Parked => "parked",
            Self::Confirmed => "confirmed",
            Self::Dropped => "dropped",
        }
    }

    /// The state of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// One event on its way to one target.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Whose it is.
    pub realm: RealmId,
    /// Its id; the instant in it is when it was queued.
    pub id: Id<Delivery>,
    /// Where it goes.
    pub target: String,
    /// What it is about; deliveries of one subject to one target are in order.
    pub subject: Uuid,
    /// The subject's version, which is the order.
    pub subject_version: i64,
    /// The event it follows from.
    pub event: Id<Event>,
    /// The kind of that event, e.g. `invitation.created`.
    pub kind: String,
    /// What the target needs beside it: `{"mail": id}`.
    pub payload: Value,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it has been tried.
    pub attempts: i64,
    /// When its next attempt is due, in the directory's time.
    pub due_at: Timestamp,
    /// What the target said last, made harmless.
    pub last_error: Option<String>,
    /// When it was confirmed or dropped.
    pub finished_at: Option<Timestamp>,
}

impl Delivery {
    /// The mail it brings, if it brings one.
    pub fn mail(&self) -> Option<Id<Mail>> {
        self.payload.get("mail").and_then(Value::as_str).and_then(Id::parse)
    }
}
