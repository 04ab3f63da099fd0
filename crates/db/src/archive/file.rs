//! The file of an archive.

use std::path::Path;

use aws_lc_rs::digest::{self, SHA256};

use super::table::{Table, quoted};
use super::{Copied, Slice};
use crate::error::Error;
use crate::migrate::{self, Migration};
use crate::row::Row;
use crate::sqlite::{self, Access, Connection};
use crate::value::Value;

/// How many rows lie between two words on how far it has come.
const TOLD_EVERY: u64 = 1000;

/// An archive: an SQLite file that nobody else uses. All of it waits for the disk, so it belongs off the async threads.
pub struct Archive {
    connection: Connection,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of its name, its columns and its rows in the order of its primary key: the same for the same rows, whatever
    /// engine they come from.
    pub digest: [u8; 32],
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").finish_non_exhaustive()
    }
}

impl Archive {
    /// Opens one to look at it. The file stays as it is.
    ///
    /// # Errors
    /// It cannot be read. That it is no database shows when something is asked of it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open_archive(path, Access::Read)?;
        Ok(Self { connection })
    }

    /// Opens one that is being made.
    pub(super) fn fill(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open_archive(path, Access::Fill)?;
        Ok(Self { connection })
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// The statement failed, or the file is damaged.
    pub fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.connection.query(sql, params)
    }

    /// How many rows a statement changed. One that was opened to be looked at refuses.
    ///
    /// # Errors
    /// The statement or the disk failed.
    pub fn execute(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.connection.execute(sql, params)
    }

    /// The table of that name, if there is one.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn table(&self, name: &str) -> Result<Option<Table>, Error> {
        Table::find(&self.connection, name)
    }

    /// Those of these migrations that it has.
    ///
    /// # Errors
    /// [`Error::Migration`] when it has one that is not in the list, or another text of one.
    pub fn migrations(&self, known: &[Migration]) -> Result<Vec<Migration>, Error> {
        migrate::applied(self.query(migrate::APPLIED, &[])?, known)
    }

    /// Reads all rows of a table. `told` hears how far it has come.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn contents(&self, table: &Table, told: &mut dyn FnMut(Copied<'_>)) -> Result<Contents, Error> {
        let mut sum = digest::Context::new(&SHA256);
        feed(&mut sum, &Value::Text(table.name().to_owned()));
        for column in table.columns() {
            feed(&mut sum, &Value::Text(column.to_owned()));
        }
        let mut rows = 0;
        self.connection.each(&table.select(), &[], |row| {
            for value in row.values() {
                feed(&mut sum, value);
            }
            rows += 1;
            if rows % TOLD_EVERY == 0 {
                told(Copied {
                    table: table.name(),
                    rows,
                });
            }
            Ok(())
        })?;
        let mut digest = [0; 32];
        digest.copy_from_slice(sum.finish().as_ref());
        Ok(Contents { rows, digest })
    }

    /// Hands out the rows of a table, slice by slice, until one is refused.
    pub(super) fn slices(
        &self,
        table: &Table,
        mut take: impl FnMut(Vec<Row>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut slice = Slice::default();
        self.connection.each(&table.select(), &[], |row| {
            slice.push(row);
            if slice.is_full() {
                take(slice.take())?;
            }
            Ok(())
        })?;
        if slice.is_empty() { Ok(()) } else { take(slice.take()) }
    }

    /// Adds rows to a table, all or none.
    pub(super) fn add(&self, table: &Table, rows: Vec<Row>) -> Result<(), Error> {
        self.connection.command("BEGIN")?;
        for (sql, values) in table.inserts(rows) {
            self.connection.execute(&sql, &values)?;
        }
        self.connection.command("COMMIT")
    }

    /// Makes the tables.
    pub(super) fn migrate(&self, migrations: &[Migration]) -> Result<(), Error> {
        sqlite::apply(&self.connection, migrations, None).map(drop)
    }

    /// Empties every table but these.
    pub(super) fn keep_only(&self, tables: &[&str]) -> Result<(), Error> {
        let all = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'schema_migrations'";
        for mut row in self.query(all, &[])? {
            let name: String = row.take(0)?;
            if !tables.contains(&name.as_str()) {
                self.execute(&format!("DELETE FROM {}", quoted(&name)), &[])?;
            }
        }
        Ok(())
    }
}

/// Every value says of which kind and how long it is, so that no two rows read alike.
fn feed(sum: &mut digest::Context, value: &Value) {
    let mut part = |kind: u8, bytes: &[u8]| {
        sum.update(&[kind]);
        sum.update(&(bytes.len() as u64).to_be_bytes());
        sum.update(bytes);
    };
    match value {
        Value::Null => part(0, &[]),
        Value::Int(number) => part(1, &number.to_be_bytes()),
        Value::Bool(truth) => part(1, &i64::from(*truth).to_be_bytes()),
        Value::Text(text) => part(2, text.as_bytes()),
        Value::Bytes(bytes) => part(3, bytes),
        Value::Uuid(id) => part(3, id.as_bytes()),
    }
}
