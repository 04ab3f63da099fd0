//! Asking to join a group, or to stay: by one of its ways, with what that asks for and what it gives.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
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

use super::shown::{description, group_page, noon, request_page};
use crate::app::App;
use crate::caller::Followed;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::{message, see_other};
use crate::pages::visit::{SignedIn, Visit};

/// A way to choose.
#[derive(Debug, Serialize)]
struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

/// What the person has and would have.
#[derive(Debug, Default, Serialize)]
struct Outlook {
    /// Whether they are a member already.
    is_member: bool,
    /// The last day of what they have.
    until: Option<i64>,
    /// The first day of what they would have, where that is to come.
    from: Option<i64>,
    /// Its last day.
    new_until: Option<i64>,
    /// How the two compare.
    key: &'static str,
    /// Roles that they would have no more.
    lost: Vec<String>,
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
    let until = held
        .filter(|_| before.is_member())
        .and_then(|(membership, _)| membership.expires_at);
    let key = match (before.is_member(), until, dates.expires_at) {
        (false, _, None) => "outlook.for_good",
        (false, _, Some(_)) => "outlook.until",
        (true, None, None) => "outlook.stays_for_good",
        (true, Some(_), None) => "outlook.becomes_for_good",
        (true, None, Some(_)) => "outlook.becomes_limited",
        (true, Some(old), Some(new)) if new > old => "outlook.longer",
        (true, Some(old), Some(new)) if new < old => "outlook.shorter",
        (true, Some(_), Some(_)) => "outlook.same",
    };
    let had = held
        .filter(|_| before.is_member())
        .map(|(_, roles)| roles)
        .unwrap_or_default();
    Outlook {
        is_member: before.is_member(),
        until: until.map(|end| noon(zone.last_day(end))),
        from: dates
            .valid_from
            .filter(|from| *from > now)
            .map(|from| noon(zone.day(from))),
        new_until: dates.expires_at.map(|end| noon(zone.last_day(end))),
        key,
        lost: had.iter().filter(|role| !way.roles.contains(role)).cloned().collect(),
    }
}

/// Asks.
pub(in crate::pages) async fn submit(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    followed: Followed,
    headers: HeaderMap,
    form: Fields,
) -> Response {
    if !visit.is_own(&app, &headers, &form) {
        return message(&visit, "rooms.mine", "forged", StatusCode::FORBIDDEN);
    }
    match asked(&app, &visit, &visitor, (&form, followed.address().to_string())).await {
        Ok(to) => see_other(&to),
        Err(Error::Refused(refusal)) => match again(&app, &visit, &visitor, (&form, &refusal)).await {
            Ok(Some(response)) => response,
            Ok(None) => error::answered(&visit, &Error::Refused(refusal)),
            Err(error) => error::answered(&visit, &error),
        },
        Err(error) => error::answered(&visit, &error),
    }
}

async fn asked(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (form, address): (&Fields, String),
) -> Result<String, Error> {
    let configuration = form
        .said("way")
        .and_then(Id::parse)
        .ok_or(Denial::ConfigurationRequired)?;
    let terms = form.said("version").map(|version| TermsGiven {
        accepted: form.text("accepted").is_some(),
        version: Some(version.to_owned()),
        channel: Channel::Page,
        address: Some(address),
    });
    let command = SubmitRequest {
        configuration,
        roles: form.all("role").into_iter().map(str::to_owned).collect(),
        comments: form.said("comments").map(str::to_owned),
        terms,
    };
    let request = app.directory.execute(&visitor.principal, command).await?.request;
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
