//! A transaction in as few round trips as its answers allow.
//!
//! BEGIN travels with the first statement, what is queued with the next one that waits, and the last of the queue with
//! COMMIT. The server works through what it gets in order; after a failure it refuses the rest, COMMIT included.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::{FutureExt, LocalBoxFuture};
use futures_util::stream::FuturesOrdered;
use tokio_postgres::Statement;

use super::bind;
use super::server::Server;
use super::session::{Answer, Session, fault, is_stale};
use crate::error::{Error, cause};
use crate::row::Row;
use crate::value::Value;

/// A queue of this length is sent without waiting for a reason.
const QUEUE: usize = 128;

/// A transaction on one connection.
pub(crate) struct PostgresTx {
    server: Arc<Server>,
    session: Session,
    begun: bool,
    queue: Vec<(&'static str, Vec<Value>)>,
}

impl PostgresTx {
    pub(super) fn new(server: &Arc<Server>, session: Session) -> Self {
        Self {
            server: Arc::clone(server),
            session,
            begun: false,
            queue: Vec::new(),
        }
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        bind::rows(self.exchange(Some((sql, params)), false)?.rows)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        Ok(self.exchange(Some((sql, params)), false)?.count)
    }

    pub(crate) fn later(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        self.queue.push((sql, params));
        if self.queue.len() < QUEUE {
            return Ok(());
        }
        self.exchange(None, false).map(drop)
    }

    /// Sends what is queued, and COMMIT. A transaction that did nothing has nothing to commit.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        if !self.begun && self.queue.is_empty() {
            return Ok(());
        }
        self.exchange(None, true)?;
        self.begun = false;
        Ok(())
    }

    /// The connection, for the next transaction: none if this one cannot be ended cleanly.
    pub(super) fn end(mut self) -> Option<Session> {
        let clean = !self.begun
            || self
                .server
                .runtime()
                .block_on(self.session.raw_batch("ROLLBACK"))
                .is_ok();
        self.begun = false;
        (clean && !self.session.is_closed()).then_some(self.session)
    }

    /// One round trip: BEGIN if it is still to come, the queue, a statement, COMMIT.
    fn exchange(&mut self, last: Option<(&str, &[Value])>, commit: bool) -> Result<Answer, Error> {
        let queue = std::mem::take(&mut self.queue);
        let server = Arc::clone(&self.server);
        server.runtime().block_on(self.send(&queue, last, commit))
    }

    async fn send(
        &mut self,
        queue: &[(&'static str, Vec<Value>)],
        last: Option<(&str, &[Value])>,
        commit: bool,
    ) -> Result<Answer, Error> {
        let mut all: Vec<(Statement, &str, &[Value])> = Vec::with_capacity(queue.len() + 1);
        let queued = queue.iter().map(|(sql, params)| (*sql, params.as_slice()));
        for (sql, params) in queued.chain(last) {
            let statement = self.session.statement(sql).await?;
            bind::check(&statement, sql, params)?;
            all.push((statement, sql, params));
        }
        if self.session.is_closed() {
            // Nothing has been sent that could commit.
            return Err(Error::Unavailable {
                source: cause("the server closed the connection"),
            });
        }
        let begins = !self.begun;
        self.begun = true;
        let session = &self.session;
        // Each is sent when it is first polled, and they are polled in this order.
        let mut sent: FuturesOrdered<LocalBoxFuture<'_, (&str, Result<Answer, tokio_postgres::Error>)>> =
            FuturesOrdered::new();
        let frame = |sql: &'static str| async move {
            (
                sql,
                session.raw_batch(sql).await.map(|()| Answer {
                    rows: Vec::new(),
                    count: 0,
                }),
            )
        };
        if begins {
            sent.push_back(frame("BEGIN").boxed_local());
        }
        for (statement, sql, params) in &all {
            sent.push_back(async move { (*sql, session.run(statement, params).await) }.boxed_local());
        }
        if commit {
            sent.push_back(frame("COMMIT").boxed_local());
        }
        let (mut answer, mut failed) = (
            Answer {
                rows: Vec::new(),
                count: 0,
            },
            None,
        );
        // Every answer is waited for, so that the connection is in step again; the first failure is the reason of the others.
        while let Some((sql, outcome)) = sent.next().await {
            match outcome {
                Ok(this) => answer = this,
                Err(_) if failed.is_some() => {}
                Err(error) => {
                    if is_stale(&error) {
                        session.forget_statements();
                    }
                    let refused = error.as_db_error().is_some();
                    failed = Some(match fault(error, sql) {
                        // What the server refuses it does not commit, nor does it when it dies before it comes to COMMIT.
                        // Dying in COMMIT leaves open what it did, and so does a connection that breaks once COMMIT is sent.
                        told if !commit
                            || refused && (sql != "COMMIT" || !matches!(told, Error::Unavailable { .. })) =>
                        {
                            told
                        }
                        told => Error::OutcomeUnknown { source: Arc::new(told) },
                    });
                }
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }
}
