//! One connection to the server.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt, TryStreamExt};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, RowStream, Statement};

use super::bind;
use super::statements::Statements;
use crate::dialect;
use crate::error::{Cause, Error, beginning, cause};
use crate::options::Engine;
use crate::row::Row;
use crate::value::Value;

/// After so many statements a connection's plans are made anew for the first time, then after twice as many each time.
const FIRST_PLANS: u64 = 64;
/// After so many they are made anew at the latest.
const PLANS: u64 = 8192;

/// One connection. Statements that are sent while others run are sent at once and answered in order.
pub(super) struct Session {
    client: Client,
    statements: Mutex<Statements>,
    used: AtomicU64,
}

/// What a statement answered.
pub(super) struct Answer {
    pub(super) rows: Vec<tokio_postgres::Row>,
    /// How many rows it changed or found.
    pub(super) count: u64,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            statements: Mutex::default(),
            used: AtomicU64::new(0),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without values.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), Error> {
        self.raw_batch(sql).await.map_err(|error| fault(error, sql))
    }

    pub(super) async fn raw_batch(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(sql).await
    }

    /// Prepares and runs one statement.
    pub(super) async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let statement = self.statement(sql).await?;
        bind::check(&statement, sql, params)?;
        let answer = self.run(&statement, params).await.map_err(|error| fault(error, sql))?;
        bind::rows(answer.rows)
    }

    /// The statement, prepared now or earlier.
    pub(super) async fn statement(&self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.lock().get(sql) {
            return Ok(statement);
        }
        let statement = self.prepare(sql).await?;
        self.lock().put(sql, statement.clone());
        Ok(statement)
    }

    pub(super) async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        let text = dialect::statement(sql, Engine::Postgres);
        self.client.prepare(&text).await.map_err(|error| fault(error, sql))
    }

    /// Sends a statement as soon as it is first polled.
    pub(super) async fn run(&self, statement: &Statement, params: &[Value]) -> Result<Answer, tokio_postgres::Error> {
        self.renew_plans();
        let mut stream = pin!(self.query_raw(statement, params).await?);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            rows.push(row);
        }
        Ok(Answer {
            rows,
            count: stream.rows_affected().unwrap_or(0),
        })
    }

    /// Sends a statement as soon as it is first polled; its rows come as they are asked for.
    pub(super) async fn query_raw(
        &self,
        statement: &Statement,
        params: &[Value],
    ) -> Result<RowStream, tokio_postgres::Error> {
        self.client.query_raw(statement, params.iter()).await
    }

    /// The server keeps a plan for as long as it knows nothing new of its tables, and that may be a minute: a table that was one
    /// page when the plan was made is read from end to end all the while it grows.
    fn renew_plans(&self) {
        let used = self.used.fetch_add(1, Relaxed) + 1;
        let is_young = (FIRST_PLANS..PLANS).contains(&used);
        if used.is_multiple_of(PLANS) || is_young && used.is_power_of_two() {
            // Sent at once, and nobody waits for the answer.
            let _ = self.raw_batch("DISCARD PLANS").now_or_never();
        }
    }

    /// Forgets all prepared statements: the schema changed beneath them.
    pub(super) fn forget_statements(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Statements> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a prepared statement does not fit the schema any more.
pub(super) fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|said| {
        *said.code() == SqlState::FEATURE_NOT_SUPPORTED
            && said.message().contains("cached plan must not change result type")
    })
}

/// Our word for what the driver says.
pub(super) fn fault(error: tokio_postgres::Error, sql: &str) -> Error {
    let Some(said) = error.as_db_error() else {
        let source_is_io = std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        let broken = error.is_closed() || source_is_io;
        let source: Cause = Arc::new(error);
        // What is neither a refusal of the server nor a broken connection is a value that does not fit its placeholder.
        return if broken {
            Error::Unavailable { source }
        } else {
            Error::Statement {
                sql: beginning(sql),
                source,
            }
        };
    };
    // The server's details quote values; they are for nobody's log.
    let source = cause(format!("{} ({})", said.message(), said.code().code()));
    if is_stale(&error) {
        return Error::Conflict { source };
    }
    match said.code().code() {
        "40001" | "40P01" | "23505" | "23P01" | "55P03" => Error::Conflict { source },
        "53100" => Error::Full { source },
        "25006" => Error::ReadOnly { source },
        "57014" => Error::Interrupted { source },
        // Idle in a transaction for too long, or one of the classes of a server that is not there for us.
        "25P03" => Error::Unavailable { source },
        code if ["08", "28", "3D", "53", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Error::Unavailable { source }
        }
        _ => Error::Statement {
            sql: beginning(sql),
            source,
        },
    }
}
