//! What jobs do about entitlements.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Form, follow, table};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::job::{self, Job, Next};
use crate::realm;

/// So many people in each slice. A group without any counts as one of them.
const SLICE: usize = 200;

/// How far the work has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// How far below the top the group is, and which; the top itself is none below.
    depth: i64,
    group: Uuid,
    /// The last person who was looked at, in that group or in the realm.
    user: Uuid,
    /// For how many people something changed.
    changed: usize,
}

/// A slice of the people in a group and all below it, or of the realm. What is right stays as it is, so it may begin anew at any
/// time.
pub(crate) fn recalculate_entitlements(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    // What this node remembers of the realm may be older than what made the job.
    let form = Form::of(&realm::table::read_own(change)?);
    let cursor: Cursor = serde_json::from_value(job.payload.clone()).unwrap_or_default();
    let of_realm = job.subject.is_nil();
    let (mut users, next) = if of_realm {
        in_realm(change, cursor)?
    } else {
        in_tree(change, job.subject, cursor)?
    };
    users.sort_unstable();
    users.dedup();
    let mut changed = cursor.changed;
    if !users.is_empty() {
        table::hold(change, &users)?;
        changed += follow::settle(change, form.as_ref(), &users)?;
    }
    if let Some(next) = next {
        let next = json!(Cursor { changed, ..next });
        job::remember(change, job, &next)?;
        return Ok(Next::Again(change.now()));
    }
    if of_realm {
        let realm = change.realm();
        let body = json!({ "what": "entitlements", "changed": changed });
        let subject = realm::subject(realm.id.number());
        change.record(Event::new(
            EventKind::RecalculationFinished,
            subject,
            realm.version,
            body,
        ))?;
    }
    Ok(Next::Done)
}

fn in_realm(change: &mut Change<'_>, cursor: Cursor) -> Result<(Vec<Uuid>, Option<Cursor>), Error> {
    let users = table::people_after(change, cursor.user, SLICE)?;
    let next = users
        .last()
        .filter(|_| users.len() == SLICE)
        .map(|last| Cursor { user: *last, ..cursor });
    Ok((users, next))
}

fn in_tree(change: &mut Change<'_>, top: Uuid, mut cursor: Cursor) -> Result<(Vec<Uuid>, Option<Cursor>), Error> {
    let (mut users, mut left) = (Vec::new(), SLICE);
    loop {
        let group = if cursor.depth == 0 { top } else { cursor.group };
        let some = table::in_group_after(change, group, cursor.user, left)?;
        let is_full = some.len() == left;
        left = left.saturating_sub(some.len().max(1));
        if is_full || left == 0 {
            cursor.user = some.last().copied().unwrap_or(cursor.user);
            users.extend(some);
            return Ok((users, Some(cursor)));
        }
        users.extend(some);
        match table::below_after(change, top, (cursor.depth, cursor.group))? {
            Some((depth, group)) => {
                cursor = Cursor {
                    depth,
                    group,
                    user: Uuid::nil(),
                    ..cursor
                };
            }
            None => return Ok((users, None)),
        }
    }
}
