//! How people join groups by themselves: the ways a group offers, what the realm allows of them, terms, and asking.
//!
//! - [`configuration`]: a way to join a group.
//! - [`rule`]: what the realm allows groups to configure.
//! - [`terms`]: versions of terms of use, and who has accepted which.
//! - [`request`]: one person's asking, from the first word to the decision.
//! - `commands`, `queries`: what administrators and people do with them, and what they see.
//! - `written`: what people write, read once.

mod commands;
pub mod configuration;
pub(crate) mod jobs;
mod queries;
pub mod request;
pub mod rule;
pub mod terms;
pub(crate) mod written;

pub(crate) use commands::end_of_group;
pub use commands::{
    AcceptRequest, AskRequester, AssignRequest, ChangeRule, Configure, ConfigureForRealm, Configured, Decided,
    RejectRequest, RemoveRule, Respond, SetRule, SubmitRequest, Submitted, TakeBack, Unconfigure, Withdraw,
};
pub use queries::{OrderOfRequests, OwnRequests, QueueAsked, RequestPage, RequestShown, RulesBroken, Way};

use db::Bound;

use crate::access;
use crate::change::Change;
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::Principal;
use crate::realm::RealmId;
use crate::user::User;
use crate::zone::Day;

/// Requests tell of groups and of people. A client's access policy that leaves groups out leaves them out too; one that narrows
/// it to certain people leaves none.
pub(crate) fn check_policy(principal: &Principal) -> Result<(), Refusal> {
    access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
    if access::policy(principal).is_some_and(|policy| policy.user_filter.is_some()) {
        return Err(Refusal::forbidden(
            "this client's access policy narrows it to certain users",
        ));
    }
    Ok(())
}

/// Puts everything aside that a person waits for who has left.
pub(crate) fn end_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    request::aside::end_of_user(change, user)
}

/// What [`end_of_user`] reads.
pub(crate) fn look_waiting(realm: RealmId, user: Id<User>) -> Bound {
    request::table::look_waiting(realm, user)
}

/// Forgets the requests and acceptances of a person who is erased.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    request::aside::erase_of_user(change, user)?;
    terms::table::erase_of_user(change, user)
}

/// The last day of so many after a first one, as the realm's people count them: a membership of one day from Monday lasts until
/// the end of Tuesday.
fn last_day(first: Day, days: u32) -> Day {
    first.plus_days(i64::from(days))
}
