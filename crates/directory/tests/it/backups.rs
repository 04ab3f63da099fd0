//! Backups: which tables they hold, and what is older than this program.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use db::{Db, Durability, Engine, Error, Location, Options, Row};
use directory::backup::{self, STAYS, TRAVELS, Told};
use directory::{MIGRATIONS, Timestamp};
use tempfile::TempDir;
use testkit::both;

const NOW: Timestamp = Timestamp::from_millis(1_893_484_800_000);

/// The tables of the schema: who belongs to a backup and who does not is decided in `backup/tables.rs`.
async fn tables(db: &Db) -> Vec<String> {
    let sql = match db.engine() {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        Engine::Postgres => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()",
    };
    let rows = db.query(sql, &[]).await.expect("the catalogue is read");
    let mut names: Vec<String> = rows.into_iter().map(|mut row| row.take(0).expect("a name")).collect();
    names.retain(|name| name != "schema_migrations");
    names.sort();
    names
}

both! {
    async fn of_every_table_it_is_decided_whether_it_is_in_a_backup(app: TestApp) {
        let mut decided: Vec<String> = [TRAVELS, STAYS].concat().into_iter().map(str::to_owned).collect();
        decided.sort();
        assert_eq!(tables(app.db()).await, decided, "backup/tables.rs says of each table where it belongs");
    }

    async fn a_backup_of_an_older_schema_is_brought_up_to_date(app: TestApp) {
        // The fixture's own store is up to date; its engine is the one on which the old backup is restored.
        let folder = TempDir::new().expect("a folder");
        let old = open(&folder.path().join("old.db")).await;
        old.migrate(&MIGRATIONS[..3]).await.expect("migrated");
        run(&old, "INSERT INTO realms (realm, name, settings, version, created, modified) VALUES (7, 'old', '{}', 1, 1, 1)").await;
        run(&old, "INSERT INTO groups (realm, id, version, modified, name, name_key, display_name, display_name_key, document)
                   VALUES (7, x'00112233445566778899aabbccddeeff', 1, 1, 'g', 'g', 'g', 'g', '{}')").await;
        let file = folder.path().join("backup.db");
        File::create(&file).expect("made");
        let taken = backup::take(&old, &file, NOW, "0.1.0", &nobody()).await.expect("taken");
        assert_eq!(taken.schema, 3);
        assert_eq!(old.applied().await.expect("read"), [1, 2, 3], "a backup changes nothing");
        old.close().await;

        let restored = backup::restore(app.db(), &file, NOW, &nobody()).await.expect("restored");
        assert_eq!(restored, taken);
        assert_eq!(app.db().applied().await.expect("read").len(), MIGRATIONS.len());
        let mut rows = rows(app.db(), "SELECT name, source FROM groups").await;
        let group: (String, String) = (rows[0].take(0).expect("a name"), rows[0].take(1).expect("a source"));
        assert_eq!(group, ("g".to_owned(), "scim".to_owned()));
    }

    async fn an_empty_database_has_nothing_to_back_up(app: TestApp) {
        let folder = TempDir::new().expect("a folder");
        let empty = open(&folder.path().join("empty.db")).await;
        let file = folder.path().join("backup.db");
        File::create(&file).expect("made");
        let refused = backup::take(&empty, &file, NOW, "0.1.0", &nobody()).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("nothing to back up")));
        empty.close().await;
        drop(app);
    }
}

fn nobody() -> Told {
    Arc::new(|_| {})
}

async fn open(file: &Path) -> Db {
    let options = Options {
        durability: Durability::Unsafe,
        ..Options::default()
    };
    Db::open(&Location::Sqlite(file.to_owned()), &options)
        .await
        .expect("it opens")
}

async fn run(db: &Db, sql: &'static str) {
    let done: Result<u64, Error> = db.write(move |tx| tx.execute(sql, &[])).await;
    done.expect("the statement runs");
}

async fn rows(db: &Db, sql: &str) -> Vec<Row> {
    db.query(sql, &[]).await.expect("the rows are read")
}
