//! Erasing what is left of someone who has left: their data, and the bodies of their events. The log still verifies.

use super::{User, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::{self, EventKind};
use crate::id::Id;
use crate::principal::Permission;

/// Erases a person whose retention is over.
#[derive(Clone, Debug)]
pub struct EraseUser {
    /// Who.
    pub id: Id<User>,
}

impl Command for EraseUser {
    type Output = bool;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        let Some((version, erase_at)) = table::departed(change, self.id)? else {
            return Ok(false);
        };
        if erase_at > change.now() {
            return Ok(false);
        }
        table::erase(change, self.id)?;
        crate::plan::table::erase(change, self.id.uuid())?;
        crate::invitation::erase_of_user(change, self.id)?;
        crate::confirmation::erase_of_user(change, self.id)?;
        crate::enrollment::erase_of_user(change, self.id)?;
        crate::review::erase_of_user(change, self.id)?;
        crate::membership::table::blocks::erase_of_user(change, self.id)?;
        crate::notice::erase_of_user(change, self.id)?;
        crate::mail::table::erase_of_user(change, self.id)?;
        crate::sign_in_link::table::erase_of_user(change, self.id)?;
        crate::provider::table::erase(change, self.id)?;
        event::erase(change, EventKind::UserErased, self.id.uuid(), version + 1)?;
        Ok(true)
    }
}
