//! What is shown when no page could be: plain words and a way on.

use axum::body::{Body, HttpBody};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use directory::Error;
use minijinja::context;

use super::visit::{self, Visit};
use crate::design::{Brand, Language, Page};
use crate::face::Problem;
use crate::trail::Refused;

/// Marks an answer that was rendered before anybody asked for the reader's language.
#[derive(Clone, Debug)]
struct Unspoken(StatusCode);

/// Headers of such an answer that go on with it.
const KEPT: [HeaderName; 3] = [header::RETRY_AFTER, header::WWW_AUTHENTICATE, header::ALLOW];

/// What went wrong outside any handler, as a page. [`spoken`] puts it into the reader's language.
pub(crate) fn render(problem: &Problem) -> Response {
    let mut response = page(problem.status, key(problem.status), Language::first());
    response.extensions_mut().insert(Unspoken(problem.status));
    Refused::beside(&mut response, key(problem.status), &problem.detail);
    response
}

/// The same answer in the reader's language, with what the path tells: a start page that is not found has no realm.
pub(crate) fn spoken(mut response: Response, languages: Option<&HeaderValue>, path: &str) -> Response {
    let Some(Unspoken(status)) = response.extensions_mut().remove() else {
        return response;
    };
    let is_start = path
        .strip_prefix("/realms/")
        .is_some_and(|rest| !rest.trim_end_matches('/').contains('/'));
    let key = if status == StatusCode::NOT_FOUND && is_start {
        "missing.realm"
    } else {
        key(status)
    };
    let mut page = page(status, key, visit::accepted(languages).unwrap_or_else(Language::first));
    // The answer to HEAD has lost its body already.
    if response.body().is_end_stream() {
        *page.body_mut() = Body::empty();
    }
    // What is told beside the answer goes on with it.
    std::mem::swap(page.extensions_mut(), response.extensions_mut());
    for name in KEPT {
        if let Some(value) = response.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

fn key(status: StatusCode) -> &'static str {
    match status.as_u16() {
        405 => "method",
        429 | 503 => "busy",
        500.. => "failed",
        400 | 413 | 415 => "refused",
        _ => "missing",
    }
}

fn page(status: StatusCode, key: &'static str, language: Language) -> Response {
    let action = context! { href => "/", key => "missing.action", host => "" };
    Page::new("message.html", language, Brand::none())
        .status(status)
        .secret()
        .render(context! { key, action })
}

/// The directory could not answer: a page of the realm says so.
pub(super) fn failed(visit: &Visit, error: &Error) -> Response {
    let problem = Problem::of_store(error);
    let mut response = visit
        .page("message.html")
        .status(problem.status)
        .secret()
        .render(context! { key => key(problem.status), ask => true });
    if let Some(seconds) = problem.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
