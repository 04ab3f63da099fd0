//! What is in the store, all of it, so that a test can say that nothing was written.

use std::collections::BTreeMap;

use directory::{MIGRATIONS, RealmId};
use testkit::TestApp;

/// What says nothing about a realm: who does at the moment what only one node may do, and what programs asked last.
const BOOKKEEPING: [&str; 2] = ["leases", "client_log"];
/// Tables without a realm.
const INSTALLATION: [&str; 2] = ["clock", "secrets"];

/// The rows of tables, by table, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dump(BTreeMap<String, Vec<String>>);

impl Dump {
    /// All there is.
    pub(crate) async fn of(app: &TestApp) -> Self {
        let mut tables = BTreeMap::new();
        for table in tables_of_schema() {
            let rows = app.db().query(&format!("SELECT * FROM {table}"), &[]).await;
            tables.insert(table, sorted(rows.expect("the table is read")));
        }
        Self(tables)
    }

    /// All there is of a realm.
    pub(crate) async fn of_realm(app: &TestApp, realm: RealmId) -> Self {
        let mut tables = BTreeMap::new();
        for table in tables_of_schema() {
            if !INSTALLATION.contains(&table.as_str()) {
                let sql = format!("SELECT * FROM {table} WHERE realm = ?1");
                let rows = app.db().query(&sql, &[realm.into()]).await;
                tables.insert(table, sorted(rows.expect("the table is read")));
            }
        }
        Self(tables)
    }

    /// Rows that are in one of the two only, for the message of a failed test.
    pub(crate) fn difference(&self, other: &Self) -> String {
        let mut lines = Vec::new();
        for (table, rows) in &self.0 {
            let others = other.0.get(table).map_or(&[] as &[String], Vec::as_slice);
            let only = |sign, of: &[String], not_in: &[String]| -> Vec<String> {
                let rows = of.iter().filter(|row| !not_in.contains(row));
                rows.map(|row| format!("{sign} {table}: {row}")).collect()
            };
            lines.extend(only('-', rows, others));
            lines.extend(only('+', others, rows));
        }
        lines.join("\n")
    }
}

fn sorted<R: std::fmt::Debug>(rows: Vec<R>) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort_unstable();
    rows
}

/// The tables that the migrations make, so that a new one is looked at too.
fn tables_of_schema() -> Vec<String> {
    let statements = MIGRATIONS
        .iter()
        .flat_map(|migration| migration.sql.split("CREATE TABLE ").skip(1));
    let names = statements.filter_map(|statement| statement.split_whitespace().next().map(str::to_owned));
    names.filter(|name| !BOOKKEEPING.contains(&name.as_str())).collect()
}
