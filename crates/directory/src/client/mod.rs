//! Programs: what each may do, which dialect it speaks, whether it invites.

mod commands;
mod entitlements;
pub(crate) mod log;
mod policy;
mod profile;
pub mod secret;
mod settings;
pub(crate) mod table;
pub(crate) mod unknown;
pub(crate) use table::load;

pub use commands::{ClientChanges, CreateClient, CreatedClient, DeleteClient, RotateSecret, UpdateClient};
pub use entitlements::{EntitlementsShown, NamedGroup};
pub use log::{KEPT_REQUESTS, LoggedRequest, NotedRequest};
pub use policy::{Operation, Policy, ResourceKind};
pub use profile::Profile;
pub use settings::{ClientSettings, PostConflict, UnknownAttributes, UserNameTransform};

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::id::Id;
use crate::principal::Scopes;

/// Whether a client's users are invited by mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InviteMode {
    /// Never.
    #[default]
    Never,
    /// Those who have no account elsewhere (Wire's table A5.1).
    Unlinked,
}

impl InviteMode {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Unlinked => "unlinked",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// `Invalid`, naming the two words.
    pub fn parse(word: &str) -> Result<Self, crate::Refusal> {
        match word {
            "never" => Ok(Self::Never),
            "unlinked" => Ok(Self::Unlinked),
            _ => Err(crate::Refusal::invalid("invite", "`never` or `unlinked`")),
        }
    }
}

/// A program.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id; also its OAuth2 client id.
    pub id: Id<Client>,
    /// Raised by every change.
    pub version: i64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Its name, unique in the realm.
    pub name: String,
    /// The dialect it speaks.
    pub profile: Profile,
    /// What its tokens may be used for.
    pub scopes: Scopes,
    /// Whether its users are invited.
    pub invite: InviteMode,
    /// Its users have accounts at the realm's provider.
    pub idp: bool,
    /// What SCIM shows as `active` while an invitation is open.
    pub pending_active: bool,
    /// What narrows its scopes.
    pub policy: Option<Policy>,
    /// What is rarely set.
    pub settings: ClientSettings,
    /// Whose externalIds it sees and writes.
    pub space: Uuid,
    /// Whether an OAuth2 secret exists.
    pub has_secret: bool,
    /// Switched off: every token of it is refused.
    pub disabled: bool,
}

impl Client {
    /// Whether a POST whose externalId is known takes over what has it.
    pub fn adopts_same_external_id(&self) -> bool {
        self.settings.post_conflict == Some(PostConflict::AdoptSameExternalId)
    }

    /// Whether users it makes count as bound to the realm's provider.
    pub fn binds(&self, realm: &crate::realm::Realm) -> bool {
        self.idp && realm.settings.oidc.issuer.is_some()
    }
}
