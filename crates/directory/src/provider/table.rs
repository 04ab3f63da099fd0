//! All SQL that names the table of identity links.

/// The statements of this module: name and text.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[];
