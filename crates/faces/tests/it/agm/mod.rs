//! Group management.

mod administration;
mod principals;
