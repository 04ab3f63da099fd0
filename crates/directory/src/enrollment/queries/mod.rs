//! What people and administrators see of ways to join, rules and requests.

mod mine;
mod queue;
mod requests;
mod rules;
mod ways;

pub use mine::OwnRequests;
pub use queue::{Queue, QueueAsked};
pub use requests::{OrderOfRequests, RequestPage, RequestShown};
pub use rules::RulesBroken;
pub use ways::Way;
