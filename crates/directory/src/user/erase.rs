//! Erasing what is left of someone who has left: their data, and the bodies of their events. The log still verifies.

use serde_json::json;

use super::{User, table};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::{self, Event, EventKind};
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
        let realm = change.realm_id();
        change.execute(event::table::ERASE, &[realm.into(), self.id.into()])?;
        crate::invitation::erase_of_user(change, self.id)?;
        change.record(Event::new(
            EventKind::UserErased,
            self.id.uuid(),
            version + 1,
            json!({}),
        ))?;
        Ok(true)
    }
}
