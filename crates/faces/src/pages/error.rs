//! What is shown when no page could be: plain words and a way on.

use axum::body::{Body, HttpBody};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use directory::{Denial, DenialClass, Error, Refusal};
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

/// What a refusal is called in the catalogues; none where there is nothing that the reader could do.
pub(super) fn key_of(refusal: &Refusal) -> Option<&'static str> {
    let Refusal::Denied(denial) = refusal else {
        return None;
    };
    Some(match denial.code() {
        "roles_required" => "refusal.roles_required",
        "one_role_only" => "refusal.one_role_only",
        "role_unknown" => "refusal.role_unknown",
        "comment_required" => "refusal.comment_required",
        "terms_not_accepted" => "refusal.terms_not_accepted",
        "terms_changed" => "refusal.terms_changed",
        "configuration_unknown" | "configuration_inactive" | "configuration_required" => "refusal.configuration",
        "rule_violated" => "refusal.rule_violated",
        "request_open" => "refusal.request_open",
        "request_not_pending" | "request_not_waiting" => "refusal.request_decided",
        "membership_pending" => "refusal.membership_pending",
        "already_member" => "refusal.already_member",
        "suspended" | "member_suspended" => "refusal.suspended",
        "privileged" => "refusal.privileged",
        "last_admin" => "refusal.last_admin",
        "invitation_other_address" => "refusal.other_address",
        "invitation_unknown" => "refusal.invitation_unknown",
        "invitation_expired" => "refusal.invitation_expired",
        _ => return None,
    })
}

/// The directory did not do or show what was asked: a page says why, in plain words.
pub(super) fn answered(visit: &Visit, error: &Error) -> Response {
    let Error::Refused(refusal) = error else {
        return failed(visit, error);
    };
    let said = |key: &'static str, status: StatusCode| {
        let action = context! { href => visit.home(), key => "rooms.back", host => "" };
        let page = visit.page("message.html").status(status).secret();
        page.render(context! { key, action, ask => true })
    };
    if let Some(key) = key_of(refusal) {
        let is_missing = matches!(refusal, Refusal::Denied(denial) if denial.class() == DenialClass::NotFound);
        return said(
            key,
            if is_missing {
                StatusCode::NOT_FOUND
            } else {
                StatusCode::CONFLICT
            },
        );
    }
    match refusal {
        Refusal::NotFound { .. } | Refusal::Denied(Denial::RequestNotYours) => said("missing", StatusCode::NOT_FOUND),
        Refusal::Denied(denial) if denial.class() == DenialClass::NotFound => said("missing", StatusCode::NOT_FOUND),
        Refusal::Denied(denial) if denial.class() == DenialClass::Forbidden => {
            said("refusal.forbidden", StatusCode::FORBIDDEN)
        }
        Refusal::Invalid { .. } => said("refused", StatusCode::BAD_REQUEST),
        Refusal::Changed => said("refusal.changed", StatusCode::CONFLICT),
        Refusal::Forbidden { .. } | Refusal::MissingScope(_) => said("refusal.forbidden", StatusCode::FORBIDDEN),
        _ => said("refusal.other", StatusCode::CONFLICT),
    }
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
