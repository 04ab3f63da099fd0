//! What is packaged: a binary, its version, its machine, and the time that all files are dated with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::staging::Staging;
use crate::{components, shell};

/// A built binary and what is known of it.
pub(super) struct Subject {
    usher: PathBuf,
    /// As the binary says it: `0.1.0`.
    pub(super) version: String,
    /// As Debian and Go call the machine: `amd64`.
    pub(super) architecture: &'static str,
    /// Seconds since 1970: SOURCE_DATE_EPOCH, else the time of the commit.
    pub(super) time: u64,
    /// The commit, where there is one.
    pub(super) revision: Option<String>,
}

impl Subject {
    /// Takes the named binary, or builds one.
    pub(super) fn find(usher: Option<&Path>) -> Result<Self> {
        let usher = shell::usher(usher, "dist")?;
        let said = shell::output(Command::new(&usher).arg("--version"))?;
        let Some(version) = said.trim().strip_prefix("usher ") else {
            bail!("{} is no usher: its version is {said:?}", usher.display());
        };
        let version = version.to_owned();
        Ok(Self {
            usher,
            version,
            architecture: architecture()?,
            time: time()?,
            revision: of_commit("%H"),
        })
    }

    /// `usher` with these words; what it printed.
    pub(super) fn says(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.usher);
        // Help is as wide as the terminal otherwise.
        shell::output(command.args(words).env("COLUMNS", "100").env_remove("USHER_CONFIG"))
    }

    /// Puts the binary there, without its symbols.
    pub(super) fn install(&self, staging: &Staging, path: &str) -> Result<PathBuf> {
        let placed = staging.copy(&self.usher, path, 0o755)?;
        components::require("strip", "binutils")?;
        let mut strip = Command::new("strip");
        strip.args([
            "--strip-unneeded",
            "--remove-section=.comment",
            "--remove-section=.note",
        ]);
        shell::run(strip.arg(&placed))?;
        Ok(placed)
    }

    /// The time that files are dated with, as `date` writes it in that format.
    pub(super) fn date(&self, format: &str) -> Result<String> {
        let mut date = Command::new("date");
        date.args(["-u", "-d", &format!("@{}", self.time), format])
            .env("LC_ALL", "C");
        Ok(shell::output(&mut date)?.trim().to_owned())
    }
}

fn architecture() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => bail!("packages are made for x86_64 and aarch64, and this is {other}"),
    }
}

fn time() -> Result<u64> {
    let named = std::env::var("SOURCE_DATE_EPOCH").ok();
    let Some(text) = named.or_else(|| of_commit("%ct")) else {
        return Ok(0);
    };
    text.parse()
        .with_context(|| format!("SOURCE_DATE_EPOCH takes seconds since 1970, and not {text:?}"))
}

/// Something about the commit that is checked out; a tree without git has none.
fn of_commit(format: &str) -> Option<String> {
    let mut git = Command::new("git");
    git.args(["log", "-1", &format!("--format={format}")])
        .current_dir(shell::root());
    let output = git.output().ok().filter(|output| output.status.success())?;
    let said = String::from_utf8(output.stdout).ok()?;
    Some(said.trim().to_owned()).filter(|said| !said.is_empty())
}
