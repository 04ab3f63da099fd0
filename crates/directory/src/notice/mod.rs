//! Telling people what happened: who is told by which mail, what they want to be told, and what waits for their digest.

pub(crate) mod jobs;
pub(crate) mod table;
