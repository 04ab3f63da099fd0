//! What all pages of a group have in common for whoever looks after it: where it stands, its tabs, and what came of a form.

use axum::http::StatusCode;
use axum::response::Response;
use directory::delegation::{Because, Capability, Reach};
use directory::group::{Group, PlacedGroup, in_query};
use directory::session::Visitor;
use directory::zone::{Day, Zone};
use directory::{Command, Error, Id, Principal, Refusal, Timestamp};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::app::App;
use crate::pages::form::Fields;
use crate::pages::visit::Visit;

/// The group of a path.
#[derive(Deserialize)]
pub(in crate::pages) struct OfGroup {
    pub(super) group: String,
}

/// A group as somebody looks after it.
pub(super) struct Managed<'a> {
    pub(super) app: &'a App,
    pub(super) visit: &'a Visit,
    pub(super) visitor: &'a Visitor,
    /// The group, and where it stands.
    pub(super) placed: PlacedGroup,
    /// What they may do there.
    pub(super) reach: Reach,
    pub(super) now: Timestamp,
    pub(super) zone: Zone,
}

/// What a page is asked to show.
pub(super) struct Asked<'a> {
    /// By its address.
    pub(super) query: &'a Fields,
    /// What was typed into a form that could not be taken.
    pub(super) typed: Option<&'a Fields>,
    /// And why not.
    pub(super) problem: Option<Problem>,
}

impl<'a> Asked<'a> {
    /// As an address says it.
    pub(super) fn by(query: &'a Fields) -> Self {
        Self {
            query,
            typed: None,
            problem: None,
        }
    }

    /// The page once more, with what was typed and why it could not be taken; an error that has no page stays one.
    pub(super) fn again(query: &'a Fields, typed: &'a Fields, refused: Error) -> Result<Self, Error> {
        Ok(Self {
            query,
            typed: Some(typed),
            problem: Some(Problem::out_of(refused)?),
        })
    }

    /// What was typed under a name; else nothing.
    pub(super) fn typed(&self, name: &str) -> &'a str {
        self.typed.and_then(|typed| typed.text(name)).unwrap_or_default()
    }

    /// Whether a form came back in which a box is ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.typed.is_some_and(|typed| typed.text(name).is_some())
    }
}

/// A role to give or take.
#[derive(Debug, Serialize)]
pub(super) struct RoleBox {
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// The parts of a group's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Members,
    Invitations,
    Admins,
    Ways,
    Roles,
    Details,
    Subgroups,
    History,
}

impl Tab {
    const ALL: [Self; 8] = [
        Self::Members,
        Self::Invitations,
        Self::Admins,
        Self::Ways,
        Self::Roles,
        Self::Details,
        Self::Subgroups,
        Self::History,
    ];

    /// Its word in addresses, as mails and the system before write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Invitations => "invitations",
            Self::Admins => "admins",
            Self::Ways => "enrollments",
            Self::Roles => "roles",
            Self::Details => "details",
            Self::Subgroups => "subgroups",
            Self::History => "history",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Members => "tab.members",
            Self::Invitations => "tab.invitations",
            Self::Admins => "tab.admins",
            Self::Ways => "tab.ways",
            Self::Roles => "tab.roles",
            Self::Details => "tab.details",
            Self::Subgroups => "tab.subgroups",
            Self::History => "tab.history",
        }
    }

    /// Whether there is anything in it for somebody who reaches so far.
    fn is_for(self, reach: &Reach) -> bool {
        match self {
            Self::Members => reach.has(Capability::MembersRead),
            Self::Invitations => reach.has(Capability::InviteMember) || reach.has(Capability::InviteAdmin),
            Self::History => reach.has(Capability::AuditRead),
            Self::Admins | Self::Ways | Self::Roles | Self::Details | Self::Subgroups => true,
        }
    }
}

#[derive(Debug, Serialize)]
struct Link {
    name: String,
    /// None where it is not theirs.
    href: Option<String>,
}

#[derive(Debug, Serialize)]
struct TabShown {
    key: &'static str,
    href: String,
    current: bool,
}

/// What was done a moment ago, by the word in the address.
const DONE: [(&str, &str); 27] = [
    ("accepted", "did.accepted"),
    ("added", "did.added"),
    ("admin", "did.admin"),
    ("admin-changed", "did.admin_changed"),
    ("admin-gone", "did.admin_gone"),
    ("asked", "did.asked"),
    ("attributes", "did.attributes"),
    ("begun", "did.begun"),
    ("changed", "did.changed"),
    ("default", "did.default"),
    ("extended", "did.extended"),
    ("invited", "did.invited"),
    ("made", "did.made"),
    ("moved", "did.moved"),
    ("once", "did.once"),
    ("rejected", "did.rejected"),
    ("removed", "did.removed"),
    ("renamed", "did.renamed"),
    ("resent", "did.resent"),
    ("resumed", "did.resumed"),
    ("revoked", "did.revoked"),
    ("role", "did.role"),
    ("role-gone", "did.role_gone"),
    ("role-renamed", "did.role_renamed"),
    ("settings", "did.settings"),
    ("suspended", "did.suspended"),
    ("way", "did.way"),
];

/// What an address says was done a moment ago.
pub(super) fn done(query: &Fields) -> Option<&'static str> {
    let word = query.text("done")?;
    let known = DONE.iter().find(|(known, _)| *known == word);
    known.map(|(_, key)| *key)
}

impl<'a> Managed<'a> {
    /// A group by its id, for those who administer it in any way.
    pub(super) async fn of(app: &'a App, visit: &'a Visit, visitor: &'a Visitor, group: &str) -> Result<Self, Error> {
        let id = Id::parse(group).ok_or(Refusal::NotFound { what: "group" })?;
        let (placed, reach) = app.directory.placed_group(&visitor.principal, id).await?;
        Ok(Self {
            now: app.directory.now().await?,
            zone: Zone::of(&visit.realm),
            app,
            visit,
            visitor,
            placed,
            reach,
        })
    }

    pub(super) fn id(&self) -> Id<Group> {
        self.placed.group.id
    }

    pub(super) fn principal(&self) -> &'a Principal {
        &self.visitor.principal
    }

    pub(super) fn may(&self, capability: Capability) -> bool {
        self.reach.has(capability)
    }

    pub(super) fn today(&self) -> Day {
        self.zone.day(self.now)
    }

    /// Does something in the realm as whoever is signed in.
    pub(super) async fn run<C: Command>(&self, command: C) -> Result<C::Output, Error> {
        self.app.directory.execute(&self.visitor.principal, command).await
    }

    /// The page of the group.
    pub(super) fn page(&self) -> String {
        managed_page(self.visit, self.id())
    }

    /// A part of it.
    pub(super) fn tab(&self, tab: Tab) -> String {
        format!("{}?tab={}", self.page(), tab.name())
    }

    /// A part of it, after something was done.
    pub(super) fn did(&self, tab: Tab, done: &str) -> String {
        format!("{}&done={done}", self.tab(tab))
    }

    /// The part an address names; else the first that is for them.
    pub(super) fn tab_of(&self, query: &Fields) -> Tab {
        let named = query.text("tab");
        let named = Tab::ALL.into_iter().find(|tab| Some(tab.name()) == named);
        let first = || Tab::ALL.into_iter().find(|tab| tab.is_for(&self.reach));
        named.or_else(first).unwrap_or(Tab::Details)
    }

    /// The groups above, from the first on that is theirs with an address.
    fn above(&self) -> Vec<Link> {
        let own = |id: &Id<Group>| {
            let delegated = |because: &Because| matches!(because, Because::Delegation { group, .. } if group == id);
            self.reach.because.iter().any(delegated)
        };
        let mut is_theirs = self.reach.is_of_realm();
        let link = |(id, name): &(Id<Group>, String)| {
            is_theirs |= own(id);
            Link {
                name: name.clone(),
                href: is_theirs.then(|| managed_page(self.visit, *id)),
            }
        };
        self.placed.above.iter().map(link).collect()
    }

    /// Renders a page of the group.
    pub(super) fn render(&self, template: &'static str, tab: Tab, asked: Asked<'_>, values: Value) -> Response {
        let tabs = Tab::ALL.into_iter().filter(|one| one.is_for(&self.reach));
        let tabs: Vec<TabShown> = tabs
            .map(|one| TabShown {
                key: one.key(),
                href: self.tab(one),
                current: one == tab,
            })
            .collect();
        let path = self.placed.path.to_string();
        let requests = self
            .reach
            .sees_requests()
            .then(|| format!("{}?group={}", queue_page(self.visit), in_query(&self.placed.group.name)));
        let head = context! {
            here => "managed",
            name => self.placed.group.display_name.as_str(),
            path,
            above => Serde(self.above()),
            tabs => Serde(tabs),
            requests,
            done => done(asked.query),
            page => self.page(),
            action => self.tab(tab),
            privileged => self.placed.group.management.privileged.is_some(),
        };
        let status = if asked.problem.is_some() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        let problem = asked.problem.map(Serde);
        let page = self.visit.page(template).status(status).secret();
        page.render(context! { problem, ..context! { ..values, ..head } })
    }
}

/// The page of a group for those who look after it.
pub(super) fn managed_page<T>(visit: &Visit, group: Id<T>) -> String {
    format!("{}/groups/admingroups/{group}", visit.room())
}

/// The requests that somebody decides.
pub(super) fn queue_page(visit: &Visit) -> String {
    format!("{}/groups/groupenrollments", visit.room())
}

/// A day as somebody typed it; none where nothing stands there.
pub(super) fn day(form: &Fields, name: &'static str) -> Result<Option<Day>, Refusal> {
    let typed = form.said(name).map(Day::parse).transpose();
    typed.map_err(|_| {
        Refusal::invalid(
            if name == "from" { "valid_from" } else { "last_day" },
            "a day such as 2030-12-31",
        )
    })
}
