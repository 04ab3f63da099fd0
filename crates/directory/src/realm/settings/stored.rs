//! Settings as they are stored. While nodes of two versions share a store, the older one passes over what it does not know and
//! leaves it where it is. What somebody sends is read strictly: there an unknown key is a mistake.

use serde_json::{Map, Value};

use super::RealmSettings;
use super::keys;

impl RealmSettings {
    /// Reads what is stored, without what this version does not know.
    ///
    /// # Errors
    /// It is no object, or a setting has a value of another kind.
    pub(in crate::realm) fn stored(text: &str) -> Result<Self, serde_json::Error> {
        // Hardly ever is there more.
        serde_json::from_str(text).or_else(|_| {
            let (known, _) = parted(serde_json::from_str(text)?, "");
            serde_json::from_value(Value::Object(known))
        })
    }

    /// These settings as they are stored in the place of others, of which what this version does not know is kept.
    pub(in crate::realm) fn stored_beside(&self, before: &str) -> String {
        let mut all = serde_json::to_value(self).unwrap_or_default();
        // Everywhere else a mark stands for it.
        if let Some(secret) = &self.oidc.client_secret {
            all["oidc"]["client_secret"] = secret.reveal().into();
        }
        let (_, unknown) = parted(serde_json::from_str(before).unwrap_or_default(), "");
        if let Some(all) = all.as_object_mut() {
            add(all, unknown);
        }
        all.to_string()
    }
}

/// What this version knows of an object at that place, and what it does not.
fn parted(object: Map<String, Value>, within: &str) -> (Map<String, Value>, Map<String, Value>) {
    let (mut known, mut unknown) = (Map::new(), Map::new());
    for (name, value) in object {
        let key = format!("{within}{name}");
        match value {
            Value::Object(below) if keys::is_parent(&key) => {
                let (inner, rest) = parted(below, &format!("{key}."));
                known.insert(name.clone(), inner.into());
                if !rest.is_empty() {
                    unknown.insert(name, rest.into());
                }
            }
            value if keys::is_known(&key) || keys::is_parent(&key) => {
                known.insert(name, value);
            }
            value => {
                unknown.insert(name, value);
            }
        }
    }
    (known, unknown)
}

fn add(to: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match (to.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => add(inner, more),
            (Some(_), _) => {}
            (None, value) => {
                to.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_newer_version_has_set_is_passed_over_and_kept() {
        let stored = json!({
            "title": "House", "mood": "calm", "oidc": { "audience": "urn:usher:a", "roles": { "cook": ["a=b"] }, "prompt": "login" },
            "kitchen": { "open": true },
        });
        let settings = RealmSettings::stored(&stored.to_string()).expect("it reads");
        assert_eq!(settings.title.as_deref(), Some("House"));
        assert_eq!(settings.oidc.audience.as_deref(), Some("urn:usher:a"));
        let settings = settings
            .with("title", "")
            .and_then(|settings| settings.with("oidc.jit", "on"));
        let kept: Value =
            serde_json::from_str(&settings.expect("set").stored_beside(&stored.to_string())).expect("json");
        let expected = json!({
            "mood": "calm", "oidc": { "audience": "urn:usher:a", "jit": "on", "roles": { "cook": ["a=b"] }, "prompt": "login" },
            "kitchen": { "open": true },
        });
        assert_eq!(kept, expected);
    }

    #[test]
    fn what_does_not_read_is_no_default() {
        for wrong in [
            json!(7),
            json!({ "title": 7 }),
            json!({ "oidc": { "jit": "perhaps" } }),
            json!({ "oidc": 1 }),
        ] {
            assert!(RealmSettings::stored(&wrong.to_string()).is_err(), "{wrong}");
        }
    }
}
