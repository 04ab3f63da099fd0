//! The body of a transaction on its way to the thread that runs it, and its answer on the way back.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::error::{Error, Retryable};
use crate::tx::{On, Tx};

/// A body whose types are known to its caller only.
pub(crate) trait Work: Send {
    /// Whether anyone still waits for the answer.
    fn is_wanted(&self) -> bool;

    /// Runs the body and keeps what it says; a panic ends here. May be called again.
    fn run(&mut self, on: On<'_>) -> Verdict;

    /// Sends what the body said last.
    fn answer(self: Box<Self>);

    /// Sends a fault instead.
    fn fail(self: Box<Self>, error: Error);
}

/// What to do with the transaction of a body that has run.
pub(crate) enum Verdict {
    /// It succeeded.
    Commit,
    /// It refused, failed or panicked; with the fault of the database, if that was why.
    RollBack(Option<Error>),
}

/// Packs a body. The receiver gets exactly one answer, or none if the work was lost with its thread.
pub(crate) fn pack<T, E, F>(body: F) -> (Box<dyn Work>, oneshot::Receiver<Result<T, E>>)
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Retryable + Send + 'static,
{
    let (reply, receiver) = oneshot::channel();
    (
        Box::new(Body {
            run: body,
            said: None,
            reply,
        }),
        receiver,
    )
}

struct Body<T, E, F> {
    run: F,
    said: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Work for Body<T, E, F>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Retryable + Send,
{
    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, on: On<'_>) -> Verdict {
        let mut failure = None;
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.run)(&mut Tx::new(on, &mut failure))));
        let (said, verdict) = match (outcome, failure) {
            (Err(panic), failure) => (
                Err(Error::Panicked {
                    message: words(panic.as_ref()),
                }
                .into()),
                Verdict::RollBack(failure),
            ),
            (Ok(Ok(_)), Some(failure)) => (Err(failure.clone().into()), Verdict::RollBack(Some(failure))),
            (Ok(Ok(value)), None) => (Ok(value), Verdict::Commit),
            (Ok(Err(error)), failure) => {
                let fault = failure.or_else(|| error.db().cloned());
                (Err(error), Verdict::RollBack(fault))
            }
        };
        self.said = Some(said);
        verdict
    }

    fn answer(self: Box<Self>) {
        let said = self.said.unwrap_or_else(|| Err(Error::Closed.into()));
        // A caller that went away is none of our business.
        let _ = self.reply.send(said);
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error.into()));
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".into())
}
