//! The groups right below a group, and making one.

use axum::response::Response;
use directory::Error;
use directory::Refusal;
use directory::delegation::Capability;
use directory::group::{CreateSubgroup, FirstOwner, NewGroup};
use minijinja::context;
use minijinja::value::Serde;

use super::frame::{Asked, Managed, Tab, managed_page};
use super::groups::{Entry, new_group, patterns};
use crate::pages::form::Fields;
use crate::pages::list::{List, SIZE};

pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let list = List::of(managed.page(), asked.query, &["tab"]);
    let after = list.after.clone().unwrap_or_default();
    let mut below = managed
        .app
        .directory
        .groups_below(managed.principal(), &managed.placed, &after, SIZE + 1)
        .await?;
    let more = below.len() > SIZE;
    below.truncate(SIZE);
    let last = below.last().filter(|_| more).map(|last| last.group.name.clone());
    let entries: Vec<Entry> = below.iter().map(|placed| Entry::of(managed.visit, placed)).collect();
    let makes = managed.may(Capability::SubgroupsCreate);
    let patterns = if makes {
        patterns(managed.app, managed.visitor, asked.typed).await?
    } else {
        Vec::new()
    };
    let values = context! {
        others => Serde(list.marked(last.as_deref())), groups => Serde(entries), makes, patterns => Serde(patterns),
        new_name => asked.typed("name"), new_description => asked.typed("description"),
    };
    Ok(managed.render("managed_subgroups.html", Tab::Subgroups, asked, values))
}

pub(super) async fn act(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    if form.text("act") != Some("make") {
        return Err(Refusal::invalid("act", "make").into());
    }
    let new = NewGroup {
        owner: FirstOwner::Maker,
        ..new_group(form)?
    };
    let made = managed
        .run(CreateSubgroup {
            parent: managed.id(),
            new,
        })
        .await?;
    let page = managed_page(managed.visit, made.group.id);
    Ok(format!("{page}?tab={}&done=made", Tab::Details.name()))
}
