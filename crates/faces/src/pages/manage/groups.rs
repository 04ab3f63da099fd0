//! The groups somebody looks after, and making one at the top.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use directory::delegation::{Capability, may_everywhere};
use directory::group::{CreateTopGroup, GroupName, GroupPath, NewGroup, PlacedGroup};
use directory::session::Visitor;
use directory::{Error, Id};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Tab, managed_page};
use super::problem::Problem;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::list::{List, SIZE};
use crate::pages::sent::Sent;
use crate::pages::shown::description;
use crate::pages::visit::{SignedIn, Visit};

/// A group in a list.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    name: String,
    href: String,
    /// Where it stands, where that says more.
    path: Option<String>,
    description: Option<String>,
    /// How many groups are right below.
    below: i64,
    privileged: bool,
}

impl Entry {
    pub(super) fn of(visit: &Visit, placed: &PlacedGroup) -> Self {
        let group = &placed.group;
        Self {
            name: group.display_name.clone(),
            href: managed_page(visit, group.id),
            path: (!placed.above.is_empty()).then(|| placed.path.to_string()),
            description: description(group).map(str::to_owned),
            below: group.children,
            privileged: group.management.privileged.is_some(),
        }
    }
}

/// A pattern to make a group by.
#[derive(Debug, Serialize)]
pub(super) struct Pattern {
    id: String,
    name: String,
    chosen: bool,
}

/// Those somebody may choose among.
pub(super) async fn patterns(app: &App, visitor: &Visitor, form: Option<&Fields>) -> Result<Vec<Pattern>, Error> {
    let all = app.directory.templates_to_choose(&visitor.principal).await?;
    let chosen = form.and_then(|form| form.said("template"));
    let each = all.into_iter().map(|template| Pattern {
        chosen: chosen == Some(template.id.to_string().as_str()),
        id: template.id.to_string(),
        name: template.name,
    });
    Ok(each.collect())
}

/// A group as it was typed.
pub(super) fn new_group(form: &Fields) -> Result<NewGroup, Error> {
    let name = GroupName::parse(form.text("name").unwrap_or_default())?;
    Ok(NewGroup {
        description: form.said("description").map(str::to_owned),
        template: form.said("template").and_then(Id::parse),
        ..NewGroup::named(name)
    })
}

pub(in crate::pages) async fn list(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Fields::of_query(query.as_deref());
    match page(&app, &visit, &visitor, (&asked, None, None)).await {
        Ok(response) => response,
        Err(error) => error::answered(&visit, &error),
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    visitor: &Visitor,
    (asked, typed, problem): (&Fields, Option<&Fields>, Option<Problem>),
) -> Result<Response, Error> {
    let (directory, principal) = (&app.directory, &visitor.principal);
    let base = groups_page(visit);
    let list = List::of(base.clone(), asked, &["search"]);
    let (groups, others, narrow) = if let Some(search) = list.said("search") {
        let found = directory.find_groups(principal, search, SIZE).await?;
        (found.groups, list.marked(None), found.more)
    } else {
        let after = list.after.as_deref().and_then(GroupPath::parse);
        let mut groups = directory.top_groups(principal, after.as_ref(), SIZE + 1).await?;
        let more = groups.len() > SIZE;
        groups.truncate(SIZE);
        let last = groups.last().filter(|_| more).map(|last| last.path.to_string());
        (groups, list.marked(last.as_deref()), false)
    };
    let entries: Vec<Entry> = groups.iter().map(|placed| Entry::of(visit, placed)).collect();
    let makes = may_everywhere(principal, Capability::SubgroupsCreate);
    let patterns = if makes {
        patterns(app, visitor, typed).await?
    } else {
        Vec::new()
    };
    let typed = |name: &str| typed.and_then(|form| form.text(name)).unwrap_or_default().to_owned();
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let values = context! {
        here => "managed", groups => Serde(entries), others => Serde(others), narrow, search => list.said("search"), action => base,
        makes, patterns => Serde(patterns), new_name => typed("name"), new_description => typed("description"),
        problem => problem.map(Serde), gone => asked.text("gone").is_some(), is_open => !typed("name").is_empty(),
    };
    Ok(visit.page("managed.html").status(status).secret().render(values))
}

/// Makes one.
pub(in crate::pages) async fn create(State(app): State<App>, sent: Sent) -> Response {
    let (visit, visitor) = (&sent.visit, &sent.visitor);
    let made = match new_group(&sent.form) {
        Ok(new) => app.directory.execute(&visitor.principal, CreateTopGroup { new }).await,
        Err(error) => Err(error),
    };
    let shown = match made {
        Ok(made) => {
            let page = managed_page(visit, made.group.id);
            return see_other(&format!("{page}?tab={}&done=made", Tab::Details.name()));
        }
        Err(Error::Refused(refusal)) => match Problem::of(&refusal) {
            Some(problem) => {
                let asked = Fields::default();
                page(&app, visit, visitor, (&asked, Some(&sent.form), Some(problem))).await
            }
            None => Err(refusal.into()),
        },
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| error::answered(visit, &error))
}

/// All groups somebody looks after.
pub(super) fn groups_page(visit: &Visit) -> String {
    format!("{}/groups/admingroups", visit.room())
}
