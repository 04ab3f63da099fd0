//! Several people in one transaction.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::table::{self, live};
use super::{Cause, Duties, Held, Move, Portfolio};
use crate::change::Change;
use crate::error::Error;
use crate::group;
use crate::id::Id;

/// Holds these people, then all their groups, each in the order of their ids; does something to what each has, and stores what
/// differs. Who has left is passed over.
pub(crate) fn each_of(
    change: &mut Change<'_>,
    people: &[Uuid],
    cause: Cause,
    mut act: impl FnMut(&Held, &mut Portfolio) -> Vec<Move>,
) -> Result<(), Error> {
    let mut people = people.to_vec();
    people.sort_unstable();
    people.dedup();
    table::hold_people(change, &people)?;
    for group in live::groups_of(change, &people)? {
        group::table::hold_together(change, group)?;
    }
    let mut counts = BTreeMap::new();
    for person in people {
        let Some(held) = Held::of(change, Id::new(person), &[])? else {
            continue;
        };
        let mut after = held.portfolio.clone();
        let moves = act(&held, &mut after);
        held.store(change, after, &moves, cause, Duties::Scheduled, &mut counts)?;
    }
    for (group, more) in counts {
        group::table::touch_later(change, group, more)?;
    }
    Ok(())
}
