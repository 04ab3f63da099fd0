//! A transaction in as few round trips as its answers allow.
//!
//! BEGIN travels with the first statement, what is queued with the next one that waits, what is read ahead with the one before
//! it, and the last of the queue with COMMIT. The server works through what it gets in order; after a failure it refuses the
//! rest, COMMIT included.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::{FutureExt, LocalBoxFuture};
use futures_util::stream::FuturesOrdered;
use tokio::runtime::Runtime;
use tokio_postgres::Statement;

use super::bind;
use super::session::{Answer, Session, fault, is_stale};
use crate::error::{Cause, Error, cause};
use crate::row::Row;
use crate::tx::{Bound, not_one};
use crate::value::Value;

/// A queue of this length is sent without waiting for a reason.
const QUEUE: usize = 128;

/// What one round trip brought.
struct Answers {
    /// Of the statement that was asked.
    rows: Vec<tokio_postgres::Row>,
    count: u64,
    /// Of each that was read ahead.
    ahead: Vec<Vec<tokio_postgres::Row>>,
}

/// A statement that waits to be sent.
struct Queued {
    sql: Cow<'static, str>,
    params: Vec<Value>,
    /// How many rows it has to change, where that is known.
    rows: Option<u64>,
}

/// A transaction on one connection.
pub(crate) struct PostgresTx {
    /// What drives the connection, while the body waits.
    runtime: Rc<Runtime>,
    session: Session,
    /// Which of the threads this is.
    lane: u8,
    begun: bool,
    queue: Vec<Queued>,
    /// What has been read ahead.
    ahead: Vec<(Bound, Vec<tokio_postgres::Row>)>,
    rows: u64,
}

impl PostgresTx {
    pub(super) fn new(runtime: &Rc<Runtime>, session: Session, lane: u8) -> Self {
        Self {
            runtime: Rc::clone(runtime),
            session,
            lane,
            begun: false,
            queue: Vec::new(),
            ahead: Vec::new(),
            rows: 0,
        }
    }

    /// How many rows its statements came to, read or written.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn lane(&self) -> u8 {
        self.lane
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let known = |((text, values), _): &(Bound, _)| &**text == sql && values.as_slice() == params;
        match self.ahead.iter().position(known) {
            Some(place) => bind::rows(self.ahead.swap_remove(place).1),
            None => bind::rows(self.exchange(Some((sql, params)), &[], false)?.rows),
        }
    }

    pub(crate) fn query_ahead(&mut self, sql: &str, params: &[Value], ahead: Vec<Bound>) -> Result<Vec<Row>, Error> {
        let answer = self.exchange(Some((sql, params)), &ahead, false)?;
        self.ahead = ahead.into_iter().zip(answer.ahead).collect();
        bind::rows(answer.rows)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        Ok(self.exchange(Some((sql, params)), &[], false)?.count)
    }

    pub(crate) fn later(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        params: Vec<Value>,
        rows: Option<u64>,
    ) -> Result<(), Error> {
        self.queue.push(Queued {
            sql: sql.into(),
            params,
            rows,
        });
        if self.queue.len() < QUEUE {
            return Ok(());
        }
        self.exchange(None, &[], false).map(drop)
    }

    /// Sends what is queued, and COMMIT. A transaction that did nothing has nothing to commit.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        if !self.begun && self.queue.is_empty() {
            return Ok(());
        }
        self.exchange(None, &[], true)?;
        self.begun = false;
        Ok(())
    }

    /// The connection, for the next transaction: none if this one cannot be ended cleanly.
    pub(super) fn end(mut self) -> Option<Session> {
        let clean = !self.begun || self.runtime.block_on(self.session.raw_batch("ROLLBACK")).is_ok();
        self.begun = false;
        (clean && !self.session.is_closed()).then_some(self.session)
    }

    /// One round trip: BEGIN if it is still to come, the queue, a statement, what is read ahead, COMMIT.
    fn exchange(&mut self, one: Option<(&str, &[Value])>, ahead: &[Bound], commit: bool) -> Result<Answers, Error> {
        let queue = std::mem::take(&mut self.queue);
        let runtime = Rc::clone(&self.runtime);
        runtime.block_on(self.send(&queue, one, ahead, commit))
    }

    async fn send(
        &mut self,
        queue: &[Queued],
        one: Option<(&str, &[Value])>,
        ahead: &[Bound],
        commit: bool,
    ) -> Result<Answers, Error> {
        let mut all: Vec<(Statement, &str, &[Value])> = Vec::with_capacity(queue.len() + 1 + ahead.len());
        let queued = queue.iter().map(|queued| (&*queued.sql, queued.params.as_slice()));
        let foreseen = ahead.iter().map(|(sql, params)| (&**sql, params.as_slice()));
        for (sql, params) in queued.chain(one).chain(foreseen) {
            let statement = self.session.statement(sql).await?;
            bind::check(&statement, sql, params)?;
            all.push((statement, sql, params));
        }
        if commit {
            // What came while the body ran has not been looked at yet: once for the socket to be read, once for what was read.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
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
        let (mut answers, mut failed) = (Vec::with_capacity(all.len()), None);
        // Every answer is waited for, so that the connection is in step again; the first failure is the reason of the others.
        while let Some((sql, outcome)) = sent.next().await {
            match outcome {
                Ok(answer) if sql != "BEGIN" && sql != "COMMIT" => answers.push(answer),
                Ok(_) => {}
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
        if let Some(error) = failed {
            return Err(error);
        }
        self.rows += answers.iter().map(|answer| answer.count).sum::<u64>();
        let mut answers = answers.into_iter();
        for (queued, answer) in queue.iter().zip(answers.by_ref()) {
            if queued.rows.is_some_and(|rows| rows != answer.count) {
                let wrong = not_one(&queued.sql, answer.count);
                let source: Cause = Arc::new(wrong.clone());
                return Err(if commit {
                    Error::OutcomeUnknown { source }
                } else {
                    wrong
                });
            }
        }
        let answer = one.and_then(|_| answers.next());
        let (rows, count) = answer.map_or((Vec::new(), 0), |answer| (answer.rows, answer.count));
        Ok(Answers {
            rows,
            count,
            ahead: answers.map(|answer| answer.rows).collect(),
        })
    }
}
