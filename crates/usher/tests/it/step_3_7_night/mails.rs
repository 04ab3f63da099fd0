//! Who was told.

use std::collections::HashMap;
use std::time::Duration;

use crate::support::Sink;

/// The mails that came, by recipient.
pub(super) struct Mails<'a> {
    sink: &'a Sink,
    came: HashMap<String, usize>,
}

impl<'a> Mails<'a> {
    pub(super) fn of(sink: &'a Sink) -> Self {
        Self {
            sink,
            came: HashMap::new(),
        }
    }

    /// Takes down up to so many mails, until none has come for that long.
    pub(super) fn hear(&mut self, most: usize, patience: Duration) {
        for _ in 0..most {
            let Some(to) = self.sink.next_recipient(patience) else {
                return;
            };
            *self.came.entry(to).or_default() += 1;
        }
    }

    /// How many people were told.
    pub(super) fn told(&self) -> usize {
        self.came.len()
    }

    /// How many mails came that had come before.
    pub(super) fn twice(&self) -> usize {
        self.came.values().map(|times| times - 1).sum()
    }
}
