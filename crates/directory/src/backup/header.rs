//! What a backup says of itself: when, by what, and what each of its tables must hold. Two tables of its own, in the file only.

use std::error::Error as _;

use db::{Archive, Engine, Table};

use super::{Progress, TRAVELS};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::migrations::MIGRATIONS;

/// How the file is laid out. A program refuses a number above its own.
const FORMAT: i64 = 1;

// These run on the file alone, so they are none of the store's statements.
const CREATE: [&str; 4] = [
    // A store that was made by copying a backup has them already.
    "DROP TABLE IF EXISTS backup",
    "DROP TABLE IF EXISTS backup_tables",
    "CREATE TABLE backup (format BIGINT NOT NULL, usher TEXT NOT NULL, schema BIGINT NOT NULL, engine TEXT NOT NULL, taken_at BIGINT NOT NULL)",
    "CREATE TABLE backup_tables (place BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, n BIGINT NOT NULL, digest BLOB NOT NULL)",
];
const DESCRIBE: &str = "INSERT INTO backup (format, usher, schema, engine, taken_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const ADD: &str = "INSERT INTO backup_tables (place, name, n, digest) VALUES (?1, ?2, ?3, ?4)";
const IS_BACKUP: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'backup'";
const READ: &str = "SELECT format, usher, schema, engine, taken_at FROM backup";
const TABLES: &str = "SELECT name, n, digest FROM backup_tables ORDER BY place";

/// What a backup is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The version of Usher that made it.
    pub usher: String,
    /// The last migration of its schema.
    pub schema: u32,
    /// The engine it was taken on: `sqlite`, `postgres`.
    pub engine: String,
    /// When it was begun, by the machine's clock.
    pub taken_at: Timestamp,
    /// Its tables, each with the number of its rows.
    pub tables: Vec<(String, u64)>,
}

/// What the maker of a backup says of it.
pub(super) struct About {
    pub(super) usher: String,
    pub(super) engine: Engine,
    pub(super) taken_at: Timestamp,
}

/// What hears how far it has come.
type Told = dyn Fn(Progress<'_>) + Send + Sync;

/// Reads what the file holds, and writes it down in the file.
pub(super) fn seal(archive: &Archive, about: About, told: &Told) -> Result<Backup, Error> {
    let schema = archive.migrations(MIGRATIONS)?.last().map_or(0, |step| step.number);
    for sql in CREATE {
        archive.execute(sql, &[])?;
    }
    let mut counted = Vec::new();
    for table in tables(archive)? {
        let contents = archive.contents(&table, &mut |rows| told(Progress::Checking(rows)))?;
        let (place, rows) = (counted.len() as i64, contents.rows as i64);
        archive.execute(
            ADD,
            &[place.into(), table.name().into(), rows.into(), contents.digest.into()],
        )?;
        counted.push((table.name().to_owned(), contents.rows));
    }
    let engine = match about.engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let described = [
        FORMAT.into(),
        about.usher.as_str().into(),
        i64::from(schema).into(),
        engine.into(),
        about.taken_at.millis().into(),
    ];
    archive.execute(DESCRIBE, &described)?;
    Ok(Backup {
        usher: about.usher,
        schema,
        engine: engine.to_owned(),
        taken_at: about.taken_at,
        tables: counted,
    })
}

/// The tables that travel and are in the file's schema.
fn tables(archive: &Archive) -> Result<Vec<Table>, db::Error> {
    TRAVELS
        .iter()
        .filter_map(|name| archive.table(name).transpose())
        .collect()
}

/// Reads what the file says of itself, and then all of it.
pub(super) fn verify(archive: &Archive, told: &Told) -> Result<(Backup, Vec<Table>), Error> {
    let (backup, digests) = read(archive)?;
    let tables = tables(archive).map_err(|error| unreadable(&error))?;
    let promised = backup.tables.iter().map(|(name, _)| name.as_str());
    if !promised.eq(tables.iter().map(Table::name)) {
        return Err(damaged("its list of tables is not that of its schema"));
    }
    for (table, ((_, rows), digest)) in tables.iter().zip(backup.tables.iter().zip(digests)) {
        let contents = archive.contents(table, &mut |rows| told(Progress::Checking(rows)));
        let contents = contents.map_err(|error| unreadable(&error))?;
        if contents.rows != *rows || contents.digest.as_slice() != digest {
            return Err(damaged(&format!("the table {} is not as it was written", table.name())));
        }
    }
    Ok((backup, tables))
}

fn read(archive: &Archive) -> Result<(Backup, Vec<Vec<u8>>), Error> {
    let broken = |error: db::Error| unreadable(&error);
    if archive.query(IS_BACKUP, &[]).map_err(broken)?.is_empty() {
        return Err(Refusal::conflict("the file is no backup: `usher backup FILE` makes one").into());
    }
    let newest = MIGRATIONS.last().map_or(0, |step| i64::from(step.number));
    // A newer layout may have other columns beside these.
    let mut rows = archive.query(READ, &[]).map_err(broken)?;
    let Some(row) = rows.first_mut() else {
        return Err(damaged("it was never completed"));
    };
    let mut number = |place| row.take::<i64>(place).map_err(broken);
    let (format, schema, taken_at) = (number(0)?, number(2)?, number(4)?);
    let mut text = |place| row.take::<String>(place).map_err(broken);
    let (usher, engine) = (text(1)?, text(3)?);
    if format > FORMAT || schema > newest {
        let why = format!(
            "the backup is of Usher {usher} (format {format}, schema {schema}), which is newer than this program (format {FORMAT}, schema {newest}): restore it with that version or a later one"
        );
        return Err(Refusal::conflict(why).into());
    }
    let (mut tables, mut digests) = (Vec::new(), Vec::new());
    for mut row in archive.query(TABLES, &[]).map_err(broken)? {
        let rows: i64 = row.take(1).map_err(broken)?;
        tables.push((row.take(0).map_err(broken)?, rows.unsigned_abs()));
        digests.push(row.take(2).map_err(broken)?);
    }
    let applied = archive.migrations(MIGRATIONS).map_err(broken)?;
    let schema = match applied.last() {
        Some(step) if i64::from(step.number) == schema => step.number,
        _ => return Err(damaged("its schema is not the one it names")),
    };
    let backup = Backup {
        usher,
        schema,
        engine,
        taken_at: Timestamp::from_millis(taken_at),
        tables,
    };
    Ok((backup, digests))
}

fn damaged(how: &str) -> Error {
    Refusal::conflict(format!("the backup is damaged: {how}; take another one")).into()
}

/// What to say of a file that cannot be read as what it should be.
pub(super) fn unreadable(error: &db::Error) -> Error {
    let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    Refusal::conflict(format!(
        "the file is no backup, or it is damaged or was cut short ({cause})"
    ))
    .into()
}
