//! The page behind the link of a mail that asks whether an address is the reader's. Reading it changes nothing: confirming
//! is a form.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use directory::Error;
use directory::confirmation::{ConfirmAddress, ConfirmationView, LinkState};
use minijinja::context;

use super::link::{self, DeadEnd, Link, see_other};
use super::visit::Visit;
use super::{error, origin};
use crate::app::App;
use crate::path::Path;

const EYEBROW: &str = "confirmation.eyebrow";

/// Shows what is asked, or why the link is good for nothing.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(Link { secret }): Path<Link>) -> Response {
    match app.directory.confirmation_behind(visit.realm.id, &secret).await {
        Ok(view) => page_of(&visit, &view, &secret),
        Err(error) => error::failed(&visit, &error),
    }
}

/// Confirms.
pub(super) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(Link { secret }): Path<Link>,
) -> Response {
    if !origin::is_ours(&headers, &app.public_url) {
        return link::message(&visit, EYEBROW, "forged", StatusCode::FORBIDDEN);
    }
    let command = ConfirmAddress { secret: secret.clone() };
    match app.directory.execute(&visit.nobody, command).await {
        Ok(_) => see_other(&format!("{}/confirmed", visit.base())),
        // Somebody was quicker, or the link was good for nothing from the beginning: the page says which.
        Err(Error::Refused(refusal)) => match app.directory.confirmation_behind(visit.realm.id, &secret).await {
            Ok(view) if view.state == LinkState::Open => {
                tracing::warn!(%refusal, "an address could not be confirmed by an open link");
                link::message(&visit, EYEBROW, "busy", StatusCode::CONFLICT)
            }
            Ok(view) => page_of(&visit, &view, &secret),
            Err(error) => error::failed(&visit, &error),
        },
        Err(error) => error::failed(&visit, &error),
    }
}

/// Where confirming ends.
pub(super) async fn confirmed(visit: Visit) -> Response {
    visit
        .page("message.html")
        .secret()
        .render(context! { key => "confirmed" })
}

fn page_of(visit: &Visit, view: &ConfirmationView, secret: &str) -> Response {
    let language = link::language_of(visit, view.language);
    let (key, status) = match view.state {
        LinkState::Open => {
            let values = context! {
                address => view.address.as_deref().unwrap_or_default(),
                expires_at => view.expires_at.map(directory::Timestamp::millis).unwrap_or_default(),
                action => format!("{}/confirmation/{secret}", visit.base()),
            };
            return visit.page_in("confirmation.html", language).secret().render(values);
        }
        LinkState::Confirmed => ("confirmation.used", StatusCode::GONE),
        LinkState::Expired => ("confirmation.expired", StatusCode::GONE),
        LinkState::Replaced => ("confirmation.superseded", StatusCode::GONE),
        LinkState::Unknown => ("confirmation.unknown", StatusCode::NOT_FOUND),
    };
    link::dead_end(
        visit,
        language,
        DeadEnd {
            eyebrow: EYEBROW,
            key,
            status,
            action: None,
        },
    )
}
