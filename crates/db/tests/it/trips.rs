//! Round trips on PostgreSQL: what does not wait for an answer is sent without one.

use std::time::Duration;

use db::{Db, Error, Location, Options};
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::support::{ADD, Fresh, Proxy, names, number, on_postgres};

/// A test that fails ends after this time; one that holds needs none of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on a database behind a proxy, with one connection for transactions and one for reads.
pub(crate) async fn behind_a_proxy(test: impl AsyncFnOnce(&Db, &Proxy)) {
    on_postgres(async |fresh| {
        let Location::Postgres(url) = &fresh.location else {
            return;
        };
        let (proxy, through) = Proxy::start(url).await;
        let options = Options {
            readers: 1,
            connections: 4,
            ..Fresh::options()
        };
        let db = Db::open(&Location::Postgres(through), &options)
            .await
            .expect("the proxy answers");
        timeout(PATIENCE, test(&db, &proxy))
            .await
            .expect("the client waits for an answer it has no use for");
        db.close().await;
    })
    .await;
}

#[tokio::test]
async fn begin_travels_with_the_first_statement() {
    behind_a_proxy(async |db, proxy| {
        let write = |id: i64, name: &'static str| db.write(move |tx| tx.execute(ADD, &[id.into(), name.into()]));
        // The first time the statement is prepared.
        write(1, "prepared").await.expect("written");
        proxy.hold_until("with BEGIN");
        write(2, "with BEGIN").await.expect("written");
        assert_eq!(names(db).await, ["prepared", "with BEGIN"]);
    })
    .await;
}

#[tokio::test]
async fn the_queue_travels_with_commit() {
    behind_a_proxy(async |db, proxy| {
        let write = |from: i64, held: Option<Proxy>| {
            db.write(move |tx| -> Result<(), Error> {
                tx.execute("UPDATE things SET caller = 1", &[])?;
                if let Some(proxy) = &held {
                    proxy.hold_until("COMMIT");
                }
                (from..from + 5).try_for_each(|id| tx.later(ADD, vec![id.into(), format!("n{id}").into()]))
            })
        };
        write(0, None).await.expect("written");
        write(5, Some(proxy.clone())).await.expect("written");
        assert_eq!(names(db).await.len(), 10);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_only_queues_is_one_round_trip() {
    behind_a_proxy(async |db, proxy| {
        let write = |id: i64| db.write(move |tx| tx.later(ADD, vec![id.into(), format!("n{id}").into()]));
        write(1).await.expect("written");
        proxy.hold_until("COMMIT");
        write(2).await.expect("written");
        assert_eq!(names(db).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_queue_travels_with_the_next_read() {
    behind_a_proxy(async |db, proxy| {
        let write = |id: i64, held: Option<Proxy>| {
            db.write(move |tx| -> Result<usize, Error> {
                if let Some(proxy) = &held {
                    proxy.hold_until("the read");
                }
                tx.later(ADD, vec![id.into(), format!("n{id}").into()])?;
                Ok(tx
                    .query("SELECT id FROM things WHERE name <> ?1", &["the read".into()])?
                    .len())
            })
        };
        assert_eq!(write(1, None).await.expect("written"), 1);
        assert_eq!(write(2, Some(proxy.clone())).await.expect("written"), 2);
    })
    .await;
}

#[tokio::test]
async fn reads_do_not_wait_for_each_other() {
    behind_a_proxy(async |db, proxy| {
        let sql = "SELECT CAST(length(?1) AS BIGINT)";
        db.query(sql, &["prepared".into()]).await.expect("read");
        proxy.hold_until("the third");
        let reads = ["a", "bc", "the third"]
            .map(|text| async move { number(db.query(sql, &[text.into()]).await.expect("read")) });
        assert_eq!(join_all(reads).await, [1, 2, 9]);
    })
    .await;
}

#[tokio::test]
async fn what_is_read_ahead_travels_with_the_statement_before() {
    behind_a_proxy(async |db, proxy| {
        const READ: &str = "SELECT id FROM things WHERE name <> ?1";
        let write = |held: Option<Proxy>| {
            db.write(move |tx| -> Result<usize, Error> {
                if let Some(proxy) = &held {
                    proxy.hold_until("read ahead");
                }
                tx.later(ADD, vec![1.into(), "one".into()])?;
                let ahead = || vec![(READ.into(), vec!["read ahead".into()])];
                tx.query_ahead("SELECT id FROM things WHERE id = ?1", &[1.into()], ahead)?;
                // It is not sent a second time; another one of the same text is.
                let foreseen = tx.query(READ, &["read ahead".into()])?.len();
                assert_eq!(tx.query(READ, &["one".into()])?.len(), foreseen - 1);
                tx.execute("DELETE FROM things", &[])?;
                Ok(foreseen)
            })
        };
        assert_eq!(write(None).await.expect("written"), 1);
        assert_eq!(write(Some(proxy.clone())).await.expect("written"), 1);
    })
    .await;
}
