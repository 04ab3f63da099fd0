//! Letting somebody into a group: whom, by which way and with what; at once, or by an invitation.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::delegation::Capability;
use directory::enrollment::Way;
use directory::enrollment::configuration::dates::{Before, agreed};
use directory::group::PeopleAsked;
use directory::invitation::{Invitee, OfferMembership, OfferedWay};
use directory::mail::EmailAddress;
use directory::membership::{AddMembership, NewMember};
use directory::user::{Search, User};
use directory::{Denial, Error, Id, Refusal, mail};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::frame::{Asked, Managed, OfGroup, RoleBox, Tab, day};
use super::member::member_page;
use super::problem::Problem;
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::shown::noon;
use crate::pages::visit::SignedIn;
use crate::path::Path;

/// So many people are shown who may be meant.
const FOUND: usize = 12;
/// People are looked for in so many groups.
const MOST_GROUPS: usize = 100;

/// Somebody who may be meant.
#[derive(Debug, Serialize)]
struct Found {
    name: String,
    user_name: String,
    email: Option<String>,
    href: String,
}

/// A way to join, to choose.
#[derive(Debug, Serialize)]
struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

/// Somebody with an account.
struct Known {
    called: String,
    user_name: String,
    address: Option<String>,
}

impl From<User> for Known {
    fn from(person: User) -> Self {
        Self {
            called: person.called(),
            user_name: person.user_name(),
            address: person.address(),
        }
    }
}

/// Who is to come in.
enum Whom {
    /// Nobody is named yet.
    Nobody,
    /// One of these, or nobody who is known.
    OneOf(Vec<User>),
    /// Somebody who is known, or named by their userName.
    Known(Known),
    /// Whoever has that address.
    Address(String),
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    Path(OfGroup { group }): Path<OfGroup>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::of_query(query.as_deref());
    let shown = match Managed::of(&app, &visit, &visitor, &group).await {
        Ok(managed) => page(&managed, Asked::by(&query)).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| error::answered(&visit, &error))
}

/// Whom what was typed means.
async fn whom(managed: &Managed<'_>, said: &Fields) -> Result<Whom, Error> {
    if let Some(user_name) = said.said("user") {
        let found = match look(managed, user_name).await {
            // Too short to look for others by, but a name all the same.
            Err(Error::Refused(Refusal::Denied(Denial::SearchTooShort))) => Vec::new(),
            found => found?,
        };
        let meant = found.into_iter().find(|person| person.user_name() == user_name);
        // Whoever knows the name may use it, without seeing more of the person.
        let named = || Known {
            called: format!("@{user_name}"),
            user_name: user_name.to_owned(),
            address: None,
        };
        return Ok(Whom::Known(meant.map_or_else(named, Known::from)));
    }
    let Some(who) = said.said("who") else {
        return Ok(Whom::Nobody);
    };
    let mut found = look(managed, who).await?;
    if EmailAddress::parse(who).is_err() {
        return Ok(Whom::OneOf(found));
    }
    let has_it = |person: &User| {
        person
            .address()
            .is_some_and(|address| address.eq_ignore_ascii_case(who))
    };
    found.retain(|person| has_it(person) || person.user_name().eq_ignore_ascii_case(who));
    Ok(match found.len() {
        0 => Whom::Address(who.to_owned()),
        1 => Whom::Known(found.remove(0).into()),
        _ => Whom::OneOf(found),
    })
}

/// People by a part of their names or addresses, among those whoever is signed in may see.
pub(super) async fn look(managed: &Managed<'_>, who: &str) -> Result<Vec<User>, Error> {
    let (directory, principal) = (&managed.app.directory, managed.principal());
    let groups = if managed.reach.is_of_realm() {
        None
    } else {
        Some(directory.some_administered_ids(principal, MOST_GROUPS).await?)
    };
    let asked = PeopleAsked {
        search: Search::Beginning(who.to_owned()),
        groups,
        first: 0,
        max: FOUND,
    };
    match directory.look_for_people(principal, &asked).await {
        Ok(found) => Ok(found.people),
        // Who may see members of no group knows nobody, but can still invite.
        Err(Error::Refused(Refusal::Denied(Denial::NotPermitted { .. }))) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let said = asked.typed.unwrap_or(asked.query);
    let (found, problem) = match whom(managed, said).await {
        Ok(found) => (found, None),
        Err(refused) => (Whom::Nobody, Some(Problem::out_of(refused)?)),
    };
    let asked = Asked {
        problem: asked.problem.or(problem),
        ..asked
    };
    let action = format!("{}/add", managed.page());
    let who = said.said("who").unwrap_or_default().to_owned();
    let (known, address) = match found {
        Whom::Nobody | Whom::OneOf(_) => {
            let was_asked = matches!(found, Whom::OneOf(_));
            let people = if let Whom::OneOf(people) = found {
                people
            } else {
                Vec::new()
            };
            let people: Vec<Found> = people
                .iter()
                .map(|person| Found {
                    name: person.called(),
                    user_name: person.user_name(),
                    email: person.address(),
                    href: format!("{action}?user={}", encoded(&person.user_name())),
                })
                .collect();
            let is_name = !who.is_empty() && !who.contains('@');
            let exact = is_name.then(|| format!("{action}?user={}", encoded(&who)));
            let values = context! {
                form => action, exact, who, people => Serde(people), was_asked, members => managed.tab(Tab::Members),
                invites => managed.may(Capability::InviteMember),
            };
            return Ok(managed.render("managed_add.html", Tab::Members, asked, values));
        }
        Whom::Known(person) => {
            let address = person.address.clone();
            (Some(person), address)
        }
        Whom::Address(address) => (None, Some(address)),
    };
    let values = terms(managed, &asked, (known.as_ref(), address.as_deref())).await?;
    let values = context! { form => action, who, members => managed.tab(Tab::Members), ..values };
    Ok(managed.render("managed_let_in.html", Tab::Members, asked, values))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// By which way, and with what.
async fn terms(
    managed: &Managed<'_>,
    asked: &Asked<'_>,
    (known, address): (Option<&Known>, Option<&str>),
) -> Result<minijinja::Value, Error> {
    let said = asked.typed.unwrap_or(asked.query);
    let (directory, principal, zone) = (&managed.app.directory, managed.principal(), &managed.zone);
    let mut ways = directory.configurations(principal, managed.id()).await?;
    ways.retain(|way| way.configuration.active);
    let first = managed.placed.group.default_configuration;
    let wanted = said.said("way").and_then(Id::parse).or(first);
    let at = ways.iter().position(|way| Some(way.configuration.id) == wanted);
    let way = ways.get(at.unwrap_or(0));
    let choices: Vec<Choice> = ways
        .iter()
        .map(|one| Choice {
            id: one.configuration.id.to_string(),
            name: one.configuration.name.clone(),
            chosen: way.is_some_and(|way| way.configuration.id == one.configuration.id),
        })
        .collect();
    let dates = way.map(|way| agreed(&way.configuration.contract, Before::NoMember, managed.now, zone));
    let from = dates.and_then(|dates| dates.valid_from).unwrap_or(managed.now);
    let until = dates.and_then(|dates| dates.expires_at);
    let typed = asked.typed;
    let chosen = |role: &str| match typed {
        Some(typed) => typed.all("role").contains(&role),
        None => way.is_some_and(|way| way.roles.len() == 1 && way.roles[0] == role),
    };
    let all = directory.group_roles(principal, managed.id()).await?;
    let is_only = all.len() == 1;
    let roles: Vec<RoleBox> = all
        .into_iter()
        .map(|role| RoleBox {
            chosen: chosen(&role.name) || is_only,
            name: role.name,
        })
        .collect();
    let day_typed = |name: &str, day: Option<directory::zone::Day>| match typed {
        Some(typed) => typed.text(name).unwrap_or_default().to_owned(),
        None => day.map(|day| day.to_string()).unwrap_or_default(),
    };
    let has_terms = way.is_some_and(|way| way.terms.is_some());
    let adds = known.is_some() && managed.may(Capability::MembersWrite) && way.is_some() && !has_terms;
    let invites = address.is_some() && managed.may(Capability::InviteMember) && way.is_some();
    Ok(context! {
        known => known.map(|known| known.called.as_str()), user => known.map(|known| known.user_name.as_str()), address,
        several => choices.len() > 1, no_way => way.is_none(), ways => Serde(choices),
        way => way.map(|way| way.configuration.id.to_string()),
        way_name => way.map(|way: &Way| way.configuration.name.as_str()),
        roles => Serde(roles), has_terms, adds, invites,
        from_typed => day_typed("from", Some(zone.day(from))),
        until_typed => day_typed("until", until.map(|end| zone.last_day(end))),
        today => managed.today().to_string(),
        invited_until => until.map(|end| noon(zone.last_day(end))),
        first_name => asked.typed("first_name"), last_name => asked.typed("last_name"),
        ways_page => managed.tab(Tab::Ways),
    })
}

/// Lets them in, or invites them.
pub(in crate::pages) async fn act(
    State(app): State<App>,
    Path(OfGroup { group }): Path<OfGroup>,
    sent: Sent,
) -> Response {
    let managed = match Managed::of(&app, &sent.visit, &sent.visitor, &group).await {
        Ok(managed) => managed,
        Err(error) => return error::answered(&sent.visit, &error),
    };
    let query = Fields::default();
    let shown = match done(&managed, &sent.form).await {
        Ok(to) => return see_other(&to),
        Err(refused) => match Asked::again(&query, &sent.form, refused) {
            Ok(asked) => page(&managed, asked).await,
            Err(error) => Err(error),
        },
    };
    shown.unwrap_or_else(|error| error::answered(&sent.visit, &error))
}

async fn done(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    let group = managed.id();
    let roles: Vec<String> = form.all("role").into_iter().map(str::to_owned).collect();
    match form.text("act") {
        Some("add") => {
            let whom = form
                .said("user")
                .map_or(NewMember::Unnamed, |name| NewMember::UserName(name.to_owned()));
            let add = AddMembership {
                group,
                whom,
                roles,
                valid_from: day(form, "from")?,
                last_day: day(form, "until")?,
                configuration: form.said("way").map(str::to_owned),
            };
            let given = managed.run(add).await?;
            let page = member_page(managed.visit, group, given.id);
            Ok(format!("{page}?done=added"))
        }
        Some("invite") => {
            let way = form.said("way").map_or(OfferedWay::First, |id| {
                Id::parse(id).map_or(OfferedWay::Unknown, OfferedWay::Named)
            });
            let language = managed.visit.realm.settings.language();
            let offer = OfferMembership {
                group,
                invitee: Invitee {
                    email: form.said("address").map(str::to_owned),
                    first_name: form.said("first_name").map(str::to_owned),
                    last_name: form.said("last_name").map(str::to_owned),
                    language: form
                        .said("language")
                        .map(|code| mail::Language::choose(Some(code), language)),
                },
                way,
                roles,
            };
            managed.run(offer).await?;
            Ok(managed.did(Tab::Invitations, "invited"))
        }
        _ => Err(Refusal::invalid("act", "add or invite").into()),
    }
}
