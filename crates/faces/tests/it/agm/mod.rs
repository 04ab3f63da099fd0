//! Group management.

mod administration;
mod people;
mod configurations;
mod principals;
mod requests;
mod rules;
mod world;
