//! Which members a caller's access policy lets it see: others are to it as if they were not there.

use uuid::Uuid;

use crate::access;
use crate::change::Change;
use crate::client::ResourceKind;
use crate::error::Error;
use crate::external_id;
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::Principal;
use crate::user::{self, Sight, User, Visibility};

/// What a caller's policy narrows.
#[derive(Debug)]
pub(super) struct Reach {
    users: bool,
    groups: bool,
    sight: Sight,
    /// Whoever is added has to be managed by Wire's clients (A12).
    managed_only: bool,
}

impl Reach {
    pub(super) fn of(principal: &Principal) -> Self {
        let narrows = |kind| access::policy(principal).is_some_and(|policy| policy.filter(kind).is_some());
        Self {
            users: narrows(ResourceKind::User) || Sight::of(principal) == Sight::Shown,
            groups: narrows(ResourceKind::Group),
            sight: Sight::of(principal),
            managed_only: principal
                .client()
                .is_some_and(|client| client.profile.takes_managed_members_only()),
        }
    }

    pub(super) fn user(&self, change: &mut Change<'_>, id: Id<User>) -> Result<bool, Error> {
        if !self.users {
            return Ok(true);
        }
        let Some(user) = user::table::read(change, id)? else {
            return Ok(false);
        };
        access::sees_user(change, &user)
    }

    pub(super) fn sight(&self) -> Sight {
        self.sight
    }

    pub(super) fn wants_managed(&self) -> bool {
        self.managed_only
    }

    /// Whether somebody who is not a member yet may become one.
    pub(super) fn admits(&self, change: &mut Change<'_>, id: Id<User>) -> Result<bool, Error> {
        if !self.managed_only {
            return Ok(true);
        }
        let user = user::table::read(change, id)?;
        Ok(user.is_some_and(|user| external_id::is_managed_by_wire(&user.external_ids)))
    }

    pub(super) fn group(&self, change: &mut Change<'_>, id: Id<Group>) -> Result<bool, Error> {
        if !self.groups {
            return Ok(true);
        }
        let Some(group) = group::table::read(change, id)? else {
            return Ok(false);
        };
        Ok(access::group_matches(
            change.schemas(),
            change.principal(),
            change.realm(),
            &group,
        ))
    }

    /// A member of either kind; one that is neither may be removed.
    pub(super) fn member(&self, change: &mut Change<'_>, id: Uuid) -> Result<bool, Error> {
        if self.users
            && let Some(user) = user::table::read(change, Id::new(id))?
        {
            // Whoever is leaving may be taken out of a group: that is what holds should they come back.
            return match user.visibility {
                Visibility::Leaving { .. } => access::within_filter(change, &user),
                Visibility::Shown | Visibility::Expired => access::sees_user(change, &user),
            };
        }
        if self.groups
            && let Some(group) = group::table::read(change, Id::new(id))?
        {
            return Ok(access::group_matches(
                change.schemas(),
                change.principal(),
                change.realm(),
                &group,
            ));
        }
        Ok(true)
    }
}
