//! The groups one is in.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::Error;
use directory::membership::{self, MineOrder, MyMemberships, Status};
use directory::session::Visitor;
use directory::zone::Zone;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::shown::Held;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::list::{List, SIZE};
use crate::pages::shown::status_key;
use crate::pages::visit::{SignedIn, Visit};

/// The states one can look through.
const STATES: [Status; 4] = [Status::Enabled, Status::Pending, Status::Suspended, Status::Expired];

/// A choice among several, which leads to a page.
#[derive(Debug, Serialize)]
struct Choice {
    name: &'static str,
    key: &'static str,
    chosen: bool,
}

pub(in crate::pages) async fn list(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Fields::of_query(query.as_deref());
    match page(&app, &visit, &visitor, &asked).await {
        Ok(response) => response,
        Err(error) => error::answered(&visit, &error),
    }
}

async fn page(app: &App, visit: &Visit, visitor: &Visitor, asked: &Fields) -> Result<Response, Error> {
    let base = format!("{}/groups/showgroups", visit.room());
    let list = List::of(base.clone(), asked, &["search", "status", "order"]);
    let known = |name: &str| STATES.into_iter().find(|status| status.name() == name);
    let status = list.said("status").and_then(known).unwrap_or(Status::Enabled);
    let by_end = list.said("order") == Some("end");
    let wanted = MyMemberships {
        search: list.said("search").map(str::to_owned),
        status,
        order: if by_end {
            MineOrder::EffectiveEnd
        } else {
            MineOrder::Group
        },
        ascending: true,
        page: membership::Page {
            first: list.first,
            max: SIZE,
        },
    };
    let mine = app.directory.my_memberships(&visitor.principal, &wanted).await?;
    let (now, zone) = (app.directory.now().await?, Zone::of(&visit.realm));
    let held = mine.memberships.iter().map(|one| Held::of(visit, one, (now, &zone)));
    let held: Vec<Held> = held.collect();
    let states = STATES.map(|state| Choice {
        name: state.name(),
        key: status_key(state),
        chosen: state == status,
    });
    let others = list.counted(held.len(), mine.count);
    let values = context! {
        here => "groups", groups => Serde(held), count => mine.count, action => base, search => list.said("search"), by_end,
        states => Serde(states), others => Serde(others), left => asked.text("left").is_some(), enroll => format!("{}/enroll", visit.room()),
    };
    Ok(visit.page("groups.html").secret().render(values))
}
