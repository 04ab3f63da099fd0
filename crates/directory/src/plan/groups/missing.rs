//! What becomes of memberships that a source gave and no longer names.

use std::collections::HashMap;

use serde_json::{Map, json};
use uuid::Uuid;

use crate::change::Change;
use crate::error::Error;
use crate::group;
use crate::id::Id;
use crate::plan::people::SLICE;
use crate::plan::{Action, Draft, Missing, Plan, commands, table};
use crate::user;

/// A group and a person.
type Pair = (Uuid, Uuid);

/// What becomes of memberships that the source gave and no longer names: a slice of them. None when there are no more.
pub(in crate::plan) fn add_missing(
    change: &mut Change<'_>,
    plan: &Plan,
    has: i64,
    after: Pair,
) -> Result<Option<(i64, Pair)>, Error> {
    if plan.options.missing == Missing::Keep {
        return Ok(None);
    }
    let missing = table::missing_members(change, plan, after, SLICE as i64)?;
    let Some(last) = missing.last().copied() else {
        return Ok(None);
    };
    let mut drafts = Vec::with_capacity(missing.len());
    let mut one_of_several: HashMap<String, bool> = HashMap::new();
    for (group, user) in missing {
        let group = group::table::read(change, Id::new(group))?;
        let user = user::table::read(change, Id::new(user))?;
        // What is gone is ended anyway.
        let (Some(group), Some(user)) = (group, user) else {
            continue;
        };
        // Nobody knows which of them the source means.
        let key = user::rules::key(&group.display_name);
        let is_one_of_several = match one_of_several.get(&key) {
            Some(known) => *known,
            None => group::table::many_named(change, std::slice::from_ref(&key))?.len() > 1,
        };
        one_of_several.insert(key, is_one_of_several);
        if is_one_of_several {
            continue;
        }
        let name = format!("{} in {}", user.user_name(), group.display_name);
        let mut draft =
            Draft::new(Action::RemoveMember, "", &name).because("the source no longer names the membership");
        draft.subject = Some(user.id.uuid());
        draft.within = Some(group.id.uuid());
        draft.before = Some(Map::from_iter([
            ("group".to_owned(), json!(group.display_name)),
            ("user".to_owned(), json!(user.user_name())),
        ]));
        drafts.push(draft);
    }
    let has = commands::add(change, plan, has, &drafts)?;
    Ok(Some((has, last)))
}
