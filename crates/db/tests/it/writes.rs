//! Transactions: all or nothing, and what is answered is so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use db::{Error, Options};
use futures_util::future::join_all;

use crate::support::{ADD, Fresh, NAMES, No, add, hand_in, names, number, on_both, on_sqlite, run, texts};

/// Counts for longer than anyone waits.
pub(crate) const ENDLESS: &str =
    "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000)
     INSERT INTO things (id) SELECT i + 1000000 FROM n WHERE i < 1000 OR i = 1000000000000";

#[tokio::test]
async fn an_answered_write_is_there() {
    on_both(async |fresh| {
        for id in 0..20 {
            add(&fresh.db, id, &format!("n{id}")).await.expect("added");
            let rows = fresh.db.query("SELECT COUNT(*) FROM things", &[]).await.expect("read");
            assert_eq!(number(rows), id + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_changes_nothing() {
    on_both(async |fresh| {
        let answer: Result<(), No> = fresh
            .db
            .write(|tx| {
                tx.execute(ADD, &[1.into(), "a".into()])?;
                tx.later(ADD, vec![2.into(), "b".into()])?;
                Err(No::Refused("not today"))
            })
            .await;
        assert!(matches!(answer, Err(No::Refused("not today"))));
        assert_eq!(names(&fresh.db).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn statements_run_in_the_order_they_were_given() {
    on_both(async |fresh| {
        let seen = fresh
            .db
            .write(|tx| -> Result<_, Error> {
                tx.later(ADD, vec![1.into(), "a".into()])?;
                tx.later("UPDATE things SET name = name || ?1", vec!["-1".into()])?;
                let first = tx.query(NAMES, &[])?;
                tx.later("UPDATE things SET name = name || ?1", vec!["-2".into()])?;
                let changed = tx.execute(
                    "UPDATE things SET name = name || ?1 WHERE name = ?2",
                    &["-3".into(), "a-1-2".into()],
                )?;
                let missed = tx.execute(
                    "UPDATE things SET name = ?1 WHERE name = ?2",
                    &["x".into(), "nobody".into()],
                )?;
                let one = tx.query_one(NAMES, &[])?;
                let none = tx.query_one("SELECT name FROM things WHERE id = 9", &[])?;
                tx.later("UPDATE things SET name = name || ?1", vec!["-4".into()])?;
                Ok((texts(first), changed, missed, one.is_some(), none.is_some()))
            })
            .await
            .expect("written");
        assert_eq!(seen, (vec!["a-1".to_owned()], 1, 0, true, false));
        assert_eq!(names(&fresh.db).await, ["a-1-2-3-4"]);
    })
    .await;
}

#[tokio::test]
async fn a_long_queue_is_all_written() {
    on_both(async |fresh| {
        let wrote = fresh
            .db
            .write(|tx| (0..1000).try_for_each(|id| tx.later(ADD, vec![id.into(), format!("n{id}").into()])));
        wrote.await.expect("written");
        assert_eq!(names(&fresh.db).await.len(), 1000);
    })
    .await;
}

#[tokio::test]
async fn a_queued_statement_that_fails_fails_the_transaction() {
    on_both(async |fresh| {
        add(&fresh.db, 1, "taken").await.expect("added");
        let answer = fresh
            .db
            .write(|tx| {
                tx.later(ADD, vec![2.into(), "other".into()])?;
                tx.later(ADD, vec![3.into(), "taken".into()])?;
                tx.later(ADD, vec![4.into(), "third".into()])
            })
            .await;
        assert!(matches!(answer, Err(Error::Conflict { .. })), "{answer:?}");
        // A value that does not fit is found before anything is sent, so COMMIT cannot go through without it.
        let answer = fresh
            .db
            .write(|tx| {
                tx.later(ADD, vec![2.into(), "other".into()])?;
                tx.later(ADD, vec![3.into()])
            })
            .await;
        assert!(matches!(answer, Err(Error::Statement { .. })), "{answer:?}");
        assert_eq!(names(&fresh.db).await, ["taken"]);
    })
    .await;
}

#[tokio::test]
async fn a_body_cannot_go_on_after_a_failed_statement() {
    on_both(async |fresh| {
        let answer: Result<(), Error> = fresh
            .db
            .write(|tx| {
                tx.execute(ADD, &[1.into(), "before".into()])?;
                assert!(tx.execute("UPDATE nowhere SET a = 1", &[]).is_err());
                assert!(tx.execute(ADD, &[2.into(), "after".into()]).is_err());
                assert!(tx.later(ADD, vec![3.into(), "after".into()]).is_err());
                assert!(tx.query(NAMES, &[]).is_err());
                Ok(())
            })
            .await;
        assert!(matches!(answer, Err(Error::Statement { .. })), "{answer:?}");
        assert_eq!(names(&fresh.db).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_panic_rolls_back_and_is_told() {
    on_both(async |fresh| {
        let answer: Result<(), Error> = fresh
            .db
            .write(|tx| {
                tx.execute(ADD, &[1.into(), "a".into()])?;
                panic!("on purpose");
            })
            .await;
        assert!(
            matches!(&answer, Err(Error::Panicked { message }) if message == "on purpose"),
            "{answer:?}"
        );
        add(&fresh.db, 2, "b").await.expect("the next write goes through");
        assert_eq!(names(&fresh.db).await, ["b"]);
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_interrupted() {
    let options = Options {
        statement_timeout: Duration::from_millis(100),
        ..Fresh::options()
    };
    let test = async |fresh: &Fresh| {
        assert!(matches!(
            run(&fresh.db, ENDLESS, &[]).await,
            Err(Error::Interrupted { .. })
        ));
        let count =
            "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000)
                     SELECT COUNT(*) FROM n";
        assert!(matches!(
            fresh.db.scan(count, &[]).await,
            Err(Error::Interrupted { .. })
        ));
        assert!(matches!(
            fresh.db.query(count, &[]).await,
            Err(Error::Interrupted { .. })
        ));
        add(&fresh.db, 1, "a").await.expect("the next write goes through");
        assert_eq!(names(&fresh.db).await, ["a"]);
    };
    Fresh::sqlite(&options).await.with(&test).await;
    Fresh::postgres(&options).await.with(&test).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_disturb_nobody() {
    on_both(async |fresh| {
        let writes = (0..200).map(|id| {
            let db = fresh.db.clone();
            async move {
                let write = db.write(move |tx| -> Result<(), Error> {
                    tx.execute(ADD, &[(id * 2).into(), format!("{id}a").into()])?;
                    tx.later(ADD, vec![(id * 2 + 1).into(), format!("{id}b").into()])
                });
                let write = hand_in(write).await;
                if id % 3 != 0 {
                    write.answer().await.expect("written");
                }
            }
        });
        join_all(writes).await;
        // A last write comes after all that were handed in, on SQLite; on PostgreSQL closing waits for the others.
        fresh.db.close().await;
        let again = fresh.again(&Fresh::options()).await;
        let there = names(&again).await;
        for id in 0..200 {
            let (a, b) = (there.contains(&format!("{id}a")), there.contains(&format!("{id}b")));
            assert_eq!(a, b, "a half of {id}");
            assert!(a || id % 3 == 0, "{id} was answered with success");
        }
        again.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_closed_database_has_finished_and_takes_no_more() {
    on_both(async |fresh| {
        let mut writes = Vec::new();
        for id in 0..10 {
            writes.push(hand_in(async move { add(&fresh.db, id, &format!("n{id}")).await }).await);
        }
        fresh.db.close().await;
        for write in writes {
            assert_eq!(write.answer().await.expect("what was handed in is finished"), 1);
        }
        assert!(matches!(add(&fresh.db, 11, "late").await, Err(Error::Closed)));
        assert!(matches!(fresh.db.query(NAMES, &[]).await, Err(Error::Closed)));
        assert!(matches!(fresh.db.scan(NAMES, &[]).await, Err(Error::Closed)));
        fresh.db.close().await;
        let again = fresh.again(&Fresh::options()).await;
        assert_eq!(names(&again).await.len(), 10);
        again.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_reads_cannot_write() {
    on_sqlite(async |fresh| {
        let params = [1.into(), "a".into()];
        assert!(matches!(
            fresh.db.query(ADD, &params).await,
            Err(Error::ReadOnly { .. })
        ));
        assert!(matches!(fresh.db.scan(ADD, &params).await, Err(Error::ReadOnly { .. })));
        assert_eq!(names(&fresh.db).await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_one_name_one_gets_it() {
    on_both(async |fresh| {
        let won = Arc::new(AtomicUsize::new(0));
        let claims = (0..64).map(|id| {
            let won = Arc::clone(&won);
            async move {
                let sql = "INSERT INTO things (id, name) VALUES (?1, 'ann') ON CONFLICT DO NOTHING";
                won.fetch_add(
                    run(&fresh.db, sql, &[id.into()]).await.expect("answered") as usize,
                    SeqCst,
                );
            }
        });
        join_all(claims).await;
        assert_eq!(won.load(SeqCst), 1);
        assert_eq!(names(&fresh.db).await, ["ann"]);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_is_not_there_after_all_fails_the_transaction() {
    on_both(async |fresh| {
        add(&fresh.db, 1, "a").await.expect("added");
        let rename = |id: i64| {
            fresh.db.write(move |tx| -> Result<(), Error> {
                tx.later_one("UPDATE things SET name = 'b' WHERE id = ?1", vec![id.into()])?;
                tx.query(NAMES, &[]).map(drop)
            })
        };
        let missed = rename(2).await.expect_err("there is no such row");
        assert!(matches!(missed, Error::Statement { .. }), "{missed:?}");
        assert_eq!(names(&fresh.db).await, ["a"]);
        rename(1).await.expect("renamed");
        assert_eq!(names(&fresh.db).await, ["b"]);
    })
    .await;
}
