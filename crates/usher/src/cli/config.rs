//! `usher config`: the settings, checked and shown.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

use super::{Common, context};
use crate::{config, output};

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the settings without starting anything
    Check {
        /// The file to check in place of --config
        file: Option<PathBuf>,
    },
    /// Show what is set and where it came from, secrets hidden
    Show,
    /// Print every setting with its meaning and default
    Reference,
}

impl ConfigArgs {
    pub(crate) fn run(self, common: &Common) -> Result<()> {
        let load = |file: Option<&PathBuf>| {
            let file = file.or(common.config.as_ref());
            config::load(file.map(PathBuf::as_path), &context::flags(common)).context("the settings do not fit")
        };
        match self.command {
            Command::Check { file } => {
                let loaded = load(file.as_ref())?;
                let source = loaded.file.as_ref().map_or_else(
                    || "the environment".to_owned(),
                    |path| format!("{} and the environment", path.display()),
                );
                if !common.quiet {
                    let set = match loaded.origins.len() {
                        0 => "nothing is set, the defaults hold".to_owned(),
                        1 => format!("1, from {source}"),
                        several => format!("{several}, from {source}"),
                    };
                    output::line(&format!("the settings fit: {set}"))?;
                }
            }
            Command::Show => output::write(&config::show(&load(None)?))?,
            Command::Reference => output::write(config::REFERENCE)?,
        }
        Ok(())
    }
}
