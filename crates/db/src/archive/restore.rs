//! From a file into a database.
//!
//! A database that is being restored carries a mark ([`migrate::RESTORING`]) from before its first row until after its last one.
//! With it the database cannot be opened for anything else, and after a crash it cannot be either. The mark names its restore:
//! when another begins, the earlier one notices with its next slice and ends.

use aws_lc_rs::rand;
use tokio::sync::mpsc;

use super::table::quoted;
use super::{Archive, Copied, Table};
use crate::db::{Db, On};
use crate::dialect;
use crate::error::Error;
use crate::migrate::{self, Migration};
use crate::options::Engine;
use crate::row::Row;
use crate::sqlite::off_the_async_threads;
use crate::tx::Tx;

/// How many slices wait between the file and the database.
const SLICES: usize = 2;

/// Fails for every restore but the one that began last, and keeps others from beginning while a slice is written.
const HOLD: &str = "UPDATE schema_migrations SET name = name WHERE number = ?1 AND checksum = ?2";
const FORGET: &str = "DELETE FROM schema_migrations";
const END: &str = "DELETE FROM schema_migrations WHERE number = ?1 AND checksum = ?2";

/// A restore that has begun: the database is empty but for the mark.
#[derive(Debug)]
pub struct Restore {
    db: Db,
    mark: Vec<u8>,
}

impl Db {
    /// Takes these tables away, with all that is in them, and makes them anew by these migrations. A table stands after those it
    /// refers to. From now on until [`Restore::finish`] nobody can open the database.
    ///
    /// # Errors
    /// The database failed.
    pub async fn restore(&self, tables: &[&'static str], migrations: &[Migration]) -> Result<Restore, Error> {
        let mut mark = vec![0; 16];
        rand::fill(&mut mark).map_err(|_| Error::unavailable("this machine has no random source"))?;
        let (tables, ours) = (tables.to_vec(), mark.clone());
        self.write(move |tx| begin(tx, &tables, &ours)).await?;
        match self.on() {
            On::Sqlite(sqlite) => sqlite.migrate(migrations, Some(&mark)).await?,
            On::Postgres(postgres) => postgres.migrate(migrations, Some(&mark)).await?,
        };
        let db = self.clone();
        Ok(Restore { db, mark })
    }
}

fn begin(tx: &mut Tx<'_>, tables: &[&'static str], mark: &[u8]) -> Result<(), Error> {
    if tx.engine() == Engine::Postgres {
        tx.query(migrate::POSTGRES_LOCK, &[])?;
    }
    tx.execute(&dialect::migration(migrate::CREATE, tx.engine()), &[])?;
    if tx.query(migrate::APPLIED, &[])?.is_empty() {
        // Tables in a database that we have not been in yet are somebody else's.
        for table in tables {
            if is_there(tx, table)? {
                return Err(Error::Configuration {
                    why: format!("its table {table} is not Usher's; restore into a database of its own"),
                });
            }
        }
    }
    tx.execute(FORGET, &[])?;
    for table in tables.iter().rev() {
        tx.execute(&format!("DROP TABLE IF EXISTS {}", quoted(table)), &[])?;
    }
    let record = [i64::from(migrate::RESTORING).into(), "restore".into(), mark.into()];
    tx.execute(migrate::RECORD, &record)?;
    Ok(())
}

fn is_there(tx: &mut Tx<'_>, table: &str) -> Result<bool, Error> {
    let rows = match tx.engine() {
        Engine::Sqlite => tx.query("SELECT 1 FROM sqlite_master WHERE name = ?1", &[table.into()])?,
        Engine::Postgres => tx.query("SELECT 1 WHERE to_regclass(?1) IS NOT NULL", &[quoted(table).into()])?,
    };
    Ok(!rows.is_empty())
}

impl Restore {
    /// Copies the rows of these tables, each slice in a transaction of its own; how many there were in each.
    ///
    /// # Errors
    /// The file is damaged, another restore has begun, or the database failed.
    pub async fn copy(
        &self,
        archive: Archive,
        tables: &[Table],
        told: &mut (dyn FnMut(Copied<'_>) + Send),
    ) -> Result<Vec<u64>, Error> {
        let (sender, mut slices) = mpsc::channel::<(usize, Vec<Row>)>(SLICES);
        let theirs = tables.to_vec();
        let reading = off_the_async_threads(move || {
            for (place, table) in theirs.iter().enumerate() {
                // When nobody takes the rows any more, the reason is told there.
                let gone = |_| Error::Closed;
                archive.slices(table, |rows| sender.blocking_send((place, rows)).map_err(gone))?;
            }
            Ok(())
        });
        let writing = async {
            let mut counts = vec![0; tables.len()];
            while let Some((place, rows)) = slices.recv().await {
                counts[place] += rows.len() as u64;
                self.add(&tables[place], rows).await?;
                told(Copied {
                    table: tables[place].name(),
                    rows: counts[place],
                });
            }
            drop(slices);
            Ok(counts)
        };
        let (read, counts) = tokio::join!(reading, writing);
        let counts = counts?;
        read.map(|()| counts)
    }

    async fn add(&self, table: &Table, rows: Vec<Row>) -> Result<(), Error> {
        let (statements, mark) = (table.inserts(rows), self.mark.clone());
        let body = move |tx: &mut Tx<'_>| {
            hold(tx, &mark)?;
            for (sql, values) in &statements {
                tx.execute(sql, values)?;
            }
            Ok(())
        };
        self.db.write(body).await
    }

    /// Takes the mark away: everything is there.
    ///
    /// # Errors
    /// Another restore has begun, or the database failed.
    pub async fn finish(self, tables: &[Table]) -> Result<(), Error> {
        let mark = self.mark;
        self.db
            .write(move |tx| {
                hold(tx, &mark)?;
                tx.execute(END, &[i64::from(migrate::RESTORING).into(), mark.as_slice().into()])?;
                Ok::<(), Error>(())
            })
            .await?;
        if self.db.engine() == Engine::Postgres {
            // Its planner would take the tables for empty until it looks at them by itself.
            for table in tables {
                let look = format!("ANALYZE {}", quoted(table.name()));
                self.db.write(move |tx| tx.execute(&look, &[])).await?;
            }
        }
        Ok(())
    }
}

fn hold(tx: &mut Tx<'_>, mark: &[u8]) -> Result<(), Error> {
    match tx.execute(HOLD, &[i64::from(migrate::RESTORING).into(), mark.into()])? {
        1 => Ok(()),
        _ => Err(Error::Configuration {
            why: "another restore into it has begun".into(),
        }),
    }
}
