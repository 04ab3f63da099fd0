//! All SQL that names what is counted and looked for over many groups.

/// The statements of this module: name and text.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[];
