//! A person.

use std::collections::BTreeMap;

use directory::membership::Member;
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
    /// Where they sign in, where the realm lets administrators of groups see it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    federated_identities: Vec<FederatedIdentity>,
}

/// A provider at which somebody signs in.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FederatedIdentity {
    identity_provider: String,
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
            federated_identities: Vec::new(),
        }
    }

    /// With the attributes that the realm's `agm.user_attributes` lets administrators of groups see, and with where the person
    /// signs in where `agm.show_identities` does.
    pub(in crate::agm) fn to_administrators(member: &Member, settings: &AgmSettings) -> Self {
        let values = |name: &String| (name.clone(), member.person.texts(name));
        let attributes = settings.user_attributes.iter().map(values);
        let issuers = member.issuers.iter().filter(|_| settings.show_identities);
        Self {
            attributes: attributes.filter(|(_, values)| !values.is_empty()).collect(),
            federated_identities: issuers
                .map(|issuer| FederatedIdentity {
                    identity_provider: issuer.clone(),
                })
                .collect(),
            ..Self::of(&member.person, member.email_verified)
        }
    }
}
