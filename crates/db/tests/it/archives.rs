//! Archives: what they hold, on both engines alike, and databases into which they are brought back.

use std::fs::File;
use std::path::Path;

use db::{Archive, Contents, Copied, Db, Error, Migration, Table, Value};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{TABLES, on_both, run};

/// Every type, a name that is a word, a key that is not the first columns, and a table that stays behind.
const LIST: [Migration; 2] = [
    TABLES[0],
    Migration {
        number: 2,
        name: "types",
        sql: "CREATE TABLE groups (mark BYTES, open BOOLEAN, \"order\" BIGINT, name TEXT NOT NULL, id UUID NOT NULL, realm BIGINT NOT NULL, PRIMARY KEY (realm, id));
              CREATE TABLE leases (name TEXT NOT NULL PRIMARY KEY);",
    },
];

const NAMES: [&str; 2] = ["things", "groups"];

/// More than one slice of rows, and more than one of bytes.
const THINGS: i64 = 2500;
const LONG: usize = 700_000;

async fn fill(db: &Db) {
    db.migrate(&LIST).await.expect("migrated");
    run(db, "INSERT INTO leases (name) VALUES ('left')", &[])
        .await
        .expect("added");
    let things =
        "INSERT INTO things (id, name) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                  SELECT i, CASE WHEN i = 7 THEN 'seven' END FROM n";
    let things = things.replace("?1", &THINGS.to_string());
    let made = db.write(move |tx| tx.execute(&things, &[])).await;
    assert_eq!(made.expect("added") as i64, THINGS);
    let group = "INSERT INTO groups (mark, open, \"order\", name, id, realm) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for number in (0..4_u128).rev() {
        let id = Uuid::from_u128(number << 90);
        let values = [
            Value::Bytes(vec![0, 255, 1]),
            Value::Bool(number % 2 == 0),
            if number == 1 { Value::Null } else { Value::Int(-1) },
            Value::Text("é".repeat(LONG)),
            id.into(),
            Value::Int(1),
        ];
        run(db, group, &values).await.expect("added");
    }
    let empty = [
        Value::Null,
        Value::Null,
        Value::Null,
        "".into(),
        Uuid::nil().into(),
        Value::Int(0),
    ];
    run(db, group, &empty).await.expect("added");
}

async fn archive(db: &Db, file: &Path) -> Result<Archive, Error> {
    File::create(file).expect("the file is made");
    let mut heard = 0;
    db.archive(file, &NAMES, &LIST, &mut |_: Copied<'_>| heard += 1).await
}

fn contents(archive: &Archive) -> Vec<(Table, Contents)> {
    let contents = |name: &&str| {
        let table = archive.table(name).expect("read").expect("it is there");
        let contents = archive.contents(&table, &mut |_| {}).expect("read");
        (table, contents)
    };
    NAMES.iter().map(contents).collect()
}

async fn restore(db: &Db, file: &Path) -> Result<Vec<u64>, Error> {
    let archive = Archive::open(file)?;
    let tables: Vec<_> = contents(&archive).into_iter().map(|(table, _)| table).collect();
    let restoring = db.restore(&["things", "groups", "leases", "parts"], &LIST).await?;
    let counts = restoring.copy(archive, &tables, &mut |_| {}).await?;
    restoring.finish(&tables).await?;
    Ok(counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_rows_make_the_same_archive_on_both_engines_and_come_back_on_both() {
    let folder = TempDir::new().expect("a folder");
    let seen = std::sync::Mutex::new(Vec::new());
    on_both(async |fresh| {
        fill(&fresh.db).await;
        let name = format!("{:?}.db", fresh.db.engine());
        let made = archive(&fresh.db, &folder.path().join(name)).await.expect("archived");
        let leases = made.query("SELECT name FROM leases", &[]).expect("the table is there");
        assert!(leases.is_empty(), "what was not asked for stays behind");
        seen.lock().expect("free").push(contents(&made));
    })
    .await;
    let seen = seen.into_inner().expect("free");
    assert_eq!(seen[0], seen[1]);
    let rows: Vec<u64> = seen[0].iter().map(|(_, contents)| contents.rows).collect();
    assert_eq!(rows, [THINGS as u64, 5]);

    for from in ["Sqlite.db", "Postgres.db"] {
        on_both(async |fresh| {
            // A database that has been in use before.
            fresh.db.migrate(&LIST).await.expect("migrated");
            let counts = restore(&fresh.db, &folder.path().join(from)).await.expect("restored");
            assert_eq!(counts, rows);
            assert_eq!(fresh.db.migrate(&LIST).await.expect("nothing is missing"), [0; 0]);
            let again = archive(&fresh.db, &folder.path().join("again.db")).await;
            assert_eq!(contents(&again.expect("archived")), seen[0]);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_did_not_end_keeps_everybody_out_but_another() {
    let folder = TempDir::new().expect("a folder");
    on_both(async |fresh| {
        fill(&fresh.db).await;
        let file = folder.path().join("a.db");
        drop(archive(&fresh.db, &file).await.expect("archived"));
        let all = ["things", "groups", "leases", "parts"];
        let first = fresh.db.restore(&all, &LIST).await.expect("begun");
        assert!(fresh.db.is_half_restored().await.expect("read"));
        let shut = |outcome: Result<(), Error>| match outcome {
            Err(Error::Configuration { why }) => assert!(why.contains("a restore into it was not finished"), "{why}"),
            other => panic!("{other:?}"),
        };
        shut(fresh.db.migrate(&LIST).await.map(drop));
        shut(fresh.db.applied().await.map(drop));
        shut(archive(&fresh.db, &folder.path().join("b.db")).await.map(drop));

        // The one that began last is the only one that goes on.
        let second = fresh.db.restore(&all, &LIST).await.expect("begun");
        let read = || {
            let archive = Archive::open(&file).expect("opened");
            let tables: Vec<_> = contents(&archive).into_iter().map(|(table, _)| table).collect();
            (archive, tables)
        };
        let (source, tables) = read();
        let late = first.copy(source, &tables, &mut |_| {}).await;
        assert!(
            matches!(&late, Err(Error::Configuration { why }) if why.contains("another restore")),
            "{late:?}"
        );
        assert!(first.finish(&tables).await.is_err());
        let (source, tables) = read();
        let counts = second.copy(source, &tables, &mut |_| {}).await.expect("copied");
        assert_eq!(counts, [THINGS as u64, 5]);
        second.finish(&tables).await.expect("finished");
        assert!(!fresh.db.is_half_restored().await.expect("read"));
        assert_eq!(fresh.db.applied().await.expect("read"), [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn tables_of_others_are_not_taken_away() {
    on_both(async |fresh| {
        // As in a database that another program has made.
        for sql in ["INSERT INTO things (id) VALUES (1)", "DROP TABLE schema_migrations"] {
            run(&fresh.db, sql, &[]).await.expect("done");
        }
        let refused = fresh.db.restore(&["groups", "things"], &LIST).await;
        assert!(
            matches!(&refused, Err(Error::Configuration { why }) if why.contains("things")),
            "{refused:?}"
        );
        assert!(!fresh.db.is_half_restored().await.expect("read"));
        let left = fresh.db.query("SELECT id FROM things", &[]).await.expect("it is there");
        assert_eq!(left.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_archive_of_unknown_migrations_is_not_made_and_not_taken() {
    let folder = TempDir::new().expect("a folder");
    on_both(async |fresh| {
        fresh.db.migrate(&LIST).await.expect("migrated");
        let file = folder.path().join("a.db");
        File::create(&file).expect("made");
        let refused = fresh.db.archive(&file, &NAMES, &LIST[..1], &mut |_| {}).await;
        assert!(
            matches!(refused, Err(Error::Migration { number: 2, .. })),
            "{refused:?}"
        );
        let made = archive(&fresh.db, &file).await.expect("archived");
        assert_eq!(made.migrations(&LIST).expect("read").len(), 2);
        assert!(matches!(
            made.migrations(&LIST[..1]),
            Err(Error::Migration { number: 2, .. })
        ));
    })
    .await;
}

#[tokio::test]
async fn an_older_database_makes_an_archive_of_its_own_schema() {
    let folder = TempDir::new().expect("a folder");
    on_both(async |fresh| {
        let made = archive(&fresh.db, &folder.path().join("a.db")).await.expect("archived");
        assert_eq!(made.migrations(&LIST).expect("read").len(), 1);
        assert_eq!(made.table("groups").expect("read"), None);
        assert!(made.table("things").expect("read").is_some());
    })
    .await;
}
