//! The values that tell other systems of a person's groups and roles (AARC-G069).

use serde::{Deserialize, Serialize};

/// How the values are formed: `NAMESPACE:group:PATH:role=ROLE#AUTHORITY`. Nobody has any while no namespace is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntitlementSettings {
    /// The attribute that clients of group management are shown them in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The namespace: a URN such as `urn:mace:example.org`. It is kept without percent signs where it was sent with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The authority that issues them, such as `aai.example.org`; default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Who signs the mails about groups; default: `Support team` in the language of the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl EntitlementSettings {
    pub(super) fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}
