//! Giving memberships: rows that are made, or brought back.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::{Membership, Origin};
use super::sizes::SIZES;
use super::{Ahead, Touched, touched};
use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;

/// How a grant treats a membership that was ended here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// An explicit add or a POST: a new grant.
    New,
    /// A full list: repeats earlier grants, and does not revive what others than clients have ended.
    Repeat,
    /// A plan of a source: does not revive what others than sources have ended.
    Source,
}

impl Grant {
    /// Whether the grant revives a membership that was ended so.
    pub(super) fn revives(self, ended_by: Option<Origin>) -> bool {
        self == Self::New || ended_by == Some(self.repeats()) || ended_by == Some(Origin::Elevation)
    }

    /// Who may have ended what it revives.
    pub(super) fn repeats(self) -> Origin {
        match self {
            Self::New | Self::Repeat => Origin::Client,
            Self::Source => Origin::Import,
        }
    }
}

/// Adds or revives memberships; without those that are there already or may not be revived. The statement comes in a few
/// sizes, so that the engines keep them prepared.
pub(crate) fn add(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
    grant: Grant,
    mut ahead: Option<&mut Ahead<'_>>,
) -> Result<HashMap<Uuid, Touched>, Error> {
    let (source, source_id) = Origin::of(change);
    let mut added = HashMap::with_capacity(users.len());
    let mut rest = users;
    while !rest.is_empty() {
        let size = SIZES.into_iter().rev().find(|size| *size <= rest.len()).unwrap_or(1);
        let (slice, others) = rest.split_at(size);
        rest = others;
        let mut params = vec![
            change.realm_id().into(),
            group.into(),
            source.name().into(),
            source_id.into(),
            change.now().millis().into(),
            (grant == Grant::New).into(),
            grant.repeats().name().into(),
        ];
        for user in slice {
            let id: Id<Membership> = change.new_id();
            params.extend([(*user).into(), id.into()]);
        }
        let rows: Vec<String> = (0..size)
            .map(|row| format!("(?1, ?2, ?{}, ?{}, 1, 'enabled', ?3, ?4, ?5)", 2 * row + 8, 2 * row + 9))
            .collect();
        let sql = format!("{ADD} {} {OR_REVIVE}", rows.join(", "));
        let ahead = || ahead.take().map_or_else(Vec::new, |ahead| ahead());
        touched(change.write_returning_ahead(&sql, &params, ahead)?, &mut added)?;
    }
    Ok(added)
}

const ADD: &str =
    "INSERT INTO memberships (realm, group_id, user_id, id, version, status, source, source_id, granted_at) VALUES";

const OR_REVIVE: &str =
    "ON CONFLICT (realm, group_id, user_id) DO UPDATE SET version = memberships.version + 1, status = 'enabled',
      source = ?3, source_id = ?4, granted_at = ?5, ended_at = NULL, ended_by = NULL,
      valid_from = NULL, effective_at = NULL, effective_group = NULL,
      expires_at = CASE WHEN memberships.status = 'pending' THEN memberships.expires_at END,
      configuration = CASE WHEN memberships.status = 'pending' THEN memberships.configuration END,
      details = CASE WHEN memberships.status = 'pending' THEN memberships.details END
    WHERE (memberships.status = 'ended' AND (?6 OR memberships.ended_by IN (?7, 'elevation')))
       OR (?6 AND memberships.status IN ('pending', 'expired'))
    RETURNING user_id, id, version";
