//! One person's asking to join a group, or to stay: its state, its thread, and in whose queue it stands.
//!
//! - [`Request`]: one as it is stored; [`Said`]: what was said with it and about it.
//! - [`thread`]: what reviewers ask, and what the person answers.
//! - `admit`: letting somebody in; `aside`: putting a request aside; `scopes`: in whose queues it stands; `tell`: who is told.
//! - [`rules`]: what can be done in which state, what asking takes, and when somebody is reminded. Pure.

pub(crate) mod admit;
pub(crate) mod aside;
mod carry;
pub(crate) mod identity;
pub mod rules;
pub(crate) mod scopes;
mod state;
pub(crate) mod table;
pub(crate) mod tell;
pub mod thread;

#[cfg(test)]
mod tests;

pub(crate) use carry::carry_over;
pub(crate) use scopes::requeue;
pub use state::{ArchiveCause, RequestStatus};
pub use thread::Message;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::configuration::Configuration;
use super::terms::Terms;
use crate::clock::Timestamp;
use crate::event::{Event, EventKind};
use crate::group::Group;
use crate::id::Id;
use crate::user::User;

/// A request as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: Id<Request>,
    /// Raised by every change.
    pub version: i64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// To join which group.
    pub group: Id<Group>,
    /// By which way.
    pub configuration: Id<Configuration>,
    /// Who asks.
    pub user: Id<User>,
    /// Where it stands.
    pub status: RequestStatus,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it was decided, or put aside.
    pub decided_at: Option<Timestamp>,
    /// The terms that were accepted with it.
    pub terms: Option<Id<Terms>>,
    /// What was said.
    pub said: Said,
}

impl Request {
    /// Since when it waits for somebody.
    pub fn waits_since(&self) -> Timestamp {
        self.said.last_word.unwrap_or(self.submitted_at)
    }

    /// Whether the way to join was changed since it was made, so that it will be put aside.
    pub(crate) fn is_outdated_by(&self, configuration: &Configuration) -> bool {
        let since = configuration.contract.requests_from_version;
        since.is_some_and(|since| self.said.way_version < since)
    }

    /// The fact that it was made.
    pub(crate) fn made(&self, kind: EventKind) -> Event {
        self.fact(kind).turned(&Map::new(), &self.standing())
    }

    /// The fact that it stands otherwise than before.
    pub(crate) fn turned(&self, kind: EventKind, before: &Self) -> Event {
        self.fact(kind).turned(&before.standing(), &self.standing())
    }

    /// What facts say of where it stands. Never why somebody asks or decides: that stands with it, and in its mails.
    fn standing(&self) -> Map<String, Value> {
        let said = &self.said;
        let first = said.first_approval.as_ref().map(|first| first.by.clone());
        let members = [
            ("status", Some(self.status.name().to_owned())),
            ("approved_once_by", first),
            ("decided_by", said.reviewer.clone()),
            ("decided_at", self.decided_at.map(|at| at.to_string())),
            ("reminded", said.reminded.map(|at| at.to_string())),
        ];
        let said = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        said.collect()
    }

    fn fact(&self, kind: EventKind) -> Event {
        let roles: Vec<&str> = self.said.roles.iter().map(|role| role.name.as_str()).collect();
        let body = json!({
            "group": self.group.to_string(),
            "configuration": self.configuration.to_string(),
            "user": self.user.to_string(),
            "status": self.status.name(),
            "roles": roles,
            "renewal": self.said.renewal,
        });
        Event::new(kind, self.id.uuid(), self.version, body).within(self.group)
    }
}

/// What was said with a request and about it. One JSON object in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The roles asked for.
    pub roles: Vec<AskedRole>,
    /// Why the person asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// Who the person was when they asked.
    pub identity: Identity,
    /// Where the group stood when they asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_path: Option<String>,
    /// The version of the way to join by which they asked.
    pub way_version: i64,
    /// They are a member, and want to stay.
    pub renewal: bool,
    /// Who decided it: an actor as in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// The first of two who decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_approval: Option<FirstApproval>,
    /// Why it was decided so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// Who is to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<Uuid>,
    /// Why it was put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<ArchiveCause>,
    /// When somebody last said something: it waits since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_word: Option<Timestamp>,
    /// When whoever is to say the next word was last reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Timestamp>,
}

/// A role that was asked for, by the name it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRole {
    /// Its id in the group.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Who a person was when they asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The values of the attribute that the realm names, else the userName.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// How sure others are of who it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assurance: Vec<String>,
    /// Who vouched for the sign-in, nearest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<String>,
}

/// Of one that does not say so it is asked again.
fn by_delegation() -> bool {
    true
}

/// The first of two who decide about a privileged group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstApproval {
    /// Who: an actor as in events.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// They could by administering the group, so it counts while they do.
    #[serde(default = "by_delegation")]
    pub by_delegation: bool,
}
