//! Backups: everything an installation holds, as it was at one instant, in one file.
//!
//! The file is an SQLite database with the same migrations, whatever engine it was taken on, so a backup is also the way from
//! one engine to the other. It says what it is and what each table must hold (`header`), so a file that was cut or changed is
//! found before anything is written.
//!
//! - [`take`] makes one while others write, [`check`] reads one through, [`restore`] brings it into an empty store.
//! - `tables` says of each table whether it belongs to a backup.
//! - `table` holds what is asked of a store before it is written over.
//!
//! What the file holds is as secret as the store: people, hashes of secrets, links in queued mails, the installation's own keys.

mod header;
pub(crate) mod table;
mod tables;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use db::{Archive, Copied, Db, Engine, Table};
use futures_util::future::{Either, select};
use tokio::task::spawn_blocking;

use crate::bookkeeping;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::migrations::MIGRATIONS;

pub use self::header::Backup;
pub use self::tables::{STAYS, TRAVELS};

/// How often a copy that counts no rows says how long its file is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Rows go into the file.
    Copying(Copied<'a>),
    /// The file grows; its bytes.
    Growing(u64),
    /// Rows are compared with what the file must hold.
    Checking(Copied<'a>),
    /// Rows go into the store.
    Restoring(Copied<'a>),
}

/// Hears how far it has come.
pub type Told = Arc<dyn Fn(Progress<'_>) + Send + Sync>;

/// Takes a backup into a file that is there and empty. Everything answered before this began is in it. The file is complete
/// when this answers, and of no use before; that it is on the disk is the caller's to see to.
///
/// # Errors
/// There is nothing to back up, the store's schema is newer than this program or half restored, or the store or the disk failed.
pub async fn take(db: &Db, file: &Path, now: Timestamp, usher: &str, told: &Told) -> Result<Backup, Error> {
    if db.applied().await?.is_empty() {
        return Err(Refusal::conflict("the database is empty: there is nothing to back up").into());
    }
    let archive = copy(db, file, told).await?;
    let about = header::About {
        usher: usher.to_owned(),
        engine: db.engine(),
        taken_at: now,
    };
    let told = Arc::clone(told);
    apart(move || header::seal(&archive, about, &*told)).await
}

/// Copies the rows. SQLite copies its file as a whole and counts no rows, so the file is looked at meanwhile.
async fn copy(db: &Db, file: &Path, told: &Told) -> Result<Archive, Error> {
    let mut each = |copied: Copied<'_>| told(Progress::Copying(copied));
    let copying = db.archive(file, TRAVELS, MIGRATIONS, &mut each);
    if db.engine() == Engine::Postgres {
        return Ok(copying.await?);
    }
    let mut copying = Box::pin(copying);
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        let tick = Box::pin(ticks.tick());
        match select(copying, tick).await {
            Either::Left((archive, _)) => return Ok(archive?),
            Either::Right((_, still)) => copying = still,
        }
        if let Ok(found) = std::fs::metadata(file) {
            told(Progress::Growing(found.len()));
        }
    }
}

/// Reads a backup through: every row of it is what it was when it was taken.
///
/// # Errors
/// The file is no backup, is damaged, or was made by a newer version.
pub async fn check(file: &Path, told: &Told) -> Result<Backup, Error> {
    let (_, backup, _) = open(file, told).await?;
    Ok(backup)
}

async fn open(file: &Path, told: &Told) -> Result<(Archive, Backup, Vec<Table>), Error> {
    let (file, told) = (file.to_owned(), Arc::clone(told));
    apart(move || {
        let archive = Archive::open(&file).map_err(|error| header::unreadable(&error))?;
        let (backup, tables) = header::verify(&archive, &*told)?;
        Ok((archive, backup, tables))
    })
    .await
}

/// Brings a backup into a store that is empty, or holds nothing but the realm `default` as a first start makes it, or what an
/// earlier restore left half done. Until it has ended nobody can open the store.
///
/// # Errors
/// The store is in use or not empty; what [`check`] says; or the store failed. After a failure in the middle the store takes
/// nothing but another restore.
pub async fn restore(db: &Db, file: &Path, now: Timestamp, told: &Told) -> Result<Backup, Error> {
    if !db.is_half_restored().await? {
        is_free(db, now).await?;
    }
    let (archive, backup, tables) = open(file, told).await?;
    let schema = MIGRATIONS.iter().take_while(|step| step.number <= backup.schema);
    let schema: Vec<_> = schema.copied().collect();
    let all = [TRAVELS, STAYS].concat();
    let restoring = db.restore(&all, &schema).await?;
    let mut each = |copied: Copied<'_>| told(Progress::Restoring(copied));
    let counts = restoring.copy(archive, &tables, &mut each).await?;
    if !backup.tables.iter().map(|(_, rows)| *rows).eq(counts) {
        return Err(
            Refusal::conflict("the file changed while it was read; the store is incomplete: restore again").into(),
        );
    }
    restoring.finish(&tables).await?;
    // What is older than this program is brought up to date as at any start.
    db.migrate(MIGRATIONS).await?;
    Ok(backup)
}

/// Whether a store may be written over: nothing happened in it.
async fn is_free(db: &Db, now: Timestamp) -> Result<(), Error> {
    let applied = db.applied().await?;
    let newest = MIGRATIONS.last().map_or(0, |step| step.number);
    let why = match applied.last() {
        None => return Ok(()),
        Some(schema) if *schema > newest => "the database is of a newer version of Usher",
        Some(_) if bookkeeping::nodes(db, now).await? > 0 => "a server works on it: stop it first",
        Some(_) if table::is_pristine(db).await? => return Ok(()),
        Some(_) => {
            "it is not empty, and a restore takes the place of everything: restore into another folder (--data) or a new database (database.url)"
        }
    };
    Err(Refusal::conflict(why).into())
}

/// Runs what waits for a file where waiting harms nobody.
async fn apart<T: Send + 'static>(run: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let done = spawn_blocking(run).await;
    done.unwrap_or(Err(Error::Fault {
        what: "reading the backup ended by a panic",
    }))
}
