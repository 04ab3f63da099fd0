//! An invitation to a group, for whoever is signed in: what is offered and by whom, and answering it.

use axum::http::StatusCode;
use axum::response::Response;
use directory::enrollment::configuration::dates::{Before, agreed};
use directory::enrollment::terms::{Channel, TermsGiven};
use directory::invitation::{AcceptOffer, OfferKind, RejectOffer};
use directory::session::Visitor;
use directory::zone::Zone;
use directory::{Denial, Error, Refusal};
use minijinja::context;

use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::shown::{description, group_page, noon};
use crate::pages::visit::Visit;

/// What is offered, or why it cannot be answered; with what was wrong with an answer.
pub(in crate::pages) async fn show(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (secret, inviter, problem): (&str, Option<&str>, Option<&'static str>),
) -> Response {
    match page(app, visit, visitor, (secret, inviter, problem)).await {
        Ok(response) => response,
        Err(error) => error::answered(visit, &error),
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (secret, inviter, problem): (&str, Option<&str>, Option<&'static str>),
) -> Result<Response, Error> {
    let view = app.directory.offer_behind(&visitor.principal, secret).await?;
    if !view.is_theirs {
        return Err(Denial::InvitationOtherAddress.into());
    }
    let (now, zone) = (app.directory.now().await?, Zone::of(&visit.realm));
    let contract = view.way.as_ref().map(|way| &way.configuration.contract);
    let dates = contract.map(|contract| agreed(contract, Before::NoMember, now, &zone));
    let terms = view.way.as_ref().and_then(|way| way.terms.as_ref());
    let key = match view.offer.kind() {
        OfferKind::Membership => "offer.membership",
        OfferKind::Administration => "offer.administration",
    };
    let values = context! {
        key, problem, inviter,
        group => view.path.to_string(),
        description => description(&view.group),
        introduction => contract.and_then(|contract| contract.invitation_introduction.as_deref()),
        roles => view.offer.role_names(),
        address => view.invitation.address.as_ref().map(directory::mail::EmailAddress::as_str),
        answer_until => view.invitation.expires_at.millis(),
        from => dates.and_then(|dates| dates.valid_from).filter(|from| *from > now).map(|from| noon(zone.day(from))),
        until => dates.and_then(|dates| dates.expires_at).map(|end| noon(zone.last_day(end))),
        terms => terms.map(|terms| context! { url => terms.url.as_str(), number => terms.number }),
        action => format!("{}/invitation/{secret}", visit.room()),
    };
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(visit.page("offer.html").status(status).secret().render(values))
}

/// Says yes or no to it.
pub(in crate::pages) async fn decide(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (secret, form, address): (&str, &Fields, String),
) -> Response {
    let secret_text = secret.to_owned();
    let done = match form.text("answer") {
        Some("accept") => {
            let terms = form.said("version").map(|version| TermsGiven {
                accepted: form.text("accepted").is_some(),
                version: Some(version.to_owned()),
                channel: Channel::Invitation,
                address: Some(address),
            });
            let accept = AcceptOffer {
                secret: secret_text,
                terms,
            };
            app.directory
                .execute(&visitor.principal, accept)
                .await
                .map(|invitation| {
                    let group = invitation.offer().map(|offer| (offer.kind(), offer.group));
                    match group {
                        Some((OfferKind::Membership, group)) => format!("{}?done=joined", group_page(visit, group)),
                        _ => visit.home(),
                    }
                })
        }
        Some("decline") => {
            let reject = RejectOffer { secret: secret_text };
            let declined = format!("{}/declined?offer", visit.base());
            app.directory
                .execute(&visitor.principal, reject)
                .await
                .map(|_| declined)
        }
        _ => Err(Refusal::invalid("answer", "accept or decline").into()),
    };
    match done {
        Ok(to) => see_other(&to),
        Err(Error::Refused(refusal)) => match error::key_of(&refusal) {
            Some(problem @ "refusal.terms_not_accepted") => {
                show(app, visit, visitor, (secret, None, Some(problem))).await
            }
            _ => error::answered(visit, &Error::Refused(refusal)),
        },
        Err(error) => error::answered(visit, &error),
    }
}
