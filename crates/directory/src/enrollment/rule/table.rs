//! All SQL that names the table of rules for configurations.

/// The statements of this module: name and text.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[];
