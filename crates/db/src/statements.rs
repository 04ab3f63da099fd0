//! Statements with names, listed so that a test can prepare every one of them.

/// Names the statements of a module, and lists them.
///
/// ```
/// db::statements! {
///     /// One group.
///     BY_ID = "SELECT id, display_name FROM groups WHERE realm = ?1 AND id = ?2";
///     RENAME = "UPDATE groups SET display_name = ?3 WHERE realm = ?1 AND id = ?2";
/// }
/// assert_eq!(STATEMENTS, [("BY_ID", BY_ID), ("RENAME", RENAME)]);
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$meta])* pub(crate) const $name: &str = $sql;)+

        /// The statements of this module: name and text.
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}
