//! Signing out: here and at the provider, or there, which it tells.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::provider::NotSignedOut;
use directory::session::SignOut;
use minijinja::context;
use serde_json::json;

use super::cookie::Jar;
use super::form::Fields;
use super::link::see_other;
use super::visit::{self, Visit};
use super::{error, link};
use crate::app::App;

/// Ends the session of this browser, and leads on to the provider, where the person is signed in too.
pub(super) async fn sign_out(State(app): State<App>, visit: Visit, headers: HeaderMap, form: Fields) -> Response {
    let jar = Jar::of(&app.public_url);
    let name = visit::session_name(&visit.realm);
    let signed_out = format!("{}/signed-out", visit.base());
    let Some(visitor) = &visit.visitor else {
        // Nobody is signed in any more, which is what was wanted.
        let mut response = see_other(&signed_out);
        jar.take(&mut response, &name);
        return response;
    };
    if !visit.is_own(&app, &headers, &form) {
        return link::message(&visit, "sign_in.eyebrow", "forged", StatusCode::FORBIDDEN);
    }
    let secret = jar.read(&headers, &name).unwrap_or_default().to_owned();
    let left = match app.directory.execute(&visitor.principal, SignOut { secret }).await {
        Ok(left) => left,
        Err(error) => return error::failed(&visit, &error),
    };
    let back = format!("{}/signed-out", app.realm_url(&visit.realm));
    let place = match &left {
        Some(left) => app.directory.sign_out_place(&visit.realm, left, &back).await,
        None => None,
    };
    // A form may not lead to another host (`form-action`), so a page of our own leads on there.
    let mut response = match place {
        Some(place) => visit
            .as_nobody()
            .page("signing_out.html")
            .secret()
            .render(context! { place }),
        None => see_other(&signed_out),
    };
    jar.take(&mut response, &name);
    response
}

/// Where signing out ends.
pub(super) async fn signed_out(visit: Visit) -> Response {
    let action = context! { href => visit.start(), key => "missing.action", host => "" };
    visit
        .page("message.html")
        .secret()
        .render(context! { key => "signed_out", action })
}

/// Ends the sessions of whoever signed out at the provider (Back-Channel Logout 1.0 §2.5).
pub(super) async fn told(State(app): State<App>, visit: Visit, form: Fields) -> Response {
    let mut response = match form.said("logout_token") {
        None => refused(
            StatusCode::BAD_REQUEST,
            "a form with the parameter logout_token is expected",
        ),
        Some(token) => match app.directory.signed_out_at_provider(&visit.realm, token).await {
            Ok(_) => StatusCode::OK.into_response(),
            Err(NotSignedOut::Store(error)) => error::failed(&visit, &error),
            Err(away @ NotSignedOut::ProviderAway) => refused(StatusCode::SERVICE_UNAVAILABLE, &away.to_string()),
            Err(why) => {
                tracing::warn!(realm = visit.realm.id.number(), %why, "the OpenID provider told of a sign-out");
                refused(StatusCode::BAD_REQUEST, "the logout token does not count")
            }
        },
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// §2.8: errors are told as those of OAuth2 are.
fn refused(status: StatusCode, why: &str) -> Response {
    let body = json!({ "error": "invalid_request", "error_description": why });
    (status, Json(body)).into_response()
}
