//! What the body of a transaction works through.

use std::borrow::Cow;
use std::fmt;

use crate::error::Error;
use crate::options::Engine;
use crate::postgres::PostgresTx;
use crate::row::Row;
use crate::sqlite::Connection;
use crate::value::Value;

/// A statement and its values.
pub type Bound = (Cow<'static, str>, Vec<Value>);

/// A transaction while its body runs. It ends with the body: success commits, an error rolls back.
///
/// After a statement has failed, every further one fails alike and the transaction is rolled back.
pub struct Tx<'a> {
    on: On<'a>,
    failure: &'a mut Option<Error>,
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx")
            .field("engine", &self.engine())
            .finish_non_exhaustive()
    }
}

impl Tx<'_> {
    /// The engine it runs on, for the rare real difference.
    pub fn engine(&self) -> Engine {
        match self.on {
            On::Sqlite(_) => Engine::Sqlite,
            On::Postgres(_) => Engine::Postgres,
        }
    }

    /// A number below 16. Transactions that run at once in this process have different ones, as long as there are no more of
    /// them: for rows that many would wait for.
    pub fn lane(&self) -> u8 {
        match &self.on {
            On::Sqlite(_) => 0,
            On::Postgres(tx) => tx.lane(),
        }
    }

    /// The same transaction for a shorter time, to be held by value in a type of the caller.
    pub fn reborrow(&mut self) -> Tx<'_> {
        let on = match &mut self.on {
            On::Sqlite(connection) => On::Sqlite(connection),
            On::Postgres(tx) => On::Postgres(tx),
        };
        Tx {
            on,
            failure: self.failure,
        }
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// This statement or an earlier one failed.
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.run(|on| match on {
            On::Sqlite(connection) => connection.query(sql, params),
            On::Postgres(tx) => tx.query(sql, params),
        })
    }

    /// All rows of a statement, and ahead of time what the body will read next, as far as it knows. PostgreSQL answers all
    /// of it in one round trip, and the first [`query`](Self::query) of each finds its answer there; SQLite reads each when
    /// asked. The body writes nothing in between that would change an answer.
    ///
    /// # Errors
    /// One of these statements or an earlier one failed.
    pub fn query_ahead(
        &mut self,
        sql: &str,
        params: &[Value],
        ahead: impl FnOnce() -> Vec<Bound>,
    ) -> Result<Vec<Row>, Error> {
        self.run(|on| match on {
            On::Sqlite(connection) => connection.query(sql, params),
            On::Postgres(tx) => tx.query_ahead(sql, params, ahead()),
        })
    }

    /// The first row of a statement, if there is one.
    ///
    /// # Errors
    /// This statement or an earlier one failed.
    pub fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, Error> {
        Ok(self.query(sql, params)?.into_iter().next())
    }

    /// How many rows a statement changed. It takes what is queued along, and waits for the answer.
    ///
    /// # Errors
    /// This statement or an earlier one failed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.run(|on| match on {
            On::Sqlite(connection) => connection.execute(sql, params),
            On::Postgres(tx) => tx.execute(sql, params),
        })
    }

    /// Runs a statement whose outcome the body does not ask for. SQLite runs it at once; on PostgreSQL it travels with the
    /// next statement that waits, or with COMMIT, in one round trip. Its failure fails the transaction.
    ///
    /// # Errors
    /// This statement or an earlier one failed, as far as that is known yet.
    pub fn later(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        self.run(|on| match on {
            On::Sqlite(connection) => connection.execute(sql, &params).map(drop),
            On::Postgres(tx) => tx.later(sql, params, None),
        })
    }

    /// The same for a statement that is certain to change exactly one row, because this transaction has locked it. Should it
    /// not, the transaction fails.
    ///
    /// # Errors
    /// This statement or an earlier one failed, as far as that is known yet.
    pub fn later_one(&mut self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Result<(), Error> {
        let sql = sql.into();
        self.run(|on| match on {
            On::Sqlite(connection) => match connection.execute(&sql, &params)? {
                1 => Ok(()),
                rows => Err(not_one(&sql, rows)),
            },
            On::Postgres(tx) => tx.later(sql, params, Some(1)),
        })
    }
}

/// A row that was locked is not there, or is not as it was read.
pub(crate) fn not_one(sql: &str, rows: u64) -> Error {
    Error::statement(sql, format!("it was to change one row and changed {rows}"))
}

/// Where an open transaction stands.
pub(crate) enum On<'a> {
    Sqlite(&'a Connection),
    Postgres(&'a mut PostgresTx),
}

impl<'a> Tx<'a> {
    /// Lends an open transaction. `failure` tells its first failed statement, after which nothing may be committed.
    pub(crate) fn new(on: On<'a>, failure: &'a mut Option<Error>) -> Self {
        Self { on, failure }
    }

    fn run<T>(&mut self, statement: impl FnOnce(&mut On<'a>) -> Result<T, Error>) -> Result<T, Error> {
        // On SQLite the engine may have ended the transaction by itself, and what came next would be on disk at once.
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let result = statement(&mut self.on);
        if let Err(error) = &result {
            *self.failure = Some(error.clone());
        }
        result
    }
}
