//! Saying how people may join a group.

use serde_json::{Map, Value, json};

use super::super::configuration::{self, Configuration, Contract, Draft, Drafted, MOST_CONFIGURATIONS};
use super::super::rule::{self, Level};
use super::super::terms::{self, Terms, TermsDraft};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::group::{self, Group, GroupRole};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::{Permission, RealmRight};

/// Gives a group a way to join, or replaces one. Requests that wait when one is changed are put aside.
#[derive(Clone, Debug)]
pub struct Configure {
    /// Which group.
    pub group: Id<Group>,
    /// Which of its ways to join; none makes another one.
    pub id: Option<Id<Configuration>>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
    /// What it is from now on.
    pub draft: Draft,
    /// The rules of the realm are put aside, by who may.
    pub force: bool,
}

/// A way to join as it was written.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The way to join.
    pub configuration: Configuration,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// Its terms.
    pub terms: Option<Terms>,
    /// Whether this made it.
    pub made: bool,
    /// Whether anything changed.
    pub changed: bool,
}

impl Command for Configure {
    type Output = Configured;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Configured, Error> {
        let (group, reach) = reach::hold_group(change, self.group, Capability::ConfigWrite)?;
        self.save(change, group, self.force && reach.force)
    }
}

/// The same by the administration of the realm, whether or not it administers the group.
#[derive(Clone, Debug)]
pub struct ConfigureForRealm(pub Configure);

impl Command for ConfigureForRealm {
    type Output = Configured;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Groups)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Configured, Error> {
        let found = group::table::lock(change, self.0.group)?;
        let group = found.ok_or(Refusal::NotFound { what: "group" })?;
        access::check_group(change, &group)?;
        access::check_operation(change.principal(), ResourceKind::Group, Operation::Update)?;
        self.0.save(change, group, self.0.force)
    }
}

impl Configure {
    fn save(&self, change: &mut Change<'_>, mut group: Group, force: bool) -> Result<Configured, Error> {
        let present = match self.id {
            Some(id) => {
                let found = configuration::table::of_this_group(change, group.id, id)?;
                Some(found.ok_or(Denial::NoSuchConfiguration)?)
            }
            None => None,
        };
        let version = present.as_ref().map(|present| present.version);
        if self.if_version.is_some() && self.if_version != version {
            return Err(Refusal::Changed.into());
        }
        let drafted = self.draft.read()?;
        group::manage(change, &mut group)?;
        let all_roles = group::roles::table::of_group(change, group.id)?;
        let put_aside = check_rules(change, &group, &drafted, force)?;
        if let Some(present) = present {
            return replace(change, present, &self.draft, drafted, &all_roles, put_aside);
        }
        if configuration::table::of_group(change, group.id)?.len() >= MOST_CONFIGURATIONS {
            return Err(Refusal::LimitReached {
                what: "ways to join a group",
                limit: MOST_CONFIGURATIONS,
            }
            .into());
        }
        let id = change.new_id();
        let made = add(change, group.id, id, &self.draft, drafted, &all_roles, put_aside)?;
        if group.default_configuration.is_none() {
            offer_first(change, &mut group, id)?;
        }
        Ok(made)
    }
}

/// The fields that break rules which are put aside.
fn check_rules(
    change: &mut Change<'_>,
    group: &Group,
    drafted: &Drafted,
    force: bool,
) -> Result<Vec<&'static str>, Error> {
    let rules = rule::table::for_level(change, Level::of(group.parent))?;
    let broken = drafted.broken(&rules);
    if force {
        return Ok(broken.into_iter().map(|one| one.field.name()).collect());
    }
    match broken.into_iter().next() {
        Some(broken) => Err(Denial::from(broken).into()),
        None => Ok(Vec::new()),
    }
}

impl Configuration {
    /// The way to join that a group has from the beginning, whose row names it already.
    pub(crate) fn first_of_group(
        change: &mut Change<'_>,
        group: &Group,
        id: Id<Configuration>,
        roles: &[GroupRole],
    ) -> Result<Self, Error> {
        let rules = rule::table::for_level(change, Level::of(group.parent))?;
        let names: Vec<String> = roles.iter().map(|role| role.name.clone()).collect();
        let draft = configuration::default_draft(&group.name, &names, &rules);
        let drafted = draft.read()?;
        let put_aside = Vec::new();
        Ok(add(change, group.id, id, &draft, drafted, roles, put_aside)?.configuration)
    }
}

fn add(
    change: &mut Change<'_>,
    group: Id<Group>,
    id: Id<Configuration>,
    draft: &Draft,
    drafted: Drafted,
    all_roles: &[GroupRole],
    put_aside: Vec<&'static str>,
) -> Result<Configured, Error> {
    let mut contract = drafted.contract;
    contract.roles = role_ids(&drafted.roles, all_roles)?;
    let terms = drafted
        .terms
        .map(|draft| terms::publish(change, id, &draft))
        .transpose()?;
    let configuration = Configuration {
        id,
        group,
        version: 1,
        modified: change.now(),
        name: drafted.name,
        active: draft.active,
        visible: draft.visible,
        terms: terms.as_ref().map(|terms| terms.id),
        contract,
    };
    configuration::table::insert(change, &configuration)?;
    let body = json!({ "after": described(&configuration, &drafted.roles, terms.as_ref()) });
    let event = Event::new(EventKind::ConfigurationCreated, id.uuid(), 1, body);
    change.record(noted(event, &configuration, put_aside))?;
    record_terms(change, &configuration, None, terms.as_ref())?;
    Ok(Configured {
        configuration,
        roles: drafted.roles,
        terms,
        made: true,
        changed: true,
    })
}

fn replace(
    change: &mut Change<'_>,
    mut before: Configuration,
    draft: &Draft,
    drafted: Drafted,
    all_roles: &[GroupRole],
    put_aside: Vec<&'static str>,
) -> Result<Configured, Error> {
    let old_terms = match before.terms {
        Some(id) => terms::table::by_id(change, id)?,
        None => None,
    };
    // In whatever order they were written, they are the same.
    before.contract.roles.sort_unstable();
    let fresh = |draft: &TermsDraft| old_terms.as_ref().is_none_or(|old| draft.differs_from(old));
    let mut published = None;
    let terms = match drafted.terms {
        Some(draft) if fresh(&draft) => {
            published = Some(terms::publish(change, before.id, &draft)?);
            published.clone()
        }
        Some(_) => old_terms.clone(),
        None => None,
    };
    let mut after = Configuration {
        name: drafted.name,
        active: draft.active,
        visible: draft.visible,
        terms: terms.as_ref().map(|terms| terms.id),
        contract: Contract {
            roles: role_ids(&drafted.roles, all_roles)?,
            requests_from_version: before.contract.requests_from_version,
            ..drafted.contract
        },
        ..before.clone()
    };
    let changed = after != before;
    if changed {
        after.contract.requests_from_version = Some(before.version + 1);
        configuration::table::update(change, &mut after)?;
        let old_roles = role_names(&before.contract.roles, all_roles);
        let event = Event::replaced(
            EventKind::ConfigurationChanged,
            after.id.uuid(),
            after.version,
            &described(&before, &old_roles, old_terms.as_ref()),
            &described(&after, &drafted.roles, terms.as_ref()),
        );
        change.record(noted(event, &after, put_aside))?;
        record_terms(change, &after, old_terms.as_ref(), published.as_ref())?;
        settle_later(change, &after)?;
    }
    Ok(Configured {
        configuration: after,
        roles: drafted.roles,
        terms,
        made: false,
        changed,
    })
}

/// What waits for a way to join that was changed or removed is put aside in slices.
pub(super) fn settle_later(change: &mut Change<'_>, of: &Configuration) -> Result<(), Error> {
    let (subject, now) = (of.id.uuid(), change.now());
    job::schedule(change, JobKind::SettleConfiguration, subject, &json!({}), now)
}

/// It is offered before the group's others.
pub(super) fn offer_first(change: &mut Change<'_>, group: &mut Group, id: Id<Configuration>) -> Result<(), Error> {
    let before = group.default_configuration.replace(id);
    group.version = group::table::set_management(change, group)?;
    record_first(change, group, before)
}

/// None of the group's ways to join is offered first.
pub(super) fn offer_none_first(change: &mut Change<'_>, group: &mut Group) -> Result<(), Error> {
    let before = group.default_configuration.take();
    group.version = group::table::set_management(change, group)?;
    record_first(change, group, before)
}

fn record_first(change: &mut Change<'_>, group: &Group, before: Option<Id<Configuration>>) -> Result<(), Error> {
    let shown = |id: Option<Id<Configuration>>| id.map(|id| id.to_string());
    let body = json!({ "before": shown(before), "after": shown(group.default_configuration) });
    change.record(Event::new(
        EventKind::GroupDefaultConfigurationChanged,
        group.id.uuid(),
        group.version,
        body,
    ))?;
    Ok(())
}

fn record_terms(
    change: &mut Change<'_>,
    configuration: &Configuration,
    before: Option<&Terms>,
    published: Option<&Terms>,
) -> Result<(), Error> {
    let Some(terms) = published else { return Ok(()) };
    change.record(terms::published(configuration, before, terms))?;
    Ok(())
}

/// With the group in whose history it belongs, and the rules that were put aside.
fn noted(event: Event, configuration: &Configuration, put_aside: Vec<&'static str>) -> Event {
    let event = event
        .within(configuration.group)
        .with("group", configuration.group.to_string().into());
    if put_aside.is_empty() {
        return event;
    }
    event.with("rules_put_aside", put_aside.into())
}

/// What facts say of a way to join.
pub(in crate::enrollment) fn described(
    configuration: &Configuration,
    roles: &[String],
    terms: Option<&Terms>,
) -> Map<String, Value> {
    let contract = Contract {
        requests_from_version: None,
        ..configuration.contract.clone()
    };
    let mut map = match serde_json::to_value(contract) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.insert("name".into(), configuration.name.as_str().into());
    map.insert("active".into(), configuration.active.into());
    map.insert("visible".into(), configuration.visible.into());
    map.insert("roles".into(), roles.into());
    map.insert("terms".into(), terms.map(|terms| terms.url.as_str()).into());
    map
}

fn role_ids(names: &[String], all: &[GroupRole]) -> Result<Vec<uuid::Uuid>, Denial> {
    let id = |name: &String| {
        let role = all.iter().find(|role| role.name == *name);
        role.map(|role| role.id.uuid())
            .ok_or_else(|| Denial::RoleUnknown { role: name.clone() })
    };
    let mut ids = names.iter().map(id).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    Ok(ids)
}

/// The names of those of these roles that the group still has.
pub(crate) fn role_names(ids: &[uuid::Uuid], all: &[GroupRole]) -> Vec<String> {
    let named = all.iter().filter(|role| ids.contains(&role.id.uuid()));
    named.map(|role| role.name.clone()).collect()
}
