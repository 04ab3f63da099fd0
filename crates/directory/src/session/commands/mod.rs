//! How sessions begin and end.

mod end;
mod end_at_provider;
mod sign_out;
mod start;

pub use end::{EndSessions, Which};
pub(crate) use end::{end_of_unlinked, end_of_user};
pub(crate) use end_at_provider::EndAtProvider;
pub use sign_out::{SignOut, SignedOut};
pub(crate) use start::StartSession;
pub use start::StartedSession;

use serde_json::json;

use super::{Over, Session};
use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::user::User;

/// Records that a session of somebody with that version is over.
fn record_end(change: &mut Change<'_>, user: (Id<User>, i64), session: Id<Session>, why: Over) -> Result<(), Error> {
    let body = json!({ "session": session.to_string(), "why": why.name() });
    let (user, version) = user;
    change.record(Event::new(EventKind::SessionEnded, user.uuid(), version, body))?;
    Ok(())
}
