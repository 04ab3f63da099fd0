//! The page behind an invitation's link. Reading it spends nothing; accepting and declining are forms.

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use directory::Error;
use directory::invitation::{AcceptInvitation, AskAnew, LinkState, LinkView, OpenInvitation, RejectInvitation};
use directory::user::Lifecycle;
use minijinja::context;

use super::access;
use super::form::Fields;
use super::link::{self, DeadEnd, Link, see_other};
use super::visit::Visit;
use super::{error, matter, origin};
use crate::app::App;
use crate::caller::Followed;
use crate::design::Brand;
use crate::path::Path;

const EYEBROW: &str = "invitation.eyebrow";

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
    match (&visit.visitor, &view.offer) {
        (Some(visitor), Some(offer)) if view.state == LinkState::Open => {
            let inviter = offer.inviter.as_deref();
            access::offer::show(&app, &visit, visitor, (&secret, inviter, None)).await
        }
        _ => page_of(&visit, &view, &secret),
    }
}

/// Accepts or declines.
pub(super) async fn decide(
    State(app): State<App>,
    visit: Visit,
    followed: Followed,
    headers: HeaderMap,
    Path(Link { secret }): Path<Link>,
    form: Fields,
) -> Response {
    if !origin::is_ours(&headers, &app.public_url) {
        return link::message(&visit, EYEBROW, "forged", StatusCode::FORBIDDEN);
    }
    // Who is signed in answers in their own name; the form says so by what it carries.
    if let (Some(visitor), Some(_)) = (&visit.visitor, form.text("form_token")) {
        if !visit.is_own(&app, &headers, &form) {
            return link::message(&visit, EYEBROW, "forged", StatusCode::FORBIDDEN);
        }
        let address = followed.address().to_string();
        return access::offer::decide(&app, &visit, visitor, (&secret, &form, address)).await;
    }
    let answer = form.text("answer").unwrap_or_default();
    let decided = match answer {
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
        "anew" => app
            .directory
            .execute(&visit.nobody, AskAnew { secret: secret.clone() })
            .await
            .map(|_| "link-sent"),
        _ => return link::message(&visit, EYEBROW, "choice", StatusCode::BAD_REQUEST),
    };
    match decided {
        Ok(page) => see_other(&format!("{}/{page}", visit.base())),
        // Somebody was quicker, or the link was good for nothing from the beginning: the page says which.
        Err(Error::Refused(refusal)) => match app.directory.invitation_behind(&visit.realm, &secret).await {
            // What cannot be sent anew is asked of whoever invited, and not by the same button again.
            Ok(view) if answer == "anew" => {
                let view = LinkView {
                    can_ask_anew: false,
                    ..view
                };
                page_of(&visit, &view, &secret)
            }
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
    // Signing in is the step after: who does so for the first time is recognised by the address that was invited. Without a provider
    // it is where the realm is at home that they go on.
    let signs_in = visit.realm.settings.has_provider() || (brand.home.is_none() && visit.realm.has_sign_in());
    let (text, action) = if signs_in {
        let href = format!("{}/sign-in", visit.base());
        let action = context! { href, key => "viewer.sign_in", host => "" };
        (Some("accepted.text_sign_in"), Some(action))
    } else if brand.home.is_none() {
        (Some("accepted.text_no_home"), None)
    } else {
        (None, link::home(&brand))
    };
    visit
        .page("message.html")
        .secret()
        .render(context! { key => "accepted", text, action })
}

/// Where asking for a new link ends.
pub(super) async fn asked_anew(visit: Visit) -> Response {
    let values = context! { key => "link_sent", ask => true };
    visit.page("message.html").secret().render(values)
}

/// Where declining ends.
pub(super) async fn declined(visit: Visit, uri: axum::http::Uri) -> Response {
    let key = if uri.query() == Some("offer") {
        "offer.declined"
    } else {
        "declined"
    };
    visit
        .page("message.html")
        .secret()
        .render(context! { key, ask => true })
}

fn page_of(visit: &Visit, view: &LinkView, secret: &str) -> Response {
    let language = link::language_of(visit, view.language);
    let brand = Brand::of(&visit.realm);
    let until = view.expires_at.map(directory::Timestamp::millis).unwrap_or_default();
    let (key, status) = match view.state {
        LinkState::Open if view.is_offer => {
            let address = view.address.as_deref().unwrap_or_default();
            return match &view.offer {
                Some(offer) => {
                    let sign_in = visit
                        .realm
                        .has_sign_in()
                        .then(|| visit.sign_in_for(&format!("{}/invitation/{secret}", visit.room())));
                    matter::offer(visit, language, (offer, until, address), sign_in)
                }
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
            return visit.page_in("invitation.html", language).secret().render(values);
        }
        LinkState::Unavailable => ("blocked", StatusCode::CONFLICT),
        LinkState::Accepted => ("used", StatusCode::GONE),
        LinkState::Rejected => ("rejected", StatusCode::GONE),
        LinkState::Expired => ("expired", StatusCode::GONE),
        LinkState::Revoked => ("revoked", StatusCode::GONE),
        LinkState::Replaced => ("superseded", StatusCode::GONE),
        LinkState::Unknown => ("unknown", StatusCode::NOT_FOUND),
    };
    if view.can_ask_anew {
        let action = format!("{}/invitation/{secret}", visit.base());
        let values = context! { key => "expired_anew", eyebrow => EYEBROW, ask => true, action };
        return visit
            .page_in("expired.html", language)
            .status(status)
            .secret()
            .render(values);
    }
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
