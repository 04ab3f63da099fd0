//! What is told of a token: everything but the secret.

use directory::Realm;
use directory::client::Client;
use directory::token::{Token, TokenHash};
use serde_json::{Value, json};

/// A token's `info` (A3.2); names came with version 8.
pub(super) fn info(realm: &Realm, token: &Token, client: &Client, with_name: bool) -> Value {
    let mut info = json!({
        "id": token.id.to_string(),
        "team": team(realm),
        "created_at": token.id.made_at().to_string(),
        "description": token.description,
    });
    if let Some(provider) = provider(realm).filter(|_| client.idp) {
        info["idp"] = provider.into();
    }
    if with_name {
        info["name"] = token.name.as_str().into();
    }
    info
}

/// The realm as Wire names teams: by a UUID.
fn team(realm: &Realm) -> String {
    uuid_of(&format!("realm:{}", realm.id))
}

/// The realm's one provider as Wire names providers: by a UUID, that of its issuer.
pub(super) fn provider(realm: &Realm) -> Option<String> {
    realm
        .settings
        .oidc
        .issuer
        .as_deref()
        .map(|issuer| uuid_of(&format!("issuer:{issuer}")))
}

/// A UUID made from a text (RFC 9562 §5.8), the same for the same text.
fn uuid_of(text: &str) -> String {
    let hash = TokenHash::of(text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.bytes()[..16]);
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let number = u128::from_be_bytes(bytes);
    let hex = format!("{number:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
