//! What people and administrators see of ways to join, rules and requests.

mod mine;
mod queue;
mod requests;
mod rules;
mod table;
mod ways;

pub use mine::OwnRequests;
pub use queue::QueueAsked;
pub use requests::{OrderOfRequests, RequestPage, RequestShown};
pub use rules::RulesBroken;
pub use ways::Way;
