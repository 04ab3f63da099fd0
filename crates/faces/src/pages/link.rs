//! What the pages behind links have in common.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::mail::Language as MailLanguage;
use minijinja::context;
use serde::Deserialize;

use super::visit::Visit;
use crate::design::{Brand, Language};

/// The secret of a link.
#[derive(Deserialize)]
pub(super) struct Link {
    pub(super) secret: String,
}

/// On to a page without the secret in its address.
pub(super) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// A page that says only one thing: what came of a link, or why nothing can.
pub(super) fn message(visit: &Visit, eyebrow: &'static str, key: &'static str, status: StatusCode) -> Response {
    visit
        .page("message.html")
        .status(status)
        .secret()
        .render(context! { key, eyebrow, ask => true })
}

/// On to the realm's home, where it has one.
pub(super) fn home(brand: &Brand) -> Option<minijinja::Value> {
    brand
        .home
        .as_ref()
        .map(|home| context! { href => home.href.as_str(), host => home.label.as_str(), key => "accepted.action" })
}

/// The language of a page that a mail leads to: the reader's, else the mail's.
pub(super) fn language_of(visit: &Visit, mail: Option<MailLanguage>) -> Language {
    mail.map_or_else(|| visit.language(), |language| visit.language_or(language.tag()))
}

/// Why a link is good for nothing.
pub(super) struct DeadEnd {
    pub(super) eyebrow: &'static str,
    pub(super) key: &'static str,
    pub(super) status: StatusCode,
    /// Where to go on from here.
    pub(super) action: Option<minijinja::Value>,
}

/// The page of a link that is good for nothing.
pub(super) fn dead_end(visit: &Visit, language: Language, end: DeadEnd) -> Response {
    let DeadEnd {
        eyebrow,
        key,
        status,
        action,
    } = end;
    visit
        .page_in("message.html", language)
        .status(status)
        .secret()
        .render(context! { key, eyebrow, ask => true, action })
}
