//! One request, for whoever decides about it: who asks, what for, and what a yes would do.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use directory::delegation::Capability;
use directory::enrollment::configuration::dates::{Before, agreed};
use directory::enrollment::request::{Identity, Request, RequestStatus};
use directory::enrollment::{AcceptRequest, AskRequester, RejectRequest, RequestShown};
use directory::membership::{Member, Which};
use directory::session::Visitor;
use directory::user::User;
use directory::zone::Zone;
use directory::{Error, Id, Refusal, Timestamp};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{done, managed_page, queue_page};
use super::problem::Problem;
use super::queue::{requester, status_of};
use crate::app::App;
use crate::pages::access::outlook;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::shown::request_tone;
use crate::pages::visit::Visit;

/// One word about it.
#[derive(Debug, Serialize)]
struct Said {
    by_reviewer: bool,
    name: Option<String>,
    text: String,
    at: i64,
}

/// What the person was called or had when they asked, where that is something else now.
#[derive(Debug, Serialize)]
struct Changed {
    key: &'static str,
    then: String,
    now: String,
}

fn changes(identity: &Identity, now: Option<&User>) -> Vec<Changed> {
    let Some(now) = now else {
        return Vec::new();
    };
    let attributes = now.attributes();
    let name = |part: &str| {
        let name = attributes.get("name").and_then(|name| name.get(part));
        name.and_then(|value| value.as_str()).map(str::to_owned)
    };
    let pairs = [
        ("review.first_name", &identity.first_name, name("givenName")),
        ("review.last_name", &identity.last_name, name("familyName")),
        ("review.address", &identity.email, now.address()),
    ];
    pairs
        .into_iter()
        .filter(|(_, then, now)| **then != *now)
        .map(|(key, then, now)| Changed {
            key,
            then: then.clone().unwrap_or_default(),
            now: now.unwrap_or_default(),
        })
        .collect()
}

pub(super) async fn page(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (id, query, refused): (Id<Request>, &Fields, Option<(&Fields, Problem)>),
) -> Result<Response, Error> {
    let (directory, principal) = (&app.directory, &visitor.principal);
    let shown = directory.request(principal, id).await?;
    let (now, zone) = (directory.now().await?, Zone::of(&visit.realm));
    let request = &shown.request;
    let decides = match directory
        .administered_with(principal, request.group, Capability::RequestsReview)
        .await
    {
        Ok(_) => true,
        Err(Error::Refused(_)) => false,
        Err(error) => return Err(error),
    };
    let held = held(app, visitor, request).await?;
    let outlook = effect(&shown, held.as_ref(), (now, &zone));
    let identity = &request.said.identity;
    let thread: Vec<Said> = shown
        .thread
        .iter()
        .map(|said| Said {
            by_reviewer: said.by_reviewer,
            name: said.author_name.clone(),
            text: said.text.clone(),
            at: said.at.millis(),
        })
        .collect();
    let (typed, problem) = match refused {
        Some((typed, problem)) => (Some(typed), Some(problem)),
        None => (None, None),
    };
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let typed = |name: &str| typed.and_then(|form| form.text(name)).unwrap_or_default().to_owned();
    let waits = request.status == RequestStatus::PendingApproval;
    let is_own = principal.user() == Some(request.user);
    let values = context! {
        here => "queue", problem => problem.map(Serde), done => done(query),
        who => requester(&shown), user_name => shown.requester.as_ref().map(User::user_name),
        email => identity.email.as_deref(),
        verified => shown.requester.as_ref().is_some_and(|person| shown.verified.contains(&person.id)),
        identifier => identity.identifier.as_deref(), assurance => Serde(&identity.assurance), authorities => Serde(&identity.authorities),
        changes => Serde(changes(identity, shown.requester.as_ref())),
        group => shown.path.to_string(),
        group_href => shown.group.is_some().then(|| managed_page(visit, request.group)),
        status => status_of(request.status), tone => request_tone(request.status),
        renewal => request.said.renewal,
        roles => request.said.roles.iter().map(|role| role.name.clone()).collect::<Vec<_>>(),
        way => shown.configuration.as_ref().map(|way| way.name.as_str()),
        label => shown.configuration.as_ref().and_then(|way| way.contract.comments_label.as_deref()),
        comments => request.said.comments.as_deref(),
        terms => request.terms.and(shown.terms.as_ref()).map(|terms| context! { url => terms.url.as_str(), number => terms.number, is_same => request.terms == Some(terms.id) }),
        outlook => outlook.map(Serde),
        once => request.said.first_approval.as_ref().map(|first| first.at.millis()),
        is_own,
        submitted_at => request.submitted_at.millis(), decided_at => request.decided_at.map(Timestamp::millis),
        reviewer => shown.reviewer.as_ref().map(User::called),
        justification => request.said.justification.as_deref(),
        thread => Serde(thread),
        decides => decides && waits, version => request.version,
        reason => typed("reason"), question => typed("question"),
        action => format!("{}?id={}", queue_page(visit), request.id), queue => queue_page(visit),
    };
    Ok(visit.page("review.html").status(status).secret().render(values))
}

/// What the person has in the group, as far as whoever decides may see it.
async fn held(app: &App, visitor: &Visitor, request: &Request) -> Result<Option<Member>, Error> {
    let which = Which::User(request.user);
    match app.directory.membership(&visitor.principal, request.group, which).await {
        Ok(member) => Ok(Some(member)),
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a yes would do.
fn effect(shown: &RequestShown, held: Option<&Member>, (now, zone): (Timestamp, &Zone)) -> Option<outlook::Outlook> {
    let way = shown.configuration.as_ref()?;
    if !shown.request.status.is_open() {
        return None;
    }
    let asked: Vec<String> = shown.request.said.roles.iter().map(|role| role.name.clone()).collect();
    let membership = held.map(|member| &member.listed.membership);
    let before = membership.map_or(Before::NoMember, |membership| {
        Before::of(membership.status, membership.valid_from, membership.expires_at)
    });
    let had = held.map(|member| member.listed.roles.as_slice()).unwrap_or_default();
    let dates = agreed(&way.contract, before, now, zone);
    Some(outlook::Outlook::of(before, dates, (had, &asked), (now, zone)))
}

/// Decides about it, or asks.
pub(in crate::pages) async fn act(State(app): State<App>, RawQuery(query): RawQuery, sent: Sent) -> Response {
    let query = Fields::of_query(query.as_deref());
    let (visit, visitor, form) = (&sent.visit, &sent.visitor, &sent.form);
    let Some(id) = query.said("id").and_then(Id::parse) else {
        return error::answered(visit, &Refusal::NotFound { what: "request" }.into());
    };
    let shown = match decided(&app, visitor, id, form).await {
        Ok(word) => return see_other(&format!("{}?id={id}&done={word}", queue_page(visit))),
        Err(refused) => match Problem::out_of(refused) {
            Ok(problem) => page(&app, visit, visitor, (id, &query, Some((form, problem)))).await,
            Err(error) => Err(error),
        },
    };
    shown.unwrap_or_else(|error| error::answered(visit, &error))
}

async fn decided(app: &App, visitor: &Visitor, id: Id<Request>, form: &Fields) -> Result<&'static str, Error> {
    let (directory, principal) = (&app.directory, &visitor.principal);
    // What was not on the page when it was decided may decide otherwise.
    let if_version = form.said("version").and_then(|version| version.parse().ok());
    let justification = form.said("reason").map(str::to_owned);
    match form.text("act") {
        Some("accept") => {
            let accept = AcceptRequest {
                id,
                if_version,
                justification,
            };
            let decided = directory.execute(principal, accept).await?;
            Ok(if decided.decided { "accepted" } else { "once" })
        }
        Some("reject") => {
            let reject = RejectRequest {
                id,
                if_version,
                justification,
            };
            directory.execute(principal, reject).await?;
            Ok("rejected")
        }
        Some("ask") => {
            let text = form.text("question").unwrap_or_default().to_owned();
            directory
                .execute(principal, AskRequester { id, if_version, text })
                .await?;
            Ok("asked")
        }
        _ => Err(Refusal::invalid("act", "accept, reject or ask").into()),
    }
}
