//! `usher backup`: everything in one file, while the server runs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use directory::backup::{self, Progress, Told};
use directory::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{Common, context};
use crate::output::{self, Format, Item, Output, item};
use crate::wiring::{self, Missing};

/// Write everything into one file, while the server runs
///
/// The file holds the whole installation as it was at one instant: all realms, people, groups, clients, tokens, events, and what
/// is still to be done. Every write that was answered before this command began is in it. `usher restore` brings it back, on
/// SQLite and on PostgreSQL, whichever it was taken on.
///
/// Keep it as safe as the database itself. It holds personal data, the hashes of tokens and client secrets, links in mails that
/// are still queued, and the installation's own keys. It is made for its owner alone (mode 0600) and is not encrypted.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to make
    file: PathBuf,
    /// Take the place of a file that is there
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let config = context::load(common)?;
        let file = self.file.display();
        let mut made = Made::begin(&self.file, self.force)?;
        let db = wiring::open_db(&config, common.durability(), Missing::Refuse).await?;
        let out = common.output();
        let (now, version) = (SystemClock.now(), env!("CARGO_PKG_VERSION"));
        let taken = backup::take(&db, &made.part, now, version, &progress(out)).await;
        db.close().await;
        let backup = taken.with_context(|| format!("cannot back up into {file}"))?;
        made.finish().with_context(|| format!("cannot write {file}"))?;
        out.one("file", &show(&self.file, &backup, out.format))?;
        Ok(())
    }
}

/// A file that is made under another name and gets its own when it is complete.
struct Made {
    target: PathBuf,
    part: PathBuf,
    force: bool,
    /// Locked for as long as it is written.
    file: File,
    done: bool,
}

impl Made {
    fn begin(target: &Path, force: bool) -> Result<Self> {
        let Some(name) = target.file_name() else {
            bail!("{} is no name of a file", target.display());
        };
        let mut name = name.to_owned();
        name.push(".part");
        let part = target.with_file_name(name);
        refuse_taken(target, force)?;
        let cannot = || format!("cannot write {}", target.display());
        // Only a file that is made here and now is surely nobody else's to read.
        let make = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
        let file = match make() {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                remove_left_over(&part)?;
                make()
            }
            made => made,
        };
        let file = file.with_context(cannot)?;
        file.try_lock().with_context(cannot)?;
        Ok(Self {
            target: target.to_owned(),
            part,
            force,
            file,
            done: false,
        })
    }

    /// Sees to it that all of it is on the disk, and gives it its name.
    fn finish(&mut self) -> Result<()> {
        self.file.sync_all()?;
        refuse_taken(&self.target, self.force)?;
        fs::rename(&self.part, &self.target)?;
        self.done = true;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if !self.done {
            // A file that is not complete is of no use to anybody.
            let _ = fs::remove_file(&self.part);
        }
    }
}

fn refuse_taken(target: &Path, force: bool) -> Result<()> {
    if !force && fs::symlink_metadata(target).is_ok() {
        bail!(
            "{} is there already: name another file, or add --force",
            target.display()
        );
    }
    Ok(())
}

/// Removes what an interrupted backup left, unless one is being written.
fn remove_left_over(part: &Path) -> Result<()> {
    let left = File::open(part).with_context(|| format!("cannot look at {}, which is in the way", part.display()))?;
    match left.try_lock() {
        Ok(()) => {
            fs::remove_file(part).with_context(|| format!("cannot remove {}, which is in the way", part.display()))
        }
        Err(TryLockError::WouldBlock) => bail!("another backup is being written to {}", part.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", part.display())),
    }
}

/// Shows how far it has come.
pub(super) fn progress(out: Output) -> Told {
    let shown = output::Progress::new(out);
    Arc::new(move |progress| {
        shown.tell(|| match progress {
            Progress::Copying(rows) => format!("copying {}: {} rows", rows.table, rows.rows),
            Progress::Growing(bytes) => format!("copying: {} MiB", bytes >> 20),
            Progress::Checking(rows) => format!("checking {}: {} rows", rows.table, rows.rows),
            Progress::Restoring(rows) => format!("restoring {}: {} rows", rows.table, rows.rows),
        });
    })
}

/// A backup as it is printed; JSON has its tables too.
pub(super) fn show(file: &Path, backup: &backup::Backup, format: Format) -> Item {
    let rows: u64 = backup.tables.iter().map(|(_, rows)| rows).sum();
    let mut shown = item(json!({
        "file": file.display().to_string(),
        "bytes": fs::metadata(file).map(|found| found.len()).ok(),
        "taken_at": backup.taken_at.to_string(),
        "engine": backup.engine,
        "usher": backup.usher,
        "schema": backup.schema,
        "rows": rows,
    }));
    if format == Format::Json {
        let tables = backup.tables.iter().map(|(name, rows)| (name.clone(), (*rows).into()));
        shown.insert("tables".into(), Value::Object(tables.collect()));
    }
    shown
}
