//! Migrations: numbered SQL texts, applied once and never edited.

use std::collections::BTreeMap;

use aws_lc_rs::digest;

use crate::error::Error;
use crate::options::Engine;
use crate::row::Row;
use crate::{dialect, value::Value};

/// One step of the schema, one text for both engines.
///
/// Columns are TEXT, BIGINT, BOOLEAN, UUID or BYTES. TEXT is compared by its bytes on both engines.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Ascending, never used twice.
    pub number: u32,
    /// What it does, in a word or two.
    pub name: &'static str,
    /// The statements, separated by semicolons. No BEGIN, no COMMIT.
    pub sql: &'static str,
}

/// The advisory lock that keeps two processes from migrating one PostgreSQL database at once.
pub(crate) const POSTGRES_LOCK: &str = "SELECT pg_advisory_xact_lock(6296131018)";
pub(crate) const KNOWN_SQLITE: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'";
pub(crate) const KNOWN_POSTGRES: &str = "SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL";
pub(crate) const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BYTES NOT NULL)";
pub(crate) const APPLIED: &str = "SELECT number, checksum FROM schema_migrations ORDER BY number";
pub(crate) const RECORD: &str = "INSERT INTO schema_migrations (number, name, checksum) VALUES (?1, ?2, ?3)";

/// The number of no migration: a row that has it marks a database whose restore has begun and not ended. A program that knows
/// nothing of restores takes it for a newer migration, and refuses as well. The checksum of the row says which restore it is.
pub(crate) const RESTORING: u32 = u32::MAX;

/// The numbers in rows of [`APPLIED`].
pub(crate) fn numbers(rows: Vec<Row>) -> Result<Vec<u32>, Error> {
    let number = |mut row: Row| match number(&mut row)? {
        RESTORING => Err(unfinished()),
        number => Ok(number),
    };
    rows.into_iter().map(number).collect()
}

/// Those of these migrations that were applied.
pub(crate) fn applied(rows: Vec<Row>, migrations: &[Migration]) -> Result<Vec<Migration>, Error> {
    let next = next_missing(rows.clone(), migrations, None)?;
    let (numbers, most) = (numbers(rows)?, next.map_or(u32::MAX, |next| next.number));
    if let Some(number) = numbers.iter().find(|number| **number > most) {
        return Err(wrong(*number, "it was applied before one with a smaller number"));
    }
    let known = migrations.iter().filter(|migration| migration.number < most);
    Ok(known.copied().collect())
}

/// What to say of a database with the mark of a restore.
pub(crate) fn unfinished() -> Error {
    Error::Configuration {
        why: "a restore into it was not finished; run `usher restore` again, into this one or an empty one".into(),
    }
}

pub(crate) fn check_order(migrations: &[Migration]) -> Result<(), Error> {
    match migrations.windows(2).find(|pair| pair[0].number >= pair[1].number) {
        Some(pair) => Err(wrong(pair[1].number, "its number is not above the one before it")),
        None => Ok(()),
    }
}

/// The first migration that is missing, after a look at those that are there. The mark of a restore may be there if it is the
/// caller's own.
pub(crate) fn next_missing(
    applied: Vec<Row>,
    migrations: &[Migration],
    mark: Option<&[u8]>,
) -> Result<Option<Migration>, Error> {
    let mut there = BTreeMap::new();
    for mut row in applied {
        there.insert(number(&mut row)?, row.take::<Vec<u8>>(1)?);
    }
    if there.remove(&RESTORING).as_deref() != mark {
        return Err(unfinished());
    }
    let mut missing = None;
    for migration in migrations {
        match there.remove(&migration.number) {
            Some(sum) if sum == checksum(migration) => {}
            Some(_) => {
                return Err(wrong(
                    migration.number,
                    "it was applied with another text, and an applied one must not be edited",
                ));
            }
            None => missing = missing.or(Some(*migration)),
        }
    }
    match there.keys().next() {
        Some(unknown) => Err(wrong(*unknown, "it was applied by a newer version of this program")),
        None => Ok(missing),
    }
}

impl Migration {
    /// Its text for that engine.
    pub(crate) fn text(&self, engine: Engine) -> String {
        dialect::migration(self.sql, engine)
    }

    /// The values of [`RECORD`].
    pub(crate) fn record(&self) -> [Value; 3] {
        [i64::from(self.number).into(), self.name.into(), checksum(self).into()]
    }
}

fn number(row: &mut Row) -> Result<u32, Error> {
    let number: i64 = row.take(0)?;
    u32::try_from(number).map_err(|_| wrong(u32::MAX, "the database holds a number out of range"))
}

fn checksum(migration: &Migration) -> Vec<u8> {
    digest::digest(&digest::SHA256, migration.sql.as_bytes())
        .as_ref()
        .to_vec()
}

fn wrong(number: u32, why: &str) -> Error {
    Error::Migration {
        number,
        why: why.into(),
    }
}
