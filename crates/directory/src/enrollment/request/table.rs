//! All SQL that names enrollment requests, their messages and their queues.

/// The statements of this module: name and text.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[];
