//! `cargo xtask test`: everything that is checked, in stages. A failing stage does not hide the later ones.

use std::io::Write;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::suite::{Outcome, Surroundings};
use crate::{generate, shell, steps, tidy, usage};

pub(crate) fn main(args: &[&str]) -> Result<()> {
    if args.is_empty() {
        return all();
    }
    let mut wanted = Vec::new();
    for pair in args.chunks(2) {
        match pair {
            ["--step", step] => wanted.push(*step),
            _ => return Err(usage("test takes --step N or --step N.M, several times")),
        }
    }
    steps::main(&wanted)
}

/// Every stage, then the count of tests.
pub(crate) fn all() -> Result<()> {
    let mut stages = Stages::default();
    stages.run("format", format);
    stages.run("tidy", tidy::main);
    stages.run("clippy", || {
        let args = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "-q",
            "--",
            "-D",
            "warnings",
        ];
        shell::run(&mut shell::cargo(&args))
    });
    stages.run("doc", || {
        let mut doc = shell::cargo(&["doc", "--workspace", "--no-deps", "--locked", "-q"]);
        shell::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    let mut surroundings = None;
    stages.run("components", || {
        surroundings = Some(Surroundings::prepare()?);
        Ok(())
    });
    let built = stages.run("build", || {
        // All targets at once, as the tests will want them, so that nothing is built twice with other features.
        shell::run(&mut shell::cargo(&[
            "build",
            "--workspace",
            "--all-targets",
            "--locked",
            "-q",
        ]))
    });
    if built {
        stages.run("references", generate::check);
    }
    let mut outcome = Outcome::default();
    if let Some(surroundings) = &surroundings {
        stages.run("tests", || {
            outcome = surroundings.cargo_test(&[], |line| println!("{line}"))?;
            if outcome.good() { Ok(()) } else { bail!("tests failed") }
        });
    }
    drop(surroundings);
    stages.end(&outcome)
}

fn format() -> Result<()> {
    shell::run(&mut shell::cargo(&["fmt", "--all", "--check"]))
}

/// Which stages failed, and with what the run ends.
#[derive(Default)]
struct Stages {
    failed: Vec<&'static str>,
    /// The first error that asks for its own exit code.
    refused: Option<anyhow::Error>,
}

impl Stages {
    fn run(&mut self, name: &'static str, stage: impl FnOnce() -> Result<()>) -> bool {
        println!("== {name}");
        let start = Instant::now();
        let done = stage();
        let seconds = start.elapsed().as_secs_f64();
        match &done {
            Ok(()) => println!("== {name}: {seconds:.1} s"),
            Err(error) => println!("== {name}: failed after {seconds:.1} s: {error:#}"),
        }
        // Whoever reads a pipe sees each stage as it ends; a closed pipe is their wish.
        let _ = std::io::stdout().flush();
        let Err(error) = done else { return true };
        self.failed.push(name);
        if error.is::<crate::Refused>() {
            self.refused.get_or_insert(error);
        }
        false
    }

    fn end(self, outcome: &Outcome) -> Result<()> {
        if !self.failed.is_empty() {
            println!("failed stages: {}", self.failed.join(", "));
        }
        println!("{} passed, {} failed", outcome.passed, outcome.failed);
        match self.refused {
            Some(error) => Err(error),
            None if self.failed.is_empty() => Ok(()),
            None => bail!("{} failed", self.failed.join(", ")),
        }
    }
}
