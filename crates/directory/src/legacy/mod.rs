//! What the system before called our groups, configurations, roles, requests and people, so that links in old mails and the
//! ids that programs kept still lead there, and nothing is taken over twice.

pub(crate) mod table;

/// What kind of thing an id of the system before names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyKind {
    /// A person.
    User,
    /// A group.
    Group,
    /// A role of a group.
    Role,
    /// A rule of the realm.
    Rule,
    /// A way to join.
    Configuration,
    /// That somebody administers a group.
    Delegation,
    /// A membership.
    Membership,
    /// A request.
    Request,
    /// A setting of the realm, by the name it has here.
    Setting,
    /// An invitation, by the hash of the secret in its link.
    Invitation,
}

impl LegacyKind {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Rule => "rule",
            Self::Configuration => "configuration",
            Self::Delegation => "delegation",
            Self::Membership => "membership",
            Self::Request => "request",
            Self::Setting => "setting",
            Self::Invitation => "invitation",
        }
    }
}
