//! A copy of the store that nobody else sees, with a clock of its own.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use db::{Db, Durability, Location, Options};

use crate::backup::TRAVELS;
use crate::clock::{Clock, Timestamp};
use crate::directory::Opening;
use crate::error::{Error, Refusal};
use crate::migrations::MIGRATIONS;
use crate::{Directory, job};

/// What has happened, and what was on its way to others, is of no consequence for what will.
const PAST: [&str; 4] = ["events", "event_heads", "deliveries", "idempotency_keys"];

/// A copy. Its file is gone when it is dropped.
pub(super) struct Copy {
    pub(super) directory: Directory,
    clock: Arc<Moved>,
    _hidden: Hidden,
}

impl Copy {
    /// Copies the store of a directory, as it is at one instant, into a file of its own in that folder.
    pub(super) async fn of(directory: &Directory, folder: &Path) -> Result<Self, Error> {
        let now = directory.now().await?;
        let hidden = Hidden::make(folder, directory)?;
        let file = hidden.file();
        let mut tables = TRAVELS.to_vec();
        tables.retain(|table| !PAST.contains(table));
        let archive = directory.db().archive(&file, &tables, MIGRATIONS, &mut |_| {}).await?;
        drop(archive);
        // Whether it outlives a loss of power is of no account.
        let options = Options {
            durability: Durability::Unsafe,
            ..Options::default()
        };
        let db = Db::open(&Location::Sqlite(file), &options).await?;
        let clock = Arc::new(Moved(AtomicI64::new(now.millis())));
        let mut settings = directory.settings().clone();
        // What is due at one instant is done in one order, so that two who look see the same.
        settings.work.jobs_at_once = 1;
        let opening = Opening {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings,
            ..Opening::default()
        };
        let copied = Directory::open(db, opening).await?;
        // A clock that stands in the store stands in the copy too; this one goes on.
        copied.follow_standing_clock(false);
        // Whoever is at a job there is not at it here.
        let free = copied.db().write(move |tx| job::free(tx, now));
        free.await?;
        Ok(Self {
            directory: copied,
            clock,
            _hidden: hidden,
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn go_on_to(&self, instant: Timestamp) {
        self.clock.0.store(instant.millis(), Ordering::Relaxed);
    }
}

/// The clock of a copy.
#[derive(Debug)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// What names of folders with a copy begin with.
const PREFIX: &str = ".usher-preview-";

/// A folder of its own for the file and what the engine keeps beside it: as secret as the store, so only its owner may look into
/// it, and gone with this. It is locked for as long as this lives, so that whoever comes next knows what a process has left
/// that was killed.
struct Hidden {
    folder: PathBuf,
    _locked: File,
}

impl Hidden {
    /// Makes one in that folder, and takes away what was left there.
    fn make(within: &Path, directory: &Directory) -> Result<Self, Error> {
        Self::named(within, &directory.bookkeeping_id().to_string()).map_err(|error| {
            let why = format!("a copy of the database cannot be made in {}: {error}", within.display());
            Refusal::conflict(why).into()
        })
    }

    fn named(within: &Path, name: &str) -> io::Result<Self> {
        let folder = within.join(format!("{PREFIX}{name}"));
        loop {
            DirBuilder::new().mode(0o700).create(&folder)?;
            // Somebody who clears may come between, and take it for one that was left.
            let opened = File::open(&folder).and_then(|opened| {
                opened.lock()?;
                Ok(opened)
            });
            let locked = match opened {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let _ = fs::remove_dir(&folder);
                    return Err(error);
                }
                Ok(locked) => locked,
            };
            let is = locked.metadata()?;
            if fs::symlink_metadata(&folder).is_ok_and(|found| found.ino() == is.ino()) {
                let hidden = Self {
                    folder,
                    _locked: locked,
                };
                let file = hidden.file();
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
                clear_of(within, is.uid());
                return Ok(hidden);
            }
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("copy.db")
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // What cannot be removed now is removed by whoever comes next.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Takes away the copies that killed processes of ours have left in a folder.
pub fn clear(folder: &Path) {
    if let Ok(ourselves) = fs::metadata("/proc/self") {
        clear_of(folder, ourselves.uid());
    }
}

/// The same of one owner; other folders of that name in a place for everybody are none of ours.
fn clear_of(folder: &Path, owner: u32) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_copy = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_ours = is_copy
            && entry
                .metadata()
                .is_ok_and(|found| found.is_dir() && found.uid() == owner);
        if is_ours
            && let Ok(left) = File::open(entry.path())
            && left.try_lock().is_ok()
        {
            // If not now, the next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_its_owners_alone_and_goes_with_who_made_it_or_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let entries = fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let one = Hidden::named(folder.path(), "1").unwrap();
        assert_eq!(fs::metadata(&one.folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(one.file()).unwrap().mode() & 0o777, 0o600);

        // Of a process that was killed nothing is left but this.
        let killed = folder.path().join(".usher-preview-0");
        fs::create_dir(&killed).unwrap();
        fs::write(killed.join("copy.db"), "secret").unwrap();
        fs::write(folder.path().join("usher.db"), "the store").unwrap();
        let two = Hidden::named(folder.path(), "2").unwrap();
        assert_eq!(names(), [".usher-preview-1", ".usher-preview-2", "usher.db"]);
        drop(one);
        assert_eq!(names(), [".usher-preview-2", "usher.db"]);

        fs::create_dir(&killed).unwrap();
        clear(folder.path());
        assert_eq!(names(), [".usher-preview-2", "usher.db"]);
        drop(two);
        assert_eq!(names(), ["usher.db"]);
        assert!(Hidden::named(&folder.path().join("nowhere"), "3").is_err());
    }
}
