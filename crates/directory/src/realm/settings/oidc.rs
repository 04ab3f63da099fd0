//! The realm's OpenID provider.

use serde::{Deserialize, Serialize};

use super::Concealed;

/// When a first sign-in makes an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JitMode {
    /// As long as no valid token or secret with `scim:write` exists, as at Wire.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The realm's OpenID provider, as the operator sets it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcSettings {
    /// The provider's issuer, byte for byte as in its discovery document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The audience of tokens for Usher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Usher's client id at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Usher's client secret there, where it is no public client. Shown to nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Concealed>,
    /// When a first sign-in makes an account. Default `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jit: Option<JitMode>,
    /// The level of assurance (`acr`) that a sign-in must have for the person's roles to count; default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The algorithms by which its tokens may be signed. Default RS256, PS256, ES256, EdDSA.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<String>,
    /// Which of its claims carry roles.
    #[serde(skip_serializing_if = "OidcRoles::is_unset")]
    pub roles: OidcRoles,
    /// Hours after it was issued for which a token that carries roles counts. Default 24.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_token_hours: Option<u32>,
    /// The claim with the NameID of the SAML provider behind it, which is compared exactly with `externalId`; default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id_claim: Option<String>,
    /// Whether a new address of somebody who is in takes effect only when they have confirmed it by the link in a mail
    /// (Wire's W-42, W-95). Default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub validate_emails: bool,
}

/// Which claims of the provider's tokens carry a role: each entry is `path=value`, the path a claim's name with the members
/// below it behind dots, the value a text there or in a list there. Where nothing is set, the defaults stand for the role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OidcRoles {
    /// Everything in the realm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub realm_admin: Vec<String>,
    /// Manage every group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub manage_groups: Vec<String>,
    /// Manage every group and the rules for groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub manage_groups_extended: Vec<String>,
    /// Invite people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inviter: Vec<String>,
    /// Read everything, change nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub auditor: Vec<String>,
    /// No role of Usher's: the administration of groups and people, but not of settings and rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub manage_users: Vec<String>,
}

impl OidcRoles {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// Each by its name, with what is set for it.
    pub(super) fn each(&self) -> [(&'static str, &[String]); 6] {
        [
            ("realm-admin", &self.realm_admin),
            ("manage-groups", &self.manage_groups),
            ("manage-groups-extended", &self.manage_groups_extended),
            ("inviter", &self.inviter),
            ("auditor", &self.auditor),
            ("manage-users", &self.manage_users),
        ]
    }
}

/// The algorithms by which tokens may be signed where nothing is set.
const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

/// All that can be set. None is symmetric: the key would be a secret that both sides know.
pub(super) const KNOWN_ALGORITHMS: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
];

impl OidcSettings {
    pub(super) fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// Hours after it was issued for which a token that carries roles counts.
    pub fn role_token_hours(&self) -> u32 {
        self.role_token_hours.unwrap_or(24)
    }

    /// The algorithms by which the provider's tokens may be signed.
    pub fn algorithms(&self) -> Vec<&str> {
        if self.algorithms.is_empty() {
            return ALGORITHMS.to_vec();
        }
        self.algorithms.iter().map(String::as_str).collect()
    }
}
