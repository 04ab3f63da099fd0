//! One group that one is in: how one stands there and why; leaving it, letting it lapse, accepting its terms.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::enrollment::terms::{AcceptTerms, Channel, OwnTerms, TermsGiven};
use directory::group::Group;
use directory::mail;
use directory::membership::{LeaveGroup, LetLapse};
use directory::session::Visitor;
use directory::zone::Zone;
use directory::{Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

use super::shown::Held;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::shown::{description, group_page, noon};
use crate::pages::visit::{SignedIn, Visit};
use crate::path::Path;

/// The group of a path.
#[derive(Deserialize)]
pub(in crate::pages) struct OfGroup {
    group: String,
}

/// Terms that come with the membership.
#[derive(Debug, Serialize)]
struct TermsShown {
    url: String,
    number: i64,
    due: bool,
    withheld: bool,
    accepted_at: Option<i64>,
    until: Option<i64>,
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    Path(OfGroup { group }): Path<OfGroup>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Fields::of_query(query.as_deref());
    match page(&app, &visit, &visitor, (&group, &asked)).await {
        Ok(response) => response,
        Err(error) => error::answered(&visit, &error),
    }
}

fn meant(text: &str) -> Result<Id<Group>, Error> {
    Ok(Id::parse(text).ok_or(Refusal::NotFound { what: "group" })?)
}

async fn page(app: &App, visit: &Visit, visitor: &Visitor, (group, asked): (&str, &Fields)) -> Result<Response, Error> {
    let (directory, principal) = (&app.directory, &visitor.principal);
    let group = meant(group)?;
    let member = directory.my_membership(principal, group).await?;
    let (now, zone) = (directory.now().await?, Zone::of(&visit.realm));
    let held = Held::of(visit, &member.listed, (now, &zone));
    let membership = &member.listed.membership;
    let since = membership.valid_from.unwrap_or(membership.granted_at);
    let why = directory.explain_own(principal, group).await?;
    let language = visit.language().code();
    let sentences = why.sentences(mail::Language::choose(Some(language), "en"), &zone);
    let below: Vec<&str> = why.below.iter().map(|below| below.path.as_str()).collect();
    let terms = directory.my_terms_of(principal, group).await?;
    let values = context! {
        here => "groups",
        group => Serde(&held),
        description => description(&member.listed.group),
        since => noon(zone.day(since)),
        because_of => why.imposed_by,
        lapses => membership.details.lapses,
        is_elevated => membership.is_elevation(),
        sentences => Serde(sentences),
        below => Serde(below),
        terms => terms.map(|terms| Serde(shown(&terms))),
        done => asked.text("done").and_then(done),
        action => group_page(visit, group),
        all => format!("{}/groups/showgroups", visit.room()),
    };
    let template = if asked.text("leave").is_some() {
        "leave.html"
    } else {
        "group.html"
    };
    Ok(visit.page(template).secret().render(values))
}

/// What was done a moment ago.
fn done(word: &str) -> Option<&'static str> {
    match word {
        "joined" => Some("done.joined"),
        "renewed" => Some("done.renewed"),
        "lapses" => Some("done.lapses"),
        "stays" => Some("done.stays"),
        "terms" => Some("done.terms"),
        _ => None,
    }
}

fn shown(terms: &OwnTerms) -> TermsShown {
    TermsShown {
        url: terms.in_force.url.clone(),
        number: terms.in_force.number,
        due: terms.due,
        withheld: terms.withheld,
        accepted_at: terms.standing.map(|standing| standing.accepted_at.millis()),
        until: terms
            .standing
            .and_then(|standing| standing.until)
            .map(directory::Timestamp::millis),
    }
}

/// Leaves it, lets it lapse or not, or accepts its terms.
pub(in crate::pages) async fn act(
    State(app): State<App>,
    Path(OfGroup { group }): Path<OfGroup>,
    sent: Sent,
) -> Response {
    match done_by(&app, &group, &sent).await {
        Ok(to) => see_other(&to),
        Err(error) => error::answered(&sent.visit, &error),
    }
}

async fn done_by(app: &App, group: &str, sent: &Sent) -> Result<String, Error> {
    let (visit, form) = (&sent.visit, &sent.form);
    let (directory, principal) = (&app.directory, &sent.visitor.principal);
    let group = meant(group)?;
    let page = group_page(visit, group);
    match form.text("act") {
        Some("leave") => {
            directory.execute(principal, LeaveGroup { group }).await?;
            Ok(format!("{}/groups/showgroups?left", visit.room()))
        }
        Some(word @ ("lapse" | "stay")) => {
            let lapses = word == "lapse";
            directory.execute(principal, LetLapse { group, lapses }).await?;
            Ok(format!("{page}?done={}", if lapses { "lapses" } else { "stays" }))
        }
        Some("terms") => {
            let given = TermsGiven {
                accepted: form.text("accepted").is_some(),
                version: form.text("version").map(str::to_owned),
                channel: Channel::Page,
                address: Some(sent.address.clone()),
            };
            directory.execute(principal, AcceptTerms { group, given }).await?;
            Ok(format!("{page}?done=terms"))
        }
        _ => Err(Refusal::invalid("act", "leave, lapse, stay or terms").into()),
    }
}
