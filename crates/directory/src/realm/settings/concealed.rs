//! A secret among the settings: kept as it was given, and shown as a mark in its place.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::RealmSettings;
use crate::error::Refusal;

/// What is shown of a secret. Sent back, it leaves the secret as it is.
const MARK: &str = "********";

/// A secret that has to be kept in clear, since it is shown to somebody else.
#[derive(Clone, PartialEq, Eq)]
pub struct Concealed(String);

impl Concealed {
    /// The secret in clear, for the one request that carries it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn is_mark(&self) -> bool {
        self.0 == MARK
    }
}

impl From<&str> for Concealed {
    fn from(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

impl fmt::Debug for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Concealed(…)")
    }
}

impl Serialize for Concealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MARK)
    }
}

impl<'de> Deserialize<'de> for Concealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl RealmSettings {
    /// The same with the secrets of others where it has only their marks.
    #[must_use]
    pub(crate) fn with_secrets_of(mut self, others: &Self) -> Self {
        if self.oidc.client_secret.as_ref().is_some_and(Concealed::is_mark) {
            self.oidc.client_secret.clone_from(&others.oidc.client_secret);
        }
        self
    }

    /// Refuses marks where there is no secret yet that they could stand for.
    pub(in crate::realm) fn check_no_marks(&self) -> Result<(), Refusal> {
        match &self.oidc.client_secret {
            Some(secret) if secret.is_mark() => Err(Refusal::invalid(
                "oidc.client_secret",
                "the secret itself, not what is shown of it",
            )),
            _ => Ok(()),
        }
    }

    /// The secrets by their keys that are others than before.
    pub(in crate::realm) fn secrets_changed_since(&self, before: &Self) -> Vec<&'static str> {
        if self.oidc.client_secret == before.oidc.client_secret {
            Vec::new()
        } else {
            vec!["oidc.client_secret"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_stored_and_never_shown() {
        let settings = RealmSettings::default();
        let settings = settings.with("oidc.client_secret", "s3cret").expect("set");
        let shown = serde_json::to_string(&settings).expect("json");
        assert!(shown.contains(MARK) && !shown.contains("s3cret"), "{shown}");
        assert!(!format!("{settings:?}").contains("s3cret"));
        let stored = settings.stored_beside("{}");
        assert_eq!(RealmSettings::stored(&stored).expect("it reads"), settings);
    }

    #[test]
    fn what_is_shown_of_it_leaves_it_as_it_is() {
        let before = RealmSettings::default()
            .with("oidc.client_secret", "s3cret")
            .expect("set");
        let shown = serde_json::to_value(&before).expect("json");
        let again = RealmSettings::from_value(shown).expect("it reads");
        assert!(again.check_no_marks().is_err());
        assert_eq!(again.with_secrets_of(&before), before);
        let other = before.with("title", "House").expect("set");
        assert_eq!(other.oidc.client_secret.as_ref().map(Concealed::reveal), Some("s3cret"));
        assert_eq!(other.secrets_changed_since(&before), Vec::<&str>::new());
        let gone = before.with("oidc.client_secret", "").expect("unset");
        assert_eq!(gone.secrets_changed_since(&before), ["oidc.client_secret"]);
    }
}
