//! What an operator sets for a realm, by dotted keys: `usher realm set default home_url=https://…`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::Refusal;
use crate::suggest::edit_distance;

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
    /// Whether discovery needs a token. Default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub discovery_needs_token: bool,
    /// The realm's OpenID provider.
    #[serde(skip_serializing_if = "OidcSettings::is_unset")]
    pub oidc: OidcSettings,
    /// Faces that are switched off: `scim`, `oauth`, `api`, `pages`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faces_off: Vec<String>,
    /// Attributes people may change at /Me; default: displayName, nickName, preferredLanguage, locale, timezone, profileUrl, photos, phoneNumbers, title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_editable: Option<Vec<String>>,
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
    /// When a first sign-in makes an account. Default `auto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jit: Option<JitMode>,
    /// The level of assurance (`acr`) that a sign-in must have to administer tokens; default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Whether a new address of somebody who is in takes effect only when they have confirmed it by the link in a mail
    /// (Wire's W-42, W-95). Default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub validate_emails: bool,
}

impl OidcSettings {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// The most that `rich_info_limit` may be: well within what a request may carry.
const MAX_RICH_INFO: u32 = 100_000;

/// The faces that can be switched off.
const FACES: [&str; 4] = ["scim", "oauth", "api", "pages"];

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

    /// These settings with one more set by its dotted key; an empty value unsets it.
    ///
    /// # Errors
    /// `Invalid` for an unknown key (naming the nearest known one) or a value that does not fit.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, Refusal> {
        let mut whole = serde_json::to_value(self).unwrap_or_default();
        let (parent, name) = match key.split_once('.') {
            Some((parent, name)) => (Some(parent), name),
            None => (None, key),
        };
        let known = KEYS.iter().find(|(known, _)| *known == key);
        let Some((_, kind)) = known else {
            let names: Vec<&str> = KEYS.iter().map(|(known, _)| *known).collect();
            let nearest = names.iter().map(|known| (edit_distance(known, key), *known)).min();
            return Err(Refusal::invalid(
                key,
                match nearest {
                    Some((letters, nearest)) if letters <= key.len() / 2 => {
                        format!("no such setting; did you mean `{nearest}`?")
                    }
                    _ => format!("no such setting; there are {}", names.join(", ")),
                },
            ));
        };
        let target = match parent {
            None => whole.as_object_mut(),
            Some(parent) => whole
                .as_object_mut()
                .map(|map| map.entry(parent).or_insert_with(|| Value::Object(Map::new())))
                .and_then(Value::as_object_mut),
        };
        let Some(target) = target else {
            return Err(Refusal::invalid(key, "no such setting"));
        };
        match kind.read(key, value)? {
            Some(value) => target.insert(name.to_owned(), value),
            None => target.remove(name),
        };
        Self::from_value(whole)
    }

    /// Reads settings from JSON, as the native API takes them.
    ///
    /// # Errors
    /// `Invalid` for unknown keys and values that do not fit.
    pub fn from_value(value: Value) -> Result<Self, Refusal> {
        // A list in the place of an object would be read as its members in their order.
        for (key, object) in [("settings", Some(&value)), ("oidc", value.get("oidc"))] {
            if object.is_some_and(|object| !object.is_object()) {
                return Err(Refusal::invalid(key, "an object"));
            }
        }
        let settings: Self = serde_json::from_value(value.clone()).map_err(|error| misfit(&value, &error))?;
        let texts = [
            ("title", &settings.title),
            ("support", &settings.support),
            ("oidc.audience", &settings.oidc.audience),
            ("oidc.client_id", &settings.oidc.client_id),
            ("oidc.acr", &settings.oidc.acr),
        ];
        for (key, text) in texts {
            if text
                .as_deref()
                .is_some_and(|text| text.chars().count() > 500 || text.chars().any(char::is_control))
            {
                return Err(Refusal::invalid(
                    key,
                    "at most 500 characters without control characters",
                ));
            }
        }
        for (key, url) in [
            ("home_url", &settings.home_url),
            ("logo_url", &settings.logo_url),
            ("privacy_url", &settings.privacy_url),
            ("oidc.issuer", &settings.oidc.issuer),
        ] {
            if let Some(url) = url {
                check_url(key, url)?;
            }
        }
        if settings
            .language
            .as_deref()
            .is_some_and(|language| !matches!(language, "en" | "de"))
        {
            return Err(Refusal::invalid("language", "`en` or `de`"));
        }
        for (key, range, days) in [
            ("invitation_days", 1..=366, settings.invitation_days),
            ("expired_invitation_days", 1..=3650, settings.expired_invitation_days),
            ("retention_days", 0..=36_500, settings.retention_days),
        ] {
            if days.is_some_and(|days| !range.contains(&days)) {
                return Err(Refusal::invalid(
                    key,
                    format!("{} to {} days", range.start(), range.end()),
                ));
            }
        }
        if settings
            .rich_info_limit
            .is_some_and(|limit| !(1..=MAX_RICH_INFO).contains(&limit))
        {
            return Err(Refusal::invalid(
                "rich_info_limit",
                format!("1 to {MAX_RICH_INFO} characters"),
            ));
        }
        if let Some(profile) = &settings.profile {
            crate::client::Profile::parse(profile)?;
        }
        if let Some(host) = settings.hosts.iter().find(|host| super::host_key(host).is_none()) {
            return Err(Refusal::invalid(
                "hosts",
                format!("`{host}` is no host name such as id.example.org"),
            ));
        }
        if let Some(domain) = settings
            .blocked_domains
            .iter()
            .find(|domain| domain.is_empty() || domain.starts_with('.') || **domain != domain.to_lowercase())
        {
            return Err(Refusal::invalid(
                "blocked_domains",
                format!("`{domain}` is no domain in lower case such as example.org"),
            ));
        }
        if let Some(face) = settings.faces_off.iter().find(|face| !FACES.contains(&face.as_str())) {
            return Err(Refusal::invalid(
                "faces_off",
                format!("`{face}` is unknown; known are {}", FACES.join(", ")),
            ));
        }
        Ok(settings)
    }
}

/// Names the setting whose value does not fit, or the object that has no such setting.
fn misfit(settings: &Value, error: &serde_json::Error) -> Refusal {
    let alone = |path: &[&str], value: &Value| {
        let one = path
            .iter()
            .rev()
            .fold(value.clone(), |inner, name| json!({ *name: inner }));
        serde_json::from_value::<RealmSettings>(one).err()
    };
    let named = |object: &str, name: String, error: &serde_json::Error| {
        let why = error.to_string();
        let place = if why.starts_with("unknown field") {
            object.to_owned()
        } else {
            name
        };
        Refusal::invalid(place, why)
    };
    for (name, value) in settings.as_object().into_iter().flatten() {
        if let Some(error) = alone(&[name], value) {
            let mut inner = value.as_object().into_iter().flatten();
            let within = inner.find_map(|(part, value)| Some((part, alone(&[name, part], value)?)));
            return match within {
                Some((part, error)) => named(name, format!("{name}.{part}"), &error),
                None => named("settings", name.clone(), &error),
            };
        }
    }
    Refusal::invalid("settings", error.to_string())
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    List,
}

impl Kind {
    fn read(self, key: &str, value: &str) -> Result<Option<Value>, Refusal> {
        if value.is_empty() {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Text => Value::from(value),
            Self::Number => Value::from(
                value
                    .parse::<u32>()
                    .map_err(|_| Refusal::invalid(key, "a whole number"))?,
            ),
            Self::Flag => Value::from(
                value
                    .parse::<bool>()
                    .map_err(|_| Refusal::invalid(key, "`true` or `false`"))?,
            ),
            Self::List => value
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(Value::from)
                .collect(),
        }))
    }
}

const KEYS: &[(&str, Kind)] = &[
    ("title", Kind::Text),
    ("home_url", Kind::Text),
    ("logo_url", Kind::Text),
    ("support", Kind::Text),
    ("privacy_url", Kind::Text),
    ("language", Kind::Text),
    ("hosts", Kind::List),
    ("profile", Kind::Text),
    ("retention_days", Kind::Number),
    ("invitation_days", Kind::Number),
    ("expired_invitation_days", Kind::Number),
    ("max_scim_tokens", Kind::Number),
    ("max_open_invitations", Kind::Number),
    ("blocked_domains", Kind::List),
    ("unique_emails", Kind::Flag),
    ("unique_group_names", Kind::Flag),
    ("adopt_on_post", Kind::Text),
    ("external_id_match", Kind::Text),
    ("rich_info_limit", Kind::Number),
    ("scim_conflict", Kind::Text),
    ("discovery_needs_token", Kind::Flag),
    ("oidc.issuer", Kind::Text),
    ("oidc.audience", Kind::Text),
    ("oidc.client_id", Kind::Text),
    ("oidc.jit", Kind::Text),
    ("oidc.acr", Kind::Text),
    ("oidc.validate_emails", Kind::Flag),
    ("faces_off", Kind::List),
    ("self_editable", Kind::List),
];

fn check_url(key: &str, text: &str) -> Result<(), Refusal> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(()),
        _ => Err(Refusal::invalid(key, "a URL that begins with https://")),
    }
}
