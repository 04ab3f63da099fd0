//! What to do about a database that cannot be used: the operator's words for what the engines say.

use std::path::Path;

use anyhow::anyhow;
use db::Error;

use super::user;
use crate::config::Config;

/// The error with what to do about it.
pub(crate) fn explain(config: &Config, error: impl Into<directory::Error>) -> anyhow::Error {
    let error = match error.into() {
        directory::Error::Db(error) => error,
        other => return other.into(),
    };
    if config.database.url.is_some() {
        return match error {
            // The engine's own words say which server it was and what to do.
            Error::Unavailable { source } => anyhow!("database.url: {source}"),
            Error::Configuration { why } => anyhow!("database.url: {why}"),
            Error::ReadOnly { .. } => anyhow!(
                "database.url: this PostgreSQL takes no writes; name the primary, or the role may have default_transaction_read_only"
            ),
            other => other.into(),
        };
    }
    let folder = &config.data;
    match &error {
        Error::Full { .. } => anyhow!(
            "the disk of {} is full: make room, then run this again; nothing was changed",
            folder.display()
        ),
        Error::ReadOnly { .. } => cannot_write(folder),
        Error::Unavailable { source } => {
            let said = source.to_string();
            if said.contains("file is not a database") {
                anyhow!(
                    "{} is no database of Usher: name another folder with --data, or bring a backup back with `usher restore`",
                    folder.join("usher.db").display()
                )
            } else if is_denied(folder) {
                cannot_write(folder)
            } else {
                error.into()
            }
        }
        _ => error.into(),
    }
}

/// What to do about a data folder that may not be used.
pub(super) fn cannot_write(folder: &Path) -> anyhow::Error {
    anyhow!(
        "cannot write to the data folder: {}",
        user::advice(&folder.join("usher.db"))
    )
}

/// Whether this process may not write there.
fn is_denied(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    folder
        .ancestors()
        .find(|path| path.as_os_str().is_empty() || path.exists())
        .is_some_and(|path| {
            let path = if path.as_os_str().is_empty() {
                Path::new(".")
            } else {
                path
            };
            access(path, Access::WRITE_OK | Access::EXEC_OK).is_err()
        })
}
