//! Members by the beginning of a name: where there are few, each is looked at; else they are found by the indexes of people.
//!
//! The indexes of people know accents, so in a large group `jose` finds José by his family name, userName or address alone.

use std::collections::HashSet;

use super::super::table::listed::{self as table, Line};
use super::super::table::roles::{self, Where};
use super::super::{Membership, Status, listed as keys};
use super::members::List;
use crate::error::Error;
use crate::id::Id;
use crate::user;
use crate::user::beginning::{self, Beginning};
use crate::user::rules::MISSING;

/// So many are looked at one by one.
const FEW: usize = 500;
/// So many are found by the beginning of a family name.
const BEGIN: usize = 500;

/// The members whom that means, and whether these are all.
pub(super) async fn lines(list: &List<'_>, meant: &Beginning, all_below: bool) -> Result<(Vec<Line>, bool), Error> {
    let places = if all_below {
        &[Where::Here, Where::Below][..]
    } else {
        &[Where::Here]
    };
    let (mut lines, whole) = match few(list, places).await? {
        Some(few) => (few, true),
        None => by_index(list, meant, places).await?,
    };
    lines.retain(|line| meant.means(&keys::called(&line.key)));
    Ok((lines, whole))
}

/// All members, where these are few.
async fn few(list: &List<'_>, places: &[Where]) -> Result<Option<Vec<Line>>, Error> {
    let (db, realm, group) = (list.directory.db(), list.principal.realm, list.asked.group);
    // The number is known of a group without looking at its members.
    if table::count(db, realm, group, Status::Enabled).await? > FEW {
        return Ok(None);
    }
    let mut all = Vec::new();
    for status in list.statuses() {
        for place in places {
            let left = FEW + 1 - all.len();
            all.append(&mut table::all(db, realm, group, *place, *status, left).await?);
            if all.len() > FEW {
                return Ok(None);
            }
        }
    }
    Ok(Some(all))
}

/// Those who may be meant.
async fn by_index(list: &List<'_>, meant: &Beginning, places: &[Where]) -> Result<(Vec<Line>, bool), Error> {
    let (db, realm, group) = (list.directory.db(), list.principal.realm, list.asked.group);
    let candidates = user::search::candidates(db, realm, meant).await?;
    let (mut lines, mut whole) = (Vec::new(), candidates.whole);
    for place in places {
        let meant = (group, list.statuses());
        lines.append(&mut table::of_these(db, realm, meant, *place, &candidates.people).await?);
    }
    for status in list.statuses() {
        for begins in meant.looked_up() {
            let from = beginning::folded(&begins);
            let to = format!("{from}{MISSING}");
            let mut named = table::named(db, realm, (group, *status), (&from, &to), BEGIN + 1).await?;
            whole &= named.len() <= BEGIN;
            lines.append(&mut named);
        }
    }
    let mut seen: HashSet<Id<Membership>> = HashSet::new();
    lines.retain(|line| seen.insert(line.id));
    Ok((lines, whole))
}

/// Leaves those who have a role whose name contains that.
pub(super) async fn keep_holders(list: &List<'_>, lines: &mut Vec<Line>, role: &str) -> Result<(), Error> {
    let part = beginning::folded(role);
    let ids: Vec<Id<Membership>> = lines.iter().map(|line| line.id).collect();
    let held = roles::of_many(list.directory.db(), list.principal.realm, None, &ids).await?;
    let holders: HashSet<Id<Membership>> = held
        .into_iter()
        .filter(|(_, name)| beginning::folded(name).contains(&part))
        .map(|(id, _)| id)
        .collect();
    lines.retain(|line| holders.contains(&line.id));
    Ok(())
}
