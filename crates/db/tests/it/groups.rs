//! Group commit on SQLite: one transaction's trouble is nobody else's, and no answer comes before it is true.

use std::sync::mpsc::{Receiver, Sender, channel};

use db::{Db, Error, Tx};

use crate::support::{ADD, Fresh, No, hand_in, names, on_sqlite};
use crate::writes::ENDLESS;

type Outcome = Result<u64, No>;
type Body = Box<dyn FnMut(&mut Tx<'_>) -> Outcome + Send>;

/// Runs bodies in one group: all wait while another one holds the writer.
async fn in_one_group(db: &Db, bodies: Vec<Body>) -> Vec<Outcome> {
    let (open, gate): (Sender<()>, Receiver<()>) = channel();
    let holding = hand_in(hold(db, gate)).await;
    let mut writes = Vec::new();
    for body in bodies {
        writes.push(hand_in(db.write(body)).await);
    }
    drop(open);
    holding.answer().await;
    let mut outcomes = Vec::new();
    for write in writes {
        outcomes.push(write.answer().await);
    }
    outcomes
}

/// Keeps the writer busy until the other end of the gate is gone.
async fn hold(db: &Db, gate: Receiver<()>) {
    let held = db.write(move |_| -> Result<(), Error> {
        let _ = gate.recv();
        Ok(())
    });
    held.await.expect("the holder ends");
}

fn adds(id: i64, name: &'static str) -> Body {
    Box::new(move |tx| Ok(tx.execute(ADD, &[id.into(), name.into()])?))
}

/// A body in the middle of a group whose neighbours must not notice.
async fn between_neighbours(fresh: &Fresh, troubled: Body) -> Outcome {
    let bodies = vec![
        adds(1, "before"),
        adds(2, "before too"),
        troubled,
        adds(4, "after"),
        adds(5, "after too"),
    ];
    let mut outcomes = in_one_group(&fresh.db, bodies).await;
    let troubled = outcomes.remove(2);
    for outcome in outcomes {
        assert_eq!(outcome.expect("the neighbours succeed"), 1);
    }
    assert_eq!(names(&fresh.db).await, ["before", "before too", "after", "after too"]);
    fresh.db.close().await;
    let again = fresh.again(&Fresh::options()).await;
    assert_eq!(names(&again).await, ["before", "before too", "after", "after too"]);
    again.close().await;
    troubled
}

#[tokio::test]
async fn a_refusal_rolls_back_only_itself() {
    on_sqlite(async |fresh| {
        let refuses = Box::new(|tx: &mut Tx<'_>| {
            tx.execute(ADD, &[3.into(), "refused".into()])?;
            Err(No::Refused("no"))
        });
        assert!(matches!(
            between_neighbours(fresh, refuses).await,
            Err(No::Refused("no"))
        ));
    })
    .await;
}

#[tokio::test]
async fn a_panic_rolls_back_only_itself() {
    on_sqlite(async |fresh| {
        let panics = Box::new(|tx: &mut Tx<'_>| {
            tx.execute(ADD, &[3.into(), "panicked".into()])?;
            panic!("on purpose");
        });
        assert!(matches!(
            between_neighbours(fresh, panics).await,
            Err(No::Db(Error::Panicked { .. }))
        ));
    })
    .await;
}

#[tokio::test]
async fn an_interrupt_hits_only_its_own() {
    let options = db::Options {
        statement_timeout: std::time::Duration::from_millis(100),
        ..Fresh::options()
    };
    Fresh::sqlite(&options)
        .await
        .with(async |fresh| {
            let endless = Box::new(|tx: &mut Tx<'_>| {
                tx.execute(ADD, &[3.into(), "interrupted".into()])?;
                Ok(tx.execute(ENDLESS, &[])?)
            });
            assert!(matches!(
                between_neighbours(fresh, endless).await,
                Err(No::Db(Error::Interrupted { .. }))
            ));
        })
        .await;
}

#[tokio::test]
async fn a_full_disk_hits_only_who_fills_it() {
    on_sqlite(async |fresh| {
        let fills = Box::new(|tx: &mut Tx<'_>| {
            tx.execute(ADD, &[3.into(), "full".into()])?;
            tx.query("PRAGMA max_page_count = 20", &[])?;
            Ok(tx.execute(
                "INSERT INTO things (id, name) VALUES (6, CAST(zeroblob(200000) AS TEXT))",
                &[],
            )?)
        });
        assert!(matches!(
            between_neighbours(fresh, fills).await,
            Err(No::Db(Error::Full { .. }))
        ));
    })
    .await;
}

#[tokio::test]
async fn a_body_that_overlooks_a_full_disk_writes_nothing() {
    on_sqlite(async |fresh| {
        let overlooks = Box::new(|tx: &mut Tx<'_>| {
            tx.query("PRAGMA max_page_count = 20", &[])?;
            // SQLite has ended the transaction here, and would run what follows each in one of its own.
            let _ = tx.execute(
                "INSERT INTO things (id, name) VALUES (6, CAST(zeroblob(200000) AS TEXT))",
                &[],
            );
            let _ = tx.execute(ADD, &[3.into(), "behind".into()]);
            Ok(1)
        });
        assert!(matches!(
            between_neighbours(fresh, overlooks).await,
            Err(No::Db(Error::Full { .. }))
        ));
    })
    .await;
}

#[tokio::test]
async fn a_failed_commit_is_told_to_who_caused_it() {
    on_sqlite(async |fresh| {
        // Checked at COMMIT only, so the savepoint of this body is released before anyone knows.
        let breaks = Box::new(|tx: &mut Tx<'_>| {
            tx.execute(ADD, &[3.into(), "broken".into()])?;
            tx.execute("PRAGMA defer_foreign_keys = ON", &[])?;
            Ok(tx.execute("INSERT INTO parts (id, thing) VALUES (1, 404)", &[])?)
        });
        assert!(matches!(
            between_neighbours(fresh, breaks).await,
            Err(No::Db(Error::Statement { .. }))
        ));
    })
    .await;
}

#[tokio::test]
async fn a_refusal_does_not_rest_on_what_was_rolled_back() {
    on_sqlite(async |fresh| {
        let breaks: Body = Box::new(|tx| {
            tx.execute(ADD, &[1.into(), "ann".into()])?;
            tx.execute("PRAGMA defer_foreign_keys = ON", &[])?;
            Ok(tx.execute("INSERT INTO parts (id, thing) VALUES (1, 404)", &[])?)
        });
        let claims: Body = Box::new(|tx| {
            let sql = "INSERT INTO things (id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            match tx.execute(sql, &[2.into(), "ann".into()])? {
                0 => Err(No::Refused("taken")),
                rows => Ok(rows),
            }
        });
        let mut outcomes = in_one_group(&fresh.db, vec![breaks, claims]).await.into_iter();
        assert!(matches!(outcomes.next(), Some(Err(No::Db(_)))));
        assert!(matches!(outcomes.next(), Some(Ok(1))), "the name was never taken");
        assert_eq!(names(&fresh.db).await, ["ann"]);
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_a_group_before_it_is_committed() {
    on_sqlite(async |fresh| {
        let path = fresh.file();
        let looks: Body = Box::new(move |tx| {
            let outside = rusqlite::Connection::open(&path).expect("another process opens the file");
            let seen: i64 = outside
                .query_row("SELECT COUNT(*) FROM things", [], |row| row.get(0))
                .expect("it reads");
            assert_eq!(seen, 0, "the neighbour's row is out before COMMIT");
            Ok(tx.query("SELECT id FROM things", &[])?.len() as u64)
        });
        let outcomes = in_one_group(&fresh.db, vec![adds(1, "a"), looks]).await;
        assert_eq!(
            outcomes
                .into_iter()
                .map(|outcome| outcome.expect("answered"))
                .collect::<Vec<_>>(),
            [1, 1]
        );
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_left_before_its_turn_is_skipped() {
    on_sqlite(async |fresh| {
        let (open, gate): (Sender<()>, Receiver<()>) = channel();
        let holding = hand_in(hold(&fresh.db, gate)).await;
        let stays = hand_in(fresh.db.write(adds(1, "stays"))).await;
        let leaves = hand_in(fresh.db.write(adds(2, "left"))).await;
        drop(leaves);
        drop(open);
        holding.answer().await;
        stays.answer().await.expect("written");
        assert_eq!(names(&fresh.db).await, ["stays"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_writes_beside() {
    on_sqlite(async |fresh| {
        let other = fresh.again(&Fresh::options()).await;
        let writes = |db: Db, from: i64| async move {
            for id in from..from + 300 {
                crate::support::add(&db, id, &format!("n{id}")).await.expect("written");
            }
        };
        tokio::join!(
            writes(fresh.db.clone(), 0),
            writes(fresh.db.clone(), 1000),
            writes(other.clone(), 2000)
        );
        assert_eq!(names(&other).await.len(), 900);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_lock_that_is_never_released_is_told_to_all_who_wait() {
    on_sqlite(async |fresh| {
        let other = rusqlite::Connection::open(fresh.file()).expect("another process opens the file");
        other.execute_batch("BEGIN IMMEDIATE").expect("it takes the lock");
        let writes = (0..20).map(|id| async move { crate::support::add(&fresh.db, id, &format!("n{id}")).await });
        for answer in futures_util::future::join_all(writes).await {
            assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
        }
        other.execute_batch("ROLLBACK").expect("it lets go");
        crate::support::add(&fresh.db, 1, "a").await.expect("written");
        assert_eq!(names(&fresh.db).await, ["a"]);
    })
    .await;
}
