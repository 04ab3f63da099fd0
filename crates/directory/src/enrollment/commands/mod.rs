//! What administrators and people do with ways to join and requests.

mod accept;
mod ask;
mod assign;
mod configure;
mod reject;
mod respond;
mod reviewed;
mod rule;
mod submit;
mod take_back;
mod unconfigure;
mod withdraw;

pub use accept::{AcceptRequest, Decided};
pub use ask::AskRequester;
pub use assign::AssignRequest;
pub use configure::{Configure, ConfigureForRealm, Configured};
pub(in crate::enrollment) use configure::{described, role_names};
pub use reject::RejectRequest;
pub use respond::Respond;
pub use rule::{ChangeRule, RemoveRule, SetRule};
pub(in crate::enrollment) use submit::patience;
pub use submit::{SubmitRequest, Submitted};
pub use take_back::TakeBack;
pub use unconfigure::Unconfigure;
pub(crate) use unconfigure::end_of_group;
pub use withdraw::Withdraw;
