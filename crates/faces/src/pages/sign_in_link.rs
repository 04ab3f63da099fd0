//! Signing in by a link that comes by mail: asking for it, and the page behind it. Reading that changes nothing: using the link up is
//! a form. Whoever asks is told the same whoever they are.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use directory::mail::{EmailAddress, Language as MailLanguage};
use directory::sign_in_link::{AskSignInLink, LinkState, NotEntered, SignInLinkView};
use minijinja::context;

use super::form::Fields;
use super::link::{self, DeadEnd, Link, see_other};
use super::sign_in::{self, Onward, said, said_of};
use super::visit::Visit;
use super::{error, origin, place};
use crate::app::App;
use crate::caller::Followed;
use crate::design::Language;
use crate::face::Face;
use crate::path::Path;

const EYEBROW: &str = "sign_in.eyebrow";

/// The page on which somebody chooses how to sign in: where they go on to, what they typed as an address that is none, and whether
/// somebody else is to sign in than whoever is signed in.
pub(super) fn ask_page(
    visit: &Visit,
    status: StatusCode,
    (to, typed, is_other): (Option<String>, Option<&str>, bool),
) -> Response {
    let mut provider = format!("{}/sign-in?provider", visit.base());
    if is_other {
        provider.push_str("&other");
    }
    if let Some(to) = &to {
        provider.push_str("&to=");
        provider.extend(url::form_urlencoded::byte_serialize(to.as_bytes()));
    }
    let values = context! {
        provider => visit.realm.settings.has_provider().then_some(provider),
        action => format!("{}/sign-in", visit.base()),
        to,
        typed,
    };
    visit.page("sign_in.html").status(status).secret().render(values)
}

/// Asks for a link.
pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    followed: Followed,
    headers: HeaderMap,
    form: Fields,
) -> Response {
    if !visit.realm.settings.signs_in_by_mail() {
        return said(&visit, "sign_in.off", StatusCode::NOT_FOUND, Onward::None);
    }
    if !origin::is_ours(&headers, &app.public_url) {
        return link::message(&visit, EYEBROW, "forged", StatusCode::FORBIDDEN);
    }
    let to = form.said("to").and_then(|to| place::own(&app.public_url, to));
    let typed = form.text("address").unwrap_or_default();
    let Ok(address) = EmailAddress::parse(typed) else {
        return ask_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, (to, Some(typed), false));
    };
    if let Err(problem) = followed.asks_for_mail() {
        return Face::Pages.problem(&problem);
    }
    let language = MailLanguage::preferred(visit.language().code()).unwrap_or_default();
    let asked = AskSignInLink { address, to, language };
    match app.directory.execute(&visit.nobody, asked).await {
        Ok(()) => see_other(&format!("{}/sign-in/sent", visit.base())),
        Err(error) => error::failed(&visit, &error),
    }
}

/// Where asking ends.
pub(super) async fn sent(visit: Visit) -> Response {
    let values = context! { key => "sign_in_sent", eyebrow => EYEBROW, ask => true };
    visit.page("message.html").secret().render(values)
}

/// Shows what the link is for, or why it is good for nothing.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(Link { secret }): Path<Link>) -> Response {
    match app.directory.sign_in_link_behind(&visit.realm, &secret).await {
        Ok(view) => page_of(&visit, &view, &secret),
        Err(error) => error::failed(&visit, &error),
    }
}

/// Signs whoever uses the link in.
pub(super) async fn enter(
    State(app): State<App>,
    visit: Visit,
    followed: Followed,
    headers: HeaderMap,
    Path(Link { secret }): Path<Link>,
) -> Response {
    if !origin::is_ours(&headers, &app.public_url) {
        return link::message(&visit, EYEBROW, "forged", StatusCode::FORBIDDEN);
    }
    let browser = sign_in::browser(&app, &visit, &headers, &followed);
    let why = match app.directory.enter(&visit.nobody, &visit.realm, &secret, browser).await {
        Ok((started, to)) => return sign_in::let_in(&app, &visit, &started, to),
        Err(why) => why,
    };
    // Whoever guesses at links is soon told to stop.
    if matches!(why, NotEntered::Link(LinkState::Unknown))
        && let Err(problem) = followed.is_refused()
    {
        return Face::Pages.problem(&problem);
    }
    match why {
        NotEntered::Link(state) => dead_end(&visit, visit.language(), state, None),
        NotEntered::Out => said(&visit, "sign_in.out", StatusCode::FORBIDDEN, Onward::None),
        NotEntered::NotAdmitted { why, address } => said_of(
            &visit,
            sign_in::nobody(why),
            StatusCode::FORBIDDEN,
            (Onward::Again, &address),
        ),
        NotEntered::Store(why) => error::failed(&visit, &why),
    }
}

fn page_of(visit: &Visit, view: &SignInLinkView, secret: &str) -> Response {
    let language = link::language_of(visit, view.language);
    if view.state != LinkState::Open {
        return dead_end(visit, language, view.state, view.goes_to.as_deref());
    }
    let values = context! {
        address => view.address.as_deref().unwrap_or_default(),
        expires_at => view.expires_at.map(directory::Timestamp::millis).unwrap_or_default(),
        action => format!("{}/sign-in/{secret}", visit.base()),
    };
    visit.page_in("sign_in_link.html", language).secret().render(values)
}

/// The page of a link that is good for nothing: a new one leads to where it would have led.
fn dead_end(visit: &Visit, language: Language, state: LinkState, to: Option<&str>) -> Response {
    let (key, status) = match state {
        LinkState::Used => ("sign_in_link.used", StatusCode::GONE),
        LinkState::Expired => ("sign_in_link.expired", StatusCode::GONE),
        LinkState::Open | LinkState::Unknown => ("sign_in_link.unknown", StatusCode::NOT_FOUND),
    };
    let href = to.map_or_else(|| format!("{}/sign-in", visit.base()), |to| visit.sign_in_for(to));
    let end = DeadEnd {
        eyebrow: EYEBROW,
        key,
        status,
        action: Some(context! { href, key => "sign_in_link.new", host => "" }),
    };
    link::dead_end(visit, language, end)
}
