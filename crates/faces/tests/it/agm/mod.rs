//! Group management.

mod administration;
mod people;
mod principals;
