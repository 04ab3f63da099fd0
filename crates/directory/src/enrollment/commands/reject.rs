//! Refusing a request.

use super::super::request::rules::Act;
use super::super::request::{Request, aside, table, tell};
use super::super::written;
use super::{reviewed, submit};
use crate::change::{Change, Command};
use crate::error::Error;
use crate::event::EventKind;
use crate::id::Id;
use crate::principal::Permission;

/// Does not let the person in.
#[derive(Clone, Debug)]
pub struct RejectRequest {
    /// Which request.
    pub id: Id<Request>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
    /// Why, in the reviewer's words.
    pub justification: Option<String>,
}

impl Command for RejectRequest {
    type Output = Request;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Request, Error> {
        let (request, ..) = reviewed::group_of(change, self.id)?;
        let (before, status, _) = reviewed::lock(change, request.id, self.if_version, Act::Reject)?;
        let justification = written::read("adminJustification", self.justification.as_deref(), written::COMMENT)?;
        let mut request = before.clone();
        request.status = status;
        request.decided_at = Some(change.now());
        request.said.reviewer = Some(change.principal().label());
        request.said.justification = justification;
        table::update(change, &before, &mut request)?;
        change.record(request.turned(EventKind::RequestRejected, &before))?;
        aside::over(change, &request)?;
        submit::purge_later(change)?;
        tell::of_deciding(change, &request, None)?;
        Ok(request)
    }
}
