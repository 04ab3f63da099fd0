//! What changed memberships mean for what people are entitled to: the rows are brought to what follows from the memberships as
//! they are, by difference. Where a realm has no entitlements, nothing is asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use uuid::Uuid;

use super::Form;
use super::table::{self, Counting, Place};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{Group, tree};
use crate::id::Id;
use crate::membership::portfolio::Portfolio;
use crate::user::User;

/// After a change of a person's memberships, whose rows are written, with their roles. What differs is told as one fact about
/// the person.
pub(crate) fn follow(change: &mut Change<'_>, before: &Portfolio, after: &Portfolio) -> Result<(), Error> {
    debug_assert_eq!(before.user, after.user, "one person's");
    of_people(change, &[after.user.uuid()])
}

/// The same for several people, whatever changed: members who came or went together, a role that they no longer have.
pub(crate) fn of_people(change: &mut Change<'_>, users: &[Uuid]) -> Result<(), Error> {
    match Form::of(change.realm()) {
        Some(form) if !users.is_empty() => settle(change, Some(&form), users).map(drop),
        Some(_) | None => Ok(()),
    }
}

/// Somebody who has left is entitled to nothing.
pub(crate) fn end_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    table::forget(change, user)
}

/// Brings what is written of people to what follows from their memberships; nothing follows without a form. Answers how many of
/// them it changed something for.
pub(super) fn settle(change: &mut Change<'_>, form: Option<&Form>, users: &[Uuid]) -> Result<usize, Error> {
    // What is written is read first: on PostgreSQL a later statement sees at least what an earlier one saw, so a membership whose
    // values are seen here is seen below.
    let people = table::stored(change, users)?;
    let mut wanted = match form {
        Some(form) => wanted(change, form, users)?,
        None => HashMap::new(),
    };
    let mut changed = 0;
    for (user, stored) in people {
        let wanted = wanted.remove(&user).unwrap_or_default();
        if wanted == stored.values {
            continue;
        }
        for place in stored.values.keys().filter(|place| !wanted.contains_key(place)) {
            table::take(change, user, *place)?;
        }
        for (place, value) in wanted
            .iter()
            .filter(|(place, value)| stored.values.get(place) != Some(value))
        {
            table::write(change, user, *place, value)?;
        }
        let texts = |values: &BTreeMap<Place, String>| values.values().cloned().collect::<BTreeSet<String>>();
        let (before, after) = (texts(&stored.values), texts(&wanted));
        let body = json!({ "before": before, "after": after });
        change.record(Event::new(EventKind::EntitlementsChanged, user, stored.version, body))?;
        changed += 1;
    }
    Ok(changed)
}

/// What people are entitled to by their memberships.
pub(super) fn wanted(
    change: &mut Change<'_>,
    form: &Form,
    users: &[Uuid],
) -> Result<HashMap<Uuid, BTreeMap<Place, String>>, Error> {
    let counting = table::counting(change, users)?;
    let paths = paths(change, &counting)?;
    let mut wanted: HashMap<Uuid, BTreeMap<Place, String>> = HashMap::new();
    for one in counting {
        // A group that goes at the same time has no path any more.
        let Some(path) = paths.get(&one.group) else { continue };
        let values = wanted.entry(one.user).or_default();
        if one.roles.is_empty() {
            values.insert((one.membership, Uuid::nil()), form.value(path, None));
        }
        for (role, name) in &one.roles {
            values.insert((one.membership, *role), form.value(path, Some(name)));
        }
    }
    Ok(wanted)
}

/// The names from the root down to each of the groups.
fn paths(change: &mut Change<'_>, counting: &[Counting]) -> Result<HashMap<Id<Group>, Vec<String>>, Error> {
    let groups: BTreeSet<Id<Group>> = counting.iter().map(|one| one.group).collect();
    let groups: Vec<Id<Group>> = groups.into_iter().collect();
    if groups.is_empty() {
        return Ok(HashMap::new());
    }
    let above = tree::table::above(change, &groups)?;
    let all: BTreeSet<Id<Group>> = above.values().flatten().chain(&groups).copied().collect();
    let all: Vec<Id<Group>> = all.into_iter().collect();
    let names = table::names(change, &all)?;
    let path = |group: Id<Group>| {
        let above = above.get(&group).map(Vec::as_slice).unwrap_or_default();
        let down = above.iter().rev().chain(std::iter::once(&group));
        let path: Option<Vec<String>> = down.map(|id| names.get(id).cloned()).collect();
        path.map(|path| (group, path))
    };
    Ok(groups.into_iter().filter_map(path).collect())
}
