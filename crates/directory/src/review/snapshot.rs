//! Writing down which memberships are reviewed, in slices: group by group from the top, in each by person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Review;
use super::table::{items, parts};
use crate::change::Change;
use crate::error::Error;
use crate::group;
use crate::id::Id;

/// So many memberships in each slice.
const SLICE: i64 = 500;
/// So many groups are looked at in each.
const GROUPS: usize = 100;

/// How far writing them down has come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    /// The group whose people it is at; none = that of the review.
    group: Option<Uuid>,
    /// How far below that it is.
    depth: i64,
    /// The last person of it that was written down; none = it has not begun.
    person: Option<Uuid>,
}

/// Writes down a slice, and counts it in the review; whether there is more.
pub(super) fn slice(change: &mut Change<'_>, review: &mut Review, walk: &mut Walk) -> Result<bool, Error> {
    let mut left = SLICE;
    for _ in 0..GROUPS {
        let group = walk.group.map_or(review.group, Id::new);
        // One that was moved meanwhile may be met twice.
        let is_new = walk.person.is_some() || group == review.group || parts::one(change, review.id, group)?.is_none();
        let found = if is_new {
            items::held(change, group, walk.person.unwrap_or_default(), left)?
        } else {
            Vec::new()
        };
        let count = found.len() as i64;
        if let Some(last) = found.last() {
            if walk.person.is_none() && group != review.group {
                parts::begin(change, review.id, group, review.counts.items + 1)?;
            }
            items::add(change, review.id, review.counts.items, group, &found)?;
            parts::count(change, review.id, group, (count, count))?;
            review.counts.items += count;
            review.counts.to_decide += count;
            walk.person = Some(last.user.uuid());
        }
        if count == left {
            return Ok(true);
        }
        left -= count;
        let next = if review.below {
            group::tree::table::next_below(change, review.group, walk.depth, walk.group.unwrap_or_default())?
        } else {
            None
        };
        let Some((next, depth)) = next else {
            return Ok(false);
        };
        *walk = Walk {
            group: Some(next.uuid()),
            depth,
            person: None,
        };
    }
    Ok(true)
}
