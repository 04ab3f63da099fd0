//! What an invitation offers: an account, or, to whoever has the address, a membership or the administration of a group.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Invitation;
use crate::delegation::Capabilities;
use crate::enrollment::configuration::Configuration;
use crate::group::{Group, GroupRole};
use crate::id::Id;
use crate::mail::content;
use crate::user::User;

/// What an invitation offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// An account to the person it is for.
    Account,
    /// Something in a group, to an address.
    InGroup(GroupOffer),
}

/// An offer of something in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOffer {
    /// In which group.
    pub group: Id<Group>,
    /// What is offered there.
    pub right: OfferedRight,
    /// Who offers it, and to whom.
    pub terms: OfferTerms,
}

/// What is offered in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferedRight {
    /// To be a member.
    Membership {
        /// By which way to join.
        configuration: Id<Configuration>,
        /// With which roles.
        roles: Vec<OfferedRole>,
    },
    /// To administer it.
    Administration {
        /// What they would do.
        capabilities: Capabilities,
    },
}

/// A role that is offered, by its id and the name it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedRole {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

impl From<&GroupRole> for OfferedRole {
    fn from(role: &GroupRole) -> Self {
        Self {
            id: role.id.uuid(),
            name: role.name.clone(),
        }
    }
}

/// Who offers it, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferTerms {
    /// The given name of whoever is invited, as the inviter knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The family name, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Who invites.
    pub inviter: Inviter,
}

/// Who invites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inviter {
    /// As events name them.
    pub label: String,
    /// The person, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Uuid>,
    /// The name of the program, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// They may by administering the group, so the offer holds while they do.
    pub by_delegation: bool,
    /// They may let people into privileged groups.
    pub entitled: bool,
}

impl Inviter {
    /// The person, if it is one.
    pub fn person(&self) -> Option<Id<User>> {
        self.user.map(Id::new)
    }
}

/// What an offer is to, as rows, events and the wire name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// To be a member.
    Membership,
    /// To administer.
    Administration,
}

impl OfferKind {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Administration => "administration",
        }
    }

    pub(super) fn told(self) -> content::OfferKind {
        match self {
            Self::Membership => content::OfferKind::Membership,
            Self::Administration => content::OfferKind::Administration,
        }
    }
}

impl GroupOffer {
    /// What it is to.
    pub fn kind(&self) -> OfferKind {
        match self.right {
            OfferedRight::Membership { .. } => OfferKind::Membership,
            OfferedRight::Administration { .. } => OfferKind::Administration,
        }
    }

    /// The way to join that is offered.
    pub fn configuration(&self) -> Option<Id<Configuration>> {
        match self.right {
            OfferedRight::Membership { configuration, .. } => Some(configuration),
            OfferedRight::Administration { .. } => None,
        }
    }

    /// The names of the roles that are offered.
    pub fn role_names(&self) -> Vec<String> {
        match &self.right {
            OfferedRight::Membership { roles, .. } => roles.iter().map(|role| role.name.clone()).collect(),
            OfferedRight::Administration { .. } => Vec::new(),
        }
    }
}

impl Offered {
    /// The word in tables and on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::InGroup(offer) => offer.kind().name(),
        }
    }

    /// What is offered in a group.
    pub fn in_group(&self) -> Option<&GroupOffer> {
        match self {
            Self::Account => None,
            Self::InGroup(offer) => Some(offer),
        }
    }
}

impl Invitation {
    /// What is offered in a group; none where it is an account.
    pub fn offer(&self) -> Option<&GroupOffer> {
        self.offered.in_group()
    }
}

/// What stands in the column `details`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<OfferedRole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<String>,
    #[serde(flatten)]
    terms: OfferTerms,
}

impl Offered {
    /// Reads the columns; none for an offer that only a newer program knows.
    pub(super) fn from_columns(
        word: &str,
        group: Option<Uuid>,
        configuration: Option<Uuid>,
        details: Option<&str>,
    ) -> Option<Self> {
        if word == "account" {
            return Some(Self::Account);
        }
        let Details {
            roles,
            capabilities,
            terms,
        } = serde_json::from_str(details?).ok()?;
        let right = match word {
            "membership" => OfferedRight::Membership {
                configuration: Id::new(configuration?),
                roles,
            },
            "administration" => OfferedRight::Administration {
                capabilities: Capabilities::from_column(&capabilities?),
            },
            _ => return None,
        };
        Some(Self::InGroup(GroupOffer {
            group: Id::new(group?),
            right,
            terms,
        }))
    }

    /// The column `details`.
    pub(super) fn details(&self) -> Option<String> {
        let offer = self.in_group()?;
        let (roles, capabilities) = match &offer.right {
            OfferedRight::Membership { roles, .. } => (roles.clone(), None),
            OfferedRight::Administration { capabilities } => (Vec::new(), Some(capabilities.to_string())),
        };
        let details = Details {
            roles,
            capabilities,
            terms: offer.terms.clone(),
        };
        serde_json::to_string(&details).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delegation::Preset;

    #[test]
    fn what_is_written_is_read_again_and_what_is_not_known_is_nothing() {
        let group = Id::new(Uuid::from_u128(1));
        let rights = [
            OfferedRight::Membership {
                configuration: Id::new(Uuid::from_u128(2)),
                roles: vec![OfferedRole {
                    id: Uuid::from_u128(3),
                    name: "member".into(),
                }],
            },
            OfferedRight::Administration {
                capabilities: Preset::Manager.capabilities(),
            },
        ];
        for right in rights {
            let terms = OfferTerms {
                first_name: Some("Ada".into()),
                ..OfferTerms::default()
            };
            let offered = Offered::InGroup(GroupOffer { group, right, terms });
            let details = offered.details();
            let configuration = offered.in_group().and_then(GroupOffer::configuration);
            let read = |word: &str| {
                let configuration = configuration.map(Id::uuid);
                Offered::from_columns(word, Some(group.uuid()), configuration, details.as_deref())
            };
            assert_eq!(read(offered.name()), Some(offered.clone()));
            assert_eq!(read("lunch"), None);
            assert_eq!(
                Offered::from_columns(offered.name(), None, None, details.as_deref()),
                None
            );
        }
        assert_eq!(
            Offered::from_columns("account", None, None, None),
            Some(Offered::Account)
        );
        assert_eq!(Offered::Account.details(), None);
    }
}
