//! The dotted keys of `usher realm set`, and how the value of each is written in one line.

use serde_json::{Map, Value};

use super::RealmSettings;
use crate::error::Refusal;
use crate::suggest::edit_distance;

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    List,
    Numbers,
}

impl Kind {
    fn read(self, key: &str, value: &str) -> Result<Option<Value>, Refusal> {
        if value.is_empty() {
            return Ok(None);
        }
        let number = |value: &str| {
            let number = value.parse::<u32>().map(Value::from);
            number.map_err(|_| Refusal::invalid(key, "a whole number"))
        };
        let items = || value.split(',').map(str::trim).filter(|item| !item.is_empty());
        Ok(Some(match self {
            Self::Text => Value::from(value),
            Self::Number => number(value)?,
            Self::Flag => Value::from(
                value
                    .parse::<bool>()
                    .map_err(|_| Refusal::invalid(key, "`true` or `false`"))?,
            ),
            Self::List => items().map(Value::from).collect(),
            Self::Numbers => items().map(number).collect::<Result<Value, _>>()?,
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
    ("time_zone", Kind::Text),
    ("hosts", Kind::List),
    ("profile", Kind::Text),
    ("retention_days", Kind::Number),
    ("invitation_days", Kind::Number),
    ("expired_invitation_days", Kind::Number),
    ("ask_anew_days", Kind::Number),
    ("max_scim_tokens", Kind::Number),
    ("max_open_invitations", Kind::Number),
    ("blocked_domains", Kind::List),
    ("unique_emails", Kind::Flag),
    ("unique_group_names", Kind::Flag),
    ("adopt_on_post", Kind::Text),
    ("external_id_match", Kind::Text),
    ("rich_info_limit", Kind::Number),
    ("scim_conflict", Kind::Text),
    ("session_hours", Kind::Number),
    ("sign_in_by_mail", Kind::Flag),
    ("discovery_needs_token", Kind::Flag),
    ("oidc.issuer", Kind::Text),
    ("oidc.audience", Kind::Text),
    ("oidc.client_id", Kind::Text),
    ("oidc.client_secret", Kind::Text),
    ("oidc.jit", Kind::Text),
    ("oidc.acr", Kind::Text),
    ("oidc.algorithms", Kind::List),
    ("oidc.roles.realm-admin", Kind::List),
    ("oidc.roles.manage-groups", Kind::List),
    ("oidc.roles.manage-groups-extended", Kind::List),
    ("oidc.roles.inviter", Kind::List),
    ("oidc.roles.auditor", Kind::List),
    ("oidc.roles.manage-users", Kind::List),
    ("oidc.role_token_hours", Kind::Number),
    ("oidc.name_id_claim", Kind::Text),
    ("oidc.validate_emails", Kind::Flag),
    ("agm.invitation_hours", Kind::Number),
    ("agm.notice_days", Kind::Number),
    ("agm.reminder_days", Kind::Numbers),
    ("agm.grace_days", Kind::Number),
    ("agm.request_reminder_days", Kind::Number),
    ("agm.request_close_days", Kind::Number),
    ("agm.request_retention_days", Kind::Number),
    ("agm.link_url", Kind::Text),
    ("agm.assurance_attribute", Kind::Text),
    ("agm.identifier_attribute", Kind::Text),
    ("agm.actor_attribute", Kind::Text),
    ("agm.user_attributes", Kind::List),
    ("agm.show_identities", Kind::Flag),
    ("agm.notices_off", Kind::List),
    ("agm.admin_digest", Kind::Flag),
    ("agm.roles.manage", Kind::Text),
    ("agm.roles.manage_extended", Kind::Text),
    ("entitlements.attribute", Kind::Text),
    ("entitlements.namespace", Kind::Text),
    ("entitlements.authority", Kind::Text),
    ("entitlements.signature", Kind::Text),
    ("compat.invitation.any_account", Kind::Flag),
    ("compat.suspend_404", Kind::Flag),
    ("compat.token_any_audience", Kind::Flag),
    ("compat.expire_deletes", Kind::Flag),
    ("compat.agm_links", Kind::Flag),
    ("compat.single_role", Kind::Flag),
    ("faces_off", Kind::List),
    ("self_editable", Kind::List),
];

/// What the group management that Usher replaces calls some of them.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("invitation-expiration-period", "agm.invitation_hours"),
    ("expiration-notification-period", "agm.notice_days"),
    ("keycloakUrl", "agm.link_url"),
    ("AgmUserAssuranceForEnrollment", "agm.assurance_attribute"),
    ("userAssuranceForEnrollment", "agm.assurance_attribute"),
    ("AgmUserIdentifierForEnrollment", "agm.identifier_attribute"),
    ("userIdentifierForEnrollment", "agm.identifier_attribute"),
];

/// Settings of that system which are taken and mean nothing here, and why.
const WITHOUT_EFFECT: &[(&str, &str)] = &[(
    "AgmMaxExpiredMembersToDelete",
    "every membership ends by itself at its time, so there is no number of them to end at once",
)];

/// Whether that is the key of a setting.
pub(super) fn is_known(key: &str) -> bool {
    KEYS.iter().any(|(known, _)| *known == key)
}

/// Whether there are settings below that key.
pub(super) fn is_parent(key: &str) -> bool {
    let below = |known: &str| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    KEYS.iter().any(|(known, _)| below(known))
}

/// Why a key that is known from elsewhere has no effect here.
pub fn without_effect(key: &str) -> Option<&'static str> {
    let (_, why) = WITHOUT_EFFECT.iter().find(|(known, _)| *known == key)?;
    Some(why)
}

impl RealmSettings {
    /// These settings with one more set by its dotted key; an empty value unsets it. A key that has no effect here changes
    /// nothing: [`without_effect`] says why.
    ///
    /// # Errors
    /// `Invalid` for an unknown key (naming the nearest known one) or a value that does not fit.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, Refusal> {
        if without_effect(key).is_some() {
            return Ok(self.clone());
        }
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == key);
        let own = other.map_or(key, |(_, own)| own);
        let Some((_, kind)) = KEYS.iter().find(|(known, _)| *known == own) else {
            return Err(unknown(key));
        };
        let mut whole = serde_json::to_value(self).unwrap_or_default();
        let (parents, name) = match own.rsplit_once('.') {
            Some((parents, name)) => (Some(parents), name),
            None => (None, own),
        };
        let target = parents
            .into_iter()
            .flat_map(|parents| parents.split('.'))
            .try_fold(&mut whole, |object, parent| {
                let map = object.as_object_mut()?;
                Some(map.entry(parent).or_insert_with(|| Value::Object(Map::new())))
            })
            .and_then(Value::as_object_mut);
        let Some(target) = target else {
            return Err(Refusal::invalid(key, "no such setting"));
        };
        match kind.read(key, value)? {
            Some(value) => target.insert(name.to_owned(), value),
            None => target.remove(name),
        };
        Ok(Self::from_value(whole)?.with_secrets_of(self))
    }
}

impl RealmSettings {
    /// What is set under a dotted key, in one line; none where nothing is.
    pub(crate) fn text_of(&self, key: &str) -> Option<String> {
        let whole = serde_json::to_value(self).unwrap_or_default();
        let value = key.split('.').try_fold(&whole, |object, name| object.get(name))?;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match value {
            Value::Null => None,
            Value::Array(items) => Some(items.iter().map(text).collect::<Vec<_>>().join(",")),
            value => Some(text(value)),
        }
    }
}

fn unknown(key: &str) -> Refusal {
    let others = OTHER_NAMES.iter().map(|(other, _)| *other);
    let names: Vec<&str> = KEYS.iter().map(|(known, _)| *known).collect();
    let known = names.iter().copied().chain(others);
    let nearest = known.map(|known| (edit_distance(known, key), known)).min();
    Refusal::invalid(
        key,
        match nearest {
            Some((letters, nearest)) if letters <= key.len() / 2 => {
                format!("no such setting; did you mean `{nearest}`?")
            }
            _ => format!("no such setting; there are {}", names.join(", ")),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &Value, within: &str, into: &mut Vec<String>) {
        for (name, value) in value.as_object().into_iter().flatten() {
            let name = format!("{within}{name}");
            if value.is_object() {
                names(value, &format!("{name}."), into);
            } else {
                into.push(name);
            }
        }
    }

    fn sample(key: &str, kind: Kind) -> &'static str {
        match (key, kind) {
            ("language", _) => "de",
            ("profile", _) => "okta",
            ("time_zone", _) => "UTC",
            ("adopt_on_post", _) => "match_email",
            ("external_id_match", _) => "ci",
            ("scim_conflict", _) => "report",
            ("oidc.jit", _) => "on",
            ("oidc.algorithms", _) => "ES256",
            ("faces_off", _) => "pages",
            ("agm.notices_off", _) => "suspend_member",
            ("entitlements.namespace", _) => "urn:mace:example.org",
            (key, _) if key.starts_with("oidc.roles.") => "groups=staff",
            (key, _) if key.ends_with("_url") || key == "oidc.issuer" => "https://id.example.org",
            (_, Kind::Text) => "text",
            (_, Kind::Number) => "7",
            (_, Kind::Flag) => "true",
            (_, Kind::List) => "one.example",
            (_, Kind::Numbers) => "30, 7,1",
        }
    }

    #[test]
    fn every_setting_has_a_key_and_every_key_sets_and_unsets() {
        let mut all = RealmSettings::default();
        for (key, kind) in KEYS {
            all = all.with(key, sample(key, *kind)).expect(key);
            let text = all.text_of(key).expect(key);
            assert_eq!(
                all.with(key, &text).as_ref(),
                Ok(&all),
                "{key} is written as it is read"
            );
        }
        let mut shown = Vec::new();
        names(&serde_json::to_value(&all).expect("json"), "", &mut shown);
        let mut known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
        shown.sort_unstable();
        known.sort_unstable();
        assert_eq!(shown, known);
        for (key, _) in KEYS {
            all = all.with(key, "").expect(key);
        }
        assert_eq!(all, RealmSettings::default());
        assert!(
            KEYS.iter()
                .all(|(key, _)| all.text_of(key).is_none_or(|text| text == "false"))
        );
    }

    #[test]
    fn the_names_of_another_system_set_the_same() {
        for (other, own) in OTHER_NAMES {
            let kind = KEYS.iter().find(|(key, _)| key == own).map(|(_, kind)| *kind);
            let value = sample(own, kind.expect("names a key"));
            let by_other = RealmSettings::default().with(other, value).expect(other);
            assert_eq!(by_other, RealmSettings::default().with(own, value).expect(own));
        }
        let same = RealmSettings::default().with("AgmMaxExpiredMembersToDelete", "100");
        assert_eq!(same, Ok(RealmSettings::default()));
        assert!(without_effect("agm.grace_days").is_none());
    }
}
