//! The faces over HTTP: requests through the router, on both engines.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

mod agm;
mod api;
mod oauth;
mod pages;
mod property;
mod scim;
mod step_1_5_authentik;
mod step_1_5_entra;
mod step_1_5_hscim;
mod step_1_5_okta;
mod step_1_5_sailpoint;
mod step_1_6_canaille;
mod step_1_6_wire;
mod step_1_9_walk;
mod step_2_3_clock;
mod step_3_2_defects;
mod step_3_3_rows;
mod step_3_5_requests;
mod step_4_5_pages;
mod store;
