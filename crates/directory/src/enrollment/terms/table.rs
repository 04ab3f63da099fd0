//! All SQL that names terms and their acceptances.

/// The statements of this module: name and text.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[];
