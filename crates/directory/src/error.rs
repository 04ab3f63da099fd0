//! What can go wrong: a refusal is an expected no, anything else is a fault of the store.

use crate::denial::Denial;
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
    /// What to tell a caller whose request may succeed a little later: the database is away, full, closed or was in the way.
    /// None for a refusal and for a fault of ours. It says whether anything was changed, as far as that is known.
    pub fn advice(&self) -> Option<&'static str> {
        let Self::Db(error) = self else { return None };
        match error {
            db::Error::Unavailable { .. } => {
                Some("the database is not available at the moment: nothing was changed; send the request again")
            }
            db::Error::Full { .. } => Some(
                "the database has no room left: nothing was changed; send the request again when its operator has made room",
            ),
            db::Error::ReadOnly { .. } => Some(
                "the database takes no writes at the moment: nothing was changed; send the request again when its operator has mended that",
            ),
            db::Error::Conflict { .. } => {
                Some("others change the same at this moment: nothing was changed; send the request again")
            }
            db::Error::OutcomeUnknown { .. } => Some(
                "the database failed while it saved the change, which may have been made or not: look before you send the request again; \
                 under the same Idempotency-Key it is not done twice",
            ),
            db::Error::Interrupted { .. } => Some(
                "the database took too long and was stopped: nothing was changed; send the request again, or ask for less at once",
            ),
            db::Error::Closed => Some("the server is ending: nothing was changed; send the request again"),
            db::Error::Panicked { .. }
            | db::Error::Statement { .. }
            | db::Error::Type { .. }
            | db::Error::Migration { .. }
            | db::Error::Configuration { .. } => None,
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
    /// A no of group management, with a word of its own.
    #[error(transparent)]
    Denied(Denial),
}

impl From<scim::error::Error> for Error {
    fn from(error: scim::error::Error) -> Self {
        Self::Refused(Refusal::Scim(error))
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Refused(Refusal::Denied(denial))
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
