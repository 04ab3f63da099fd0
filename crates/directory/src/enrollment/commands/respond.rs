//! Answering what a reviewer asked.

use super::super::check_policy;
use super::super::request::rules::{Act, after};
use super::super::request::{Request, table, tell, thread};
use super::super::written;
use super::{ask, submit};
use crate::access;
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::group;
use crate::id::Id;
use crate::principal::{Permission, Scope};

/// Answers what a reviewer asked. The request waits for a decision again.
#[derive(Clone, Debug)]
pub struct Respond {
    /// About which request.
    pub id: Id<Request>,
    /// The answer.
    pub text: String,
}

impl Command for Respond {
    type Output = Request;

    fn needs(&self) -> Permission {
        Permission::Person(Scope::AgmSelf)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Request, Error> {
        let before = lock_own(change, self.id)?;
        let status = after(before.status, Act::Respond)?;
        let text = written::read("comment", Some(&self.text), written::COMMENT)?;
        let text = text.ok_or(Denial::CommentRequired)?;
        ask::check_room(change, before.id)?;
        let mut request = before.clone();
        request.status = status;
        request.said.last_word = Some(change.now());
        table::update(change, &before, &mut request)?;
        let message = thread::say(change, request.id, false, &text)?;
        let event = request.turned(EventKind::RequestAnswered, &before);
        change.record(event.with("message", message.id.to_string().into()))?;
        submit::remind_later(change, &request)?;
        tell::of_answering(change, &request, &text)?;
        Ok(request)
    }
}

/// Locks a request of whoever acts.
pub(super) fn lock_own(change: &mut Change<'_>, id: Id<Request>) -> Result<Request, Error> {
    check_policy(change.principal())?;
    let person = change.principal().user().ok_or(Denial::PersonRequired)?;
    let request = table::lock(change, id)?.ok_or(Refusal::NotFound { what: "request" })?;
    if access::policy(change.principal()).is_some()
        && let Some(group) = group::table::read(change, request.group)?
    {
        access::check_group(change, &group)?;
    }
    if request.user != person {
        return Err(Denial::RequestNotYours.into());
    }
    Ok(request)
}
