//! Running a command once for its key.

use aws_lc_rs::digest;
use tracing::Instrument as _;

use super::{KEPT_SECONDS, MAX_KEY_BYTES, table};
use crate::Directory;
use crate::change::Command;
use crate::directory::command_span;
use crate::error::{Error, Refusal};
use crate::principal::Principal;

/// A request that may be sent again: its key, and what tells it from another one under the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    key: String,
    request_hash: [u8; 32],
}

impl Once {
    /// The value of `Idempotency-Key`, with the request's method, path and body.
    ///
    /// # Errors
    /// `Invalid` for a key that is empty, too long or holds control characters.
    pub fn new(key: &str, method: &str, path: &str, body: &[u8]) -> Result<Self, Refusal> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES || key.chars().any(char::is_control) {
            let why = format!("1 to {MAX_KEY_BYTES} characters without control characters");
            return Err(Refusal::invalid("Idempotency-Key", why));
        }
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [method.as_bytes(), path.as_bytes(), body] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut request_hash = [0; 32];
        request_hash.copy_from_slice(context.finish().as_ref());
        Ok(Self {
            key: key.to_owned(),
            request_hash,
        })
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn request_hash(&self) -> &[u8] {
        &self.request_hash
    }
}

/// An answer as it is kept. Secrets do not belong into it: an answer that shows one is kept without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers worth repeating, e.g. `location` and `etag`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What came of a request that may be sent again.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It was done now.
    Done(T, Answer),
    /// It had been done: this was the answer.
    Replayed(Answer),
}

impl Directory {
    /// Runs a command unless this principal has already run it under this key; `render` makes the answer that is kept with
    /// the change, in its transaction. A command that refuses keeps nothing: the request may be mended and sent again.
    ///
    /// # Errors
    /// `Conflict` when the key was used for another request; else as [`Directory::execute`].
    pub async fn execute_once<C, R>(
        &self,
        principal: &Principal,
        command: C,
        once: Once,
        render: R,
    ) -> Result<Outcome<C::Output>, Error>
    where
        C: Command,
        R: Fn(&C::Output) -> Answer + Send + 'static,
    {
        principal.check(command.needs())?;
        let span = command_span::<C>();
        self.change(principal, move |change| {
            let expires = change.now().plus_seconds(KEPT_SECONDS);
            // The key's row comes first: a second request under it waits here for the first one's end.
            if !table::claim(change, &once, expires)? {
                return Ok(Outcome::Replayed(table::kept(change, &once)?));
            }
            let output = command.run(change)?;
            let answer = render(&output);
            table::keep(change, &once, &answer)?;
            Ok(Outcome::Done(output, answer))
        })
        .instrument(span)
        .await
    }

    /// The answer kept for a request, if it was sent before: for handlers that do more than one command, or none.
    ///
    /// # Errors
    /// `Conflict` when the key was used for another request, or the store failed.
    pub async fn kept_answer(&self, principal: &Principal, once: &Once) -> Result<Option<Answer>, Error> {
        table::look_up(self.db(), principal, once, self.now().await?).await
    }

    /// Keeps an answer for a request whose change has been made. The first answer under a key stays.
    ///
    /// # Errors
    /// The store failed.
    pub async fn keep_answer(&self, principal: &Principal, once: Once, answer: Answer) -> Result<(), Error> {
        self.change(principal, move |change| {
            let expires = change.now().plus_seconds(KEPT_SECONDS);
            if table::claim(change, &once, expires)? {
                table::keep(change, &once, &answer)?;
            }
            Ok(())
        })
        .await
    }
}
