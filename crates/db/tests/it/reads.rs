//! Reads: beside each other, beside writes, and without filling the disk with the log.

use db::{Error, Options};
use futures_util::future::join_all;

use crate::support::{ADD, Fresh, NAMES, add, hand_in, names, number, on_both, run, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_reads_at_once_are_all_answered() {
    on_both(async |fresh| {
        add(&fresh.db, 1, "a").await.expect("added");
        let reads = (0..500).map(|id: i64| async move {
            let sql = "SELECT ?1 || name FROM things";
            let rows = match id % 5 {
                0 => fresh.db.scan(sql, &[id.to_string().into()]).await,
                _ => fresh.db.query(sql, &[id.to_string().into()]).await,
            };
            assert_eq!(texts(rows.expect("answered")), [format!("{id}a")]);
        });
        join_all(reads).await;
    })
    .await;
}

#[tokio::test]
async fn a_read_that_fails_spoils_nothing() {
    let options = Options {
        readers: 1,
        ..Fresh::options()
    };
    let test = async |fresh: &Fresh| {
        add(&fresh.db, 1, "a").await.expect("added");
        for _ in 0..10 {
            assert!(matches!(
                fresh.db.query("SELECT nothing FROM things", &[]).await,
                Err(Error::Statement { .. })
            ));
            assert!(matches!(
                fresh.db.scan("SELEC", &[]).await,
                Err(Error::Statement { .. })
            ));
            assert!(matches!(
                fresh.db.prepare("SELECT a FROM nowhere").await,
                Err(Error::Statement { .. })
            ));
        }
        fresh.db.prepare(NAMES).await.expect("prepared");
        fresh.db.prepare(ADD).await.expect("prepared");
        assert_eq!(names(&fresh.db).await, ["a"]);
    };
    Fresh::sqlite(&options).await.with(&test).await;
    Fresh::postgres(&options).await.with(&test).await;
}

#[tokio::test]
async fn a_dropped_read_gives_its_connection_back() {
    let options = Options {
        readers: 1,
        ..Fresh::options()
    };
    let test = async |fresh: &Fresh| {
        add(&fresh.db, 1, "a").await.expect("added");
        for _ in 0..20 {
            drop(hand_in(fresh.db.scan("SELECT COUNT(*) FROM things a, things b", &[])).await);
        }
        assert_eq!(
            number(fresh.db.scan("SELECT COUNT(*) FROM things", &[]).await.expect("read")),
            1
        );
    };
    Fresh::sqlite(&options).await.with(&test).await;
    Fresh::postgres(&options).await.with(&test).await;
}

#[tokio::test]
async fn the_log_is_used_again_and_not_grown() {
    const MIB: u64 = 1 << 20;
    Fresh::sqlite(&Fresh::options())
        .await
        .with(async |fresh| {
            run(&fresh.db, "INSERT INTO things (id, name) VALUES (1, 'a')", &[])
                .await
                .expect("added");
            let text = "x".repeat(MIB as usize);
            for _ in 0..200 {
                run(&fresh.db, "UPDATE things SET name = ?1", &[text.as_str().into()])
                    .await
                    .expect("updated");
            }
            let log = fresh.file().with_extension("db-wal");
            let length = std::fs::metadata(&log).expect("the log is there").len();
            assert!(
                length < 80 * MIB,
                "the log has {} MiB after 200 MiB of writes",
                length / MIB
            );
            fresh.db.close().await;
            assert!(
                !log.exists() || std::fs::metadata(&log).expect("the log is there").len() == 0,
                "closing empties the log"
            );
        })
        .await;
}
