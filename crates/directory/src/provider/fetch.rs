//! How the provider's documents are got: this crate speaks to no network itself.

use std::fmt;
use std::pin::Pin;

/// The largest document that is read, in bytes.
pub const MOST_BYTES: usize = 1 << 20;

/// Why a document cannot be had, in words for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotFetched(pub String);

/// A document on its way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, NotFetched>> + Send + 'a>>;

/// Gets documents of an OpenID provider, whose address the operator has set.
pub trait Fetch: fmt::Debug + Send + Sync + 'static {
    /// The body of what a GET answers with 200: at most [`MOST_BYTES`], within five seconds, without following anybody elsewhere.
    ///
    /// # Errors
    /// Nobody is there, or the answer is another one.
    fn get<'a>(&'a self, url: &'a str) -> Fetching<'a>;
}

/// Where nobody signs in: programs of the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFetch;

impl Fetch for NoFetch {
    fn get<'a>(&'a self, _: &'a str) -> Fetching<'a> {
        Box::pin(async { Err(NotFetched("this program asks no provider".to_owned())) })
    }
}
