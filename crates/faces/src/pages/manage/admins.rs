//! Who looks after a group, and what they may do.

use axum::response::Response;
use directory::delegation::{
    AdminShown, Already, Capabilities, Capability, ChangeDelegation, GrantDelegation, Preset, RevokeDelegation,
    Subject, Whom,
};
use directory::invitation::{Invitee, OfferAdministration};
use directory::mail::EmailAddress;
use directory::user::User;
use directory::view::IfMatch;
use directory::{Denial, Error, Id, Refusal};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::add::look;
use super::frame::{Asked, Managed, Tab, day, managed_page};
use crate::pages::form::Fields;
use crate::pages::shown::noon;

/// A set of capabilities with a name, to choose.
#[derive(Debug, Serialize)]
struct Choice {
    name: &'static str,
    key: String,
    chosen: bool,
}

/// One who looks after the group.
#[derive(Debug, Serialize)]
struct Entry {
    /// What they are called; none = they are gone, or their time is over.
    name: Option<String>,
    user_name: Option<String>,
    /// All people of that group.
    people_of: Option<String>,
    subject: String,
    /// What they may do, in words.
    can: Vec<String>,
    presets: Vec<Choice>,
    inherit: bool,
    inherited_from: Option<String>,
    /// Where that is changed, if it is theirs.
    above: Option<String>,
    from: Option<i64>,
    until: Option<i64>,
    counts: bool,
    is_you: bool,
    /// Whether whoever looks may change or end it.
    changes: bool,
    ends: bool,
}

/// What capabilities are called: a name for all of them, else each by itself.
fn words(capabilities: Capabilities) -> Vec<String> {
    let preset = Preset::ALL
        .into_iter()
        .find(|preset| preset.capabilities() == capabilities);
    match preset {
        Some(preset) => vec![format!("preset.{}", preset.name())],
        None => capabilities.iter().map(|one| format!("can.{}", one.name())).collect(),
    }
}

fn presets(chosen: Option<Capabilities>) -> Vec<Choice> {
    let choice = |preset: Preset| Choice {
        name: preset.name(),
        key: format!("preset.{}", preset.name()),
        chosen: chosen == Some(preset.capabilities()),
    };
    Preset::ALL.map(choice).into()
}

impl Entry {
    fn of(managed: &Managed<'_>, shown: AdminShown) -> Self {
        let delegation = &shown.admin.delegation;
        let is_you = match delegation.subject {
            Subject::User(id) => managed.principal().user() == Some(id),
            Subject::Group(_) => false,
        };
        let writes = managed.may(Capability::AdminsWrite) && shown.admin.direct;
        let zone = &managed.zone;
        let from = delegation.valid_from.filter(|from| *from > managed.now);
        let reaches = managed.reach.is_of_realm();
        Self {
            name: shown.person.as_ref().map(User::called),
            user_name: shown.person.as_ref().map(User::user_name),
            people_of: shown.people_of.as_ref().map(ToString::to_string),
            subject: delegation.subject.uuid().to_string(),
            can: words(delegation.capabilities),
            presets: presets(Some(delegation.capabilities)),
            inherit: delegation.inherit,
            inherited_from: shown.inherited_from.as_ref().map(ToString::to_string),
            above: (!shown.admin.direct && reaches).then(|| {
                format!(
                    "{}?tab={}",
                    managed_page(managed.visit, delegation.group),
                    Tab::Admins.name()
                )
            }),
            from: from.map(|from| noon(zone.day(from))),
            until: delegation.valid_until.map(|end| noon(zone.last_day(end))),
            counts: shown.admin.counts,
            is_you,
            changes: writes && !is_you,
            ends: writes || (is_you && shown.admin.direct),
        }
    }
}

pub(super) async fn page(managed: &Managed<'_>, asked: Asked<'_>) -> Result<Response, Error> {
    let admins = managed
        .app
        .directory
        .admins_shown(managed.principal(), managed.id())
        .await?;
    let entries: Vec<Entry> = admins.into_iter().map(|shown| Entry::of(managed, shown)).collect();
    let chosen = asked.typed("preset");
    let chosen = Preset::parse(if chosen.is_empty() { "manager" } else { chosen });
    let values = context! {
        admins => Serde(entries),
        names => managed.may(Capability::AdminsWrite) || managed.may(Capability::InviteAdmin),
        presets => Serde(presets(chosen.map(Preset::capabilities))),
        who => asked.typed("who"),
        inherit => asked.typed.is_none() || asked.ticked("inherit"),
        until_typed => asked.typed("until"),
        today => managed.today().to_string(),
    };
    Ok(managed.render("managed_admins.html", Tab::Admins, asked, values))
}

pub(super) async fn act(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    let group = managed.id();
    let subject = || form.said("subject").and_then(Id::<User>::parse).ok_or(Denial::NotAdmin);
    let done = match form.text("act") {
        Some("name") => return name(managed, form).await,
        Some("change") => {
            let change = ChangeDelegation {
                group,
                subject: subject()?.uuid(),
                capabilities: preset(form)?,
                inherit: form.text("inherit").is_some(),
                valid_from: None,
                valid_until: day(form, "until")?.map(|last| managed.zone.end_of(last)),
                force: false,
            };
            managed.run(change).await?;
            "admin-changed"
        }
        Some("end") => {
            let whom = match form.text("kind") {
                Some("group") => Whom::Group(Id::new(subject()?.uuid())),
                _ => Whom::User(subject()?),
            };
            let end = RevokeDelegation {
                group,
                whom,
                force: false,
                if_match: IfMatch::Any,
            };
            managed.run(end).await?;
            if form.text("own").is_some() {
                return Ok(super::groups::groups_page(managed.visit));
            }
            "admin-gone"
        }
        _ => return Err(Refusal::invalid("act", "name, change or end").into()),
    };
    Ok(managed.did(Tab::Admins, done))
}

fn preset(form: &Fields) -> Result<Capabilities, Refusal> {
    let preset = form.said("preset").and_then(Preset::parse);
    let none = || Refusal::invalid("preset", "owner, manager, reviewer or viewer");
    Ok(preset.ok_or_else(none)?.capabilities())
}

/// Names somebody who is known; whoever is not is invited at their address.
async fn name(managed: &Managed<'_>, form: &Fields) -> Result<String, Error> {
    let (group, who) = (managed.id(), form.said("who").ok_or(Denial::UserRequired)?);
    let capabilities = preset(form)?;
    let whom = if EmailAddress::parse(who).is_ok() {
        let is_meant = |person: &User| {
            let address = person.address();
            address.is_some_and(|address| address.eq_ignore_ascii_case(who))
                || person.user_name().eq_ignore_ascii_case(who)
        };
        let found = look(managed, who).await?;
        found
            .iter()
            .find(|person| is_meant(person))
            .map(|person| Whom::User(person.id))
    } else {
        Some(Whom::UserName(who.to_owned()))
    };
    let Some(whom) = whom else {
        let invitee = Invitee {
            email: Some(who.to_owned()),
            ..Invitee::default()
        };
        let offer = OfferAdministration {
            group,
            invitee,
            capabilities,
        };
        managed.run(offer).await?;
        return Ok(managed.did(Tab::Invitations, "invited"));
    };
    let grant = GrantDelegation {
        group,
        whom,
        capabilities,
        inherit: form.text("inherit").is_some(),
        valid_from: None,
        valid_until: day(form, "until")?.map(|last| managed.zone.end_of(last)),
        already: Already::Here,
        if_match: IfMatch::Any,
    };
    managed.run(grant).await?;
    Ok(managed.did(Tab::Admins, "admin"))
}
