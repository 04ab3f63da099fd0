//! Making a planned group, and finding it when its members are added.

use uuid::Uuid;

use super::GROUP_ITEM;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::group::{CreateGroup, Group};
use crate::id::Id;
use crate::plan::{Item, Plan, table};
use crate::principal::Scope;
use crate::source::{self, table::Known, table::Meant};

/// Makes a group as planned.
pub(in crate::plan) fn create(change: &mut Change<'_>, plan: &Plan, item: &Item) -> Result<Uuid, Error> {
    let command = CreateGroup {
        body: item.after.clone().unwrap_or_default().into(),
        needs: Scope::Admin,
    };
    let id = command.run(change)?.group.id.uuid();
    if let Some(record) = &item.record {
        let meant = Meant {
            subject: id,
            given: true,
            missed: false,
        };
        source::table::add(change, plan.source, Known::Group, record, meant)?;
    }
    Ok(id)
}

/// The group that a membership is in, by now.
pub(in crate::plan) fn within(change: &mut Change<'_>, plan: &Plan, item: &Item) -> Result<Id<Group>, Error> {
    if let Some(id) = item.within {
        return Ok(Id::new(id));
    }
    let position = item.after.as_ref().and_then(|after| after.get(GROUP_ITEM)?.as_i64());
    let made = match position {
        Some(position) => table::item_at(change, plan.id, position)?.and_then(|item| item.subject),
        None => None,
    };
    Ok(Id::new(
        made.ok_or_else(|| Refusal::conflict("the group could not be made"))?,
    ))
}
