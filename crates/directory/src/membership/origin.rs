//! By whom a membership was given or ended.

use uuid::Uuid;

use crate::change::Change;
use crate::principal::Actor;

/// Who gives memberships, and ends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A program.
    Client,
    /// Whoever runs the installation or the realm.
    Operator,
    /// A person: by joining and leaving, or for others.
    User,
    /// An invitation that was accepted.
    Invitation,
    /// A source, by a plan.
    Import,
    /// Usher itself: time, or because the person or the group is gone.
    System,
    /// Nobody: hours are over for which a person had made themselves a member. It keeps nobody from being one again.
    Elevation,
}

impl Origin {
    const ALL: [Self; 7] = [
        Self::Client,
        Self::Operator,
        Self::User,
        Self::Invitation,
        Self::Import,
        Self::System,
        Self::Elevation,
    ];

    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Operator => "operator",
            Self::User => "user",
            Self::Invitation => "invitation",
            Self::Import => "import",
            Self::System => "system",
            Self::Elevation => "elevation",
        }
    }

    /// The one of that word; one that only a newer version knows counts as Usher itself.
    pub(crate) fn parse(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|origin| origin.name() == word);
        known.unwrap_or(Self::System)
    }

    /// Who it is in this change, and which one of them.
    pub(crate) fn of(change: &Change<'_>) -> (Self, Option<Uuid>) {
        if let Some(source) = change.source() {
            return (Self::Import, Some(source.id()));
        }
        match &change.principal().actor {
            Actor::Client(actor) => (Self::Client, Some(actor.client.id.uuid())),
            Actor::User(actor) => (Self::User, Some(actor.user.uuid())),
            Actor::Operator => (Self::Operator, None),
            Actor::System | Actor::Nobody => (Self::System, None),
        }
    }
}
