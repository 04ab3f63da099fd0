//! Where people sign in: at the realm's OpenID provider, there and back, or by a link that goes to their address.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::Realm;
use directory::provider::{Attempt, CameBack, NotSignedIn, Prompt, Unadmitted};
use directory::session::{Browser, StartedSession};
use minijinja::context;
use url::Url;

use super::cookie::Jar;
use super::link::see_other;
use super::visit::{self, Visit};
use super::{error, place, sign_in_link};
use crate::app::App;
use crate::caller::Followed;
use crate::face::Face;

/// How long somebody may take at the provider, in seconds.
const PATIENCE: u32 = 1800;

/// The longest name of a browser that is kept, in characters.
const LONGEST_AGENT: usize = 200;

/// Sends a browser to the provider; where the realm signs people in by mail too, only once they choose so.
pub(super) async fn begin(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = |name: &str| parameter(query.as_deref(), name);
    let to = asked("to").and_then(|to| place::own(&app.public_url, &to));
    let is_other = asked("other").is_some();
    if !visit.realm.has_sign_in() {
        return said(&visit, "sign_in.off", StatusCode::NOT_FOUND, Onward::None);
    }
    if visit.visitor.is_some() && !is_other {
        return see_other(&to.unwrap_or_else(|| visit.home()));
    }
    if visit.realm.settings.signs_in_by_mail() && asked("provider").is_none() {
        return sign_in_link::ask_page(&visit, StatusCode::OK, (to, None, is_other));
    }
    // The provider sends everybody back to one address, and cookies stay with their host: so they begin there too.
    if asked("here").is_none() && !is_at(&headers, &app.public_url) {
        let mut url = format!("{}/sign-in?provider&here", app.realm_url(&visit.realm));
        if is_other {
            url.push_str("&other");
        }
        if let Some(to) = &to {
            url.push_str("&to=");
            url.extend(url::form_urlencoded::byte_serialize(to.as_bytes()));
        }
        return see_other(&url);
    }
    let prompt = if is_other { Prompt::Anew } else { Prompt::AsUsual };
    let back = back(&app, &visit.realm);
    let language = visit.language().code();
    match app
        .directory
        .begin_sign_in(&visit.realm, &back, (language, prompt))
        .await
    {
        Ok(begun) => {
            let mut response = see_other(&begun.location);
            let kept = Kept {
                attempt: begun.attempt,
                to,
            };
            let name = attempt_name(&visit.realm, &kept.attempt.state);
            Jar::of(&app.public_url).keep_for(&mut response, &name, &kept.to_text(), PATIENCE);
            response
        }
        Err(why) => failed(&visit, &why),
    }
}

/// Where a browser comes back to.
pub(super) async fn end(
    State(app): State<App>,
    visit: Visit,
    followed: Followed,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let jar = Jar::of(&app.public_url);
    let asked = |name: &str| parameter(query.as_deref(), name);
    let came = CameBack {
        state: asked("state"),
        code: asked("code"),
        error: asked("error"),
        issuer: asked("iss"),
    };
    let name = attempt_name(&visit.realm, came.state.as_deref().unwrap_or_default());
    let Some(kept) = jar.read(&headers, &name).and_then(|text| Kept::parse(text, &app)) else {
        return failed(&visit, &NotSignedIn::Stale);
    };
    let back = back(&app, &visit.realm);
    let signed_in = app
        .directory
        .sign_in(
            &visit.nobody,
            &visit.realm,
            &back,
            (&kept.attempt, &came),
            browser(&app, &visit, &headers, &followed),
        )
        .await;
    let mut response = match signed_in {
        Ok(started) => let_in(&app, &visit, &started, kept.to),
        Err(why) => {
            if let Err(problem) = followed.is_refused() {
                return Face::Pages.problem(&problem);
            }
            failed(&visit, &why)
        }
    };
    jar.take(&mut response, &name);
    response
}

/// What is known of a browser, and what it held before.
pub(super) fn browser(app: &App, visit: &Visit, headers: &HeaderMap, followed: &Followed) -> (Browser, Option<String>) {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let browser = Browser {
        agent: agent.map(|agent| agent.chars().take(LONGEST_AGENT).collect()),
        address: Some(followed.address().to_string()),
    };
    let held = Jar::of(&app.public_url).read(headers, &visit::session_name(&visit.realm));
    (browser, held.map(str::to_owned))
}

/// On to where somebody wanted to go who is signed in now.
pub(super) fn let_in(app: &App, visit: &Visit, started: &StartedSession, to: Option<String>) -> Response {
    let mut response = see_other(&to.unwrap_or_else(|| visit.home()));
    let name = visit::session_name(&visit.realm);
    Jar::of(&app.public_url).keep(&mut response, &name, started.secret.reveal());
    response
}

/// What a browser keeps while it is away.
struct Kept {
    attempt: Attempt,
    /// Where it goes on to.
    to: Option<String>,
}

impl Kept {
    fn to_text(&self) -> String {
        let Attempt { state, nonce, verifier } = &self.attempt;
        let to = URL_SAFE_NO_PAD.encode(self.to.as_deref().unwrap_or_default());
        format!("{state}.{nonce}.{verifier}.{to}")
    }

    /// Whoever can write the cookie has the browser: even so it leads to no other site.
    fn parse(text: &str, app: &App) -> Option<Self> {
        let mut parts = text.split('.');
        let (Some(state), Some(nonce), Some(verifier), Some(to), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let to = URL_SAFE_NO_PAD.decode(to).ok()?;
        Some(Self {
            attempt: Attempt {
                state: state.to_owned(),
                nonce: nonce.to_owned(),
                verifier: verifier.to_owned(),
            },
            to: place::own(&app.public_url, &String::from_utf8(to).ok()?),
        })
    }
}

/// Each has its own, so that two windows do not take each other's.
fn attempt_name(realm: &Realm, state: &str) -> String {
    let short: String = state.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    format!("usher-sign-in-{}-{short}", realm.name)
}

/// The address that is registered at the provider.
fn back(app: &App, realm: &Realm) -> String {
    format!("{}/oidc/callback", app.realm_url(realm))
}

/// Whether a request was sent to the host that all links name.
fn is_at(headers: &HeaderMap, public_url: &str) -> bool {
    let own = Url::parse(public_url).ok();
    let own = own
        .as_ref()
        .map(|url| &url[url::Position::BeforeHost..url::Position::AfterPort]);
    own == headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

/// What a query says under a name, the first time.
fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut parameters = url::form_urlencoded::parse(query?.as_bytes());
    let (_, value) = parameters.find(|(known, _)| known == name)?;
    Some(value.into_owned())
}

/// What somebody can do next.
#[derive(Clone, Copy)]
pub(super) enum Onward {
    /// Try again.
    Again,
    /// Sign in as somebody else.
    Other,
    None,
}

pub(super) fn said(visit: &Visit, key: &'static str, status: StatusCode, onward: Onward) -> Response {
    said_of(visit, key, status, (onward, ""))
}

pub(super) fn said_of(
    visit: &Visit,
    key: &'static str,
    status: StatusCode,
    (onward, address): (Onward, &str),
) -> Response {
    let base = visit.base();
    let action = match onward {
        Onward::Again => Some(context! { href => format!("{base}/sign-in"), key => "sign_in.again", host => "" }),
        Onward::Other => Some(context! { href => format!("{base}/sign-in?other"), key => "sign_in.other", host => "" }),
        Onward::None => None,
    };
    visit
        .page("message.html")
        .status(status)
        .secret()
        .render(context! { key, eyebrow => "sign_in.eyebrow", ask => true, action, address })
}

/// What is said to whoever is nobody here.
pub(super) fn nobody(why: Unadmitted) -> &'static str {
    match why {
        Unadmitted::Unknown => "sign_in.unknown",
        Unadmitted::Unclear => "sign_in.unclear",
        Unadmitted::Another => "sign_in.another",
        Unadmitted::Departed => "sign_in.departed",
        Unadmitted::Unfit => "sign_in.unfit",
    }
}

/// Why nobody signed in, in plain words.
fn failed(visit: &Visit, why: &NotSignedIn) -> Response {
    match why {
        NotSignedIn::NoProvider => said(visit, "sign_in.off", StatusCode::NOT_FOUND, Onward::None),
        NotSignedIn::ProviderAway => {
            let mut response = said(visit, "sign_in.away", StatusCode::SERVICE_UNAVAILABLE, Onward::Again);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            response
        }
        NotSignedIn::Stale => said(visit, "sign_in.stale", StatusCode::BAD_REQUEST, Onward::Again),
        NotSignedIn::Declined => said(visit, "sign_in.declined", StatusCode::FORBIDDEN, Onward::Again),
        NotSignedIn::Out => said(visit, "sign_in.out", StatusCode::FORBIDDEN, Onward::None),
        NotSignedIn::NotAdmitted { why, address } => {
            let address = address.as_deref().unwrap_or_default();
            let key = match why {
                Unadmitted::Unknown if address.is_empty() => "sign_in.unproved",
                why => nobody(*why),
            };
            said_of(visit, key, StatusCode::FORBIDDEN, (Onward::Other, address))
        }
        NotSignedIn::Store(why) => error::failed(visit, why),
    }
}
