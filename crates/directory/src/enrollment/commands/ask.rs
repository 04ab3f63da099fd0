//! Asking back.

use super::super::request::rules::Act;
use super::super::request::{Request, table, tell, thread};
use super::super::written;
use super::{reviewed, submit};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::id::Id;
use crate::principal::Permission;

/// The most words in the thread of a request.
pub(super) const MOST_MESSAGES: i64 = 200;

/// Asks the person something before deciding. The request waits for their answer.
#[derive(Clone, Debug)]
pub struct AskRequester {
    /// About which request.
    pub id: Id<Request>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
    /// What is asked.
    pub text: String,
}

impl Command for AskRequester {
    type Output = Request;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Request, Error> {
        let (request, ..) = reviewed::group_of(change, self.id)?;
        let (before, status, _) = reviewed::lock(change, request.id, self.if_version, Act::Ask)?;
        let text = written::read("comment", Some(&self.text), written::COMMENT)?;
        let text = text.ok_or(Denial::CommentRequired)?;
        check_room(change, before.id)?;
        let mut request = before.clone();
        request.status = status;
        request.said.last_word = Some(change.now());
        // Whoever said yes before did not know the answer.
        request.said.first_approval = None;
        table::update(change, &before, &mut request)?;
        let message = thread::say(change, request.id, true, &text)?;
        let event = request.turned(EventKind::RequestAsked, &before);
        change.record(event.with("message", message.id.to_string().into()))?;
        submit::remind_later(change, &request)?;
        tell::of_asking(change, &request, &text)?;
        Ok(request)
    }
}

/// A thread does not grow for ever.
pub(super) fn check_room(change: &mut Change<'_>, id: Id<Request>) -> Result<(), Error> {
    if thread::table::count(change, id)? >= MOST_MESSAGES {
        return Err(Refusal::LimitReached {
            what: "messages of one request",
            limit: MOST_MESSAGES as usize,
        }
        .into());
    }
    Ok(())
}
