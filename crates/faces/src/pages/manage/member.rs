//! One member: how they stand and why, their days and roles, keeping them out for now, and taking them out.

use std::collections::BTreeSet;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use directory::delegation::Capability;
use directory::group::Group;
use directory::membership::{
    GrantMemberRole, Membership, RemoveMembership, ResumeMember, RevokeMemberRole, Status, SuspendMember,
    UpdateMembership, Which,
};
use directory::view::IfMatch;
use directory::{Error, Id, Refusal, mail};
use minijinja::context;
use minijinja::value::Serde;
use serde::Deserialize;

use super::frame::{Asked, Managed, RoleBox, Tab, day, managed_page};
use crate::app::App;
use crate::pages::error;
use crate::pages::form::Fields;
use crate::pages::link::see_other;
use crate::pages::sent::Sent;
use crate::pages::shown::{noon, status_key, status_tone};
use crate::pages::visit::{SignedIn, Visit};
use crate::path::Path;

/// The membership of a path.
#[derive(Deserialize)]
pub(in crate::pages) struct OfMember {
    group: String,
    member: String,
}

/// The page of a member.
pub(super) fn member_page(visit: &Visit, group: Id<Group>, membership: Id<Membership>) -> String {
    format!("{}/member/{membership}", managed_page(visit, group))
}

pub(in crate::pages) async fn show(
    State(app): State<App>,
    SignedIn(visit, visitor): SignedIn,
    Path(OfMember { group, member }): Path<OfMember>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Fields::of_query(query.as_deref());
    let shown = match Managed::of(&app, &visit, &visitor, &group).await {
        Ok(managed) => page(&managed, &member, Asked::by(&query)).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| error::answered(&visit, &error))
}

fn meant(text: &str) -> Result<Id<Membership>, Error> {
    Ok(Id::parse(text).ok_or(Refusal::NotFound { what: "membership" })?)
}

async fn page(managed: &Managed<'_>, member: &str, asked: Asked<'_>) -> Result<Response, Error> {
    let (directory, principal, zone) = (&managed.app.directory, managed.principal(), &managed.zone);
    let which = Which::Membership(meant(member)?);
    let member = directory.membership(principal, managed.id(), which).await?;
    let (membership, person) = (&member.listed.membership, &member.person);
    if !member.direct {
        // It is shown where it is.
        return Ok(see_other(&member_page(
            managed.visit,
            member.listed.group.id,
            membership.id,
        )));
    }
    let why = directory.explain(principal, person.id, managed.id()).await?;
    let language = mail::Language::choose(Some(managed.visit.language().code()), "en");
    let sentences = why.sentences(language, zone);
    let below: Vec<&str> = why.below.iter().map(|below| below.path.as_str()).collect();
    let roles = directory.group_roles(principal, managed.id()).await?;
    let is_chosen = |role: &str| match asked.typed {
        Some(typed) => typed.all("role").contains(&role),
        None => member.listed.roles.iter().any(|held| held == role),
    };
    let roles: Vec<RoleBox> = roles
        .into_iter()
        .map(|role| RoleBox {
            chosen: is_chosen(&role.name),
            name: role.name,
        })
        .collect();
    let first = zone.day(membership.valid_from.unwrap_or(membership.granted_at));
    let last = membership.expires_at.map(|end| zone.last_day(end));
    let typed = |name: &str, stored: Option<String>| match asked.typed {
        Some(typed) => typed.text(name).unwrap_or_default().to_owned(),
        None => stored.unwrap_or_default(),
    };
    let is_self = principal.user() == Some(person.id);
    let writes = managed.may(Capability::MembersWrite);
    let is_in = matches!(membership.status, Status::Enabled | Status::Pending);
    let action = member_page(managed.visit, managed.id(), membership.id);
    let values = context! {
        person => person.called(), user_name => person.user_name(), email => person.address(), verified => member.email_verified,
        status => status_key(membership.status), tone => status_tone(membership.status),
        since => noon(first),
        until => membership.effective.at.map(|end| noon(zone.last_day(end))),
        because_of => why.imposed_by,
        held => Serde(&member.listed.roles), roles => Serde(roles), sentences => Serde(sentences), below => Serde(below),
        justification => membership.details.justification.as_deref(),
        lapses => membership.details.lapses,
        version => membership.version,
        from_typed => typed("from", Some(first.to_string())),
        until_typed => typed("until", last.map(|day| day.to_string())),
        today => managed.today().to_string(),
        pending => membership.status == Status::Pending,
        suspended => membership.status == Status::Suspended,
        changes => writes && is_in,
        assigns => !writes && is_in && managed.may(Capability::RolesAssign),
        suspends => managed.may(Capability::MembersSuspend) && !is_self && membership.status == Status::Enabled,
        resumes => managed.may(Capability::MembersSuspend) && !is_self && membership.status == Status::Suspended,
        begins => managed.may(Capability::MembersSuspend) && !is_self && membership.status == Status::Pending,
        removes => writes,
        reason => asked.typed("reason"),
        form => action,
        members => managed.tab(Tab::Members),
    };
    let template = if asked.query.text("remove").is_some() && writes {
        "managed_remove.html"
    } else {
        "managed_member.html"
    };
    Ok(managed.render(template, Tab::Members, asked, values))
}

/// Changes them.
pub(in crate::pages) async fn act(
    State(app): State<App>,
    Path(OfMember { group, member }): Path<OfMember>,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Response {
    let query = Fields::of_query(query.as_deref());
    let managed = match Managed::of(&app, &sent.visit, &sent.visitor, &group).await {
        Ok(managed) => managed,
        Err(error) => return error::answered(&sent.visit, &error),
    };
    let shown = match done(&managed, &member, &sent.form).await {
        Ok(to) => return see_other(&to),
        Err(refused) => match Asked::again(&query, &sent.form, refused) {
            Ok(asked) => page(&managed, &member, asked).await,
            Err(error) => Err(error),
        },
    };
    shown.unwrap_or_else(|error| error::answered(&sent.visit, &error))
}

async fn done(managed: &Managed<'_>, member: &str, form: &Fields) -> Result<String, Error> {
    let (group, id) = (managed.id(), meant(member)?);
    let which = Which::Membership(id);
    let page = member_page(managed.visit, group, id);
    let why = || form.said("reason").map(str::to_owned);
    // Whoever suspends or takes out somebody means them, whatever else has changed meanwhile.
    let if_match = IfMatch::Any;
    let word = match form.text("act") {
        Some("change") => {
            let seen = form.said("version").and_then(|version| version.parse().ok());
            let roles = form.all("role").into_iter().map(str::to_owned).collect();
            let change = UpdateMembership {
                group,
                which,
                if_match: seen.map_or(IfMatch::Any, IfMatch::version),
                roles,
                valid_from: day(form, "from")?,
                last_day: day(form, "until")?,
            };
            managed.run(change).await?;
            "changed"
        }
        Some("roles") => {
            give_and_take(managed, which, &form.all("role")).await?;
            "changed"
        }
        Some("suspend") => {
            let suspend = SuspendMember {
                group,
                which,
                justification: why(),
                if_match,
            };
            managed.run(suspend).await?;
            "suspended"
        }
        Some(word @ ("resume" | "begin")) => {
            let resume = ResumeMember {
                group,
                which,
                justification: why(),
                begins_now: word == "begin",
                if_match,
            };
            managed.run(resume).await?;
            if word == "begin" { "begun" } else { "resumed" }
        }
        Some("remove") => {
            managed.run(RemoveMembership { group, which, if_match }).await?;
            return Ok(managed.did(Tab::Members, "removed"));
        }
        _ => return Err(Refusal::invalid("act", "change, roles, suspend, resume, begin or remove").into()),
    };
    Ok(format!("{page}?done={word}"))
}

/// Gives a member the roles that are named and takes all others, for who may only do that: what is given comes first, so that
/// one is left.
async fn give_and_take(managed: &Managed<'_>, which: Which, wanted: &[&str]) -> Result<(), Error> {
    let group = managed.id();
    let directory = &managed.app.directory;
    let member = directory.membership(managed.principal(), group, which).await?;
    let held: BTreeSet<&str> = member.listed.roles.iter().map(String::as_str).collect();
    for role in wanted.iter().filter(|role| !held.contains(**role)) {
        let give = GrantMemberRole {
            group,
            which,
            if_match: IfMatch::Any,
            role: (*role).to_owned(),
        };
        managed.run(give).await?;
    }
    for role in held.iter().filter(|role| !wanted.contains(*role)) {
        let take = RevokeMemberRole {
            group,
            which,
            if_match: IfMatch::Any,
            role: (*role).to_owned(),
        };
        managed.run(take).await?;
    }
    Ok(())
}
