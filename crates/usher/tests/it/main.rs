//! The built binary, as people and programs meet it.

mod answers;
mod beside;
mod client;
mod doctor;
mod documents;
mod importing;
mod signing_in;
mod step_1_1_quickstart;
mod step_1_3_scim2;
mod step_1_4_scim2_cli;
mod step_1_6_canaille_pinned;
mod step_1_7_races;
mod step_1_8_crash;
mod step_2_3_faults;
mod step_2_5_backup;
mod step_2_6_import;
mod step_2_7_package;
mod step_2_7_tls;
mod step_2_8_mistakes;
mod step_3_1_acceptance;
mod step_3_7_night;
mod support;
mod telling;
mod watching;
