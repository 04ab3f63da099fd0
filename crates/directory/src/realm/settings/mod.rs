//! What an operator sets for a realm, by dotted keys: `usher realm set default home_url=https://…`.
//!
//! - [`RealmSettings`]: all of it, with the defaults; `oidc`, `agm`, `entitlements`, `compat`: its parts.
//! - [`Concealed`]: a secret among them.
//! - `keys`: the dotted keys, how each is written in one line, and other names for some.
//! - `check`: what a value must be like.
//! - `stored`: how they are kept beside what a newer version has set.

mod agm;
mod check;
mod compat;
mod concealed;
mod entitlements;
mod keys;
mod oidc;
mod stored;

use serde::{Deserialize, Serialize};

pub use agm::{AgmRoles, AgmSettings};
pub use compat::{CompatInvitation, CompatSettings};
pub use concealed::Concealed;
pub use entitlements::EntitlementSettings;
pub use keys::without_effect;
pub use oidc::{JitMode, OidcRoles, OidcSettings};

/// Whether a POST by Wire's profile takes over a person whom no client of its kind manages (W-85).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdoptOnPost {
    /// Never.
    #[default]
    Never,
    /// The one person who has the address.
    MatchEmail,
    /// The one person who has the userName.
    MatchUsername,
}

/// What a PUT by a program that manages a person does to attributes which somebody else has written since (W-96).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScimConflict {
    /// It overwrites them.
    #[default]
    ScimWins,
    /// It leaves them, and an event says so.
    Report,
}

/// How the externalIds of Wire's clients compare: for uniqueness, in filters, and when someone is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExternalIdMatch {
    /// Every letter counts.
    Exact,
    /// Without letter case.
    Ci,
}

/// A realm's settings. Unset ones have the default named here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RealmSettings {
    /// Name shown to people; default: the realm's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where people end after accepting; default: the realm's start page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_url: Option<String>,
    /// Logo on pages and in mails: an https URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Whom people ask: a mail address or a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<String>,
    /// The privacy notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
    /// Language of mails and pages when nothing else says: `en` or `de`. Default `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The time zone in which days begin and end, by its name in the time zone database, such as `Europe/Berlin`. Default `UTC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Host names on which the realm's paths are the root paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Profile of callers without credentials (discovery). Default `generic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Days after which the data of someone who left is erased. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Days an invitation is valid. Default 21.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_days: Option<u32>,
    /// Days after the expiry of an invitation that nobody accepted and nobody renewed, after which the person leaves as by a
    /// DELETE. Counted for invitations that expire while it is set; default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_invitation_days: Option<u32>,
    /// For how many days whoever has the link of an invitation that has expired can ask for a new one; 0 = not at all. Default 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask_anew_days: Option<u32>,
    /// How many Wire tokens there may be; 0 = unlimited. Default 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_scim_tokens: Option<u32>,
    /// How many invitations may be open at once; 0 = unlimited, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_invitations: Option<u32>,
    /// Domains to which no invitation goes, with all below them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked_domains: Vec<String>,
    /// Whether one address may be two people's. Default: only what Wire's profile writes is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_emails: Option<bool>,
    /// Whether no two groups may have the same displayName. Those that have it already keep it. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_group_names: Option<bool>,
    /// Whether a POST by Wire's profile takes over a person who is there. Default `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopt_on_post: Option<AdoptOnPost>,
    /// What a PUT does to attributes that somebody else has written since. Default `scim_wins`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scim_conflict: Option<ScimConflict>,
    /// How Wire's clients' externalIds compare. Default: addresses without letter case, everything else exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id_match: Option<ExternalIdMatch>,
    /// How many characters Wire's rich info of one person may have. Default 5000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rich_info_limit: Option<u32>,
    /// Hours after which whoever signed in on the pages has to sign in again. Default 12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_hours: Option<u32>,
    /// Whether people can sign in on the pages by a link that is sent to their address. Default: where the realm has no OpenID
    /// provider to sign in at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_by_mail: Option<bool>,
    /// Whether discovery needs a token. Default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub discovery_needs_token: bool,
    /// The realm's OpenID provider.
    #[serde(skip_serializing_if = "OidcSettings::is_unset")]
    pub oidc: OidcSettings,
    /// Group management.
    #[serde(skip_serializing_if = "AgmSettings::is_unset")]
    pub agm: AgmSettings,
    /// The values that tell other systems of a person's groups and roles.
    #[serde(skip_serializing_if = "EntitlementSettings::is_unset")]
    pub entitlements: EntitlementSettings,
    /// Ways of group management that clients of earlier systems rely on.
    #[serde(skip_serializing_if = "CompatSettings::is_unset")]
    pub compat: CompatSettings,
    /// Faces that are switched off: `scim`, `oauth`, `api`, `agm`, `pages`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faces_off: Vec<String>,
    /// Attributes people may change at /Me; default: displayName, nickName, preferredLanguage, locale, timezone, profileUrl, photos, phoneNumbers, title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_editable: Option<Vec<String>>,
}

const SELF_EDITABLE: [&str; 9] = [
    "displayName",
    "nickName",
    "preferredLanguage",
    "locale",
    "timezone",
    "profileUrl",
    "photos",
    "phoneNumbers",
    "title",
];

impl RealmSettings {
    /// Days until data of someone who left is erased.
    pub fn retention_days(&self) -> u32 {
        self.retention_days.unwrap_or(30)
    }

    /// Days an invitation is valid.
    pub fn invitation_days(&self) -> u32 {
        self.invitation_days.unwrap_or(21)
    }

    /// Days for which whoever has the link of an invitation that has expired can ask for a new one.
    pub fn ask_anew_days(&self) -> u32 {
        self.ask_anew_days.unwrap_or(30)
    }

    /// Hours after which whoever signed in on the pages has to sign in again.
    pub fn session_hours(&self) -> u32 {
        self.session_hours.unwrap_or(12)
    }

    /// How many Wire tokens there may be; `None` = unlimited.
    pub fn max_scim_tokens(&self) -> Option<usize> {
        match self.max_scim_tokens.unwrap_or(20) {
            0 => None,
            limit => Some(limit as usize),
        }
    }

    /// How many invitations may be open at once; `None` = unlimited.
    pub fn max_open_invitations(&self) -> Option<usize> {
        self.max_open_invitations
            .filter(|limit| *limit > 0)
            .map(|limit| limit as usize)
    }

    /// How many characters Wire's rich info of one person may have.
    pub fn rich_info_limit(&self) -> usize {
        self.rich_info_limit.map_or(5000, |limit| limit as usize)
    }

    /// The blocked domain that a domain is, or is below.
    pub fn blocked_domain(&self, domain: &str) -> Option<&str> {
        let domain = domain.to_lowercase();
        let within = |blocked: &String| {
            domain
                .strip_suffix(blocked.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.blocked_domains
            .iter()
            .find(|blocked| within(blocked))
            .map(String::as_str)
    }

    /// Language of mails and pages when nothing else says.
    pub fn language(&self) -> &str {
        self.language.as_deref().unwrap_or("en")
    }

    /// The time zone in which days begin and end.
    pub fn time_zone(&self) -> &str {
        self.time_zone.as_deref().unwrap_or("UTC")
    }

    /// Attributes people may change at /Me.
    pub fn self_editable(&self) -> Vec<String> {
        self.self_editable
            .clone()
            .unwrap_or_else(|| SELF_EDITABLE.map(str::to_owned).to_vec())
    }

    /// Whether a face is served.
    pub fn face_on(&self, face: &str) -> bool {
        !self.faces_off.iter().any(|off| off == face)
    }
}
