//! Letting somebody make themselves a member no more.

use super::super::table;
use super::{load_group, record};
use crate::access;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group::{Group, path};
use crate::id::Id;
use crate::membership::portfolio::{Cause, Duties, Held, rules};
use crate::notice::{Act, Actor, Notice, Person};
use crate::principal::Permission;
use crate::user::{self, User};

/// Takes it from a person, whose membership ends with it where they are one by it at this moment.
#[derive(Clone, Copy, Debug)]
pub struct RevokeEligibility {
    /// Of which group.
    pub group: Id<Group>,
    /// From whom.
    pub user: Id<User>,
}

const NOT_FOUND: Refusal = Refusal::NotFound { what: "eligibility" };

impl Command for RevokeEligibility {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let group = load_group(change, self.group)?.id;
        table::one(change, group, self.user)?.ok_or(NOT_FOUND)?;
        let person = user::table::read(change, self.user)?.ok_or(NOT_FOUND)?;
        if !access::sees_user(change, &person)? {
            return Err(NOT_FOUND.into());
        }
        let held = Held::settled(change, self.user, &[group])?.ok_or(NOT_FOUND)?;
        // While it waited somebody else may have.
        let (eligibility, _) = table::one(change, group, self.user)?.ok_or(NOT_FOUND)?;
        table::delete(change, &eligibility)?;
        record(change, EventKind::EligibilityRevoked, &eligibility)?;
        let mut after = held.portfolio.clone();
        let by_it = |index: &usize| {
            let live = &after.live[*index];
            live.status.is_held() && live.details.elevation == Some(eligibility.id.uuid())
        };
        let Some(index) = after.find(group).filter(by_it) else {
            return Ok(());
        };
        let moves = rules::leave(&mut after, index, change.now());
        held.commit(change, after, &moves, Cause::EligibilityRevoked, Duties::Scheduled)?;
        let act = Act {
            group: path::shown(change, group)?,
            member: Person::read(change, self.user)?,
            actor: Actor::of(change)?,
            below: Vec::new(),
            justification: None,
        };
        Notice::MemberRemoved(act).tell(change)
    }
}
