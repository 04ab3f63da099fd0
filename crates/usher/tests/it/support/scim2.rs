//! scim2-cli, as its users run it.

use std::process::Command;

use serde_json::Value;

use super::child::ended;
use super::python_program;

/// scim2-cli for one server and token.
#[derive(Debug)]
pub(crate) struct Scim2 {
    base: String,
    token: String,
}

/// What a check came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) successes: usize,
    /// Everything that is no success, each with what it says.
    pub(crate) others: Vec<String>,
    pub(crate) good: bool,
}

impl Scim2 {
    pub(crate) fn new(base: &str, token: &str) -> Self {
        Self {
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(python_program("USHER_TEST_SCIM2", "scim2"));
        let header = format!("Authorization: Bearer {}", self.token);
        command.args(["--url", &self.base, "-h", &header]).args(words);
        command
    }

    /// `scim2 … test`
    pub(crate) fn test(&self) -> Checked {
        let (good, text) = ended(&mut self.command(&["test"]), "");
        Checked {
            good,
            ..Checked::read(&text)
        }
    }

    /// Any other command that answers with a resource or a list.
    #[track_caller]
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let text = self.text(words);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?} printed no JSON ({error}):\n{text}"))
    }

    /// What any other command prints; it must end well.
    #[track_caller]
    pub(crate) fn text(&self, words: &[&str]) -> String {
        let (good, text) = ended(&mut self.command(words), "");
        assert!(good, "scim2 {words:?} failed:\n{text}");
        text
    }

    /// What any other command prints, however it ends.
    pub(crate) fn says(&self, words: &[&str]) -> String {
        ended(&mut self.command(words), "").1
    }
}

impl Checked {
    /// Reads lines such as `SUCCESS query_all_schemas`, each with indented lines that say more.
    fn read(text: &str) -> Self {
        let mut checked = Self::default();
        let mut bad = false;
        for line in text.lines() {
            if line.starts_with("SUCCESS") {
                checked.successes += 1;
                bad = false;
            } else if line.starts_with(|letter: char| letter.is_ascii_uppercase()) && is_status(line) {
                checked.others.push(line.to_owned());
                bad = true;
            } else if let (true, Some(last)) = (bad, checked.others.last_mut()) {
                last.push('\n');
                last.push_str(line);
            }
        }
        checked
    }
}

/// `ERROR name`, `SKIPPED name`, `CRITICAL name`; not the heading.
fn is_status(line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or_default();
    word.len() > 2 && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
}

#[test]
fn every_line_of_the_checker_counts() {
    let text = "Performing a SCIM compliance check on http://h ...\nSUCCESS a\nSUCCESS b\n  POST /x\nERROR c\n  why\nSKIPPED d\nSUCCESS e\n  fine\n";
    let checked = Checked::read(text);
    assert_eq!(checked.successes, 3);
    assert_eq!(checked.others, ["ERROR c\n  why", "SKIPPED d"]);
}
