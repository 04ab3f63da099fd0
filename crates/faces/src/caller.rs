//! The realm a request is for, and who acts. Both are found once, before any handler runs; handlers take them as arguments.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use directory::token::AuthError;
use directory::view::IfMatch;
use directory::{Actor, Denial, Error, Principal, Realm, Refusal};
use percent_encoding::percent_decode_str;

use crate::app::App;
use crate::face::{Face, Problem};
use crate::passage::{Asked, Passage};
use crate::trail::Trail;

/// The realm a request is for: named by the path, by the host, or the default one. The face is switched on in it.
#[derive(Clone, Debug)]
pub(crate) struct RealmOf(pub(crate) Arc<Realm>);

/// Who acts. Without credentials it is nobody; with wrong ones no handler that takes a `Caller` runs.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The realm of the request, which is that of the principal.
    pub(crate) realm: Arc<Realm>,
    /// Who acts.
    pub(crate) principal: Principal,
}

/// A caller who is somebody: without credentials no handler that takes it runs.
#[derive(Clone, Debug)]
pub(crate) struct Known(pub(crate) Caller);

/// For who finds out by itself who asks: the trail of the request, and the limits that hold for whoever it is.
#[derive(Clone, Debug)]
pub(crate) struct Followed(Arc<Passage>);

/// Whether what was made is to be told in the body too: `Prefer: return=representation` (RFC 7240, section 4.2; of several the
/// first counts).
pub(crate) fn prefers_representation(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut preferences = values.flat_map(|value| value.split(',')).filter_map(|one| {
        let (name, value) = one.split(';').next()?.split_once('=')?;
        Some((name.trim(), value.trim().trim_matches('"')))
    });
    let wanted = preferences.find(|(name, _)| name.eq_ignore_ascii_case("return"));
    wanted.is_some_and(|(_, value)| value == "representation")
}

/// Under which versions a request is to be done.
pub(crate) fn if_match(headers: &HeaderMap) -> IfMatch {
    let values: Vec<&str> = headers
        .get_all(header::IF_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    if values.is_empty() {
        IfMatch::default()
    } else {
        IfMatch::parse(&values.join(","))
    }
}

impl Followed {
    /// The address the request came from.
    pub(crate) fn address(&self) -> IpAddr {
        self.0.address
    }

    /// Counts it among those whose credentials are refused.
    ///
    /// # Errors
    /// There were too many from that address.
    pub(crate) fn is_refused(&self) -> Result<(), Problem> {
        self.0.limits.refused(self.0.address)
    }

    /// Counts it among those that may send a mail to whatever address they name.
    ///
    /// # Errors
    /// There were too many from that address.
    pub(crate) fn asks_for_mail(&self) -> Result<(), Problem> {
        self.0.limits.mails(self.0.address)
    }

    pub(crate) fn trail(&self) -> &Trail {
        &self.0.trail
    }

    /// Notes who asks, and counts it; returns who acts by this request.
    ///
    /// # Errors
    /// The client or the person may send no more for a while.
    pub(crate) fn is_of(&self, principal: Principal) -> Result<Principal, Problem> {
        self.0.trail.is_of(&principal);
        self.0.limits.caller(&principal)?;
        Ok(principal.by_request(self.0.id.text()))
    }
}

/// What came in the header Authorization.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    /// Nothing.
    None,
    /// A bearer token that is valid in the realm of the request.
    Valid(Principal),
    /// A bearer token that is not, a malformed header, or several.
    Refused,
    /// A token of the realm's OpenID provider that counts, of somebody who is nobody here.
    NotAdmitted,
    /// Another scheme, which the face reads itself (OAuth2 clients use Basic).
    Other,
}

/// Finds realm and credentials and keeps them with the request.
///
/// # Errors
/// No such realm, the face is switched off in it, or the store failed.
pub(crate) async fn resolve<'a>(
    app: &App,
    passage: &'a Passage,
    parts: &Parts,
    address: IpAddr,
) -> Result<&'a Credentials, Problem> {
    let realm = match realm_of(app, parts).await {
        Ok(Some(realm)) if realm.settings.face_on(passage.face.name()) => realm,
        Ok(_) => return Err(Problem::not_found()),
        Err(error) => return Err(Problem::of_store(&error)),
    };
    let credentials = match credentials_of(&parts.headers) {
        Header::None => Credentials::None,
        Header::Other => Credentials::Other,
        Header::Malformed => Credentials::Refused,
        Header::Bearer(token) => match app.directory.authenticate_from(realm.id, token, Some(address)).await {
            Ok(principal) => {
                passage.trail.is_of(&principal);
                Credentials::Valid(principal.by_request(passage.id.text()))
            }
            Err(AuthError::Store(error)) => return Err(Problem::of_store(&error)),
            Err(AuthError::NotAdmitted(_)) => Credentials::NotAdmitted,
            Err(away @ AuthError::ProviderAway) => return Err(Problem::busy(away.to_string())),
            Err(refused @ (AuthError::Invalid | AuthError::Ended { .. } | AuthError::Unfit(_))) => {
                passage.trail.refuses(realm.id, &refused);
                Credentials::Refused
            }
        },
    };
    Ok(&passage.is_asked(Asked { realm, credentials }).credentials)
}

async fn realm_of(app: &App, parts: &Parts) -> Result<Option<Arc<Realm>>, Error> {
    if let Some(name) = realm_in_path(parts.uri.path()) {
        let Ok(name) = percent_decode_str(name).decode_utf8() else {
            return Ok(None);
        };
        return found(app.directory.realm(&name).await);
    }
    found(match host_of(parts) {
        Some(host) => app.directory.realm_at(host).await,
        None => app.directory.realm(Realm::DEFAULT).await,
    })
}

fn found(realm: Result<Arc<Realm>, Error>) -> Result<Option<Arc<Realm>>, Error> {
    match realm {
        Ok(realm) => Ok(Some(realm)),
        Err(Error::Refused(Refusal::NotFound { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a path names its realm: `/realms/{realm}/…`, `/api/v1/realms/{realm}/…`, and RFC 8414's form with the issuer's path
/// at the end.
fn realm_in_path(path: &str) -> Option<&str> {
    let rest = [
        "/realms/",
        "/api/v1/realms/",
        "/.well-known/oauth-authorization-server/realms/",
    ]
    .iter()
    .find_map(|prefix| path.strip_prefix(prefix))?;
    rest.split('/').next().filter(|name| !name.is_empty())
}

/// The host a request was sent to.
fn host_of(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| parts.uri.host())
}

enum Header<'a> {
    None,
    Bearer(&'a str),
    Malformed,
    Other,
}

fn credentials_of(headers: &HeaderMap) -> Header<'_> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Header::None;
    };
    let (Ok(text), None) = (value.to_str(), values.next()) else {
        return Header::Malformed;
    };
    let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        Header::Bearer(rest.trim())
    } else {
        Header::Other
    }
}

/// The answer to a caller whose credentials are missing or refused; the same whatever the path names.
pub(crate) fn unauthorized(face: Face, credentials: &Credentials) -> Response {
    let (detail, challenge) = match credentials {
        Credentials::None => (
            "missing_authorization: authorization failed, no token was given",
            "Bearer realm=\"usher\"".to_owned(),
        ),
        _ => (
            "invalid_token: authorization failed, the token is invalid",
            "Bearer realm=\"usher\", error=\"invalid_token\", error_description=\"the token is invalid\"".to_owned(),
        ),
    };
    face.problem(&Problem {
        challenge: Some(challenge),
        ..Problem::new(StatusCode::UNAUTHORIZED, detail)
    })
}

/// The face of a request that is on its way.
pub(crate) fn face(parts: &Parts) -> Face {
    Passage::of(&parts.extensions).map_or_else(|| Face::of_path(parts.uri.path()), |passage| passage.face)
}

/// Whoever sends a request without credentials.
pub(crate) fn nobody(parts: &Parts, realm: &Realm) -> Principal {
    let nobody = Principal::nobody(realm.id);
    match Passage::of(&parts.extensions) {
        Some(passage) => nobody.by_request(passage.id.text()),
        None => nobody,
    }
}

/// What the entry found out.
fn asked(parts: &Parts) -> Option<&Asked> {
    Passage::of(&parts.extensions)?.asked()
}

/// The answer where a handler runs without that: a fault of ours.
fn unasked(parts: &Parts) -> Response {
    face(parts).problem(&Problem::fault())
}

impl<S: Send + Sync> FromRequestParts<S> for Followed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let passage = Passage::of(&parts.extensions).cloned();
        passage.map(Self).ok_or_else(|| face(parts).problem(&Problem::fault()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RealmOf {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let asked = asked(parts).ok_or_else(|| unasked(parts))?;
        Ok(Self(Arc::clone(&asked.realm)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Credentials {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let asked = asked(parts).ok_or_else(|| unasked(parts))?;
        Ok(asked.credentials.clone())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let Asked { realm, credentials } = asked(parts).ok_or_else(|| unasked(parts))?;
        let principal = match credentials {
            Credentials::Valid(principal) => principal.clone(),
            Credentials::None => nobody(parts, realm),
            Credentials::NotAdmitted => return Err(face(parts).problem(&Problem::denied(&Denial::NotAdmitted))),
            Credentials::Refused | Credentials::Other => return Err(unauthorized(face(parts), credentials)),
        };
        let realm = Arc::clone(realm);
        Ok(Self { realm, principal })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if matches!(caller.principal.actor, Actor::Nobody) {
            return Err(unauthorized(face(parts), &Credentials::None));
        }
        Ok(Self(caller))
    }
}
