//! How the value of a membership is formed (AARC-G069): `NAMESPACE:group:PATH:role=ROLE#AUTHORITY`, normalised from the beginning.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

/// What stands between the namespace and the path.
const GROUP: &str = ":group:";
/// What a role begins with. A name cannot fake it: its `=` is encoded.
const ROLE: &str = "role=";

/// How values are formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    namespace: String,
    authority: Option<String>,
}

/// A value, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The namespace, normalised.
    pub namespace: String,
    /// The names from the root of the tree down to the group.
    pub path: Vec<String>,
    /// The role.
    pub role: Option<String>,
    /// Who says so.
    pub authority: Option<String>,
}

impl Form {
    /// In that namespace, issued by that authority. Letter case of a namespace does not count, so it is lower.
    pub fn new(namespace: &str, authority: Option<&str>) -> Self {
        Self {
            namespace: namespace.to_lowercase(),
            authority: authority.filter(|text| !text.is_empty()).map(str::to_owned),
        }
    }

    /// The value for a group, by the names from the root of its tree down to it, and a role in it.
    pub fn value<N: AsRef<str>>(&self, path: &[N], role: Option<&str>) -> String {
        let names = path.iter().map(AsRef::as_ref);
        formed(&self.namespace, names, role, self.authority.as_deref())
    }

    /// Whether a value is one of these: of this namespace and this authority. Others' are left alone.
    pub fn is_ours(&self, value: &str) -> bool {
        let same = |parsed: Parsed| parsed.namespace == self.namespace && parsed.authority == self.authority;
        Parsed::of(value).is_some_and(same)
    }
}

impl Parsed {
    /// Takes a value apart; none where it is none of a group. Which letters were encoded, and how, does not count.
    pub fn of(value: &str) -> Option<Self> {
        let (value, authority) = match value.split_once('#') {
            Some((value, authority)) => (value, Some(authority.to_owned())),
            None => (value, None),
        };
        let (namespace, rest) = value.split_once(GROUP)?;
        if namespace.is_empty() {
            return None;
        }
        let mut parts: Vec<&str> = rest.split(':').collect();
        let role = match parts.last()?.strip_prefix(ROLE) {
            Some(role) => {
                parts.pop();
                Some(decoded(role)?)
            }
            None => None,
        };
        let path: Option<Vec<String>> = parts.into_iter().map(decoded).collect();
        let path = path.filter(|names| !names.is_empty())?;
        Some(Self {
            namespace: namespace.to_lowercase(),
            path,
            role,
            authority,
        })
    }

    /// The value in its normal form: two that mean the same are the same text.
    pub fn value(&self) -> String {
        let names = self.path.iter().map(String::as_str);
        formed(&self.namespace, names, self.role.as_deref(), self.authority.as_deref())
    }
}

/// A name; an empty one is none.
fn decoded(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    (!decoded.is_empty()).then(|| decoded.into_owned())
}

fn formed<'a>(
    namespace: &str,
    names: impl Iterator<Item = &'a str>,
    role: Option<&str>,
    authority: Option<&str>,
) -> String {
    let mut value = format!("{namespace}{}", &GROUP[..GROUP.len() - 1]);
    for name in names {
        value.push(':');
        encode(name, &mut value);
    }
    if let Some(role) = role {
        value.push(':');
        value.push_str(ROLE);
        encode(role, &mut value);
    }
    if let Some(authority) = authority {
        value.push('#');
        value.push_str(authority);
    }
    value
}

/// Percent-encodes all but letters, digits and `- . _ ~ *`: nothing that stands between names is left.
fn encode(name: &str, into: &mut String) {
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) {
            into.push(char::from(byte));
        } else {
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMESPACE: &str = "urn:mace:example.org";

    fn with_authority() -> Form {
        Form::new(NAMESPACE, Some("aai.example.org"))
    }

    #[test]
    fn values_are_those_of_the_table() {
        let value = |path: &[&str], role| with_authority().value(path, role);
        assert_eq!(
            value(&["acme"], Some("member")),
            "urn:mace:example.org:group:acme:role=member#aai.example.org"
        );
        assert_eq!(
            value(&["acme", "Data team"], Some("lead dev")),
            "urn:mace:example.org:group:acme:Data%20team:role=lead%20dev#aai.example.org"
        );
        assert_eq!(
            value(&["acme", "r&d:1"], None),
            "urn:mace:example.org:group:acme:r%26d%3A1#aai.example.org"
        );
        let without = Form::new("URN:mace:Example.org", None);
        assert_eq!(without.value(&["acme"], None), "urn:mace:example.org:group:acme");
        assert_eq!(Form::new(NAMESPACE, Some("")), Form::new(NAMESPACE, None));
    }

    #[test]
    fn what_stands_between_names_is_encoded_and_the_rest_left() {
        let value =
            Form::new("urn:x:y", None).value(&["a~b-c._*Z9", "role=x", "#/+@(),'", "ü", "a%20b"], Some("a=b:c#d"));
        let expected = "urn:x:y:group:a~b-c._*Z9:role%3Dx:%23%2F%2B%40%28%29%2C%27:%C3%BC:a%2520b:role=a%3Db%3Ac%23d";
        assert_eq!(value, expected);
        let parsed = Parsed::of(&value).expect("a value");
        assert_eq!(parsed.path, ["a~b-c._*Z9", "role=x", "#/+@(),'", "ü", "a%20b"]);
        assert_eq!(parsed.role.as_deref(), Some("a=b:c#d"));
    }

    #[test]
    fn values_that_mean_the_same_have_one_normal_form() {
        let normal = "urn:mace:example.org:group:r%C3%BC:a~b:role=x#AAI";
        for written in [normal, "URN:Mace:example.ORG:group:r%c3%bc:a%7Eb:role=%78#AAI"] {
            assert_eq!(Parsed::of(written).expect("a value").value(), normal);
        }
        for none in [
            "",
            "urn:mace:x",
            ":group:a",
            "urn:x:y:group:",
            "urn:x:y:group:a::b",
            "urn:x:y:group:role=a",
            "urn:x:y:group:%ff",
        ] {
            assert_eq!(Parsed::of(none), None, "{none}");
        }
    }

    #[test]
    fn ours_are_those_of_this_namespace_and_authority() {
        let form = with_authority();
        assert!(form.is_ours("urn:mace:example.org:group:whatever#aai.example.org"));
        assert!(form.is_ours("URN:mace:EXAMPLE.org:group:a:role=b#aai.example.org"));
        for others in [
            "urn:mace:example.org:group:a",
            "urn:mace:example.org:group:a#other",
            "urn:mace:example.org:x:group:a#aai.example.org",
            "urn:mace:example.org:res:a#aai.example.org",
            "library-walk-in",
        ] {
            assert!(!form.is_ours(others), "{others}");
        }
    }

    proptest! {
        #[test]
        fn a_value_is_read_as_what_it_was_made_of(
            path in prop::collection::vec("\\PC{1,12}", 1..5),
            role in prop::option::of("\\PC{1,12}"),
            authority in prop::option::of("[a-zA-Z0-9.#:-]{1,12}"),
        ) {
            let form = Form::new(NAMESPACE, authority.as_deref());
            let value = form.value(&path, role.as_deref());
            let parsed = Parsed::of(&value).expect("a value");
            prop_assert_eq!(parsed.value(), value.clone());
            prop_assert!(form.is_ours(&value));
            prop_assert_eq!(parsed, Parsed { namespace: NAMESPACE.to_owned(), path, role, authority });
        }

        #[test]
        fn reading_any_text_ends_and_is_stable(text in "\\PC{0,60}") {
            if let Some(parsed) = Parsed::of(&text) {
                let value = parsed.value();
                prop_assert_eq!(Parsed::of(&value), Some(parsed));
            }
        }
    }
}
