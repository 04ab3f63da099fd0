//! A way to join a group: who may see it, what it asks of people, who decides, and what it gives.

pub(crate) mod table;

/// A way to join, as the subject of its events.
#[derive(Debug)]
pub struct Configuration;
