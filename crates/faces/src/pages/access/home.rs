//! Where somebody who is signed in begins: what is due, and the groups that end first.

use axum::extract::State;
use axum::response::Response;
use directory::enrollment::OwnRequests;
use directory::enrollment::request::RequestStatus;
use directory::membership::{self, MineOrder, MyMemberships, Status};
use directory::session::Visitor;
use directory::zone::Zone;
use directory::{Error, Timestamp};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::shown::{Held, request_page};
use crate::app::App;
use crate::pages::error;
use crate::pages::shown::{group_page, noon};
use crate::pages::visit::{SignedIn, Visit};

/// So many groups are shown; the list has all.
const SHOWN: usize = 12;
/// So many things that are due.
const DUE: usize = 20;

/// Something that waits for the person.
#[derive(Debug, Serialize)]
struct Due {
    key: &'static str,
    /// Of which group.
    group: String,
    /// Until when, where that is known.
    until: Option<i64>,
    /// Where it is done; none = it takes the link of a mail.
    href: Option<String>,
    action: &'static str,
}

/// The same at an address of its own: the start page is for everybody.
pub(in crate::pages) async fn room(State(app): State<App>, SignedIn(visit, visitor): SignedIn) -> Response {
    show(&app, &visit, &visitor).await
}

pub(in crate::pages) async fn show(app: &App, visit: &Visit, visitor: &Visitor) -> Response {
    match page(app, visit, visitor).await {
        Ok(response) => response,
        Err(error) => error::answered(visit, &error),
    }
}

async fn page(app: &App, visit: &Visit, visitor: &Visitor) -> Result<Response, Error> {
    let (directory, principal) = (&app.directory, &visitor.principal);
    let (now, zone) = (directory.now().await?, Zone::of(&visit.realm));
    let asked = MyMemberships {
        search: None,
        status: Status::Enabled,
        order: MineOrder::EffectiveEnd,
        ascending: true,
        page: membership::Page { first: 0, max: SHOWN },
    };
    let mine = directory.my_memberships(principal, &asked).await?;
    let held = mine.memberships.iter().map(|one| Held::of(visit, one, (now, &zone)));
    let held: Vec<Held> = held.collect();
    let mut due = Vec::new();
    for terms in directory
        .my_terms(principal, None, 200)
        .await?
        .into_iter()
        .filter(|terms| terms.due)
    {
        due.push(Due {
            key: if terms.withheld {
                "due.terms_withheld"
            } else {
                "due.terms"
            },
            group: terms.path.to_string(),
            until: terms
                .standing
                .and_then(|standing| standing.until)
                .map(Timestamp::millis),
            href: Some(group_page(visit, terms.group)),
            action: "due.terms.action",
        });
    }
    let waiting = OwnRequests {
        status: Some(RequestStatus::WaitingForReply),
        max: DUE,
        ..OwnRequests::default()
    };
    for shown in directory.my_requests(principal, &waiting).await?.requests {
        due.push(Due {
            key: "due.question",
            group: shown.path.to_string(),
            until: None,
            href: Some(request_page(visit, Some(shown.request.id))),
            action: "due.question.action",
        });
    }
    for (invitation, path) in directory.my_offers(principal, DUE).await? {
        due.push(Due {
            key: "due.invitation",
            group: path.to_string(),
            until: Some(noon(zone.last_day(invitation.expires_at))),
            // Its secret stands in the mail alone.
            href: None,
            action: "due.invitation.action",
        });
    }
    for one in held.iter().filter(|one| one.is_near) {
        due.push(Due {
            key: "due.ends",
            group: one.path.clone().unwrap_or_else(|| one.name.clone()),
            until: one.until,
            href: Some(one.renew.clone()),
            action: "due.ends.action",
        });
    }
    due.truncate(DUE);
    let more = mine.count > held.len();
    let values = context! {
        here => "home", due => Serde(due), groups => Serde(held), more, count => mine.count,
        all => format!("{}/groups/showgroups", visit.room()),
        requests => request_page::<()>(visit, None),
        enroll => format!("{}/enroll", visit.room()),
    };
    Ok(visit.page("home.html").secret().render(values))
}
