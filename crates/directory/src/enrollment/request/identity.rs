//! Who a person is when they ask. Pure.

use serde_json::{Map, Value};

use super::Identity;
use crate::principal::{Actor, Credential, Principal};
use crate::realm::AgmSettings;
use crate::user::rules::values;

/// What is kept of who asks: their names and address as they are now, the attributes that the realm names, and who vouched for
/// the sign-in.
pub(crate) fn of(
    attributes: &Map<String, Value>,
    email: Option<String>,
    settings: &AgmSettings,
    principal: &Principal,
) -> Identity {
    let name = |part: &str| {
        let name = attributes.get("name").and_then(|name| name.get(part));
        name.and_then(Value::as_str).map(str::to_owned)
    };
    let authorities = match &principal.actor {
        Actor::User(actor) => match &actor.credential {
            Credential::Provider(token) => token.authorities.clone(),
            Credential::Own => Vec::new(),
        },
        Actor::Operator | Actor::Client(_) | Actor::System | Actor::Nobody => Vec::new(),
    };
    let identifier = values(attributes, settings.identifier_attribute()).join(",");
    Identity {
        first_name: name("givenName"),
        last_name: name("familyName"),
        email,
        identifier: Some(identifier).filter(|text| !text.is_empty()),
        assurance: values(attributes, settings.assurance_attribute()),
        authorities,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;
    use crate::principal::Principal;
    use crate::realm::{AgmSettings, RealmId};

    fn person() -> serde_json::Map<String, Value> {
        let body = json!({
            "userName": "ada",
            "name": { "givenName": "Ada", "familyName": "Lovelace" },
            "entitlements": [{ "value": "one" }, { "value": "two" }],
            "urn:example:2.0": { "assurance": ["high", "tested"], "level": 3 },
        });
        body.as_object().expect("an object").clone()
    }

    #[test]
    fn it_keeps_names_address_and_what_the_realm_names() {
        let nobody = Principal::operator(RealmId::INSTALLATION);
        let usual = of(
            &person(),
            Some("ada@example.org".into()),
            &AgmSettings::default(),
            &nobody,
        );
        assert_eq!(usual.first_name.as_deref(), Some("Ada"));
        assert_eq!(usual.last_name.as_deref(), Some("Lovelace"));
        assert_eq!(usual.identifier.as_deref(), Some("ada"));
        assert_eq!(usual.assurance, ["high", "tested"]);
        let settings = AgmSettings {
            identifier_attribute: Some("entitlements".into()),
            assurance_attribute: Some("level".into()),
            ..AgmSettings::default()
        };
        let other = of(&person(), None, &settings, &nobody);
        assert_eq!(other.identifier.as_deref(), Some("one,two"));
        assert_eq!(other.assurance, ["3"]);
        assert_eq!(other.email, None);
    }

    #[test]
    fn what_is_not_there_is_none() {
        let nobody = Principal::operator(RealmId::INSTALLATION);
        let settings = AgmSettings {
            identifier_attribute: Some("employeeNumber".into()),
            ..AgmSettings::default()
        };
        let identity = of(&person(), None, &settings, &nobody);
        assert_eq!(identity.identifier, None);
        assert!(identity.authorities.is_empty());
    }
}
