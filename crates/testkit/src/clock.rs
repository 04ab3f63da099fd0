//! A clock that stands until a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use directory::{Clock, Timestamp};

/// Where every test begins: 2030-01-01T08:00:00Z.
const BEGINNING: i64 = 1_893_484_800_000;

/// A clock that stands. Clones are one clock.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(BEGINNING)))
    }
}

impl TestClock {
    /// Moves it forward.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, SeqCst);
    }

    /// Moves it to an instant, never back.
    pub fn advance_to(&self, instant: Timestamp) {
        self.0.fetch_max(instant.millis(), SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(SeqCst))
    }
}
