//! OAuth2.

use super::super::things::Things;
use super::{Access, Asked, Good, ask};

pub(super) fn asked(method: &str, path: &str, of: &Things) -> Vec<Asked> {
    const METADATA: Access =
        Access::Public("where a client finds the token endpoint (RFC 8414); addresses and names of scopes");
    let path = path
        .strip_prefix("/oauth2")
        .or_else(|| path.strip_prefix("/oauth"))
        .unwrap_or(path);
    let asked = match (method, path) {
        ("POST", "/token") => ask(Access::Client, Good::Changes).form(&[("grant_type", "client_credentials")]),
        ("POST", "/revoke") => ask(Access::Client, Good::Changes).form(&[("token", &of.client_token)]),
        ("POST", "/introspect") => ask(Access::Client, Good::Tells).form(&[("token", &of.client_token)]),
        ("GET", "/.well-known/oauth-authorization-server") => ask(METADATA, Good::Tells),
        _ => return Vec::new(),
    };
    vec![asked]
}
