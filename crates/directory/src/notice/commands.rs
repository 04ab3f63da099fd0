//! Choosing how to be told.

use serde_json::json;

use super::{NoticeChoices, table};
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::principal::{Permission, Scope};
use crate::user;

/// Says how the person who acts wants to be told of what happens in groups, in the place of what they said before.
#[derive(Clone, Debug)]
pub struct SetNoticeChoices {
    /// What is chosen.
    pub choices: NoticeChoices,
}

impl Command for SetNoticeChoices {
    type Output = NoticeChoices;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<NoticeChoices, Error> {
        let user = change.principal().user().ok_or(Denial::PersonRequired)?;
        access::check_operation(change.principal(), ResourceKind::User, Operation::Update)?;
        let user = user::table::read(change, user)?.ok_or(Refusal::NotFound { what: "user" })?;
        access::check_user(change, &user)?;
        let before = table::choices(change, user.id)?;
        if before == self.choices {
            return Ok(before);
        }
        table::choose(change, user.id, &self.choices)?;
        let body = json!({ "before": before, "after": self.choices });
        change.record(Event::new(
            EventKind::NoticeChoicesChanged,
            user.id.uuid(),
            user.version,
            body,
        ))?;
        Ok(self.choices.clone())
    }
}
