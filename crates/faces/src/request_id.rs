//! What ties an answer to the log: the caller's own id if it is harmless, else a number that differs between processes.

use std::fmt::{self, Write as _};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that has it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request.
#[derive(Clone, Debug)]
pub(crate) enum RequestId {
    /// The caller's own.
    Given(Box<str>),
    /// The process and the number of its request.
    Own(u32, u64),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(id) => f.write_str(id),
            Self::Own(process, number) => write!(f, "{process:08x}-{number}"),
        }
    }
}

impl RequestId {
    /// As what comes of the request has it.
    pub(crate) fn text(&self) -> Arc<str> {
        match self {
            Self::Given(id) => Arc::from(&**id),
            Self::Own(..) => self.to_string().into(),
        }
    }

    /// As the answer has it.
    pub(crate) fn header(&self) -> HeaderValue {
        let mut text = String::with_capacity(32);
        let _written = write!(text, "{self}");
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

/// Where ids come from.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        // The hasher's keys are random per process; an id in a log needs no more than to differ.
        Self {
            process: RandomState::new().hash_one(0_u8) as u32,
            next: AtomicU64::new(1),
        }
    }

    pub(crate) fn of(&self, headers: &HeaderMap) -> RequestId {
        let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
        match given {
            Some(given) if is_harmless(given) => RequestId::Given(given.into()),
            _ => RequestId::Own(self.process, self.next.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

fn is_harmless(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_request_ids_are_taken_over() {
        let ids = RequestIds::new();
        let mut headers = HeaderMap::new();
        let own = ids.of(&headers).header();
        assert_ne!(own, ids.of(&headers).header());
        headers.insert(REQUEST_ID, HeaderValue::from_static("trace-1"));
        assert_eq!(ids.of(&headers).header(), "trace-1");
        headers.insert(REQUEST_ID, HeaderValue::from_static("a b"));
        assert_ne!(ids.of(&headers).header(), "a b");
    }
}
