//! All there is in the database, as text.

use testkit::TestApp;

/// Every row of every table, by table, in an order that depends on the rows alone.
pub(super) async fn dump(app: &TestApp) -> Vec<(String, Vec<String>)> {
    let names = if is_sqlite(app) {
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    } else {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    };
    let mut tables = Vec::new();
    for name in texts(app, names).await {
        let mut rows = rows(app, &name).await;
        rows.sort();
        tables.push((name, rows));
    }
    assert!(tables.len() > 10, "the tables are found");
    tables
}

fn is_sqlite(app: &TestApp) -> bool {
    app.file().is_some()
}

async fn rows(app: &TestApp, table: &str) -> Vec<String> {
    if !is_sqlite(app) {
        return texts(app, &format!("SELECT t::text FROM \"{table}\" t")).await;
    }
    let columns = format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')");
    let columns = texts(app, &columns).await.join(" || ',' || ");
    texts(app, &format!("SELECT {columns} FROM \"{table}\"")).await
}

async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    let rows = app.db().query(sql, &[]).await.expect("the tables are read");
    let texts = rows.into_iter().map(|mut row| row.take(0).expect("a text"));
    texts.collect()
}
