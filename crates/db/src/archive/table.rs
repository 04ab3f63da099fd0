//! A table of which only the name is known.
//!
//! Its columns are read from the catalogue of an archive, so a migration that adds one need not be told here. An archive is an
//! SQLite file with the same migrations as its database, so one catalogue serves both engines; a column of BOOLEAN is declared
//! INTEGER there, and nothing else is (`dialect`). Names are quoted: some are words of one engine.

use crate::error::Error;
use crate::row::Row;
use crate::sqlite::Connection;
use crate::value::Value;

/// At most so many values in one statement; both engines take more.
const VALUES: usize = 2000;

/// A table: its columns, and the order of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    /// The columns of its primary key, in order.
    key: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    is_boolean: bool,
}

impl Table {
    /// The table of that name, if the file has one with a primary key.
    pub(crate) fn find(file: &Connection, name: &str) -> Result<Option<Self>, Error> {
        let sql = "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid";
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        for mut row in file.query(sql, &[name.into()])? {
            let (column, declared): (String, String) = (row.take(0)?, row.take(1)?);
            let place: i64 = row.take(2)?;
            if place > 0 {
                key.push((place, column.clone()));
            }
            columns.push(Column {
                name: column,
                is_boolean: declared == "INTEGER",
            });
        }
        key.sort_unstable();
        let key: Vec<String> = key.into_iter().map(|(_, column)| column).collect();
        let found = !key.is_empty();
        Ok(found.then(|| Self {
            name: name.to_owned(),
            columns,
            key,
        }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its columns, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The statement that reads all its rows, in the order of its primary key: the same on both engines.
    pub fn select(&self) -> String {
        let key: Vec<String> = self.key.iter().map(|name| quoted(name)).collect();
        format!(
            "SELECT {} FROM {} ORDER BY {}",
            self.names(),
            quoted(&self.name),
            key.join(", ")
        )
    }

    /// Statements that add these rows, each with its values.
    pub(super) fn inserts(&self, rows: Vec<Row>) -> Vec<(String, Vec<Value>)> {
        let most = (VALUES / self.columns.len()).max(1);
        let mut rows = rows.into_iter().peekable();
        let mut statements = Vec::new();
        while rows.peek().is_some() {
            let mut values = Vec::with_capacity(most * self.columns.len());
            for row in rows.by_ref().take(most) {
                let row = row.into_values().into_iter().zip(&self.columns);
                values.extend(row.map(|(value, column)| column.of(value)));
            }
            statements.push((self.insert(values.len() / self.columns.len()), values));
        }
        statements
    }

    fn insert(&self, rows: usize) -> String {
        let width = self.columns.len();
        let row = |row: usize| {
            let places: Vec<String> = (1..=width).map(|place| format!("?{}", row * width + place)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            quoted(&self.name),
            self.names(),
            rows.join(", ")
        )
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }
}

impl Column {
    /// The value as PostgreSQL wants it; SQLite takes either.
    fn of(&self, value: Value) -> Value {
        match value {
            Value::Int(number) if self.is_boolean => Value::Bool(number != 0),
            value => value,
        }
    }
}

/// A name as both engines read it, whatever it is.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
