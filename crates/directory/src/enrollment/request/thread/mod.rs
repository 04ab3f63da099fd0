//! What reviewers ask about a request, and what the person answers.

pub(crate) mod table;

use super::Request;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::principal::Actor;
use crate::user;

/// One word in the thread of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: Id<Message>,
    /// Whether a reviewer wrote it, or the person who asks.
    pub by_reviewer: bool,
    /// Who: an actor as in events.
    pub author: String,
    /// What they were called, where they are no person of the realm.
    pub author_name: Option<String>,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Adds a word of whoever acts.
pub(in crate::enrollment) fn say(
    change: &mut Change<'_>,
    request: Id<Request>,
    by_reviewer: bool,
    text: &str,
) -> Result<Message, Error> {
    let author_name = match &change.principal().actor {
        Actor::Client(actor) => Some(actor.client.name.clone()),
        Actor::User(_) | Actor::Operator | Actor::System | Actor::Nobody => None,
    };
    let message = Message {
        id: change.new_id(),
        by_reviewer,
        author: change.principal().label(),
        author_name,
        text: text.to_owned(),
        at: change.now(),
    };
    table::insert(change, request, &message)?;
    Ok(message)
}

/// The person behind the label of an actor.
pub(crate) fn person(label: &str) -> Option<Id<user::User>> {
    Id::parse(label.strip_prefix("user:")?)
}
