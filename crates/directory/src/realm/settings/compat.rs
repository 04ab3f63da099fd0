//! Ways of group management that clients of earlier systems rely on. All are off by default.

use serde::{Deserialize, Serialize};

/// Which of the old ways are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompatSettings {
    /// Of invitations.
    #[serde(skip_serializing_if = "CompatInvitation::is_unset")]
    pub invitation: CompatInvitation,
    /// Suspending somebody who is no member in force is answered 404 instead of 409.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspend_404: bool,
    /// A token of the provider is taken whatever its audience is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub token_any_audience: bool,
    /// A membership whose time is over is deleted at once, without days of grace.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub expire_deletes: bool,
    /// Links in mails lead to the pages at `agm.link_url`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub agm_links: bool,
    /// Where a way to join gives one role and a request names several, the first counts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub single_role: bool,
}

/// Which of the old ways of invitations are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompatInvitation {
    /// Whoever is signed in and has the link accepts, whatever address the invitation went to.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub any_account: bool,
}

impl CompatSettings {
    pub(super) fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

impl CompatInvitation {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}
