//! All SQL that names choices of notices and what waits for a digest.

/// The statements of this module: name and text.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[];
