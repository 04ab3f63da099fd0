//! `usher restore`: a backup into an empty store.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use directory::backup;
use directory::{Clock, SystemClock};

use super::backup::{progress, show};
use super::{Common, context};
use crate::wiring::{self, Lock, Missing};

/// Bring a backup back, into an empty store
///
/// The store is the one of --data or database.url, SQLite or PostgreSQL, whichever the backup was taken on. It has to be empty,
/// or as a first start leaves it; no server may run on it. The file is checked before anything is written. A backup of an older
/// version is brought up to date.
///
/// A restore that was interrupted leaves a store that no server starts on: restore again.
///
/// Mails that were queued when the backup was taken are sent by the restored server, also if the other one has sent them since.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    file: PathBuf,
    /// Only read the file through: is it whole, and what is it?
    #[arg(long)]
    check: bool,
}

impl Restore {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let config = context::load(common)?;
        let (file, out) = (self.file.display(), common.output());
        let found = std::fs::metadata(&self.file).and_then(|found| std::fs::File::open(&self.file).map(|_| found));
        if !found.with_context(|| format!("cannot read {file}"))?.is_file() {
            bail!("{file} is no file");
        }
        if self.check {
            let checked = backup::check(&self.file, &progress(out)).await;
            let backup = checked.with_context(|| format!("{file} does not pass"))?;
            out.one("file", &show(&self.file, &backup, out.format))?;
            return Ok(());
        }
        let _lock = match config.database.url {
            // Held to the end, so that no server starts meanwhile.
            None => Some(Lock::take(&config.data)?),
            Some(_) => None,
        };
        let db = wiring::open_db(&config, common.durability(), Missing::Make).await?;
        let restored = backup::restore(&db, &self.file, SystemClock.now(), &progress(out)).await;
        let half = restored.is_err() && db.is_half_restored().await.unwrap_or(false);
        db.close().await;
        let backup = restored.with_context(|| {
            let state = if half {
                " (what is in the store now is incomplete: restore again)"
            } else {
                ""
            };
            format!("cannot restore {file}{state}")
        })?;
        out.one("file", &show(&self.file, &backup, out.format))?;
        out.remark("restored; `usher audit verify --all` checks the log, `usher serve` goes on from here");
        Ok(())
    }
}
