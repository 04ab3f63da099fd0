//! The promise: every answered success is on disk, and no answered failure is; whatever goes wrong meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use db::{Db, Error, Location, Options, Tx};
use futures_util::future::join_all;
use tokio::runtime::Handle;

use crate::support::{ADD, Fresh, No, hand_in, number};
use crate::writes::ENDLESS;

const CALLERS: i64 = 64;
const WRITES: i64 = 25;

/// What goes wrong with a write.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Nothing,
    Refusal,
    Panic,
    /// The caller goes away.
    Leaves,
    /// The name is taken by everybody else's same try.
    Violation,
    Interrupt,
    Full,
    FailedCommit,
    Killed,
}

const ON_SQLITE: [Fault; 8] = [
    Fault::Nothing,
    Fault::Refusal,
    Fault::Panic,
    Fault::Leaves,
    Fault::Violation,
    Fault::Interrupt,
    Fault::Full,
    Fault::FailedCommit,
];
const ON_POSTGRES: [Fault; 6] = [
    Fault::Nothing,
    Fault::Refusal,
    Fault::Panic,
    Fault::Leaves,
    Fault::Violation,
    Fault::Killed,
];

/// The same numbers in every run, different for every caller.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// What the callers were told.
#[derive(Default)]
struct Told {
    succeeded: BTreeSet<i64>,
    failed: BTreeSet<i64>,
    /// Nobody was told: all or nothing.
    open: BTreeSet<i64>,
}

fn body(id: i64, fault: Fault, killer: (Db, Handle)) -> impl FnMut(&mut Tx<'_>) -> Result<(), No> + Send + 'static {
    let mut killed = false;
    move |tx| {
        tx.execute(ADD, &[(2 * id).into(), format!("{id} first").into()])?;
        match fault {
            Fault::Nothing | Fault::Leaves => {}
            Fault::Refusal => return Err(No::Refused("no")),
            Fault::Panic => panic!("on purpose"),
            Fault::Violation => drop(tx.execute(ADD, &[(2 * id).into(), "again".into()])?),
            Fault::Interrupt => drop(tx.execute(ENDLESS, &[])?),
            Fault::Full => {
                tx.query("PRAGMA max_page_count = 1000", &[])?;
                tx.execute(
                    "INSERT INTO things (id, name) VALUES (-1, CAST(zeroblob(5000000) AS TEXT))",
                    &[],
                )?;
            }
            Fault::FailedCommit => {
                tx.execute("PRAGMA defer_foreign_keys = ON", &[])?;
                tx.execute("INSERT INTO parts (id, thing) VALUES (?1, -404)", &[id.into()])?;
            }
            Fault::Killed => {
                if !std::mem::replace(&mut killed, true) {
                    let own = number(tx.query("SELECT CAST(pg_backend_pid() AS BIGINT)", &[])?);
                    let kill = "SELECT CAST(pg_terminate_backend(CAST(CAST(?1 AS BIGINT) AS INTEGER), 5000) AS TEXT)";
                    killer.1.block_on(killer.0.query(kill, &[own.into()]))?;
                }
            }
        }
        Ok(tx.later(ADD, vec![(2 * id + 1).into(), format!("{id} second").into()])?)
    }
}

async fn call(db: &Db, killer: &Db, caller: i64, faults: &[Fault]) -> Told {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15 ^ (caller as u64 + 1) << 17);
    let mut told = Told::default();
    for n in 0..WRITES {
        let id = caller * WRITES + n;
        // Half of all go well; what takes its time is rare.
        let fault = match chance.below(2) {
            0 => Fault::Nothing,
            _ => faults[chance.below(faults.len())],
        };
        let fault = if matches!(fault, Fault::Interrupt) && chance.below(5) > 0 {
            Fault::Refusal
        } else {
            fault
        };
        let write = hand_in(db.write(body(id, fault, (killer.clone(), Handle::current())))).await;
        if matches!(fault, Fault::Leaves) {
            told.open.insert(id);
            continue;
        }
        match write.answer().await {
            Ok(()) => {
                assert!(
                    matches!(fault, Fault::Nothing | Fault::Killed),
                    "{fault:?} was answered with success"
                );
                told.succeeded.insert(id);
            }
            Err(No::Db(Error::OutcomeUnknown { .. })) => {
                assert!(matches!(fault, Fault::Killed), "{fault:?}");
                told.open.insert(id);
            }
            Err(error) => {
                assert!(!matches!(fault, Fault::Nothing), "{error:?}");
                told.failed.insert(id);
            }
        }
    }
    told
}

/// The numbers of all whole writes; there are no halves.
async fn whole(db: &Db) -> BTreeSet<i64> {
    let rows = db
        .scan("SELECT id FROM things ORDER BY id", &[])
        .await
        .expect("the rows are read");
    let ids: BTreeSet<i64> = rows.into_iter().map(|mut row| row.take(0).expect("a number")).collect();
    for id in &ids {
        assert!(ids.contains(&(id ^ 1)), "half of {}", id / 2);
    }
    assert_eq!(
        number(db.scan("SELECT COUNT(*) FROM parts", &[]).await.expect("read")),
        0
    );
    ids.into_iter().map(|id| id / 2).collect()
}

async fn answers_equal_disk(fresh: &Fresh, faults: &[Fault]) {
    let killer = fresh.again(&Fresh::options()).await;
    let calls = (0..CALLERS).map(|caller| {
        let (db, killer, faults) = (fresh.db.clone(), killer.clone(), faults.to_vec());
        Handle::current().spawn(async move { call(&db, &killer, caller, &faults).await })
    });
    let mut told = Told::default();
    for one in join_all(calls).await {
        let mut one = one.expect("the caller ends");
        told.succeeded.append(&mut one.succeeded);
        told.failed.append(&mut one.failed);
        told.open.append(&mut one.open);
    }
    killer.close().await;
    assert!(
        told.succeeded.len() > 500 && told.failed.len() > 100 && told.open.len() > 20,
        "all kinds of answers came"
    );
    if let Location::Sqlite(path) = &fresh.location {
        // As it lies on disk now, without the process that wrote it.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = folder.path().join("copy.db");
        std::fs::copy(path, &copy).expect("copied");
        std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).expect("copied");
        let copied = Db::open(&Location::Sqlite(copy), &Fresh::options())
            .await
            .expect("the copy opens");
        told.compare(&whole(&copied).await);
        copied.close().await;
    }
    fresh.db.close().await;
    let again = fresh.again(&Fresh::options()).await;
    told.compare(&whole(&again).await);
    again.close().await;
}

impl Told {
    fn compare(&self, there: &BTreeSet<i64>) {
        let lost: Vec<_> = self.succeeded.difference(there).collect();
        assert!(lost.is_empty(), "answered with success and not there: {lost:?}");
        let ghosts: Vec<_> = self.failed.intersection(there).collect();
        assert!(ghosts.is_empty(), "answered as failed and there: {ghosts:?}");
        assert!(
            there
                .iter()
                .all(|id| self.succeeded.contains(id) || self.open.contains(id))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_equal_what_is_on_disk_on_sqlite() {
    let options = Options {
        statement_timeout: Duration::from_millis(30),
        ..Fresh::options()
    };
    Fresh::sqlite(&options)
        .await
        .with(async |fresh| answers_equal_disk(fresh, &ON_SQLITE).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_equal_what_is_on_disk_on_postgresql() {
    Fresh::postgres(&Fresh::options())
        .await
        .with(async |fresh| answers_equal_disk(fresh, &ON_POSTGRES).await)
        .await;
}
