//! From a database in use into a file.

use std::path::Path;

use super::{Archive, Copied, Table};
use crate::db::{Db, On};
use crate::error::Error;
use crate::migrate::{self, Migration};
use crate::postgres::Snapshot;
use crate::sqlite::off_the_async_threads;

impl Db {
    /// Copies these tables, as they are at one instant, into a file that is there and empty; every other table is empty in it.
    /// Tables that the database does not have yet are left out. Others write meanwhile; SQLite's log grows for as long as it
    /// takes, and PostgreSQL keeps what is deleted.
    ///
    /// The caller sees to it that the file is on the disk for good, or gone.
    ///
    /// # Errors
    /// [`Error::Migration`] when the database has a migration that is not in the list; or the database or the disk failed.
    pub async fn archive(
        &self,
        path: &Path,
        tables: &[&'static str],
        migrations: &[Migration],
        told: &mut (dyn FnMut(Copied<'_>) + Send),
    ) -> Result<Archive, Error> {
        match self.on() {
            On::Sqlite(sqlite) => {
                sqlite.copy_into(path).await?;
                let (path, tables, migrations) = (path.to_owned(), tables.to_vec(), migrations.to_vec());
                off_the_async_threads(move || {
                    let archive = Archive::fill(&path)?;
                    archive.migrations(&migrations)?;
                    archive.keep_only(&tables)?;
                    Ok(archive)
                })
                .await
            }
            On::Postgres(postgres) => {
                let snapshot = postgres.snapshot().await?;
                let applied = migrate::applied(snapshot.query(migrate::APPLIED).await?, migrations)?;
                let (path, names) = (path.to_owned(), tables.to_vec());
                let (mut archive, tables) = off_the_async_threads(move || {
                    let archive = Archive::fill(&path)?;
                    archive.migrate(&applied)?;
                    let tables = names.iter().filter_map(|name| archive.table(name).transpose());
                    let tables = tables.collect::<Result<Vec<Table>, _>>()?;
                    Ok((archive, tables))
                })
                .await?;
                for table in tables {
                    archive = copy(&snapshot, archive, table, told).await?;
                }
                Ok(archive)
            }
        }
    }
}

/// Copies one table.
async fn copy(
    snapshot: &Snapshot,
    mut archive: Archive,
    table: Table,
    told: &mut (dyn FnMut(Copied<'_>) + Send),
) -> Result<Archive, Error> {
    let mut rows = snapshot.rows(&table.select()).await?;
    let mut done = 0;
    loop {
        let slice = rows.slice().await?;
        if slice.is_empty() {
            return Ok(archive);
        }
        done += slice.len() as u64;
        let into = table.clone();
        archive = off_the_async_threads(move || {
            archive.add(&into, slice)?;
            Ok(archive)
        })
        .await?;
        told(Copied {
            table: table.name(),
            rows: done,
        });
    }
}
