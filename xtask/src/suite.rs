//! Running `cargo test` and counting what it says.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::components::Components;
use crate::postgres::{self, Durability, Server};
use crate::shell;

/// What tests find in their environment. Dropping it stops the throwaway server.
pub(crate) struct Surroundings {
    variables: Vec<(&'static str, String)>,
    _server: Option<Server>,
}

impl Surroundings {
    /// Finds the components and starts a server, unless one is named in USHER_TEST_POSTGRES.
    pub(crate) fn prepare() -> Result<Self> {
        let components = Components::ensure()?;
        let (url, server) = if let Ok(url) = std::env::var("USHER_TEST_POSTGRES") {
            (url, None)
        } else {
            let server = postgres::start(Durability::None)?;
            (server.url().to_owned(), Some(server))
        };
        let variables = vec![
            ("USHER_TEST_POSTGRES", url),
            ("USHER_TEST_PYTHON", components.python.display().to_string()),
            ("USHER_TEST_PYTHON_OLD", components.old_python.display().to_string()),
            ("USHER_TEST_SCIM2", components.scim2.display().to_string()),
            ("USHER_TEST_PROVIDER", components.provider.display().to_string()),
            ("USHER_TEST_BINARY", shell::debug_binary().display().to_string()),
            (
                "USHER_TEST_XTASK",
                shell::target().join("debug/xtask").display().to_string(),
            ),
            ("INSTA_UPDATE", "no".to_owned()),
            ("RUST_TEST_THREADS", threads().to_string()),
        ];
        Ok(Self {
            variables,
            _server: server,
        })
    }

    /// One more thing that tests find.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.variables.push((name, value));
    }

    /// Runs `cargo test` on all members with these arguments. Every line goes to `see`; the count is of all binaries together.
    pub(crate) fn cargo_test(&self, args: &[&str], see: impl FnMut(&str)) -> Result<Outcome> {
        self.test(&["--workspace"], args, &[], see)
    }

    /// Runs `cargo test` on one member.
    pub(crate) fn test_package(&self, package: &str, args: &[&str], see: impl FnMut(&str)) -> Result<Outcome> {
        self.test(&["-p", package], args, &[], see)
    }

    /// Runs the one test of a module of the binary's that each engine has, and shows what it prints.
    pub(crate) fn prove_on(&self, engines: &[&str], heading: &str, module: &str) -> Result<()> {
        let mut broken = Vec::new();
        for engine in engines {
            println!("== {heading} on {engine}");
            let test = format!("{module}::{engine}");
            let words = ["--test", "it", "-q", "--", "--exact", "--nocapture", &test];
            let outcome = self.test_package("usher", &words, |line| println!("{line}"))?;
            if !outcome.good() || outcome.passed != 1 {
                broken.push(*engine);
            }
        }
        if broken.is_empty() {
            return Ok(());
        }
        bail!("does not hold on {}", broken.join(", "));
    }

    /// Runs `cargo test` on some members, with these variables beside.
    pub(crate) fn test(
        &self,
        members: &[&str],
        args: &[&str],
        variables: &[(&str, &str)],
        mut see: impl FnMut(&str),
    ) -> Result<Outcome> {
        let mut command = shell::cargo(&["test", "--locked", "--no-fail-fast"]);
        command
            .args(members)
            .args(args)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .envs(variables.iter().copied());
        watch(&mut command, &mut see)
    }
}

/// Twice as many tests at once as there are cores: half of them wait for PostgreSQL or for another process.
fn threads() -> usize {
    2 * std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// How a run of `cargo test` ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Cargo itself ended well: everything compiled, no binary aborted, nothing failed.
    pub(crate) whole: bool,
}

impl Outcome {
    pub(crate) fn good(&self) -> bool {
        self.whole && self.failed == 0
    }

    /// Adds a line such as `test result: ok. 3 passed; 0 failed; 0 ignored; …`; others count nothing.
    fn count(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in rest.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

fn watch(command: &mut Command, see: &mut impl FnMut(&str)) -> Result<Outcome> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("starting cargo test")?;
    let output = child.stdout.take().context("cargo has an output")?;
    let mut outcome = Outcome::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("reading what cargo test says")?;
        let line = String::from_utf8_lossy(&line);
        outcome.count(&line);
        see(&line);
    }
    outcome.whole = child.wait().context("waiting for cargo test")?.success();
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_binaries_are_summed() {
        let mut outcome = Outcome::default();
        outcome.count("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s");
        outcome
            .count("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s");
        outcome.count("test a_test_result: ok. 9 passed");
        assert_eq!((outcome.passed, outcome.failed), (16, 2));
        assert!(!outcome.good());
    }

    #[test]
    fn a_run_that_broke_off_is_not_good() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 'test result: ok. 1 passed; 0 failed;'; exit 101"]);
        let mut lines = 0;
        let outcome = watch(&mut command, &mut |_| lines += 1).expect("it ran");
        assert_eq!((outcome.passed, outcome.failed, lines), (1, 0, 1));
        assert!(!outcome.good());
    }
}
