//! What only PostgreSQL does: deadlocks, broken connections, prepared statements that go stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use db::{Db, Error, Options, Tx};
use tokio::runtime::Handle;

use crate::support::{ADD, Cut, Fresh, add, names, number, on_postgres, run, texts};
use crate::trips::behind_a_proxy;

const RENAME: &str = "UPDATE things SET name = name || ?2 WHERE id = ?1";

/// Ends a connection the way an operator would, from inside a body that runs on it.
fn kill(tx: &mut Tx<'_>, other: &Db, handle: &Handle) -> Result<(), Error> {
    let own: i64 = number(tx.query("SELECT CAST(pg_backend_pid() AS BIGINT)", &[])?);
    let gone = "SELECT CAST(pg_terminate_backend(CAST(CAST(?1 AS BIGINT) AS INTEGER), 5000) AS TEXT)";
    assert_eq!(texts(handle.block_on(other.query(gone, &[own.into()]))?), ["true"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_runs_again() {
    on_postgres(async |fresh| {
        add(&fresh.db, 1, "a").await.expect("added");
        add(&fresh.db, 2, "b").await.expect("added");
        let runs = Arc::new(AtomicUsize::new(0));
        let both_hold = Arc::new(std::sync::Barrier::new(2));
        let swap = |first: i64, second: i64| {
            let (runs, both_hold) = (Arc::clone(&runs), Arc::clone(&both_hold));
            let mut met = false;
            fresh.db.write(move |tx| -> Result<(), Error> {
                runs.fetch_add(1, SeqCst);
                tx.execute(RENAME, &[first.into(), "+".into()])?;
                if !met {
                    met = true;
                    both_hold.wait();
                }
                tx.execute(RENAME, &[second.into(), "+".into()])?;
                Ok(())
            })
        };
        let (one, other) = tokio::join!(swap(1, 2), swap(2, 1));
        one.expect("written");
        other.expect("written");
        assert!(runs.load(SeqCst) > 2, "there was a deadlock");
        assert_eq!(names(&fresh.db).await, ["a++", "b++"]);
    })
    .await;
}

#[tokio::test]
async fn a_unique_violation_runs_again() {
    on_postgres(async |fresh| {
        add(&fresh.db, 1, "ann").await.expect("added");
        let mut runs = 0;
        // The guard of the first run did not see the other row, the second one does.
        let seen = fresh.db.write(move |tx| -> Result<i64, Error> {
            runs += 1;
            let name = if runs == 1 { "ann" } else { "ann 2" };
            tx.later(ADD, vec![2.into(), name.into()])?;
            Ok(runs)
        });
        assert_eq!(seen.await.expect("written"), 2);
        assert_eq!(names(&fresh.db).await, ["ann", "ann 2"]);
    })
    .await;
}

#[tokio::test]
async fn a_conflict_that_stays_is_told_in_the_end() {
    on_postgres(async |fresh| {
        add(&fresh.db, 1, "ann").await.expect("added");
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let answer = fresh.db.write(move |tx| {
            counted.fetch_add(1, SeqCst);
            tx.execute(ADD, &[2.into(), "ann".into()])
        });
        assert!(matches!(answer.await, Err(Error::Conflict { .. })));
        assert_eq!(runs.load(SeqCst), 8);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_dropped_lets_go_of_its_connections() {
    on_postgres(async |fresh| {
        let other = fresh.again(&Fresh::options()).await;
        let own = other.write(|tx| -> Result<i64, Error> {
            Ok(number(tx.query("SELECT CAST(pg_backend_pid() AS BIGINT)", &[])?))
        });
        let own = own.await.expect("a connection");
        drop(other);
        let there = "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = CAST(CAST(?1 AS BIGINT) AS INTEGER)";
        let gone = async {
            while number(fresh.db.query(there, &[own.into()]).await.expect("read")) != 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .expect("it is closed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_in_a_body_is_replaced() {
    on_postgres(async |fresh| {
        let (other, handle) = (fresh.again(&Fresh::options()).await, Handle::current());
        for (id, breaks_before_commit) in [(1, false), (2, true)] {
            let (other, handle) = (other.clone(), handle.clone());
            let mut runs = 0;
            let answer = fresh.db.write(move |tx| -> Result<i64, Error> {
                runs += 1;
                tx.execute(ADD, &[id.into(), format!("n{id}").into()])?;
                if runs == 1 {
                    kill(tx, &other, &handle)?;
                }
                if !breaks_before_commit {
                    tx.query("SELECT 1", &[])?;
                }
                Ok(runs)
            });
            match answer.await {
                Ok(runs) => assert_eq!(runs, 2),
                // The break may be noticed only when COMMIT has been sent; nobody can say then what became of it.
                Err(Error::OutcomeUnknown { .. }) if breaks_before_commit => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(names(&fresh.db).await.starts_with(&["n1".to_owned()]));
        add(&fresh.db, 3, "n3").await.expect("the next write goes through");
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_commit_leaves_the_outcome_open() {
    on_postgres(async |fresh| {
        let function = "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'";
        fresh.db.query(function, &[]).await.expect("made");
        let trigger = "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED
                       FOR EACH ROW WHEN (NEW.name = 'last words') EXECUTE FUNCTION die()";
        fresh.db.query(trigger, &[]).await.expect("made");
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let answer = fresh.db.write(move |tx| {
            counted.fetch_add(1, SeqCst);
            tx.execute(ADD, &[1.into(), "last words".into()])
        });
        assert!(matches!(answer.await, Err(Error::OutcomeUnknown { .. })));
        assert_eq!(runs.load(SeqCst), 1, "a body whose outcome is open does not run again");
        add(&fresh.db, 2, "next").await.expect("the next write goes through");
    })
    .await;
}

#[tokio::test]
async fn a_read_goes_on_when_all_connections_are_gone() {
    on_postgres(async |fresh| {
        add(&fresh.db, 1, "a").await.expect("added");
        fresh.db.scan("SELECT 1", &[]).await.expect("read");
        let other = fresh.again(&Fresh::options()).await;
        for _ in 0..3 {
            assert_eq!(names(&fresh.db).await, ["a"]);
            let sql = "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()) gone";
            // The other's own reads are cut as well, except the one that does it.
            other.scan(sql, &[]).await.expect("they are gone");
            assert_eq!(names(&fresh.db).await, ["a"]);
            assert_eq!(
                number(fresh.db.scan("SELECT COUNT(*) FROM things", &[]).await.expect("read")),
                1
            );
            run(&fresh.db, RENAME, &[1.into(), "".into()]).await.expect("written");
        }
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_went_stale_in_a_transaction_runs_again() {
    let options = Options {
        readers: 1,
        connections: 4,
        ..Fresh::options()
    };
    Fresh::postgres(&options)
        .await
        .with(async |fresh| {
            let columns = || {
                fresh
                    .db
                    .write(|tx| -> Result<usize, Error> { Ok(tx.query("SELECT * FROM things", &[])?[0].len()) })
            };
            add(&fresh.db, 1, "a").await.expect("added");
            assert_eq!(columns().await.expect("read"), 3);
            fresh
                .db
                .query("ALTER TABLE things ADD COLUMN note TEXT", &[])
                .await
                .expect("altered");
            assert_eq!(columns().await.expect("read"), 4);
        })
        .await;
}

#[tokio::test]
async fn a_connection_keeps_a_bounded_number_of_statements() {
    let options = Options {
        readers: 1,
        ..Fresh::options()
    };
    Fresh::postgres(&options)
        .await
        .with(async |fresh| {
            for n in 0..600 {
                assert_eq!(
                    number(
                        fresh
                            .db
                            .query(&format!("SELECT CAST({n} AS BIGINT)"), &[])
                            .await
                            .expect("read")
                    ),
                    n
                );
            }
            let kept = number(
                fresh
                    .db
                    .query("SELECT COUNT(*) FROM pg_prepared_statements", &[])
                    .await
                    .expect("read"),
            );
            assert!((2..=260).contains(&kept), "{kept} statements");
        })
        .await;
}

#[tokio::test]
async fn connections_stay_within_their_number() {
    let options = Options {
        connections: 8,
        readers: 2,
        ..Fresh::options()
    };
    Fresh::postgres(&options)
        .await
        .with(async |fresh| {
            let work = (0..200).map(|id| async move {
                add(&fresh.db, id, &format!("n{id}")).await.expect("written");
                fresh.db.query("SELECT 1", &[]).await.expect("read");
                fresh.db.scan("SELECT 1", &[]).await.expect("read");
            });
            futures_util::future::join_all(work).await;
            let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'usher'";
            let open = number(fresh.db.query(sql, &[]).await.expect("read"));
            assert!(open <= 8, "{open} connections");
        })
        .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_the_reason() {
    let nowhere = db::Location::Postgres("postgres://postgres@%2Fnowhere%2Fat%2Fall/x".into());
    let error = Db::open(&nowhere, &Options::default())
        .await
        .expect_err("nobody is there");
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
    let nonsense = db::Location::Postgres("postgres://h/db?no_such_setting=1".into());
    assert!(matches!(
        Db::open(&nonsense, &Options::default()).await,
        Err(Error::Configuration { .. })
    ));
}

/// The client cannot tell whether COMMIT came through; what it is told holds for both.
#[tokio::test]
async fn a_connection_cut_in_commit_leaves_the_outcome_open() {
    behind_a_proxy(async |db, proxy| {
        for (id, cut, is_there) in [(1, Cut::Before, false), (3, Cut::After, true), (5, Cut::After, true)] {
            add(db, id, &format!("n{id}")).await.expect("written");
            let runs = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&runs);
            proxy.cut_commit(cut);
            let answer = db.write(move |tx| {
                counted.fetch_add(1, SeqCst);
                tx.execute(ADD, &[(id + 1).into(), format!("n{}", id + 1).into()])
            });
            let answer = answer.await;
            assert!(
                matches!(answer, Err(Error::OutcomeUnknown { .. })),
                "{cut:?}: {answer:?}"
            );
            assert_eq!(
                runs.load(SeqCst),
                1,
                "{cut:?}: a body whose outcome is open does not run again"
            );
            let there = names(db).await.contains(&format!("n{}", id + 1));
            assert_eq!(there, is_there, "{cut:?}");
        }
        add(db, 9, "n9").await.expect("the next write goes through");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_is_told_in_time() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let url = format!("postgres://postgres@127.0.0.1:{port}/x?connect_timeout=1");
    let (location, options) = (db::Location::Postgres(url), Options::default());
    let opened = tokio::time::timeout(std::time::Duration::from_secs(30), Db::open(&location, &options));
    let error = opened
        .await
        .expect("it does not wait for ever")
        .expect_err("nobody is there");
    let why = std::error::Error::source(&error)
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(
        why.contains("takes connections and does not answer"),
        "{error:?}: {why}"
    );
}

/// Rows of a table as the planner has it; -1 where it has never looked.
const KNOWN: &str = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = CAST('things' AS regclass)";

#[tokio::test]
async fn the_planner_hears_of_a_table_that_has_grown() {
    on_postgres(async |fresh| {
        let known = async || number(fresh.db.query(KNOWN, &[]).await.expect("read"));
        assert_eq!(known().await, -1);
        let many =
            "INSERT INTO things (id, name) SELECT n, CAST(n AS TEXT) FROM generate_series(1, CAST(?1 AS BIGINT)) AS n";
        run(&fresh.db, many, &[20_000.into()]).await.expect("written");
        let heard = async {
            while known().await != 20_000 {
                tokio::task::yield_now().await;
            }
        };
        // PostgreSQL itself looks once a minute.
        let heard = tokio::time::timeout(Duration::from_secs(30), heard).await;
        heard.expect("the planner knows of the rows");
    })
    .await;
}
