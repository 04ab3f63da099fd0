//! Memberships that have a time, and what a person has as a whole.

mod time;
