//! What can go wrong: a refusal is an expected no, anything else is a fault of the store.

use crate::principal::Scope;

/// Why a command or query did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An expected no; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not do it.
    #[error("the store failed")]
    Db(#[from] db::Error),
    /// A fault of ours; nothing was changed.
    #[error("a fault of this program: {what}")]
    Fault {
        /// What went wrong.
        what: &'static str,
    },
}

impl Error {
    /// Whether the same request may succeed a little later: the database is away, full, closed or was in the way.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Fault { .. } => false,
            Self::Db(error) => !matches!(
                error,
                db::Error::Panicked { .. }
                    | db::Error::Statement { .. }
                    | db::Error::Type { .. }
                    | db::Error::Migration { .. }
                    | db::Error::Configuration { .. }
            ),
        }
    }
}

impl db::Retryable for Error {
    fn db(&self) -> Option<&db::Error> {
        match self {
            Self::Db(error) => Some(error),
            Self::Refused(_) | Self::Fault { .. } => None,
        }
    }
}

/// An expected no. Each face has one table from these to its own errors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such thing, or not for this caller: the two look the same.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for, e.g. `user`.
        what: &'static str,
    },
    /// Another resource has this value of a unique attribute.
    #[error("{attribute} is taken")]
    Taken {
        /// The attribute, e.g. `userName`.
        attribute: &'static str,
    },
    /// The resource is not in the version the caller expects.
    #[error("the resource has changed since it was read")]
    Changed,
    /// The token lacks a scope.
    #[error("this takes the scope {0}")]
    MissingScope(Scope),
    /// The caller may not do this.
    #[error("{why}")]
    Forbidden {
        /// What was attempted and what it takes.
        why: String,
    },
    /// A person changes of themselves what a program manages.
    #[error("{why}")]
    Managed {
        /// What was attempted and who may do it.
        why: String,
    },
    /// A filter or sort names an attribute the caller may not read.
    #[error("{attribute} may not be used in a filter or sort")]
    Sensitive {
        /// The attribute.
        attribute: String,
    },
    /// A value does not fit.
    #[error("{attribute}: {why}")]
    Invalid {
        /// The attribute or field.
        attribute: String,
        /// What is wrong and what would be right.
        why: String,
    },
    /// SCIM's own rules refuse it, with the type of error they name.
    #[error("{}", .0.detail)]
    Scim(scim::error::Error),
    /// A filter that no index answers would look at too many rows.
    #[error("the filter would look at more than {limit} resources; use one of the indexed attributes: {indexed}")]
    TooMany {
        /// How many may be looked at.
        limit: usize,
        /// The indexed attributes, for the message.
        indexed: String,
    },
    /// The request asks for more changes than one request may carry.
    #[error("{what}: at most {limit} in one request")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The offer's time is over.
    #[error("{what} has expired")]
    Expired {
        /// What has expired.
        what: &'static str,
    },
    /// The state does not allow it.
    #[error("{why}")]
    Conflict {
        /// What state, and what can be done.
        why: String,
    },
    /// A count limit is reached.
    #[error("{what}: the limit of {limit} is reached")]
    LimitReached {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl From<scim::error::Error> for Error {
    fn from(error: scim::error::Error) -> Self {
        Self::Refused(Refusal::Scim(error))
    }
}

impl Refusal {
    /// A value that does not fit, with what would be right.
    pub fn invalid(attribute: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid {
            attribute: attribute.into(),
            why: why.into(),
        }
    }

    /// The caller may not do this.
    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::Forbidden { why: why.into() }
    }

    /// The state does not allow it.
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict { why: why.into() }
    }
}
