//! Client authentication (RFC 6749 §2.3): by Basic, or by two parameters of the form; not by both.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::token::AuthError;
use directory::{Principal, Realm};
use url::form_urlencoded;

use super::error::OauthError;
use super::form::Form;
use crate::app::App;
use crate::caller::Followed;

/// The client behind a request to an OAuth2 endpoint.
pub(super) async fn authenticate(
    app: &App,
    realm: &Realm,
    followed: &Followed,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Principal, OauthError> {
    let basic = headers.contains_key(header::AUTHORIZATION);
    let (id, secret) = match (basic, form.get("client_secret")) {
        (true, Some(_)) => {
            return Err(OauthError::invalid_request(
                "the client authenticates in two ways at once",
            ));
        }
        (true, None) => basic_credentials(headers).ok_or_else(|| OauthError::invalid_client(true))?,
        (false, Some(secret)) => match form.get("client_id") {
            Some(id) => (id.to_owned(), secret.to_owned()),
            None => return Err(OauthError::invalid_request("client_id is missing")),
        },
        (false, None) => return Err(OauthError::invalid_client(true)),
    };
    if form.get("client_id").is_some_and(|given| given != id) {
        return Err(OauthError::invalid_request(
            "client_id is another client's than the one that authenticates",
        ));
    }
    match app.directory.authenticate_client(realm.id, &id, &secret).await {
        Ok(principal) => followed.is_of(principal).map_err(OauthError::from),
        Err(AuthError::Store(error)) => Err(error.into()),
        Err(refused) => {
            followed.trail().refuses(realm.id, &refused);
            Err(OauthError::invalid_client(basic))
        }
    }
}

/// Id and secret are form-encoded before they are joined and encoded (RFC 6749 §2.3.1).
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else {
        return None;
    };
    let (scheme, encoded) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let joined = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    // A lone name decodes to itself; `=` and `&` cannot be in it unescaped.
    form_urlencoded::parse(text.as_bytes())
        .next()
        .map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).expect("a value"));
        basic_credentials(&headers)
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        assert_eq!(
            read(&format!("basic {}", STANDARD.encode("a%3Ab:s+%2B"))),
            Some(("a:b".into(), "s +".into()))
        );
        assert_eq!(read(&format!("Basic {}", STANDARD.encode("no colon"))), None);
        assert_eq!(read("Basic %%%"), None);
        assert_eq!(read("Bearer x"), None);
    }
}
