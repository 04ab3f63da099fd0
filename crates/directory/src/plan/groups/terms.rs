//! What a source says of the time and the roles of a membership: planned by comparing, applied by the rules that time and
//! status follow everywhere.

use serde_json::{Map, Value, json};

use super::table::{self, MembershipRow};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::enrollment::request::{ArchiveCause, aside};
use crate::enrollment::rule;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::membership::portfolio::{Cause, Duties, Held, rules};
use crate::membership::roles::{self, Holder};
use crate::membership::{self, Details, Effective, Membership, Origin, Status};
use crate::plan::Plan;
use crate::user::User;

/// The member of an item's `before` that says in which version the membership was read.
const VERSION: &str = "version";

/// A beginning or an end that a source speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// There is none: it counts since it was given, or for good.
    Open,
    /// This one.
    At(Timestamp),
}

impl Edge {
    fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Open => None,
            Self::At(at) => Some(at),
        }
    }
}

/// What a source says of a membership beside that it is there. Of what is none it does not speak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// The names of all roles.
    pub(super) roles: Option<Vec<String>>,
    /// It counts from then on.
    pub(super) valid_from: Option<Edge>,
    /// The first instant after it.
    pub(super) expires: Option<Edge>,
}

impl Terms {
    pub(super) fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// Why it can be said of no membership now; none when it can.
    pub(super) fn problem(&self, now: Timestamp) -> Option<&'static str> {
        let begin = self.valid_from.and_then(Edge::instant);
        match self.expires.and_then(Edge::instant) {
            Some(end) if end <= now => Some("its last day is over"),
            Some(end) if begin.is_some_and(|begin| end <= begin) => Some("its last day comes before the first"),
            Some(_) | None => None,
        }
    }

    /// As an item tells of it.
    pub(super) fn write(&self, into: &mut Map<String, Value>) {
        if let Some(roles) = &self.roles {
            into.insert("roles".into(), json!(roles));
        }
        for (name, edge) in [("valid_from", self.valid_from), ("expires_at", self.expires)] {
            if let Some(edge) = edge {
                let at = edge.instant().map(|at| at.to_string());
                into.insert(name.into(), at.into());
            }
        }
    }

    /// As an item told of it.
    pub(super) fn read(item: &Map<String, Value>) -> Self {
        let edge = |name: &str| match item.get(name)? {
            Value::String(text) => Timestamp::parse(text).ok().map(Edge::At),
            _ => Some(Edge::Open),
        };
        let names = |roles: &Value| {
            let roles = roles.as_array()?.iter();
            Some(roles.filter_map(|role| role.as_str().map(str::to_owned)).collect())
        };
        Self {
            roles: item.get("roles").and_then(names),
            valid_from: edge("valid_from"),
            expires: edge("expires_at"),
        }
    }

    /// What of it differs from a membership: as it is, and as the source says.
    fn differing(&self, is: &Self) -> (Self, Self) {
        fn keep<T: Clone + PartialEq>(said: Option<&T>, is: Option<&T>) -> Option<T> {
            said.filter(|said| Some(*said) != is).cloned()
        }
        let after = Self {
            roles: keep(self.roles.as_ref(), is.roles.as_ref()),
            valid_from: keep(self.valid_from.as_ref(), is.valid_from.as_ref()),
            expires: keep(self.expires.as_ref(), is.expires.as_ref()),
        };
        let before = Self {
            roles: is.roles.clone().filter(|_| after.roles.is_some()),
            valid_from: is.valid_from.filter(|_| after.valid_from.is_some()),
            expires: is.expires.filter(|_| after.expires.is_some()),
        };
        (before, after)
    }
}

/// What becomes of a membership that is there already.
pub(super) enum Planned {
    /// It is as the source says.
    Same,
    /// Others gave it, and the source may not change it.
    NotIts,
    /// It is changed: as it is, as it will be, and what a rule of the realm allows instead.
    Change(Map<String, Value>, Map<String, Value>, Option<String>),
}

/// Compares what a source says with a membership that is there.
pub(super) fn compare(
    change: &mut Change<'_>,
    plan: &Plan,
    group: Id<Group>,
    user: Id<User>,
    terms: &Terms,
) -> Result<Planned, Error> {
    let Some(row) = table::membership(change, group, user)? else {
        return Ok(Planned::Same);
    };
    let edge = |at: Option<Timestamp>| Some(at.map_or(Edge::Open, Edge::At));
    let roles = membership::table::roles::held(change, group, row.id)?;
    let is = Terms {
        roles: Some(roles::names(&roles)),
        valid_from: edge(row.valid_from),
        expires: edge(row.expires_at),
    };
    let mut said = terms.clone();
    if let Some(roles) = &mut said.roles {
        roles.sort_unstable();
        roles.dedup();
    }
    let (before, after) = said.differing(&is);
    if after.is_silent() {
        return Ok(Planned::Same);
    }
    if !(plan.options.overwrite || is_its(&row, plan)) {
        return Ok(Planned::NotIts);
    }
    let mut maps = (Map::new(), Map::new());
    before.write(&mut maps.0);
    after.write(&mut maps.1);
    maps.0.insert(VERSION.into(), row.version.into());
    let becomes = Terms {
        roles: None,
        valid_from: said.valid_from.or(is.valid_from),
        expires: said.expires.or(is.expires),
    };
    let beyond = match (after.valid_from, after.expires) {
        (None, None) => None,
        _ => beyond_rules(change, group, &becomes)?,
    };
    Ok(Planned::Change(maps.0, maps.1, beyond))
}

/// What the rules of the realm allow instead of such a time; none when it is within them. Whoever applies a plan has read it,
/// and that is the force that goes beyond a rule.
pub(super) fn beyond_rules(change: &mut Change<'_>, group: Id<Group>, terms: &Terms) -> Result<Option<String>, Error> {
    let Some(group) = group::table::read(change, group)? else {
        return Ok(None);
    };
    let instant = |edge: Option<Edge>| edge.and_then(Edge::instant);
    let time = (instant(terms.valid_from), instant(terms.expires));
    let broken = rule::broken_by_time(change, &group, time)?;
    Ok(broken.map(|broken| format!("goes beyond a rule of the realm, which allows {}", broken.allowed)))
}

fn is_its(row: &MembershipRow, plan: &Plan) -> bool {
    row.origin == Origin::Import && row.given_by == Some(plan.source.id())
}

/// The first of these roles that a group does not have.
pub(super) fn unknown_role(change: &mut Change<'_>, group: Id<Group>, terms: &Terms) -> Result<Option<String>, Error> {
    let Some(wanted) = &terms.roles else { return Ok(None) };
    let all = group::roles::table::of_group(change, group)?;
    let unknown = wanted.iter().find(|name| all.iter().all(|role| role.name != **name));
    Ok(unknown.cloned())
}

/// Makes a person a member with a time and roles, in the name of the plan's source.
pub(in crate::plan) fn add(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
    item: &Map<String, Value>,
) -> Result<(), Error> {
    apply(change, group, user, &Terms::read(item), None)
}

/// Whether an item that adds a member says more than that.
pub(in crate::plan) fn has_terms(item: &Map<String, Value>) -> bool {
    !Terms::read(item).is_silent()
}

/// Changes the time and the roles of a membership, as it was read.
pub(in crate::plan) fn change_member(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), Error> {
    let version = before.get(VERSION).and_then(Value::as_i64).unwrap_or_default();
    apply(change, group, user, &Terms::read(after), Some(version))
}

/// With the version that a membership has which is there already; none = it is given now.
fn apply(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
    terms: &Terms,
    version: Option<i64>,
) -> Result<(), Error> {
    let conflict = |why: &str| Error::from(Refusal::conflict(format!("{why} since this was planned")));
    let mut held = Held::settled(change, user, &[group])?.ok_or_else(|| conflict("the person has left"))?;
    if group::table::read(change, group)?.is_none() {
        return Err(conflict("the group is gone"));
    }
    let now = change.now();
    if terms.problem(now).is_some() {
        return Err(conflict("its last day has passed"));
    }
    let wanted = match &terms.roles {
        Some(names) => Some(roles::named(change, group, names)?),
        None => None,
    };
    let mut after = held.portfolio.clone();
    let index = match (after.find(group), version) {
        (Some(index), Some(version))
            if after.live[index].status.is_held() && held.version_of(&after.live[index]) == version =>
        {
            index
        }
        (_, Some(_)) => return Err(conflict("the membership was changed")),
        (Some(index), None) if after.live[index].status.is_held() => return Err(conflict_of(&after.live[index])),
        (Some(_), None) => return Err(conflict("the membership was ended or suspended")),
        (None, None) if after.is_blocked(group) => return Err(Denial::Suspended.into()),
        (None, None) => {
            after.live.push(fresh(change, group, user)?);
            after.live.len() - 1
        }
    };
    let live = &mut after.live[index];
    if let Some(edge) = terms.valid_from {
        live.valid_from = edge.instant();
    }
    if let Some(edge) = terms.expires {
        live.expires_at = edge.instant();
    }
    if live
        .expires_at
        .is_some_and(|end| live.valid_from.is_some_and(|from| end <= from))
    {
        return Err(Denial::EndBeforeStart.into());
    }
    // Other days make it a membership like others.
    if terms.valid_from.is_some() || terms.expires.is_some() {
        live.details.elevation = None;
    }
    live.details.changed_by = Some(change.principal().label());
    // Whoever sets the dates now makes earlier reminders needless.
    live.details.reminded = Some(now);
    let moves = rules::settle(&mut after, now);
    let cause = if version.is_some() {
        Cause::Changed
    } else {
        Cause::Given
    };
    let holder = Holder::of(&after.live[index]);
    let had = roles::of_held(change, &held, holder)?;
    // Where the source does not speak of roles they stay.
    let wanted = wanted.unwrap_or_else(|| had.clone());
    roles::write(change, &mut held, holder, &had, &wanted)?;
    held.commit(change, after, &moves, cause, Duties::Scheduled)?;
    roles::tell(change, holder, &had, &wanted)?;
    match version {
        Some(_) => Ok(()),
        None => aside::put_open_aside(change, user, group, ArchiveCause::MemberAdded),
    }
}

fn conflict_of(live: &Membership) -> Error {
    let why = match live.status {
        Status::Suspended => "the membership was suspended since this was planned",
        _ => "somebody else has given the membership since this was planned",
    };
    Refusal::conflict(why).into()
}

/// One of which nothing is said yet. One that ended comes back under its id.
pub(in crate::plan) fn fresh(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<Membership, Error> {
    let (origin, given_by) = Origin::of(change);
    let row = table::membership(change, group, user)?;
    Ok(Membership {
        id: row.map_or_else(|| change.new_id(), |row| row.id),
        group,
        user,
        version: 0,
        status: Status::Enabled,
        origin,
        given_by,
        granted_at: change.now(),
        valid_from: None,
        expires_at: None,
        effective: Effective::default(),
        configuration: None,
        details: Details::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Edge {
        Edge::At(Timestamp::from_millis(millis))
    }

    #[test]
    fn what_an_item_tells_is_read_again() {
        let all = Terms {
            roles: Some(vec!["chair".into()]),
            valid_from: Some(Edge::Open),
            expires: Some(at(86_400_000)),
        };
        for terms in [Terms::default(), all.clone()] {
            let mut item = Map::new();
            terms.write(&mut item);
            assert_eq!(Terms::read(&item), terms);
        }
        assert!(Terms::default().is_silent() && !all.is_silent());
    }

    #[test]
    fn only_what_is_said_and_differs_is_changed() {
        let is = Terms {
            roles: Some(vec!["member".into()]),
            valid_from: Some(Edge::Open),
            expires: Some(at(1)),
        };
        let said = Terms {
            roles: None,
            valid_from: Some(Edge::Open),
            expires: Some(at(2)),
        };
        let (before, after) = said.differing(&is);
        assert_eq!((before.expires, after.expires), (Some(at(1)), Some(at(2))));
        assert!(after.roles.is_none() && after.valid_from.is_none());
        assert!(said.differing(&said).1.is_silent());
    }

    #[test]
    fn a_time_that_is_over_or_none_cannot_be_given() {
        let until = |from: Option<Edge>, end: i64| Terms {
            valid_from: from,
            expires: Some(at(end)),
            ..Terms::default()
        };
        let now = Timestamp::from_millis(10);
        assert!(until(None, 10).problem(now).is_some());
        assert!(until(Some(at(20)), 20).problem(now).is_some());
        assert!(until(Some(at(20)), 21).problem(now).is_none());
        assert!(Terms::default().problem(now).is_none());
    }
}
