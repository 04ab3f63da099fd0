//! Asking to join a group, or to stay: by one of its ways, with what that asks for and what it gives.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use directory::enrollment::configuration::dates::{Before, agreed};
use directory::enrollment::request::RequestStatus;
use directory::enrollment::terms::{Channel, TermsGiven};
use directory::enrollment::{SubmitRequest, Way};
use directory::group::GroupPath;
use directory::membership::Membership;
use directory::session::Visitor;
use directory::zone::Zone;
use directory::{Denial, Error, Id, Refusal, Timestamp};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::outlook::Outlook;
use super::shown::request_page;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::shown::{description, group_page};
use crate::pages::visit::{SignedIn, Visit};

/// A way to choose.
#[derive(Debug, Serialize)]
struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Fields::of_query(query.as_deref());
    match ways(&app, &visitor, &asked).await {
        Ok(ways) if ways.is_empty() => ask_for_path(&visit, asked.said("groupPath")),
        Ok(ways) => match page(&app, &visit, &visitor, (ways, &asked, None)).await {
            Ok(response) => response,
            Err(error) => error::answered(&visit, &error),
        },
        Err(Error::Refused(Refusal::NotFound { .. } | Refusal::Denied(_))) => {
            ask_for_path(&visit, asked.said("groupPath").or_else(|| asked.said("id")))
        }
        Err(error) => error::answered(&visit, &error),
    }
}

/// The ways that are asked for: one by its id, or those of a group that everybody sees.
async fn ways(app: &App, visitor: &Visitor, asked: &Fields) -> Result<Vec<Way>, Error> {
    let principal = &visitor.principal;
    if let Some(id) = asked.said("id") {
        let id = Id::parse(id).ok_or(Denial::NoSuchConfiguration)?;
        return Ok(vec![app.directory.way(principal, id).await?]);
    }
    match asked.said("groupPath") {
        Some(path) => {
            let path = GroupPath::parse(path).ok_or(Refusal::NotFound { what: "group" })?;
            app.directory.ways_by_path(principal, &path).await
        }
        None => Ok(Vec::new()),
    }
}

/// Where nothing is found, or nothing was looked for.
fn ask_for_path(visit: &Visit, path: Option<&str>) -> Response {
    let path: Option<String> = path.map(|path| path.chars().take(200).collect());
    let status = if path.is_some() {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    let values = context! { here => "enroll", path, action => format!("{}/enroll", visit.room()) };
    visit.page("find.html").status(status).secret().render(values)
}

async fn page(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (mut ways, said, problem): (Vec<Way>, &Fields, Option<&'static str>),
) -> Result<Response, Error> {
    let first = ways.first().and_then(|way| way.group.default_configuration);
    let wanted = said.said("way").and_then(Id::parse).or(first);
    let at = ways
        .iter()
        .position(|way| Some(way.configuration.id) == wanted)
        .unwrap_or(0);
    let choices = ways.iter().enumerate().map(|(index, way)| Choice {
        id: way.configuration.id.to_string(),
        name: way.configuration.name.clone(),
        chosen: index == at,
    });
    let choices: Vec<Choice> = choices.collect();
    let way = ways.swap_remove(at);
    let (configuration, contract) = (&way.configuration, &way.configuration.contract);
    let held = match app.directory.my_membership(&visitor.principal, way.group.id).await {
        Ok(member) => Some(member.listed),
        Err(Error::Refused(Refusal::NotFound { .. })) => None,
        Err(error) => return Err(error),
    };
    let (now, zone) = (app.directory.now().await?, Zone::of(&visit.realm));
    let outlook = outlook(
        &way,
        held.as_ref().map(|held| (&held.membership, held.roles.as_slice())),
        (now, &zone),
    );
    let asked_for = said.all("role");
    let had = held.as_ref().map(|held| held.roles.as_slice()).unwrap_or_default();
    let is_chosen = |role: &str| {
        if asked_for.is_empty() {
            way.roles.len() == 1 || had.iter().any(|one| one == role)
        } else {
            asked_for.contains(&role)
        }
    };
    let roles: Vec<_> = way
        .roles
        .iter()
        .map(|role| context! { name => role.as_str(), chosen => is_chosen(role) })
        .collect();
    let reviewed = if outlook.is_member {
        contract.require_approval_for_extension
    } else {
        contract.require_approval
    };
    let terms = way.terms.as_ref();
    let values = context! {
        here => "enroll",
        problem,
        path => way.path.to_string(),
        name => way.group.display_name.as_str(),
        description => description(&way.group),
        introduction => contract.enrollment_introduction.as_deref(),
        several => choices.len() > 1,
        ways => Serde(choices),
        way => configuration.id.to_string(),
        by_id => said.said("id"),
        group_path => said.said("groupPath"),
        outlook => Serde(outlook),
        roles,
        multiselect => contract.multiselect_role,
        reviewed,
        comments_needed => contract.comments_needed,
        comments_label => contract.comments_label.as_deref(),
        comments_description => contract.comments_description.as_deref(),
        comments => said.text("comments"),
        terms => terms.map(|terms| context! { url => terms.url.as_str(), number => terms.number }),
        accepted => said.text("accepted").is_some(),
        action => format!("{}/enroll", visit.room()),
    };
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(visit.page("enroll.html").status(status).secret().render(values))
}

fn outlook(way: &Way, held: Option<(&Membership, &[String])>, (now, zone): (Timestamp, &Zone)) -> Outlook {
    let before = held.map_or(Before::NoMember, |(membership, _)| {
        Before::of(membership.status, membership.valid_from, membership.expires_at)
    });
    let dates = agreed(&way.configuration.contract, before, now, zone);
    let had = held.map(|(_, roles)| roles).unwrap_or_default();
    Outlook::of(before, dates, (had, &way.roles), (now, zone))
}

/// Asks.
pub(in crate::pages) async fn submit(State(app): State<App>, sent: Sent) -> Response {
    let (visit, visitor) = (&sent.visit, &sent.visitor);
    match asked(&app, &sent).await {
        Ok(to) => see_other(&to),
        Err(Error::Refused(refusal)) => match again(&app, visit, visitor, (&sent.form, &refusal)).await {
            Ok(Some(response)) => response,
            Ok(None) => error::answered(visit, &Error::Refused(refusal)),
            Err(error) => error::answered(visit, &error),
        },
        Err(error) => error::answered(visit, &error),
    }
}

async fn asked(app: &App, sent: &Sent) -> Result<String, Error> {
    let (visit, form) = (&sent.visit, &sent.form);
    let configuration = form
        .said("way")
        .and_then(Id::parse)
        .ok_or(Denial::ConfigurationRequired)?;
    let terms = form.said("version").map(|version| TermsGiven {
        accepted: form.text("accepted").is_some(),
        version: Some(version.to_owned()),
        channel: Channel::Page,
        address: Some(sent.address.clone()),
    });
    let command = SubmitRequest {
        configuration,
        roles: form.all("role").into_iter().map(str::to_owned).collect(),
        comments: form.said("comments").map(str::to_owned),
        terms,
    };
    let request = app.directory.execute(&sent.visitor.principal, command).await?.request;
    Ok(match request.status {
        RequestStatus::SelfApproved => {
            let done = if request.said.renewal { "renewed" } else { "joined" };
            format!("{}?done={done}", group_page(visit, request.group))
        }
        _ => format!("{}&sent", request_page(visit, Some(request.id))),
    })
}

/// The form again, with what was wrong and all that was written; none where that would not help.
async fn again(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (form, refusal): (&Fields, &Refusal),
) -> Result<Option<Response>, Error> {
    let Some(problem) = error::key_of(refusal) else {
        return Ok(None);
    };
    match ways(app, visitor, form).await {
        Ok(ways) if !ways.is_empty() => Ok(Some(page(app, visit, visitor, (ways, form, Some(problem))).await?)),
        Ok(_) | Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
