//! What decides whether an answered write survives, read back from connections in use.

use db::{Db, Durability, Options};

use crate::support::Fresh;

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
