//! What a token says of somebody who is not here yet, as a body in SCIM's terms. Pure.

use serde_json::{Map, Value, json};

use super::rules::{Profile, SignedIn};

/// The userNames a new person may get, the first first. None of them is made up.
pub(super) fn names(of: &SignedIn) -> Vec<&str> {
    let profile = &of.profile;
    // People choose it themselves: an address that is not proved to be theirs may be somebody else's.
    let is_theirs = |name: &&str| !name.contains('@') || profile.verified_email.as_deref() == Some(*name);
    let chosen = profile.preferred_username.as_deref().filter(is_theirs);
    let named = [chosen, profile.verified_email.as_deref()];
    let mut names: Vec<&str> = named.into_iter().flatten().collect();
    names.push(&of.token.subject);
    names.dedup();
    names
}

/// The person. An address that the provider has not verified is not theirs as far as we know, so it is left out.
pub(super) fn body(of: &Profile, user_name: &str) -> Value {
    let mut body = Map::new();
    body.insert("userName".to_owned(), user_name.into());
    let mut name = Map::new();
    for (member, text) in [
        ("formatted", &of.name),
        ("givenName", &of.given_name),
        ("familyName", &of.family_name),
    ] {
        if let Some(text) = text {
            name.insert(member.to_owned(), text.as_str().into());
        }
    }
    let joined = || match (&of.given_name, &of.family_name) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        _ => None,
    };
    if let Some(shown) = of.name.clone().or_else(joined) {
        body.insert("displayName".to_owned(), shown.into());
    }
    if !name.is_empty() {
        body.insert("name".to_owned(), name.into());
    }
    if let Some(email) = &of.verified_email {
        let email = json!({ "value": email, "type": "work", "primary": true });
        body.insert("emails".to_owned(), json!([email]));
    }
    body.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::ProviderToken;

    fn signed_in(profile: Profile) -> SignedIn {
        SignedIn {
            token: ProviderToken {
                subject: "8f3a".to_owned(),
                ..ProviderToken::default()
            },
            roles: Vec::new(),
            profile,
        }
    }

    #[test]
    fn a_new_person_is_called_as_they_are_at_the_provider() {
        let full = signed_in(Profile {
            preferred_username: Some("ann".to_owned()),
            verified_email: Some("ann@example.org".to_owned()),
            ..Profile::default()
        });
        assert_eq!(names(&full), ["ann", "ann@example.org", "8f3a"]);
        assert_eq!(names(&signed_in(Profile::default())), ["8f3a"]);
        let anothers = signed_in(Profile {
            preferred_username: Some("ceo@example.org".to_owned()),
            verified_email: Some("ann@example.org".to_owned()),
            ..Profile::default()
        });
        assert_eq!(names(&anothers), ["ann@example.org", "8f3a"]);
    }

    #[test]
    fn a_new_person_has_what_the_token_says() {
        let of = Profile {
            email: Some("ann@example.org".to_owned()),
            verified_email: Some("ann@example.org".to_owned()),
            given_name: Some("Ann".to_owned()),
            family_name: Some("Lee".to_owned()),
            ..Profile::default()
        };
        assert_eq!(
            body(&of, "ann"),
            json!({ "userName": "ann", "displayName": "Ann Lee", "name": { "givenName": "Ann", "familyName": "Lee" },
                    "emails": [{ "value": "ann@example.org", "type": "work", "primary": true }] })
        );
    }

    #[test]
    fn an_address_that_nobody_has_verified_is_nobodys() {
        let of = Profile {
            email: Some("ann@example.org".to_owned()),
            ..Profile::default()
        };
        assert_eq!(body(&of, "ann"), json!({ "userName": "ann" }));
    }
}
