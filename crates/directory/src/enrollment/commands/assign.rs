//! Saying who is to decide.

use super::super::request::rules::Act;
use super::super::request::{Request, table};
use super::reviewed;
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::denial::Denial;
use crate::error::Error;
use crate::event::EventKind;
use crate::id::Id;
use crate::principal::Permission;
use crate::user::User;

/// Gives a request to one of those who may decide it, or to nobody in particular.
#[derive(Clone, Debug)]
pub struct AssignRequest {
    /// Which request.
    pub id: Id<Request>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
    /// To whom.
    pub reviewer: Option<Id<User>>,
}

impl Command for AssignRequest {
    type Output = Request;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Request, Error> {
        let (request, group, _) = reviewed::group_of(change, self.id)?;
        if let Some(reviewer) = self.reviewer {
            let before = Id::new(uuid::Uuid::from_u128(reviewer.uuid().as_u128().saturating_sub(1)));
            let next = reach::admins(change, group.id, Capability::RequestsReview, Some(before), 1)?;
            if next != [reviewer] {
                return Err(Denial::UserUnknown.into());
            }
        }
        let (before, ..) = reviewed::lock(change, request.id, self.if_version, Act::Assign)?;
        let mut request = before.clone();
        request.said.assigned_to = self.reviewer.map(Id::uuid);
        if request.said.assigned_to == before.said.assigned_to {
            return Ok(before);
        }
        table::update(change, &before, &mut request)?;
        let shown = |reviewer: Option<uuid::Uuid>| reviewer.map(|id| id.to_string());
        let event = request
            .turned(EventKind::RequestAssigned, &before)
            .with("before", shown(before.said.assigned_to).into())
            .with("after", shown(request.said.assigned_to).into());
        change.record(event)?;
        Ok(request)
    }
}
