//! What decides whether an answered write survives, read back from connections in use.

use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};

use db::{Db, Durability, Error, Options, Row};
use futures_util::future::join_all;

use crate::support::{Fresh, number, texts};

async fn settings(db: &Db) -> Vec<String> {
    let settings = db.durability().await.expect("the settings are read");
    settings
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[tokio::test]
async fn sqlite_syncs_every_commit_unless_told_otherwise() {
    let full = Options::default();
    Fresh::sqlite(&full)
        .await
        .with(async |fresh| assert_eq!(settings(&fresh.db).await, ["journal_mode=wal", "synchronous=full"]))
        .await;
    let test = Options {
        durability: Durability::Unsafe,
        ..full
    };
    Fresh::sqlite(&test)
        .await
        .with(async |fresh| assert_eq!(settings(&fresh.db).await, ["journal_mode=wal", "synchronous=off"]))
        .await;
}

#[tokio::test]
async fn postgresql_syncs_every_commit_unless_told_otherwise() {
    let full = Options::default();
    Fresh::postgres(&full)
        .await
        .with(async |fresh| {
            let settings = settings(&fresh.db).await;
            assert_eq!(settings[0], "synchronous_commit=on");
            // These two are the server's; a throwaway one is started without.
            assert!(
                settings[1].starts_with("fsync=") && settings[2].starts_with("full_page_writes="),
                "{settings:?}"
            );
        })
        .await;
    let test = Options {
        durability: Durability::Unsafe,
        ..full
    };
    Fresh::postgres(&test)
        .await
        .with(async |fresh| assert_eq!(settings(&fresh.db).await[0], "synchronous_commit=off"))
        .await;
}

/// Whoever reads may be asked to copy the log into the file, and has to sync it as the writer would.
#[tokio::test]
async fn every_connection_of_sqlite_is_as_careful_as_the_writer() {
    let one_of_each = Options {
        readers: 1,
        ..Options::default()
    };
    Fresh::sqlite(&one_of_each)
        .await
        .with(async |fresh| {
            for (pragma, wanted) in [
                ("journal_mode", "wal"),
                ("synchronous", "2"),
                ("checkpoint_fullfsync", "1"),
            ] {
                let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
                let in_transaction = sql.clone();
                let writer = fresh
                    .db
                    .write(move |tx| -> Result<Vec<Row>, Error> { tx.query(&in_transaction, &[]) });
                let reader = fresh.db.query(&sql, &[]);
                let scanner = fresh.db.scan(&sql, &[]);
                for (who, rows) in [
                    ("the writer", writer.await),
                    ("a reader", reader.await),
                    ("a scanner", scanner.await),
                ] {
                    assert_eq!(texts(rows.expect("read")), [wanted], "{pragma} of {who}");
                }
            }
            // These are connections that only read, and not the writer's again.
            let only_reads = "SELECT CAST(query_only AS TEXT) FROM pragma_query_only";
            assert_eq!(texts(fresh.db.query(only_reads, &[]).await.expect("read")), ["1"]);
            assert_eq!(texts(fresh.db.scan(only_reads, &[]).await.expect("read")), ["1"]);
        })
        .await;
}

/// Each session of the pool, found by having all of them busy at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_session_of_postgresql_syncs_its_commits() {
    const READERS: usize = 3;
    const WORKERS: usize = 4;
    const SCANNERS: usize = 2;
    const ASK: &str = "SELECT CAST(pg_backend_pid() AS BIGINT), current_setting('synchronous_commit')";
    let options = Options {
        readers: READERS,
        connections: READERS + WORKERS + SCANNERS,
        ..Options::default()
    };
    Fresh::postgres(&options)
        .await
        .with(async |fresh| {
            let mut found: BTreeMap<i64, String> = BTreeMap::new();
            let mut note = |rows: Vec<Row>| {
                for mut row in rows {
                    found.insert(row.take(0).expect("a pid"), row.take(1).expect("a setting"));
                }
            };
            let all_there = Arc::new(Barrier::new(WORKERS));
            let writes = (0..WORKERS).map(|_| {
                let all_there = Arc::clone(&all_there);
                fresh.db.write(move |tx| -> Result<Vec<Row>, Error> {
                    all_there.wait();
                    tx.query(ASK, &[])
                })
            });
            for rows in join_all(writes).await {
                note(rows.expect("read"));
            }
            for _ in 0..READERS {
                note(fresh.db.query(ASK, &[]).await.expect("read"));
            }
            for rows in join_all((0..SCANNERS).map(|_| fresh.db.scan(ASK, &[]))).await {
                note(rows.expect("read"));
            }
            let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'usher'";
            let open = number(fresh.db.query(open, &[]).await.expect("read"));
            assert_eq!(found.len() as i64, open, "each session was asked");
            assert_eq!(found.len(), READERS + WORKERS + SCANNERS);
            assert!(found.values().all(|value| value == "on"), "{found:?}");
        })
        .await;
}

#[tokio::test]
async fn a_database_that_switches_it_off_is_overruled() {
    Fresh::postgres(&Options::default())
        .await
        .with(async |fresh| {
            let sql = "DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $do$";
            fresh.db.query(sql, &[]).await.expect("set");
            let again = fresh.again(&Options::default()).await;
            assert_eq!(settings(&again).await[0], "synchronous_commit=on");
            again.close().await;
        })
        .await;
}

#[tokio::test]
async fn the_files_of_sqlite_are_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    Fresh::sqlite(&Options::default())
        .await
        .with(async |fresh| {
            settings(&fresh.db).await;
            let file = fresh.file();
            let folder = file.parent().expect("a folder");
            let files = std::fs::read_dir(folder).expect("the folder is read").flatten();
            let modes: Vec<u32> = files
                .filter(|entry| entry.path().to_string_lossy().starts_with(&*file.to_string_lossy()))
                .map(|entry| entry.metadata().expect("its mode").permissions().mode() & 0o777)
                .collect();
            assert!(
                !modes.is_empty() && modes.iter().all(|mode| *mode == 0o600),
                "{modes:?}"
            );
        })
        .await;
}
