//! Access reviews: those who administer a group say of each membership in it whether it is still right, until a last day.
//!
//! What a review promises:
//! - It is about the memberships that are held when it begins, one item each. Who comes later is not reviewed.
//! - Nobody decides about themselves. What nobody decides about becomes what was said when the review began.
//! - Nothing happens before it closes, and what closing would do can be read before. Each item is one transaction then: the end or
//!   the suspension, its events, which name the review, and the item's outcome. Whoever left meanwhile, came back, or was suspended,
//!   is left alone.
//! - Where many would lose a membership because nobody said anything, it waits until somebody closes it.
//!
//! Its parts: `rules` (pure), `commands`, `jobs` (what time does to it), `apply` (what closing does), `seen` and `queries` (who is
//! shown what), `tell` (who is told) and `table`.

mod apply;
mod commands;
pub(crate) mod jobs;
mod queries;
pub(crate) mod rules;
mod seen;
mod snapshot;
pub(crate) mod table;
mod tell;

pub(crate) use apply::apply_by_job;
pub use commands::{BeginReview, CancelReview, CloseReview, DecideItem};
pub(crate) use commands::{end_of_group, erase_of_user};
pub(crate) use queries::said;
pub use queries::{Foreseen, ItemShown, ItemsAsked, ReviewsAsked};

use serde_json::{Map, json};

use crate::clock::Timestamp;
use crate::event::{Event, EventKind};
use crate::group::Group;
use crate::id::Id;
use crate::membership::Membership;
use crate::user::User;

/// What is decided about a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It stays.
    Keep,
    /// It ends.
    Remove,
    /// The person is kept out for the time being.
    Suspend,
}

impl Decision {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Remove, Self::Suspend];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Suspend => "suspend",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.name() == word)
    }
}

/// The word for an item about which nobody has decided.
pub const UNDECIDED: &str = "undecided";

/// Where a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewState {
    /// Its items are being written.
    Starting,
    /// Its items are being decided.
    Open,
    /// The same past its last day, since closing it takes another word.
    Held,
    /// What was decided is being done.
    Closing,
    /// It was.
    Closed,
    /// Nothing came of it.
    Cancelled,
}

impl ReviewState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Starting,
        Self::Open,
        Self::Held,
        Self::Closing,
        Self::Closed,
        Self::Cancelled,
    ];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Open => "open",
            Self::Held => "held",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }

    /// Whether it waits for decisions, or will.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Starting | Self::Open | Self::Held)
    }

    /// Whether its items can be decided.
    pub fn takes_decisions(self) -> bool {
        matches!(self, Self::Open | Self::Held)
    }

    /// Whether nothing more comes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}

/// Why a review was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelCause {
    /// Somebody said so.
    Cancelled,
    /// Its group is gone.
    GroupDeleted,
    /// It was held, and nobody closed it.
    NotClosed,
}

impl CancelCause {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::GroupDeleted => "group_deleted",
            Self::NotClosed => "not_closed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Cancelled, Self::GroupDeleted, Self::NotClosed];
        all.into_iter().find(|cause| cause.name() == word)
    }
}

/// How many items are decided how, and what was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All items.
    pub items: i64,
    /// Nobody has decided about them.
    pub to_decide: i64,
    /// They are to stay.
    pub to_keep: i64,
    /// They are to end.
    pub to_remove: i64,
    /// They are to be suspended.
    pub to_suspend: i64,
    /// They were ended.
    pub removed: i64,
    /// They were suspended.
    pub suspended: i64,
    /// They were to be, and had changed by themselves.
    pub superseded: i64,
}

/// A review without its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its id; the instant in it is when it was begun.
    pub id: Id<Review>,
    /// Raised by every change, of decisions too.
    pub version: i64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Of which group.
    pub group: Id<Group>,
    /// Where that stood when it began.
    pub path: String,
    /// Whether the groups below are reviewed too.
    pub below: bool,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub reason: Option<String>,
    /// What becomes of memberships nobody decides about.
    pub undecided: Decision,
    /// Who began it, as events name them.
    pub begun_by: String,
    /// Where it stands.
    pub state: ReviewState,
    /// The first instant after its last day.
    pub ends_at: Timestamp,
    /// Reminders that were due until then are settled; none until it is open.
    pub reminded: Option<Timestamp>,
    /// Why it waits for somebody to close it.
    pub held: Option<String>,
    /// When it was closed or cancelled.
    pub ended_at: Option<Timestamp>,
    /// Why it was cancelled.
    pub cause: Option<CancelCause>,
    /// How many items are decided how.
    pub counts: Counts,
}

impl Review {
    /// The fact that it stands otherwise than before.
    fn turned(&self, kind: EventKind, before: ReviewState) -> Event {
        let stood = |state: ReviewState| Map::from_iter([("state".to_owned(), state.name().into())]);
        self.fact(kind).turned(&stood(before), &stood(self.state))
    }

    /// A fact about it. It says nothing that people typed but its name.
    fn fact(&self, kind: EventKind) -> Event {
        let body = json!({ "group": self.group.to_string(), "name": self.name, "state": self.state.name() });
        Event::new(kind, self.id.uuid(), self.version, body).within(self.group)
    }

    /// The person who began it, if it was one.
    fn begun_by_person(&self) -> Option<Id<User>> {
        Id::parse(self.begun_by.strip_prefix("user:")?)
    }
}

/// What became of an item when the review was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The membership was ended.
    Removed,
    /// It was suspended.
    Suspended,
    /// It would have been, but it is not what was decided about any more.
    Superseded(Superseded),
}

impl Outcome {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Suspended => "suspended",
            Self::Superseded(_) => "superseded",
        }
    }

    fn parse(word: &str, why: Option<&str>) -> Option<Self> {
        match word {
            "removed" => Some(Self::Removed),
            "suspended" => Some(Self::Suspended),
            "superseded" => Some(Self::Superseded(Superseded::parse(why.unwrap_or_default()))),
            _ => None,
        }
    }
}

/// Why a membership is not what was decided about any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Superseded {
    /// It ended meanwhile.
    Ended,
    /// It ended meanwhile, and was given again.
    GivenAgain,
    /// It is suspended already.
    Suspended,
}

impl Superseded {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::GivenAgain => "given_again",
            Self::Suspended => "suspended",
        }
    }

    fn parse(word: &str) -> Self {
        let known = [Self::GivenAgain, Self::Suspended];
        known.into_iter().find(|why| why.name() == word).unwrap_or(Self::Ended)
    }
}

/// One membership that is reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewItem {
    /// 1, 2, …; groups above come before those below them.
    pub position: i64,
    /// Which membership.
    pub membership: Id<Membership>,
    /// Its version when the review began.
    pub membership_version: i64,
    /// When it had been given last, then.
    pub granted_at: Timestamp,
    /// In which group.
    pub group: Id<Group>,
    /// Whose.
    pub user: Id<User>,
    /// What was decided; none = nothing yet.
    pub decision: Option<Decision>,
    /// Why.
    pub comment: Option<String>,
    /// Who decided, as events name them.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What became of it; none where nothing was done.
    pub outcome: Option<Outcome>,
}
