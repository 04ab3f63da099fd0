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

/// What a provider is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Ask<'a> {
    /// Where.
    pub url: &'a str,
    /// The header Authorization, which is a secret.
    pub authorization: Option<String>,
    /// What is posted, as `application/x-www-form-urlencoded`; none: a GET.
    pub form: Option<String>,
}

impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("url", &self.url).finish_non_exhaustive()
    }
}

impl<'a> Ask<'a> {
    /// A document that is open to everybody.
    pub fn get(url: &'a str) -> Self {
        Self {
            url,
            authorization: None,
            form: None,
        }
    }
}

/// Asks an OpenID provider, whose address the operator has set.
pub trait Fetch: fmt::Debug + Send + Sync + 'static {
    /// The body of what is answered with 200: at most [`MOST_BYTES`], within five seconds, without following anybody elsewhere.
    ///
    /// # Errors
    /// Nobody is there, or the answer is another one.
    fn ask<'a>(&'a self, ask: Ask<'a>) -> Fetching<'a>;

    /// The same for a document that is open to everybody.
    ///
    /// # Errors
    /// As above.
    fn get<'a>(&'a self, url: &'a str) -> Fetching<'a> {
        self.ask(Ask::get(url))
    }
}

/// Where nobody signs in: programs of the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFetch;

impl Fetch for NoFetch {
    fn ask<'a>(&'a self, _: Ask<'a>) -> Fetching<'a> {
        Box::pin(async { Err(NotFetched("this program asks no provider".to_owned())) })
    }
}
