//! The directory on both engines: commands with the state, events and deliveries they leave; queries; what happens when
//! several come at once.

mod clock;
mod deliveries;
mod filters;
mod groups;
mod idempotency;
mod invitations;
mod jobs;
mod limits;
mod log;
mod paging;
mod policies;
mod profiles;
mod realms;
mod statements;
mod step_1_7_acceptances;
mod step_1_7_races;
mod support;
mod users;
