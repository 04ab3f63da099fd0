//! What member operations come to.

use std::collections::BTreeMap;

use db::Bound;
use serde_json::json;
use uuid::Uuid;

use super::super::MAX_MEMBER_CHANGES;
use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::group::{self, Group};
use crate::id::Id;

/// What member operations came to.
#[derive(Debug, Default)]
pub(crate) struct MemberChanges {
    /// Whether any row changed.
    pub(crate) changed: bool,
    /// How many more people are in the group.
    pub(crate) people: i64,
    /// Members that could not be taken, as they were written.
    pub(crate) left_out: Vec<String>,
    /// What became of groups that are members: facts about this group, to be recorded in its new version.
    pub(super) nested: Vec<(EventKind, Uuid)>,
    /// Whether all there is to do is one person's membership, so that the group's version can be raised in the same breath.
    pub(super) is_single: bool,
    /// How it was.
    pub(super) touch: Option<Bound>,
    /// The version to which it was raised where people were held: other groups' rows follow.
    pub(super) version: Option<i64>,
    /// How many more people are in other groups, below.
    pub(super) others: BTreeMap<Id<Group>, i64>,
    pub(super) count: usize,
}

impl MemberChanges {
    pub(super) fn spend(&mut self, changes: usize) -> Result<(), Refusal> {
        self.count += changes;
        if self.count > MAX_MEMBER_CHANGES {
            return Err(Refusal::TooLarge {
                what: "member changes",
                limit: MAX_MEMBER_CHANGES,
            });
        }
        Ok(())
    }

    /// The version to which the group was raised already, if it was.
    pub(crate) fn touched(&self, change: &mut Change<'_>) -> Result<Option<i64>, Error> {
        match (self.version, &self.touch) {
            (Some(version), _) => Ok(Some(version)),
            (None, Some(touch)) => group::table::touched_with(change, touch),
            (None, None) => Ok(None),
        }
    }

    /// Records what is a fact about the group itself, once its version is known.
    pub(crate) fn record(&self, change: &mut Change<'_>, group: Id<Group>, version: i64) -> Result<(), Error> {
        for (kind, member) in &self.nested {
            change.record(Event::new(
                *kind,
                group.uuid(),
                version,
                json!({ "member": member.to_string() }),
            ))?;
        }
        if !self.left_out.is_empty() {
            let body = json!({ "left_out": self.left_out });
            change.record(Event::new(EventKind::MembersLeftOut, group.uuid(), version, body))?;
        }
        Ok(())
    }
}
