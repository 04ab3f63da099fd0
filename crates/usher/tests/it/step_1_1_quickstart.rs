//! What quickstart prints, pasted as it stands, ends with an invited user who accepted and is active.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Child, binary, output_of, port_8080, unset};

/// Within this time what to paste is on the screen.
const PRINTED_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn what_it_prints_pasted_as_it_stands_ends_with_an_active_user() {
    let _port = port_8080();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = binary();
    let journey = Journey::start(folder.path(), &program, Command::new(&program).arg("quickstart"));
    testkit::figure!(
        "quickstart printed what to paste after {:.1} s",
        journey.after.as_secs_f64()
    );
    journey.paste(folder.path());
    testkit::figure!(
        "{} commands pasted, the invited user accepted and is active",
        journey.commands.len()
    );
}

#[test]
fn it_runs_beside_another_one() {
    let _port = port_8080();
    let (one, two) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let program = binary();
    let first = Journey::start(one.path(), &program, Command::new(&program).arg("quickstart"));
    let second = Journey::start(two.path(), &program, Command::new(&program).arg("quickstart"));
    assert_ne!(first.said, second.said);
    second.paste(two.path());
    first.paste(one.path());
}

#[test]
fn a_second_run_in_the_same_folder_goes_on() {
    let _port = port_8080();
    let folder = tempfile::tempdir().expect("a folder");
    let program = binary();
    drop(Journey::start(
        folder.path(),
        &program,
        Command::new(&program).arg("quickstart"),
    ));
    let again = Journey::start(folder.path(), &program, Command::new(&program).arg("quickstart"));
    assert!(!again.commands.is_empty());
}

/// A running quickstart and what it has printed.
pub(crate) struct Journey {
    _child: Child,
    pub(crate) said: Vec<String>,
    /// What to paste, in order.
    pub(crate) commands: Vec<String>,
    pub(crate) after: Duration,
    program: PathBuf,
}

impl Journey {
    /// Starts it in a folder and listens until it has printed everything. Commands begin with the path of `program`.
    pub(crate) fn start(folder: &Path, program: &Path, command: &mut Command) -> Self {
        let child = Child::start(unset(command).current_dir(folder));
        let path = program.display().to_string();
        let last = |lines: &[String]| lines.last().is_some_and(|line| line.trim() == format!("{path} --help"));
        let heard = child.hear(PRINTED_WITHIN, last);
        Self {
            _child: child,
            commands: commands(&heard.lines, &path),
            said: heard.lines,
            after: heard.after,
            program: program.to_owned(),
        }
    }

    /// Pastes the commands into a shell, one after the other, and sees that they end with an active user.
    pub(crate) fn paste(&self, folder: &Path) {
        assert!(
            self.commands.len() >= 3,
            "it prints what to try:\n{}",
            self.said.join("\n")
        );
        for command in &self.commands {
            let said = output_of(
                unset(&mut Command::new("sh")).args(["-c", command]).current_dir(folder),
                "",
            );
            if command.contains(" user show ") {
                let lifecycle = said.lines().find(|line| line.contains("lifecycle")).unwrap_or_default();
                assert!(
                    lifecycle.split_whitespace().any(|word| word == "active"),
                    "{command} shows an active user:\n{said}"
                );
            }
        }
        let accepted = self.invitations(folder, "accepted");
        assert_eq!(accepted.len(), 1, "one invitation was accepted: {accepted:?}");
        let user = accepted[0]["user"].as_str();
        let user = self.json(folder, &["user", "show", user.expect("whom it invited")]);
        assert_eq!(user["lifecycle"], "active", "{user}");
    }

    fn invitations(&self, folder: &Path, state: &str) -> Vec<Value> {
        let list = self.json(folder, &["invite", "list"]);
        let list = list.as_array().expect("a list").clone();
        list.into_iter()
            .filter(|invitation| invitation["state"] == state)
            .collect()
    }

    fn json(&self, folder: &Path, words: &[&str]) -> Value {
        let mut command = Command::new(&self.program);
        unset(&mut command)
            .args(words)
            .args(["--output", "json"])
            .current_dir(folder);
        if let Some(data) = self.data_folder() {
            command.args(["--data", &data]);
        }
        serde_json::from_str(&output_of(&mut command, "")).expect("JSON")
    }

    /// The folder the printed commands name.
    fn data_folder(&self) -> Option<String> {
        let words = self.commands.first()?.split_whitespace().collect::<Vec<_>>();
        let at = words.iter().position(|word| *word == "--data")?;
        Some((*words.get(at + 1)?).to_owned())
    }
}

/// The lines that begin with the path of the program, each with the lines that continue it.
fn commands(lines: &[String], program: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut continues = false;
    for line in lines {
        let text = line.trim();
        if continues {
            if let Some(last) = commands.last_mut() {
                last.push('\n');
                last.push_str(line);
            }
        } else if text.starts_with(program) {
            commands.push(text.to_owned());
        } else {
            continue;
        }
        continues = text.ends_with('\\');
    }
    commands
}
