//! Which members a caller's access policy lets it see: others are to it as if they were not there.

use uuid::Uuid;

use crate::access;
use crate::change::Change;
use crate::client::ResourceKind;
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::principal::Principal;
use crate::user::{self, User};

/// What a caller's policy narrows.
#[derive(Debug)]
pub(super) struct Reach {
    users: bool,
    groups: bool,
}

impl Reach {
    pub(super) fn of(principal: &Principal) -> Self {
        let narrows = |kind| access::policy(principal).is_some_and(|policy| policy.filter(kind).is_some());
        Self {
            users: narrows(ResourceKind::User) || access::hides_the_expired(principal),
            groups: narrows(ResourceKind::Group),
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

    pub(super) fn group(&self, change: &mut Change<'_>, id: Id<Group>) -> Result<bool, Error> {
        if !self.groups {
            return Ok(true);
        }
        let Some(group) = group::table::read(change, id)? else {
            return Ok(false);
        };
        Ok(access::group_matches(change.schemas(), change.principal(), &group))
    }

    /// A member of either kind; one that is neither may be removed.
    pub(super) fn member(&self, change: &mut Change<'_>, id: Uuid) -> Result<bool, Error> {
        if self.users
            && let Some(user) = user::table::read(change, Id::new(id))?
        {
            return access::sees_user(change, &user);
        }
        if self.groups
            && let Some(group) = group::table::read(change, Id::new(id))?
        {
            return Ok(access::group_matches(change.schemas(), change.principal(), &group));
        }
        Ok(true)
    }
}
