//! The directory on both engines: commands with the state, events and deliveries they leave; queries; what happens when
//! several come at once.

mod admission;
mod backups;
mod clock;
mod delegations;
mod delegations_limits;
mod deliveries;
mod enrollment;
mod explaining;
mod filters;
mod groups;
mod idempotency;
mod invitations;
mod jobs;
mod leaving;
mod limits;
mod log;
mod managed_groups;
mod memberships;
mod notices;
mod offers;
mod paging;
mod plans;
mod policies;
mod profiles;
mod provider;
mod provider_keys;
mod realms;
mod statements;
mod step_1_7_acceptances;
mod step_1_7_races;
mod step_2_3_clock;
mod support;
mod token_expiry;
mod tree;
mod users;
