//! All that is kept of whoever is signed in, as a file.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use directory::enrollment::OwnRequests;
use directory::group::GroupPath;
use directory::membership::{self, MineOrder, MyMemberships, Status};
use directory::session::Visitor;
use directory::{Error, Timestamp};
use serde_json::{Value, json};

use crate::app::App;
use crate::pages::error;
use crate::pages::visit::SignedIn;

/// So many are read at a time.
const SLICE: usize = 500;
/// So many of one kind are written at most; the file says where there are more.
const MOST: usize = 20_000;

pub(in crate::pages) async fn write(State(app): State<App>, SignedIn(visit, visitor): SignedIn) -> Response {
    match all(&app, &visitor).await {
        Ok(all) => {
            let mut response = axum::Json(all).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("attachment; filename=\"my-data.json\""),
            );
            response
        }
        Err(error) => error::answered(&visit, &error),
    }
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

async fn all(app: &App, visitor: &Visitor) -> Result<Value, Error> {
    let (directory, principal) = (&app.directory, &visitor.principal);
    let person = directory.myself(principal).await?;
    let identities: Vec<Value> = directory
        .own_identities(principal)
        .await?
        .into_iter()
        .map(|one| json!({ "issuer": one.issuer, "subject": one.subject, "verified_email": one.verified_email, "linked_at": one.linked_at.to_string() }))
        .collect();
    let sessions: Vec<Value> = directory
        .own_sessions(principal)
        .await?
        .into_iter()
        .map(|one| json!({ "agent": one.agent, "address": one.address, "started_at": one.started_at.to_string(), "expires_at": one.expires_at.to_string() }))
        .collect();
    let choices = directory.notice_choices(principal).await?;
    let choices: serde_json::Map<String, Value> = choices
        .iter()
        .map(|(name, choice)| (name.to_owned(), choice.name().into()))
        .collect();
    let (memberships, requests, accepted) = (
        memberships(app, visitor).await?,
        requests(app, visitor).await?,
        accepted(app, visitor).await?,
    );
    let is_whole = [&memberships, &requests, &accepted]
        .iter()
        .all(|list| list.len() < MOST);
    Ok(json!({
        "at": directory.now().await?.to_string(),
        "is_whole": is_whole,
        "id": person.id.to_string(),
        "kind": person.kind.name(),
        "lifecycle": person.lifecycle.name(),
        "profile": person.attributes(),
        "sign_ins": identities,
        "sessions": sessions,
        "notices": choices,
        "memberships": memberships,
        "requests": requests,
        "terms_accepted": accepted,
    }))
}

async fn memberships(app: &App, visitor: &Visitor) -> Result<Vec<Value>, Error> {
    let mut all = Vec::new();
    for status in [Status::Enabled, Status::Pending, Status::Suspended, Status::Expired] {
        let mut first = 0;
        while all.len() < MOST {
            let asked = MyMemberships {
                search: None,
                status,
                order: MineOrder::Group,
                ascending: true,
                page: membership::Page { first, max: SLICE },
            };
            let slice = app
                .directory
                .my_memberships(&visitor.principal, &asked)
                .await?
                .memberships;
            first += slice.len();
            let is_last = slice.len() < SLICE;
            all.extend(slice.into_iter().map(|listed| {
                let path = GroupPath::of_names(listed.above).below(&listed.group.name);
                let membership = listed.membership;
                json!({
                    "group": path.to_string(),
                    "status": membership.status.name(),
                    "roles": listed.roles,
                    "given_at": membership.granted_at.to_string(),
                    "from": text(membership.valid_from),
                    "until": text(membership.expires_at),
                    "reason": membership.details.justification,
                    "lapses": membership.details.lapses,
                })
            }));
            if is_last {
                break;
            }
        }
    }
    Ok(all)
}

async fn requests(app: &App, visitor: &Visitor) -> Result<Vec<Value>, Error> {
    let mut all = Vec::new();
    while all.len() < MOST {
        let asked = OwnRequests {
            first: all.len(),
            max: SLICE,
            ..OwnRequests::default()
        };
        let slice = app.directory.my_requests(&visitor.principal, &asked).await?.requests;
        let is_last = slice.len() < SLICE;
        all.extend(slice.into_iter().map(|shown| {
            let request = shown.request;
            let roles: Vec<String> = request.said.roles.into_iter().map(|role| role.name).collect();
            json!({
                "group": shown.path.to_string(),
                "status": request.status.name(),
                "submitted_at": request.submitted_at.to_string(),
                "decided_at": text(request.decided_at),
                "roles": roles,
                "comments": request.said.comments,
                "reason": request.said.justification,
                "known_as": {
                    "first_name": request.said.identity.first_name,
                    "last_name": request.said.identity.last_name,
                    "email": request.said.identity.email,
                    "identifier": request.said.identity.identifier,
                    "assurance": request.said.identity.assurance,
                    "authorities": request.said.identity.authorities,
                },
            })
        }));
        if is_last {
            break;
        }
    }
    Ok(all)
}

async fn accepted(app: &App, visitor: &Visitor) -> Result<Vec<Value>, Error> {
    let (mut all, mut after) = (Vec::new(), None);
    while all.len() < MOST {
        let slice = app.directory.my_acceptances(&visitor.principal, after, SLICE).await?;
        let Some(last) = slice.last() else { break };
        after = Some((last.acceptance.terms, last.acceptance.accepted_at));
        let is_last = slice.len() < SLICE;
        all.extend(slice.into_iter().map(|one| {
            json!({
                "terms": one.terms.as_ref().map(|terms| terms.url.as_str()),
                "version": one.terms.as_ref().map(|terms| terms.number),
                "accepted_at": one.acceptance.accepted_at.to_string(),
                "from": one.acceptance.address,
            })
        }));
        if is_last {
            break;
        }
    }
    Ok(all)
}
