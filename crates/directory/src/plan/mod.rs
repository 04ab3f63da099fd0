//! Plans: whatever changes many things at once is first a stored list of items, each with before, after and reason. It is
//! read, held, approved and applied exactly as it was read. A first run and a daily one are the same code.
//!
//! What a plan promises:
//! - An item is one transaction: the change, its events, which name the plan, and the item's outcome. So a crash at any moment
//!   neither loses an item nor repeats it, and applying again goes on where it ended.
//! - An item is applied to what it was planned for. Where somebody has changed the subject since, or taken the name, it is
//!   refused; nothing is merged.
//! - A source takes away only what it gave, changes only what nobody else has written, and does not bring back what ended here.
//! - Many removals at once are held back until somebody has looked at them.
//!
//! Its parts: `rules` (pure), `people` and `groups` (what a row of a source comes to), `commands`, `apply` (the loop over the
//! items) and `table`.

mod apply;
mod commands;
mod document;
pub(crate) mod groups;
pub(crate) mod management;
mod people;
mod person;
mod queries;
pub(crate) mod rules;
pub(crate) mod table;

pub(crate) use apply::apply_by_job;
pub use apply::{Applied, Told};
pub use commands::{ApprovePlan, BeginPlan, DiscardPlan, StartPlan};
pub(crate) use commands::{EndPlan, PurgePlan};
pub use groups::{Edge, MemberRow};
pub use management::{Carried, CarriedInvitation, CarriedMember, CarriedRequest, CarriedWay, Foreign};
pub use person::{PersonRow, Setting};
pub use queries::{ItemQuery, Moved, PlanQuery, Progress};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::id::Id;
use crate::source::{Record, SourceName};

/// What the source of a plan tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanKind {
    /// People.
    Users,
    /// Groups and who is in them.
    Groups,
    /// Groups, how people join them, and who looks after them: as another system knew them.
    Management,
}

impl PlanKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Users, Self::Groups, Self::Management];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Management => "management",
        }
    }

    /// The kind of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }
}

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanState {
    /// Its items are still being written. Nobody is shown it.
    Making,
    /// Can be read and approved.
    Ready,
    /// The same, but it would do so much harm if it were wrong that approving it takes another word.
    Held,
    /// Can be applied.
    Approved,
    /// Its items are being applied, or were when somebody was interrupted.
    Applying,
    /// Every item was applied or refused.
    Applied,
    /// Put aside.
    Discarded,
}

impl PlanState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Making,
        Self::Ready,
        Self::Held,
        Self::Approved,
        Self::Applying,
        Self::Applied,
        Self::Discarded,
    ];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Ready => "ready",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Discarded => "discarded",
        }
    }

    /// The state of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }

    /// Whether nothing more comes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Applied | Self::Discarded)
    }
}

/// What an item does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Adds a person.
    Create,
    /// Changes a person's attributes.
    Change,
    /// Notes what another system called somebody who is here.
    Adopt,
    /// Sets something for the realm.
    SetSetting,
    /// Makes a group.
    CreateGroup,
    /// Adds a role to a group.
    DefineRole,
    /// Adds a rule for ways to join.
    SetRule,
    /// Gives a group a way to join.
    Configure,
    /// Lets somebody administer a group.
    Delegate,
    /// Makes a person a member of a group.
    AddMember,
    /// Changes the time or the roles of a membership.
    ChangeMember,
    /// Writes down a request that was made elsewhere.
    AddRequest,
    /// Offers what somebody was invited to elsewhere.
    AddInvitation,
    /// Ends a membership.
    RemoveMember,
    /// Suspends a person.
    Deactivate,
    /// Takes a person out of the realm.
    Remove,
    /// Leaves everything as it is.
    Nothing,
    /// What the source says cannot be done.
    Refused,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 18] = [
        Self::Create,
        Self::Change,
        Self::Adopt,
        Self::SetSetting,
        Self::CreateGroup,
        Self::DefineRole,
        Self::SetRule,
        Self::Configure,
        Self::Delegate,
        Self::AddMember,
        Self::ChangeMember,
        Self::AddRequest,
        Self::AddInvitation,
        Self::RemoveMember,
        Self::Deactivate,
        Self::Remove,
        Self::Nothing,
        Self::Refused,
    ];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Adopt => "adopt",
            Self::SetSetting => "set_setting",
            Self::CreateGroup => "create_group",
            Self::DefineRole => "define_role",
            Self::SetRule => "set_rule",
            Self::Configure => "configure",
            Self::Delegate => "delegate",
            Self::AddMember => "add_member",
            Self::ChangeMember => "change_member",
            Self::AddRequest => "add_request",
            Self::AddInvitation => "add_invitation",
            Self::RemoveMember => "remove_member",
            Self::Deactivate => "deactivate",
            Self::Remove => "remove",
            Self::Nothing => "nothing",
            Self::Refused => "refused",
        }
    }

    /// The action of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == word)
    }

    /// When it is applied: whoever is to be a member is there before, and what takes away comes last.
    pub(crate) fn stage(self) -> i64 {
        match self {
            Self::Create => 1,
            Self::Change | Self::Adopt => 2,
            Self::SetSetting
            | Self::CreateGroup
            | Self::DefineRole
            | Self::SetRule
            | Self::Configure
            | Self::Delegate => 3,
            Self::AddMember | Self::ChangeMember => 4,
            Self::AddRequest | Self::AddInvitation | Self::RemoveMember => 5,
            Self::Deactivate => 6,
            Self::Remove => 7,
            Self::Nothing | Self::Refused => 8,
        }
    }

    /// Whether it takes something away: what the brake counts.
    pub fn takes_away(self) -> bool {
        matches!(self, Self::RemoveMember | Self::Deactivate | Self::Remove)
    }
}

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// Not yet.
    Pending,
    /// Done, or there was nothing to do.
    Done,
    /// It could not be planned or applied.
    Refused,
}

impl ItemState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Done, Self::Refused];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The state of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// What becomes of those whom a source gave and no longer names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nothing.
    #[default]
    Keep,
    /// They are suspended.
    Deactivate,
    /// They leave; of groups: they are members no longer.
    Remove,
}

/// What a plan is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanOptions {
    /// New people are invited by mail; else they are in at once, without a word.
    pub invite: bool,
    /// The source also changes what others have written.
    pub overwrite: bool,
    /// What becomes of those it no longer names.
    pub missing: Missing,
    /// A plan that takes away from more than so many in a hundred of whom the source gave is held back.
    pub brake_percent: u32,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            invite: false,
            overwrite: false,
            missing: Missing::Keep,
            brake_percent: rules::BRAKE_PERCENT,
        }
    }
}

/// A plan without its items.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id; the instant in it is when it was begun.
    pub id: Id<Plan>,
    /// Raised by every change.
    pub version: i64,
    /// When it was last changed, apart from its items.
    pub modified: Timestamp,
    /// What its source tells of.
    pub kind: PlanKind,
    /// In whose name it acts.
    pub source: SourceName,
    /// What people call it, such as the name of a file.
    pub title: String,
    /// Who made it, as events name them.
    pub made_by: String,
    /// Where it stands.
    pub state: PlanState,
    /// What it was made with.
    pub options: PlanOptions,
    /// How many items it has.
    pub items: i64,
    /// How many of each action, without those it has none of. Empty while it is being made.
    pub counts: Vec<(Action, i64)>,
    /// Why it is held back.
    pub held: Option<String>,
    /// When it was applied or discarded.
    pub ended_at: Option<Timestamp>,
}

impl Plan {
    /// How many items of an action it has.
    pub fn count(&self, action: Action) -> i64 {
        let found = self.counts.iter().find(|(of, _)| *of == action);
        found.map_or(0, |(_, count)| *count)
    }
}

/// One item of a plan.
#[derive(Clone, Debug)]
pub struct Item {
    /// 1, 2, … in the order of the source.
    pub position: i64,
    /// What it does.
    pub action: Action,
    /// Where the source says it, for people: `line 17`.
    pub place: String,
    /// What people call the subject.
    pub name: String,
    /// The person or group; of a membership the person. None until it is made.
    pub subject: Option<Uuid>,
    /// Of a membership: the group. None until it is made.
    pub within: Option<Uuid>,
    /// The subject's version when this was planned.
    pub guard: Option<i64>,
    /// What changes, as it was.
    pub before: Option<Map<String, Value>>,
    /// What changes, as it will be.
    pub after: Option<Map<String, Value>>,
    /// Why.
    pub reason: Option<String>,
    /// What became of it.
    pub state: ItemState,
    /// Why it was refused, or what there is to say.
    pub outcome: Option<String>,
    pub(crate) record: Option<Record>,
}

/// An item that is being planned.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) action: Action,
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) name_key: Option<String>,
    pub(crate) subject: Option<Uuid>,
    pub(crate) within: Option<Uuid>,
    pub(crate) record: Option<Record>,
    pub(crate) guard: Option<i64>,
    pub(crate) before: Option<Map<String, Value>>,
    pub(crate) after: Option<Map<String, Value>>,
    pub(crate) reason: Option<String>,
    /// Whether there is anything to do.
    pub(crate) state: ItemState,
}

impl Draft {
    /// An item that does something.
    pub(crate) fn new(action: Action, place: &str, name: &str) -> Self {
        let state = match action {
            Action::Nothing => ItemState::Done,
            Action::Refused => ItemState::Refused,
            _ => ItemState::Pending,
        };
        Self {
            action,
            place: place.to_owned(),
            name: name.to_owned(),
            name_key: None,
            subject: None,
            within: None,
            record: None,
            guard: None,
            before: None,
            after: None,
            reason: None,
            state,
        }
    }

    /// With a reason.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}
