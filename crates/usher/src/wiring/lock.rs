//! The file that names the server of a data folder. On SQLite one server at a time: its lock is taken for as long as the
//! process lives, however it ends. The command line reads from it where the links it makes have to lead.
//!
//! Whoever moves the clock works beside that server, or without one, and holds a lock too: so a server that starts knows
//! whether all who were at work before it are dead.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use super::trouble::cannot_write;

const NAME: &str = "server.lock";
const CLOCK: &str = "clock.lock";

/// What a server says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    /// Where it listens: `127.0.0.1:8080`.
    pub(crate) listen: String,
    /// The base of its links.
    pub(crate) public_url: String,
    /// Whether it keeps mails readable.
    #[serde(default)]
    pub(crate) keeps_mail: bool,
    /// Whether it speaks TLS.
    #[serde(default)]
    pub(crate) encrypted: bool,
}

/// The lock of a data folder.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the folder, or says who holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        make_folder(folder)?;
        let path = folder.join(NAME);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = file.map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => cannot_write(folder),
            _ => anyhow::Error::new(error).context(format!("cannot write to the data folder {}", folder.display())),
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => {
                let who = running(folder).map_or_else(String::new, |running| {
                    let scheme = if running.encrypted { "https" } else { "http" };
                    format!(" (process {}, {scheme}://{})", running.pid, running.listen)
                });
                bail!(
                    "another server{who} works on {}: stop it first, or give this one a folder of its own with --data; several servers share PostgreSQL, not a folder",
                    folder.display()
                );
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }

    /// Says what this server is.
    pub(crate) fn announce(&mut self, running: &Running) -> Result<()> {
        let text = serde_json::to_string(running)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        Ok(())
    }
}

/// Held for as long as somebody moves the clock of a folder, or knows that nobody does.
#[derive(Debug)]
pub(crate) struct Moving {
    _file: File,
}

impl Moving {
    /// Says that this process moves the clock. Others may say so too; a server that is taking over is waited for.
    pub(crate) fn begin(folder: &Path) -> Result<Self> {
        let file = Self::open(folder).and_then(|file| file.lock_shared().map(|()| file));
        let file = file.with_context(|| format!("cannot lock {}", folder.join(CLOCK).display()))?;
        Ok(Self { _file: file })
    }

    /// Keeps others from moving the clock; none when one does, or when that cannot be known.
    pub(crate) fn by_nobody(folder: &Path) -> Option<Self> {
        let file = Self::open(folder).ok()?;
        file.try_lock().ok()?;
        Some(Self { _file: file })
    }

    /// The file may belong to another user, so it is only read.
    fn open(folder: &Path) -> std::io::Result<File> {
        let path = folder.join(CLOCK);
        match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                OpenOptions::new().write(true).create(true).truncate(false).open(&path)
            }
            opened => opened,
        }
    }
}

/// Makes the data folder if it is missing. It holds personal data and mails with their links, so it is the owner's alone.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => cannot_write(folder),
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                anyhow!("{} lies where a file is: name a folder with --data", folder.display())
            }
            _ => anyhow::Error::new(error).context(format!("cannot make the data folder {}", folder.display())),
        })
}

/// What the folder's server said of itself, the last one if none runs now.
pub(crate) fn running(folder: &Path) -> Option<Running> {
    let mut text = String::new();
    File::open(folder.join(NAME)).ok()?.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_has_one_server_and_says_which() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        let mut lock = Lock::take(&folder).unwrap();
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others read the folder: {mode:o}");
        let running_now = Running {
            pid: 7,
            listen: "127.0.0.1:1".into(),
            public_url: "https://u".into(),
            keeps_mail: false,
            encrypted: false,
        };
        lock.announce(&running_now).unwrap();
        let error = Lock::take(&folder).unwrap_err().to_string();
        assert!(error.contains("process 7") && error.contains("--data"), "{error}");
        assert_eq!(running(&folder).unwrap().public_url, "https://u");
        drop(lock);
        Lock::take(&folder).unwrap();
    }

    #[test]
    fn a_server_knows_whether_somebody_moves_the_clock() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        drop(Moving::by_nobody(folder).unwrap());
        let one = Moving::begin(folder).unwrap();
        let two = Moving::begin(folder).unwrap();
        drop(one);
        assert!(Moving::by_nobody(folder).is_none());
        drop(two);
        assert!(Moving::by_nobody(folder).is_some());
        assert!(Moving::by_nobody(&folder.join("elsewhere")).is_none());
    }
}
