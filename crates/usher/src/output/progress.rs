//! How far long work has come: one line that changes on a terminal, a plain line now and then otherwise.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Output, is_watched};

/// How often a terminal shows it anew.
const ON_TERMINAL: Duration = Duration::from_millis(100);

/// How often a log gets a line.
const IN_LOG: Duration = Duration::from_secs(10);

/// Tells on standard error how far something has come; nothing with `--quiet`.
#[derive(Debug)]
pub(crate) struct Progress {
    quiet: bool,
    watched: bool,
    last: Mutex<Instant>,
}

impl Progress {
    pub(crate) fn new(out: Output) -> Self {
        Self {
            quiet: out.quiet,
            watched: is_watched(),
            last: Mutex::new(Instant::now()),
        }
    }

    /// It has come so far. Most of what is told is not shown.
    pub(crate) fn tell(&self, how_far: impl FnOnce() -> String) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if self.watched { ON_TERMINAL } else { IN_LOG };
        if self.quiet || last.elapsed() < pause {
            return;
        }
        *last = Instant::now();
        let text = how_far();
        // Whoever does not hear it misses nothing.
        let _ = if self.watched {
            write!(io::stderr(), "\r\u{1b}[K{text}")
        } else {
            writeln!(io::stderr(), "{text}")
        };
    }
}

impl Drop for Progress {
    /// A terminal forgets it.
    fn drop(&mut self) {
        if self.watched && !self.quiet {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}
