//! Other spellings of SCIM's paths that clients are set up with. They are rewritten before routing, not redirected: many
//! clients drop Authorization on a redirect.

use std::borrow::Cow;

/// What a path of another spelling means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Canonical {
    /// The path as it is served.
    pub(crate) path: String,
    /// Which spelling it was, for the log; `None` for a slash at the end.
    pub(crate) variant: Option<&'static str>,
    /// The version in front of Wire's token API.
    pub(crate) wire_version: Option<u32>,
    /// A SCIM version that does not exist.
    pub(crate) bad_version: bool,
}

/// The served spelling of a path, if it is another one.
///
/// `/scim/Users` and `/scim/v2/v2/Users` are `/scim/v2/Users` (W-2, W-3), `/v8/scim/auth-tokens` is `/scim/auth-tokens`, and
/// one slash at the end is none.
pub(crate) fn canonical(path: &str) -> Option<Canonical> {
    let (realm, below) = split_realm(path);
    let (wire_version, below) = split_wire_version(below);
    let trimmed = if below.len() > 1 {
        below.strip_suffix('/').unwrap_or(below)
    } else {
        below
    };
    let (served, variant, bad_version) = match trimmed.strip_prefix("/scim") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => below_scim(trimmed, rest),
        _ => (Cow::Borrowed(trimmed), None, false),
    };
    // What is borrowed differs from the path by what was cut off only.
    let as_written = matches!(served, Cow::Borrowed(_)) && realm.len() + served.len() == path.len();
    if as_written && !bad_version {
        return None;
    }
    Some(Canonical {
        path: format!("{realm}{served}"),
        variant,
        wire_version,
        bad_version,
    })
}

/// What a path below SCIM's base means; it is `whole`, and goes on with `rest`.
fn below_scim<'a>(whole: &'a str, rest: &str) -> (Cow<'a, str>, Option<&'static str>, bool) {
    match rest.split('/').nth(1) {
        Some("v2") => {
            let after = &rest["/v2".len()..];
            match after.strip_prefix("/v2") {
                Some(tail) if tail.is_empty() || tail.starts_with('/') => {
                    (Cow::Owned(format!("/scim/v2{tail}")), Some("/scim/v2/v2"), false)
                }
                _ => (whole.into(), None, false),
            }
        }
        Some("auth-tokens") => (whole.into(), None, false),
        Some(version) if is_version(version) => (whole.into(), None, true),
        Some(_) => (Cow::Owned(format!("/scim/v2{rest}")), Some("/scim"), false),
        None => (Cow::Owned("/scim/v2".to_owned()), Some("/scim"), false),
    }
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix(['v', 'V'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn split_realm(path: &str) -> (&str, &str) {
    let Some(rest) = path.strip_prefix("/realms/") else {
        return ("", path);
    };
    match rest.find('/') {
        Some(slash) => path.split_at("/realms/".len() + slash),
        None => ("", path),
    }
}

/// `/v0` to `/v99` in front of Wire's token API.
fn split_wire_version(below: &str) -> (Option<u32>, &str) {
    let Some((version, rest)) = below.strip_prefix("/v").and_then(|rest| rest.split_once('/')) else {
        return (None, below);
    };
    let known = (1..=2).contains(&version.len()) && version.bytes().all(|byte| byte.is_ascii_digit());
    let rest = &below[below.len() - rest.len() - 1..];
    match version.parse() {
        Ok(number) if known && rest.starts_with("/scim/auth-tokens") => (Some(number), rest),
        _ => (None, below),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(of: &str) -> String {
        canonical(of).map_or_else(|| of.to_owned(), |canonical| canonical.path)
    }

    #[test]
    fn other_spellings_of_the_base_are_served() {
        for (from, to) in [
            ("/scim/Users", "/scim/v2/Users"),
            ("/scim/v2/v2/Users/1", "/scim/v2/Users/1"),
            ("/scim/v2/Users/", "/scim/v2/Users"),
            ("/scim", "/scim/v2"),
            ("/scim/", "/scim/v2"),
            ("/scim/v2/", "/scim/v2"),
            ("/scim/v2/v2", "/scim/v2"),
            ("/realms/acme/scim/Groups", "/realms/acme/scim/v2/Groups"),
            ("/scim/v2/Users", "/scim/v2/Users"),
            ("/scim/auth-tokens", "/scim/auth-tokens"),
            ("/scimitar", "/scimitar"),
            ("/realms/acme/", "/realms/acme/"),
            ("/", "/"),
        ] {
            assert_eq!(path(from), to, "{from}");
        }
    }

    #[test]
    fn the_version_of_wires_api_is_kept() {
        let found = canonical("/v8/scim/auth-tokens").expect("a value");
        assert_eq!(
            (found.path.as_str(), found.wire_version),
            ("/scim/auth-tokens", Some(8))
        );
        let found = canonical("/realms/acme/v7/scim/auth-tokens").expect("a value");
        assert_eq!(
            (found.path.as_str(), found.wire_version),
            ("/realms/acme/scim/auth-tokens", Some(7))
        );
        assert_eq!(canonical("/v8/else"), None);
    }

    #[test]
    fn versions_that_do_not_exist_are_told() {
        assert!(canonical("/scim/v3/Users").expect("a value").bad_version);
        assert!(canonical("/scim/v1").expect("a value").bad_version);
        assert!(!canonical("/scim/voters").expect("a value").bad_version);
    }
}
