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

use super::shown::{Held, status_key};
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::visit::{SignedIn, Visit};

/// How many groups a page shows.
const PAGE: usize = 25;

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
    let search = asked.text("search").filter(|text| !text.is_empty());
    let known = |name: &str| STATES.into_iter().find(|status| status.name() == name);
    let status = asked.text("status").and_then(known).unwrap_or(Status::Enabled);
    let by_end = asked.text("order") == Some("end");
    let first = asked.text("first").and_then(|text| text.parse().ok()).unwrap_or(0);
    let wanted = MyMemberships {
        search: search.map(str::to_owned),
        status,
        order: if by_end {
            MineOrder::EffectiveEnd
        } else {
            MineOrder::Group
        },
        ascending: true,
        page: membership::Page { first, max: PAGE },
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
    let base = format!("{}/groups/showgroups", visit.room());
    let link = |first: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("status", status.name());
        if let Some(search) = search {
            query.append_pair("search", search);
        }
        if by_end {
            query.append_pair("order", "end");
        }
        query.append_pair("first", &first.to_string());
        format!("{base}?{}", query.finish())
    };
    let seen = first.saturating_add(held.len());
    let next = (seen < mine.count && !held.is_empty()).then(|| link(seen));
    let before = (first > 0).then(|| link(first.saturating_sub(PAGE)));
    let values = context! {
        here => "groups", groups => Serde(held), count => mine.count, action => base, search, by_end,
        states => Serde(states), next, before, left => asked.text("left").is_some(), enroll => format!("{}/enroll", visit.room()),
    };
    Ok(visit.page("groups.html").secret().render(values))
}
