//! What a token says: its claims, read as the kinds they should be.

use serde_json::{Map, Value};

use crate::clock::Timestamp;

/// The claims of a token (RFC 7519 §4).
#[derive(Clone, Debug)]
pub(super) struct Claims(Map<String, Value>);

/// The last instant a claim may name: the end of the year 9999, in seconds since 1970.
const LAST_SECOND: f64 = 253_402_300_799.0;

impl Claims {
    pub(super) fn of(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    }

    /// Whether a claim is `true`, and neither a text nor a number that looks like it.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }

    /// Seconds since 1970, which may have a fraction (RFC 7519 §2: NumericDate).
    ///
    /// # Errors
    /// The claim is there and is no instant.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, ()> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let seconds = value.as_f64().filter(|seconds| (0.0..=LAST_SECOND).contains(seconds));
        let millis = seconds.ok_or(())? * 1000.0;
        Ok(Some(Timestamp::from_millis(millis as i64)))
    }

    /// A text, or the texts of a list.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.0.get(name).map(texts).unwrap_or_default()
    }

    /// Whether it tells of that event (RFC 8417 §2.2), as Back-Channel Logout uses it.
    pub(super) fn tells_of(&self, event: &str) -> bool {
        let events = self.0.get("events");
        events
            .and_then(|events| events.get(event))
            .is_some_and(Value::is_object)
    }

    /// These claims, and others where they say nothing. Whether an address is verified is believed only where the address itself
    /// comes from.
    pub(super) fn beside(mut self, mut more: Map<String, Value>) -> Self {
        if self.has("email") {
            more.shift_remove("email_verified");
        } else {
            self.0.shift_remove("email_verified");
        }
        for (name, value) in more {
            if !self.has(&name) {
                self.0.insert(name, value);
            }
        }
        self
    }

    /// Whether the value at the end of a path is that text, or is a list with it: `resource_access.account.roles`. A member's
    /// name may have dots itself.
    pub(super) fn carries(&self, path: &str, value: &str) -> bool {
        carries(&self.0, path, value)
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn carries(object: &Map<String, Value>, path: &str, wanted: &str) -> bool {
    if object.get(path).is_some_and(|found| texts(found).contains(&wanted)) {
        return true;
    }
    path.match_indices('.').any(|(dot, _)| {
        let below = object.get(&path[..dot]).and_then(Value::as_object);
        below.is_some_and(|below| carries(below, &path[dot + 1..], wanted))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        match value {
            Value::Object(map) => Claims::of(map),
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn an_instant_is_a_number_of_seconds() {
        let instant = |value: Value| claims(json!({ "exp": value })).instant("exp");
        let at = |millis| Ok(Some(Timestamp::from_millis(millis)));
        assert_eq!(instant(json!(1_893_484_800)), at(1_893_484_800_000));
        assert_eq!(instant(json!(1_893_484_800.5)), at(1_893_484_800_500));
        assert_eq!(instant(json!(0)), at(0));
        assert_eq!(instant(Value::Null), Ok(None));
        assert_eq!(claims(json!({})).instant("exp"), Ok(None));
        for wrong in [json!("1893484800"), json!(-1), json!(1e300), json!([1]), json!(true)] {
            assert_eq!(instant(wrong.clone()), Err(()), "{wrong}");
        }
    }

    #[test]
    fn a_path_leads_through_objects_to_a_text_or_a_list_with_it() {
        let claims = claims(json!({
            "usher_roles": "auditor",
            "resource_access": { "account": { "roles": ["manage-account", "manage-groups"] }, "realm.admin": { "roles": ["x"] } },
            "https://id.example/roles": ["chief"],
            "deep": { "roles": { "roles": 1 } },
        }));
        for (path, value) in [
            ("usher_roles", "auditor"),
            ("resource_access.account.roles", "manage-groups"),
            ("resource_access.realm.admin.roles", "x"),
            ("https://id.example/roles", "chief"),
        ] {
            assert!(claims.carries(path, value), "{path}");
        }
        for (path, value) in [
            ("usher_roles", "audit"),
            ("resource_access.account", "roles"),
            ("resource_access.account.roles", "Manage-Groups"),
            ("resource_access.account.roles", "manage-groups,x"),
            ("roles", "manage-groups"),
            ("deep.roles.roles", "1"),
            ("", ""),
        ] {
            assert!(!claims.carries(path, value), "{path}");
        }
    }

    #[test]
    fn an_address_and_that_it_is_verified_come_from_one_place() {
        let beside = |own: Value, more: Value| {
            let more = more.as_object().expect("an object").clone();
            let all = claims(own).beside(more);
            (all.text("email").map(str::to_owned), all.is_true("email_verified"))
        };
        let (ann, ben) = (Some("ann@example.org".to_owned()), Some("ben@example.org".to_owned()));
        let verified = json!({ "email": "ben@example.org", "email_verified": true, "name": "Ben" });
        assert_eq!(beside(json!({}), verified.clone()), (ben.clone(), true));
        assert_eq!(
            beside(json!({ "email": "ann@example.org" }), verified.clone()),
            (ann.clone(), false)
        );
        assert_eq!(beside(verified, json!({ "email": "ann@example.org" })), (ben, true));
        assert_eq!(
            beside(json!({ "email_verified": true }), json!({ "email": "ann@example.org" })),
            (ann, false)
        );
    }

    #[test]
    fn only_true_is_true() {
        for wrong in [json!("true"), json!(1), json!(false), Value::Null, json!([true])] {
            assert!(!claims(json!({ "email_verified": wrong })).is_true("email_verified"));
        }
        assert!(claims(json!({ "email_verified": true })).is_true("email_verified"));
    }
}
