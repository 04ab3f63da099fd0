//! Who is in a group.

use axum::response::Response;
use directory::Error;
use directory::delegation::Capability;
use directory::membership::{self, Depth, Member, MembersAsked, MembersOrder, Status};
use directory::user::Search;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::extend;
use super::frame::{Asked, Managed, Tab};
use super::member::member_page;
use crate::pages::list::{List, SIZE};
use crate::pages::shown::{noon, status_key, status_tone};

/// The states one can look through.
const STATES: [Status; 4] = [Status::Enabled, Status::Pending, Status::Suspended, Status::Expired];

#[derive(Debug, Serialize)]
struct Choice {
    name: &'static str,
    key: &'static str,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct Role {
    name: String,
    chosen: bool,
}

/// A member in a list.
#[derive(Debug, Serialize)]
struct Entry {
    /// Of the membership, where they can be kept longer.
    id: Option<String>,
    chosen: bool,
    href: String,
    name: String,
    user_name: String,
    email: Option<String>,
    roles: Vec<String>,
    status: &'static str,
    tone: &'static str,
    from: Option<i64>,
    until: Option<i64>,
    /// Of which group, where it is one below.
    group: Option<String>,
}

impl Entry {
    fn of(managed: &Managed<'_>, member: &Member, chosen: &[&str]) -> Self {
        let listed = &member.listed;
        let membership = &listed.membership;
        let from = membership.valid_from.filter(|from| *from > managed.now);
        let id = membership.id.to_string();
        Self {
            chosen: chosen.contains(&id.as_str()),
            id: extend::is_open(member).then_some(id),
            href: member_page(managed.visit, listed.group.id, membership.id),
            name: member.person.called(),
            user_name: member.person.user_name(),
            email: member.person.address(),
            roles: listed.roles.clone(),
            status: status_key(membership.status),
            tone: status_tone(membership.status),
            from: from.map(|from| noon(managed.zone.day(from))),
            until: membership.effective.at.map(|end| noon(managed.zone.last_day(end))),
            group: (!member.direct).then(|| listed.group.display_name.clone()),
        }
    }
}

pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    if extend::is_asked(asked.query) {
        return extend::page(managed, asked).await;
    }
    list(managed, asked).await
}

/// The list, as it was asked for.
pub(super) async fn list(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let (directory, group) = (&managed.app.directory, managed.id());
    let names = ["tab", "search", "status", "role", "below"];
    let list = List::of(managed.page(), asked.query, &names);
    let known = |name: &str| STATES.into_iter().find(|status| status.name() == name);
    let status = list.said("status").and_then(known);
    let below = list.said("below").is_some();
    let wanted = MembersAsked {
        group,
        depth: if below { Depth::Subtree } else { Depth::Group },
        search: list.said("search").map(|typed| Search::Beginning(typed.to_owned())),
        role: list.said("role").map(str::to_owned),
        status,
        order: MembersOrder::Name,
        ascending: true,
        page: membership::Page {
            first: list.first,
            max: SIZE,
        },
    };
    let found = directory.members(managed.principal(), &wanted).await?;
    let chosen = asked.query.all("member");
    let members = found.members.iter();
    let entries: Vec<Entry> = members.map(|member| Entry::of(managed, member, &chosen)).collect();
    let extends = managed.may(Capability::MembersWrite) && entries.iter().any(|entry| entry.id.is_some());
    let roles = directory.group_roles(managed.principal(), group).await?;
    let roles: Vec<Role> = roles
        .into_iter()
        .map(|role| Role {
            chosen: list.said("role") == Some(role.name.as_str()),
            name: role.name,
        })
        .collect();
    let states = STATES.map(|state| Choice {
        name: state.name(),
        key: status_key(state),
        chosen: Some(state) == status,
    });
    let narrowed = ["search", "status", "role"]
        .iter()
        .any(|name| list.said(name).is_some());
    let adds = managed.may(Capability::MembersWrite) || managed.may(Capability::InviteMember);
    let values = context! {
        others => Serde(list.counted(entries.len(), found.count)),
        members => Serde(entries), count => found.count, whole => found.whole, narrowed,
        search => list.said("search"), states => Serde(states), roles => Serde(roles), below,
        has_below => managed.placed.group.children > 0,
        add => adds.then(|| format!("{}/add", managed.page())),
        sheet => format!("{}/members.csv", managed.page()),
        extends, until => asked.query.text("until"), kept => Serde(list.fields()),
    };
    Ok(managed.render("managed_members.html", Tab::Members, asked, values))
}
