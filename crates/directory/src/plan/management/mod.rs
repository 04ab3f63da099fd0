//! What another system knew of groups, taken over by a plan: each thing under the id it had there, so that what is here
//! already is not taken over twice. Nobody is sent a mail.
//!
//! - [`Carried`]: one thing as it comes.
//! - `rows`: what it comes to; `apply`: taking it over; `member`: memberships and requests; `invitation`, `setting`: those.

mod apply;
mod invitation;
mod member;
mod rows;
mod setting;
mod table;

pub(super) use apply::apply;
pub(crate) use table::STATEMENTS;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Action;
use crate::legacy::LegacyKind;

/// One thing of another system, under its id there.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// Its id there; of an invitation the hash of the secret in its link, in hexadecimal digits.
    pub original: String,
    /// Where it stands there, for people: a table.
    pub place: String,
    /// What people call it.
    pub name: String,
    /// What it is, or why that cannot be read.
    pub carried: Result<Carried, String>,
}

/// What is taken over. Ids are those of the other system; days are `yyyy-MM-dd`, instants RFC 3339.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Carried {
    /// A person.
    Person {
        /// As SCIM has them.
        document: Map<String, Value>,
        /// Whether they are made where nobody of that name or address is here.
        make: bool,
    },
    /// A group.
    Group {
        /// Below which group; none = at the top.
        parent: Option<String>,
        /// Its name.
        group: String,
        /// Free attributes.
        attributes: BTreeMap<String, Vec<String>>,
    },
    /// A role of a group.
    Role {
        /// Of which group.
        group: String,
        /// Its name.
        role: String,
    },
    /// A rule of the realm.
    Rule {
        /// For groups at the top; else for those below others.
        top_level: bool,
        /// About which field.
        field: String,
        /// Whether a value has to be given.
        required: bool,
        /// What is filled in.
        default: Option<String>,
        /// What is the most.
        max: Option<String>,
    },
    /// A way to join.
    Way(Box<CarriedWay>),
    /// That somebody owns a group.
    Admin {
        /// Which group.
        group: String,
        /// Who.
        user: String,
    },
    /// A membership.
    Member(CarriedMember),
    /// A request.
    Request(Box<CarriedRequest>),
    /// An invitation that nobody has answered.
    Invitation(Box<CarriedInvitation>),
    /// A setting of the realm.
    Setting {
        /// Its dotted key here.
        setting: String,
        /// What it is, in one line.
        value: String,
    },
}

/// A way to join of another system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CarriedWay {
    /// Of which group.
    pub group: String,
    /// Its name.
    pub way: String,
    /// Whether it is offered first.
    pub first: bool,
    /// Whether it can be used.
    pub active: bool,
    /// Whether those see it who are no members.
    pub visible: bool,
    /// Somebody decides about those who are no members.
    pub require_approval: bool,
    /// Somebody decides about members who want to stay.
    pub require_approval_for_extension: bool,
    /// One may ask for several roles.
    pub multiselect_role: bool,
    /// One has to say why.
    pub comments_needed: bool,
    /// What stands above that.
    pub comments_label: Option<String>,
    /// What is asked there.
    pub comments_description: Option<String>,
    /// No membership begins before that day.
    pub valid_from: Option<String>,
    /// For so many days one lasts.
    pub days: Option<i64>,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// Where its terms stand.
    pub terms: Option<String>,
    /// What people read before they ask, after that, before they answer an invitation, and after that.
    pub texts: [Option<String>; 4],
}

/// A membership of another system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CarriedMember {
    /// Which group.
    pub group: String,
    /// Who.
    pub user: String,
    /// The person is kept out.
    pub suspended: bool,
    /// Its first day.
    pub valid_from: Option<String>,
    /// Its last day.
    pub last_day: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
    /// By which way it was joined.
    pub way: Option<String>,
    /// Why somebody suspended or resumed it.
    pub justification: Option<String>,
    /// Who changed it last.
    pub changed_by: Option<String>,
}

/// A request of another system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CarriedRequest {
    /// To join which group.
    pub group: String,
    /// By which way.
    pub way: String,
    /// Who asked.
    pub user: String,
    /// How it stands, in the words of the wire.
    pub status: String,
    /// When it was submitted.
    pub submitted_at: String,
    /// When it was decided.
    pub decided_at: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
    /// Why they ask.
    pub comments: Option<String>,
    /// What reviewers asked and the person answered.
    pub dialogue: Option<String>,
    /// Why it was decided so.
    pub justification: Option<String>,
    /// Who decided it.
    pub reviewer: Option<String>,
    /// Who they were: given and family name, address, identifier.
    pub identity: [Option<String>; 4],
    /// How sure others were of who it is.
    pub assurance: Vec<String>,
    /// Who vouched for the sign-in.
    pub authorities: Vec<String>,
}

/// An invitation of another system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CarriedInvitation {
    /// To which group.
    pub group: String,
    /// By which way a membership is offered; none = the administration is.
    pub way: Option<String>,
    /// The roles of the membership.
    pub roles: Vec<String>,
    /// Who invites.
    pub inviter: Option<String>,
    /// To which address; none where it was not kept.
    pub address: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// The first instant at which it cannot be answered any more.
    pub expires_at: String,
}

impl Carried {
    fn kind(&self) -> LegacyKind {
        match self {
            Self::Person { .. } => LegacyKind::User,
            Self::Group { .. } => LegacyKind::Group,
            Self::Role { .. } => LegacyKind::Role,
            Self::Rule { .. } => LegacyKind::Rule,
            Self::Way(_) => LegacyKind::Configuration,
            Self::Admin { .. } => LegacyKind::Delegation,
            Self::Member(_) => LegacyKind::Membership,
            Self::Request(_) => LegacyKind::Request,
            Self::Invitation(_) => LegacyKind::Invitation,
            Self::Setting { .. } => LegacyKind::Setting,
        }
    }

    fn action(&self) -> Action {
        match self {
            Self::Person { .. } => Action::Create,
            Self::Group { .. } => Action::CreateGroup,
            Self::Role { .. } => Action::DefineRole,
            Self::Rule { .. } => Action::SetRule,
            Self::Way(_) => Action::Configure,
            Self::Admin { .. } => Action::Delegate,
            Self::Member(_) => Action::AddMember,
            Self::Request(_) => Action::AddRequest,
            Self::Invitation(_) => Action::AddInvitation,
            Self::Setting { .. } => Action::SetSetting,
        }
    }
}
