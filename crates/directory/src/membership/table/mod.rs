//! All SQL that names memberships and the nesting of groups.
//!
//! [`grant`] and [`end`] write rows of many people in one group, [`live`] those of one person, [`nesting`] those of groups; [`read`]
//! says who is in and how they stand. [`listed`] has the lists of members, [`roles`] who has which, [`blocks`] who is kept out.

pub(crate) mod blocks;
pub(crate) mod end;
pub(crate) mod grant;
pub(crate) mod listed;
pub(crate) mod live;
mod many;
pub(crate) mod mine;
pub(crate) mod nesting;
pub(crate) mod noted;
pub(crate) mod of_two;
mod present;
pub(crate) mod read;
pub(crate) mod roles;
mod sizes;
pub(in crate::membership) mod told;

pub(super) use blocks::lift_all_of_group;
pub(super) use end::{end_below, end_imported, end_of_gone_group, end_of_gone_user, end_of_group};
pub(crate) use grant::Grant;
pub(super) use grant::add;
pub(super) use many::{
    Row, add_until, blocked_among, elevated_among, ends_above, held_below, hold_people, overdue_among, rows_of,
};
pub(crate) use nesting::{GROUPS_AFTER, has_groups};
pub(super) use nesting::{add_group, child_groups, parent_groups, remove_group};
pub(super) use present::{kinds, read_kind};
pub(crate) use read::{
    DOCUMENTS_AFTER, GroupOfUser, MEMBERS_AFTER, SHOWN_MEMBERS_AFTER, STAYING_MEMBERS_AFTER, Standing, ended_by,
    group_of_user, groups_of, standing,
};
pub(super) use read::{
    groups_with_user, named_members_after, read_groups, seen_users_after, standings, users_in, users_in_after,
};
pub(crate) use sizes::in_list;

use std::collections::HashMap;

use db::Bound;
use uuid::Uuid;

use super::Membership;
use crate::error::Error;
use crate::id::Id;

/// What a membership is called in its events: id and version after the statement.
pub(crate) struct Touched {
    pub(super) id: Id<Membership>,
    pub(super) version: i64,
}

/// Rows of a member or group, the id and the version of the membership.
fn touched(rows: Vec<db::Row>, into: &mut HashMap<Uuid, Touched>) -> Result<(), Error> {
    for mut row in rows {
        let membership = Touched {
            id: row.take(1)?,
            version: row.take(2)?,
        };
        into.insert(row.take(0)?, membership);
    }
    Ok(())
}

/// Statements that go with a write; they are called for when they are of use.
pub(crate) type Ahead<'a> = dyn FnMut() -> Vec<Bound> + 'a;

fn ids(rows: Vec<db::Row>) -> Result<Vec<Uuid>, Error> {
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}
