//! Targets against the real thing.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod smtp;
mod step_2_3_steps;
mod support;
