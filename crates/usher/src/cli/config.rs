//! `usher config`: the settings, checked and shown.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Common, context};
use crate::config::{Fate, Line, System};
use crate::output::{Item, item};
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
    /// Make usher.toml from the configuration of a system that Usher stands in for
    Import {
        #[command(subcommand)]
        from: Origin,
    },
}

#[derive(Debug, Subcommand)]
enum Origin {
    /// From Canaille's TOML file
    Canaille(Import),
    /// From the environment of oCIS's or OpenCloud's invitations service: a file with one NAME=value a line
    Ocis(Import),
}

#[derive(Debug, Args)]
struct Import {
    /// The file to read
    file: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "usher.toml")]
    into: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
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
            Command::Import { from } => match from {
                Origin::Canaille(import) => import.run(System::Canaille, common)?,
                Origin::Ocis(import) => import.run(System::Ocis, common)?,
            },
        }
        Ok(())
    }
}

impl Import {
    fn run(self, system: System, common: &Common) -> Result<()> {
        let (text, report) = config::import(system, &self.file)?;
        self.write(&text)?;
        let items: Vec<Item> = report
            .iter()
            .map(|Line { from, fate, what }| item(json!({ "from": from, "fate": fate.name(), "what": what })))
            .collect();
        let out = common.output();
        out.list("from", &["from", "fate", "what"], &items)?;
        let count = |fate: Fate| report.iter().filter(|line| line.fate == fate).count();
        out.remark(&format!(
            "wrote {}: {} taken, {} to be set by hand, {} without a counterpart, {} unknown",
            self.into.display(),
            count(Fate::Taken),
            count(Fate::ByHand),
            count(Fate::None),
            count(Fate::Unknown)
        ));
        Ok(())
    }

    /// It may hold a password, so it is the owner's alone.
    fn write(&self, text: &str) -> Result<()> {
        let cannot = || format!("cannot write {}", self.into.display());
        if self.force {
            return replace(&self.into, text).with_context(cannot);
        }
        match make(&self.into) {
            Ok(mut file) => file.write_all(text.as_bytes()).with_context(cannot),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
                "{} is there already: name another file with --into, or write over it with --force",
                self.into.display()
            ),
            Err(error) => Err(error).with_context(cannot),
        }
    }
}

/// A file that is made here and now, and nobody else's to read.
fn make(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Puts a new file in the place of one that is there, which stays as it was if that fails. A link goes on to lead there.
fn replace(target: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = target.with_file_name(name);
    let mut file = make(&part)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, &target));
    if written.is_err() {
        // Half a file is of no use to anybody.
        let _gone = fs::remove_file(&part);
    }
    written
}
