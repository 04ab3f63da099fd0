//! The page behind an invitation's link. Reading it spends nothing; accepting and declining are forms.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use directory::Error;
use directory::invitation::{AcceptInvitation, LinkState, LinkView, OpenInvitation, RejectInvitation};
use directory::user::Lifecycle;
use minijinja::context;
use serde::Deserialize;

use super::link::{self, DeadEnd, Link, see_other};
use super::visit::Visit;
use super::{error, matter, origin};
use crate::app::App;
use crate::design::{Brand, Page};
use crate::path::Path;

const EYEBROW: &str = "invitation.eyebrow";

/// What the form says.
#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    answer: String,
}

/// Shows what is offered, or why the link is good for nothing.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    method: Method,
    Path(Link { secret }): Path<Link>,
) -> Response {
    let view = match app.directory.invitation_behind(&visit.realm, &secret).await {
        Ok(view) => view,
        Err(error) => return error::failed(&visit, &error),
    };
    // HEAD is asked by programs that check links.
    if view.is_unopened && method == Method::GET {
        let opened = app
            .directory
            .execute(&visit.nobody, OpenInvitation { secret: secret.clone() })
            .await;
        if let Err(error @ (Error::Db(_) | Error::Fault { .. })) = opened {
            return error::failed(&visit, &error);
        }
    }
    page_of(&visit, &view, &secret)
}

/// Accepts or declines.
pub(super) async fn decide(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path(Link { secret }): Path<Link>,
    form: Result<Form<Decision>, FormRejection>,
) -> Response {
    if !origin::is_ours(&headers, &app.public_url) {
        return link::message(&visit, EYEBROW, "forged", StatusCode::FORBIDDEN);
    }
    let answer = form.map(|Form(decision)| decision.answer).unwrap_or_default();
    let decided = match answer.as_str() {
        "accept" => {
            let accepted = app
                .directory
                .execute(&visit.nobody, AcceptInvitation { secret: secret.clone() })
                .await;
            accepted.map(|accepted| {
                if accepted.user.lifecycle == Lifecycle::Active {
                    "welcome"
                } else {
                    "welcome?later"
                }
            })
        }
        "decline" => app
            .directory
            .execute(&visit.nobody, RejectInvitation { secret: secret.clone() })
            .await
            .map(|_| "declined"),
        _ => return link::message(&visit, EYEBROW, "choice", StatusCode::BAD_REQUEST),
    };
    match decided {
        Ok(page) => see_other(&format!("{}/{page}", visit.base())),
        // Somebody was quicker, or the link was good for nothing from the beginning: the page says which.
        Err(Error::Refused(refusal)) => match app.directory.invitation_behind(&visit.realm, &secret).await {
            Ok(view) if view.state == LinkState::Open && !view.is_offer => {
                tracing::warn!(%refusal, "an open invitation could not be decided");
                link::message(&visit, EYEBROW, "busy", StatusCode::CONFLICT)
            }
            Ok(view) => page_of(&visit, &view, &secret),
            Err(error) => error::failed(&visit, &error),
        },
        Err(error) => error::failed(&visit, &error),
    }
}

/// Where accepting ends: a page of our own that leads on to the realm's home.
pub(super) async fn accepted(visit: Visit, uri: axum::http::Uri) -> Response {
    if uri.query() == Some("later") {
        return visit
            .page("message.html")
            .secret()
            .render(context! { key => "later", ask => true });
    }
    let brand = Brand::of(&visit.realm);
    let text = if brand.home.is_none() {
        Some("accepted.text_no_home")
    } else {
        None
    };
    visit
        .page("message.html")
        .secret()
        .render(context! { key => "accepted", text, action => link::home(&brand) })
}

/// Where declining ends.
pub(super) async fn declined(visit: Visit) -> Response {
    visit
        .page("message.html")
        .secret()
        .render(context! { key => "declined", ask => true })
}

fn page_of(visit: &Visit, view: &LinkView, secret: &str) -> Response {
    let language = link::language_of(visit, view.language);
    let brand = Brand::of(&visit.realm);
    let until = view.expires_at.map(directory::Timestamp::millis).unwrap_or_default();
    let (key, status) = match view.state {
        LinkState::Open if view.is_offer => {
            let address = view.address.as_deref().unwrap_or_default();
            return match &view.offer {
                Some(offer) => matter::offer(visit, language, offer, until, address),
                None => link::message(visit, EYEBROW, "unknown", StatusCode::NOT_FOUND),
            };
        }
        LinkState::Open => {
            let values = context! {
                name => view.display_name.as_deref().or(view.user_name.as_deref()),
                address => view.address.as_deref().unwrap_or_default(),
                expires_at => until,
                action => format!("{}/invitation/{secret}", visit.base()),
            };
            return Page::new("invitation.html", language, brand).secret().render(values);
        }
        LinkState::Unavailable => ("blocked", StatusCode::CONFLICT),
        LinkState::Accepted => ("used", StatusCode::GONE),
        LinkState::Rejected => ("rejected", StatusCode::GONE),
        LinkState::Expired => ("expired", StatusCode::GONE),
        LinkState::Revoked => ("revoked", StatusCode::GONE),
        LinkState::Replaced => ("superseded", StatusCode::GONE),
        LinkState::Unknown => ("unknown", StatusCode::NOT_FOUND),
    };
    let action = if view.state == LinkState::Accepted {
        link::home(&brand)
    } else {
        None
    };
    link::dead_end(
        visit,
        language,
        DeadEnd {
            eyebrow: EYEBROW,
            key,
            status,
            action,
        },
    )
}
