//! A person.

use std::collections::BTreeMap;

use directory::realm::AgmSettings;
use directory::user::User;
use serde::Serialize;
use serde_json::Value;

/// A person.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct UserBody {
    id: String,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    email_verified: bool,
    /// What the realm lets administrators of groups see beside.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, Vec<String>>,
}

impl UserBody {
    pub(in crate::agm) fn of(user: &User, email_verified: bool) -> Self {
        let attributes = user.attributes();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let name = |part: &str| text(attributes.get("name").and_then(|name| name.get(part)));
        let emails = attributes.get("emails").and_then(Value::as_array);
        let email = emails.and_then(|emails| {
            let primary = |email: &&Value| email.get("primary") == Some(&Value::Bool(true));
            emails.iter().find(primary).or(emails.first())
        });
        Self {
            id: user.id.to_string(),
            username: user.user_name(),
            first_name: name("givenName"),
            last_name: name("familyName"),
            email: text(email.and_then(|email| email.get("value"))),
            email_verified,
            attributes: BTreeMap::new(),
        }
    }

    /// With the attributes that the realm's `agm.user_attributes` lets administrators of groups see.
    pub(in crate::agm) fn to_administrators(user: &User, email_verified: bool, settings: &AgmSettings) -> Self {
        let values = |name: &String| (name.clone(), user.texts(name));
        let attributes = settings.user_attributes.iter().map(values);
        Self {
            attributes: attributes.filter(|(_, values)| !values.is_empty()).collect(),
            ..Self::of(user, email_verified)
        }
    }
}
