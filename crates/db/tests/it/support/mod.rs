//! Fresh databases on both engines, and the words the tests share.

mod proxy;
mod server;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;

use db::{Db, Durability, Error, Location, Migration, Options, Retryable, Row, Value};
use futures_util::FutureExt;
use futures_util::future::{MaybeDone, maybe_done};
use tempfile::TempDir;

pub(crate) use self::proxy::{Cut, Proxy};
pub(crate) use self::server::Encrypted;

/// A database of its own for one test.
pub(crate) struct Fresh {
    pub(crate) db: Db,
    pub(crate) location: Location,
    folder: Option<TempDir>,
}

/// The tables most tests use.
pub(crate) const TABLES: &[Migration] = &[Migration {
    number: 1,
    name: "tables",
    sql: "CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY, name TEXT, caller BIGINT);
          CREATE UNIQUE INDEX things_name ON things (name) WHERE name IS NOT NULL;
          CREATE TABLE parts (id BIGINT NOT NULL PRIMARY KEY, thing BIGINT NOT NULL REFERENCES things (id));",
}];

pub(crate) const ADD: &str = "INSERT INTO things (id, name) VALUES (?1, ?2)";
pub(crate) const NAMES: &str = "SELECT name FROM things ORDER BY id";

impl Fresh {
    pub(crate) fn options() -> Options {
        Options {
            durability: Durability::Unsafe,
            ..Options::default()
        }
    }

    pub(crate) async fn sqlite(options: &Options) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let location = Location::Sqlite(folder.path().join("data").join("usher.db"));
        Self::open(location, Some(folder), options).await
    }

    pub(crate) async fn postgres(options: &Options) -> Self {
        Self::open(Location::Postgres(server::create_database().await), None, options).await
    }

    async fn open(location: Location, folder: Option<TempDir>, options: &Options) -> Self {
        let db = Db::open(&location, options).await.expect("the database opens");
        db.migrate(TABLES).await.expect("the tables are made");
        Self { db, location, folder }
    }

    /// The database file.
    pub(crate) fn file(&self) -> PathBuf {
        match &self.location {
            Location::Sqlite(path) => path.clone(),
            Location::Postgres(_) => panic!("PostgreSQL has no file of ours"),
        }
    }

    /// Another handle on the same database, as another process would have it.
    pub(crate) async fn again(&self, options: &Options) -> Db {
        Db::open(&self.location, options)
            .await
            .expect("the database opens again")
    }

    /// Runs a test and takes the database away, however the test ends.
    pub(crate) async fn with(self, test: impl AsyncFnOnce(&Self)) {
        let outcome = AssertUnwindSafe(test(&self)).catch_unwind().await;
        self.db.close().await;
        if let Location::Postgres(url) = &self.location {
            server::drop_database(url).await;
        }
        drop(self.folder);
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }
}

/// Runs a test on SQLite and on PostgreSQL.
pub(crate) async fn on_both(test: impl AsyncFn(&Fresh)) {
    let options = Fresh::options();
    Fresh::sqlite(&options).await.with(&test).await;
    Fresh::postgres(&options).await.with(&test).await;
}

pub(crate) async fn on_sqlite(test: impl AsyncFnOnce(&Fresh)) {
    Fresh::sqlite(&Fresh::options()).await.with(test).await;
}

pub(crate) async fn on_postgres(test: impl AsyncFnOnce(&Fresh)) {
    Fresh::postgres(&Fresh::options()).await.with(test).await;
}

/// What a body says no with.
#[derive(Debug)]
pub(crate) enum No {
    Refused(&'static str),
    Db(Error),
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Db(error)
    }
}

impl Retryable for No {
    fn db(&self) -> Option<&Error> {
        match self {
            Self::Refused(_) => None,
            Self::Db(error) => Some(error),
        }
    }
}

/// One statement in a transaction of its own.
pub(crate) async fn run(db: &Db, sql: &'static str, params: &[Value]) -> Result<u64, Error> {
    let params = params.to_vec();
    db.write(move |tx| tx.execute(sql, &params)).await
}

/// A thing with that number and name, in a transaction of its own.
pub(crate) async fn add(db: &Db, id: i64, name: &str) -> Result<u64, Error> {
    run(db, ADD, &[id.into(), name.into()]).await
}

/// The names of all things, by number.
pub(crate) async fn names(db: &Db) -> Vec<String> {
    texts(db.query(NAMES, &[]).await.expect("the names are read"))
}

pub(crate) fn texts(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter().map(|mut row| row.take(0).expect("a text")).collect()
}

pub(crate) fn number(mut rows: Vec<Row>) -> i64 {
    rows.first_mut().expect("a row").take(0).expect("a number")
}

/// Work that was handed in. Dropping it is the caller going away.
pub(crate) struct HandedIn<F: Future>(Pin<Box<MaybeDone<F>>>);

/// Hands work in without waiting for its answer.
pub(crate) async fn hand_in<F: Future>(work: F) -> HandedIn<F> {
    let mut work = Box::pin(maybe_done(work));
    poll_fn(|context| {
        let _ = work.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
    HandedIn(work)
}

impl<F: Future> HandedIn<F> {
    pub(crate) async fn answer(mut self) -> F::Output {
        self.0.as_mut().await;
        self.0.as_mut().take_output().expect("the answer is taken once")
    }
}
