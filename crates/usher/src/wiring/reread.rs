//! The settings, read again while the server runs (SIGHUP): what can be taken up is, and of the rest it is said that it waits.

use std::path::PathBuf;

use anyhow::Result;
use toml::Table;

use crate::config::{self, Flags};
use crate::telemetry::Lines;

/// Settings that a running server takes up.
const TAKEN_UP: [&str; 1] = ["log.filter"];

/// Where the settings come from, and what they were.
#[derive(Debug)]
pub(crate) struct Reread {
    pub(crate) file: Option<PathBuf>,
    pub(crate) flags: Flags,
    pub(crate) telemetry: Lines,
    /// The settings that are in use.
    pub(crate) known: Table,
}

impl Reread {
    /// Takes up what has changed, and tells the log of it.
    pub(super) fn run(&mut self) {
        match self.take_up() {
            Ok(changed) => {
                let of_both = |taken: bool| -> Vec<&str> {
                    let names = changed.iter().copied();
                    names.filter(|name| TAKEN_UP.contains(name) == taken).collect()
                };
                let (taken, waiting) = (of_both(true), of_both(false));
                if !taken.is_empty() {
                    tracing::info!("taken up: {}", taken.join(", "));
                }
                if !waiting.is_empty() {
                    tracing::warn!("changed, and in force after a restart: {}", waiting.join(", "));
                }
            }
            Err(error) => tracing::warn!("the settings stay as they were: {error:#}"),
        }
    }

    /// The names of what has changed since the settings in use were read.
    fn take_up(&mut self) -> Result<Vec<&'static str>> {
        let loaded = config::load(self.file.as_deref(), &self.flags)?;
        let changed = config::changed(&self.known, &loaded.values);
        if changed.contains(&"log.filter") {
            self.telemetry.follow(&loaded.config)?;
            config::take_over(&mut self.known, &loaded.values, "log.filter");
        }
        Ok(changed)
    }
}
