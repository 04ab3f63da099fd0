//! From the configuration of a system that Usher stands in for to `usher.toml`: what has the same meaning is taken, and of all
//! the rest it is said what to do about it, so that nothing is lost unnoticed.

mod canaille;
mod ocis;

use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::sources::{self, set};

/// Whose configuration it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Canaille,
    Ocis,
}

impl System {
    fn name(self) -> &'static str {
        match self {
            Self::Canaille => "canaille",
            Self::Ocis => "ocis",
        }
    }
}

/// What becomes of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stands in `usher.toml`.
    Taken,
    /// It is set elsewhere, such as for a realm.
    ByHand,
    /// Usher has nothing like it, or needs nothing.
    None,
    /// It is no setting of that system that is known here.
    Unknown,
}

impl Fate {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::ByHand => "by hand",
            Self::None => "no counterpart",
            Self::Unknown => "unknown",
        }
    }
}

/// One setting of the other system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) from: String,
    pub(crate) fate: Fate,
    /// What it became, what to do, or why there is nothing to do.
    pub(crate) what: String,
}

/// What a file was turned into.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    values: Table,
    pub(crate) report: Vec<Line>,
}

impl Imported {
    fn take(&mut self, from: &str, key: &'static str, value: impl Into<Value>) {
        set(&mut self.values, key, value.into());
        self.tell(from, Fate::Taken, key);
    }

    fn tell(&mut self, from: &str, fate: Fate, what: impl Into<String>) {
        self.report.push(Line {
            from: from.to_owned(),
            fate,
            what: what.into(),
        });
    }

    /// The text of `usher.toml`.
    fn text(&self, system: System, file: &Path) -> String {
        let mut text = format!(
            "# Made by `usher config import {}` from {}. Every setting there is: `usher config reference`.\n",
            system.name(),
            file.display()
        );
        text.push_str(&self.values.to_string());
        text
    }
}

/// Reads a file of that system: the text of `usher.toml`, and what became of each setting.
///
/// # Errors
/// The file cannot be read, or is none of that system; or what came out of it does not fit.
pub(crate) fn import(system: System, file: &Path) -> Result<(String, Vec<Line>)> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let read = match system {
        System::Canaille => canaille::read(&text),
        System::Ocis => ocis::read(&text),
    };
    let mut imported = read.with_context(|| file.display().to_string())?;
    if imported.report.is_empty() {
        bail!("{} sets nothing", file.display());
    }
    let order = |fate: Fate| {
        [Fate::ByHand, Fate::Taken, Fate::None, Fate::Unknown]
            .iter()
            .position(|of| *of == fate)
    };
    imported.report.sort_by_key(|line| order(line.fate));
    let text = imported.text(system, file);
    // What is written has to be something that the server starts with.
    sources::read(Some((Path::new("usher.toml"), &text)), &[], &sources::Flags::new())
        .context("what the file says does not fit together")?;
    Ok((text, imported.report))
}

/// A word as a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@+,=".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The command that sets something for a realm.
fn realm_set(setting: &str, value: &str) -> String {
    format!("usher realm set default {setting}={}", quoted(value))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(realm_set("title", "ACME"), "usher realm set default title=ACME");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn what_is_set_comes_in_sections_and_is_read_again() {
        let mut imported = Imported::default();
        imported.take("A", "mail.from", "Usher <u@example.org>");
        imported.take("B", "listen", "0.0.0.0:1");
        let text = imported.text(System::Ocis, Path::new("x.env"));
        let read = sources::read(Some((Path::new("usher.toml"), &text)), &[], &sources::Flags::new()).unwrap();
        assert_eq!(read.config.listen, "0.0.0.0:1");
        assert_eq!(read.config.mail.from.as_deref(), Some("Usher <u@example.org>"));
    }
}
