//! `cargo xtask fuzz`: libFuzzer over the oracles of `crates/oracles`. What holds for a case stands there; why this engine, in
//! `docs/decisions`.
//!
//! Corpora lie in `fuzz/corpus`, small enough to be read as tests; what is made of them lies below the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::{components, shell, usage};

/// A target, and the longest case that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
    name: &'static str,
    longest: u32,
}

const fn target(name: &'static str, longest: u32) -> Target {
    Target { name, longest }
}

const TARGETS: [Target; 5] = [
    target("entry", 16_384),
    target("filter", 9_000),
    target("patch", 16_384),
    target("bulk", 16_384),
    target("configuration", 8_192),
];

/// What coverage costs is paid by our own crates and those they are made of, not by what builds them.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// The stack of the server's threads: what recurses without bound fails here as it would there.
const STACK_KIB: &str = "2048";
/// No case of a corpus is longer, and no corpus has more cases.
const KEPT_BYTES: u64 = 4_095;
const KEPT_CASES: usize = 400;
/// Seconds that making a finding smaller may take.
const MINIMISING: u32 = 60;

#[derive(Debug, PartialEq, Eq)]
struct Wanted<'a> {
    targets: Vec<Target>,
    /// Of a processor, for each target: what else runs on the machine makes it last longer, not less thorough.
    minutes: u32,
    /// Runs this one case and nothing else.
    case: Option<&'a str>,
    /// Makes the corpora anew of all that was found to be worth keeping.
    keep: bool,
}

/// `fuzz [TARGET] [--minutes N] [--keep]`, `fuzz TARGET --case FILE`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let wanted = Wanted::read(args)?;
    components::require_cpp()?;
    let program = build(&wanted.targets)?;
    if let (Some(case), [target]) = (wanted.case, wanted.targets.as_slice()) {
        return Run::new(&program, *target)?.case(case);
    }
    let queue = Mutex::new(wanted.targets.iter().copied());
    let broken = Mutex::new(Vec::new());
    let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // One process for each core, as long as there are targets.
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(target) = next(&queue) {
                    let outcome = Run::new(&program, target).and_then(|run| run.whole(&wanted));
                    if let Err(error) = outcome {
                        println!("{}: {error:#}", target.name);
                        broken
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .push(target.name);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if broken.is_empty() {
        return Ok(());
    }
    bail!("something does not hold: {}", broken.join(", "));
}

fn next(queue: &Mutex<impl Iterator<Item = Target>>) -> Option<Target> {
    queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next()
}

impl<'a> Wanted<'a> {
    fn read(args: &[&'a str]) -> Result<Self> {
        let mut wanted = Self {
            targets: TARGETS.to_vec(),
            minutes: 1,
            case: None,
            keep: false,
        };
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match *word {
                "--keep" => wanted.keep = true,
                "--minutes" => match words.next().map(|number| number.parse()) {
                    Some(Ok(minutes @ 1..=100_000)) => wanted.minutes = minutes,
                    _ => return Err(usage("--minutes takes a number from 1")),
                },
                "--case" => wanted.case = words.next().copied(),
                name => {
                    let found = TARGETS.iter().find(|target| target.name == name);
                    let Some(target) = found else {
                        let names = TARGETS.map(|target| target.name).join(", ");
                        return Err(usage(&format!("fuzz has no target {name}; there are {names}")));
                    };
                    wanted.targets = vec![*target];
                }
            }
        }
        if wanted.case.is_some() && wanted.targets.len() != 1 {
            return Err(usage("--case needs its target: fuzz filter --case FILE"));
        }
        Ok(wanted)
    }
}

/// Builds the program with coverage. Configuration needs all of the product, the others only its `scim`.
fn build(targets: &[Target]) -> Result<PathBuf> {
    let host = host()?;
    let manifest = shell::root().join("fuzz/Cargo.toml");
    let folder = folder();
    // Not locked: what the product depends on changes under this workspace's own lock.
    let mut cargo = shell::cargo(&["build", "--release", "-q", "--target", &host]);
    cargo.arg("--manifest-path").arg(&manifest);
    cargo.arg("--target-dir").arg(&folder);
    if targets.iter().any(|target| target.name == "configuration") {
        cargo.args(["--features", "configuration"]);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    println!("building the fuzzer");
    shell::run(&mut cargo)?;
    Ok(folder.join(host).join("release/fuzz"))
}

fn folder() -> PathBuf {
    shell::target().join("fuzz")
}

/// With a target named, build scripts and macros are built without these flags.
fn host() -> Result<String> {
    let said = shell::output(Command::new("rustc").arg("-vV"))?;
    let line = said.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc does not say what it builds for")
}

/// One target and where its files are.
struct Run<'a> {
    program: &'a Path,
    target: Target,
    /// In the repository.
    corpus: PathBuf,
    /// What earlier runs found worth keeping.
    work: PathBuf,
    found: PathBuf,
    /// The slowest case: its microseconds and bytes.
    slowest: PathBuf,
    log: PathBuf,
}

impl<'a> Run<'a> {
    fn new(program: &'a Path, target: Target) -> Result<Self> {
        let (folder, name) = (folder(), target.name);
        let run = Self {
            program,
            target,
            corpus: shell::root().join("fuzz/corpus").join(name),
            work: folder.join("work").join(name),
            found: folder.join("found").join(name),
            slowest: folder.join(format!("slowest-{name}.txt")),
            log: folder.join(format!("log-{name}.txt")),
        };
        for folder in [&run.corpus, &run.work, &run.found] {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        Ok(run)
    }

    /// libFuzzer with these words, its output in the log; for so many seconds of the processor, or until its work is done.
    fn engine(&self, words: &[String], seconds: Option<u32>) -> Result<bool> {
        let log = fs::File::create(&self.log).with_context(|| format!("writing {}", self.log.display()))?;
        let mut command = self.command();
        if let Some(seconds) = seconds {
            command.env("USHER_FUZZ_SECONDS", seconds.to_string());
        }
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let status = command
            .status()
            .with_context(|| format!("starting {}", self.program.display()))?;
        Ok(status.success())
    }

    fn command(&self) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -s \"$1\"; shift; exec \"$@\"", "sh", STACK_KIB])
            .arg(self.program)
            .args(["-timeout=10", "-rss_limit_mb=2048"])
            // Configuration may name files: there are none here.
            .current_dir(&self.found)
            .env("USHER_FUZZ_TARGET", self.target.name)
            .env("USHER_FUZZ_SLOWEST", &self.slowest);
        command
    }

    /// Some minutes of it, and what is made of the outcome.
    fn whole(&self, wanted: &Wanted<'_>) -> Result<()> {
        let _ = fs::remove_file(&self.slowest);
        let before = self.findings()?;
        let dictionary = shell::root().join(format!("fuzz/dictionaries/{}.dict", self.target.name));
        let words = [
            self.work.display().to_string(),
            self.corpus.display().to_string(),
            format!("-dict={}", dictionary.display()),
            format!("-max_len={}", self.target.longest),
            format!("-artifact_prefix={}/", self.found.display()),
            "-print_final_stats=1".to_owned(),
        ];
        let good = self.engine(&words, Some(wanted.minutes * 60))?;
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        if !good {
            let why = log.split("panicked at ").nth(1).unwrap_or(&log);
            let why: String = why.chars().take(2_000).collect();
            println!("{}: {why}", self.target.name);
            let new: Vec<PathBuf> = self
                .findings()?
                .into_iter()
                .filter(|file| !before.contains(file))
                .collect();
            for file in &new {
                let smaller = self.minimised(file)?;
                println!(
                    "repeat: cargo xtask fuzz {} --case {}",
                    self.target.name,
                    smaller.display()
                );
            }
            bail!("{} findings; the log is {}", new.len(), self.log.display());
        }
        let cases = log
            .lines()
            .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        println!(
            "figure: {}: {} min of a processor, {} cases, 0 findings, {}",
            self.target.name,
            wanted.minutes,
            cases.map_or("?", str::trim),
            self.slowest_case()
        );
        if wanted.keep { self.keep() } else { Ok(()) }
    }

    fn slowest_case(&self) -> String {
        let text = fs::read_to_string(&self.slowest).unwrap_or_default();
        match text.trim().split_once(' ') {
            Some((micros, bytes)) => {
                let millis = micros.parse::<f64>().unwrap_or(f64::NAN) / 1000.0;
                format!("slowest case {millis:.1} ms ({bytes} bytes)")
            }
            None => "no case measured".to_owned(),
        }
    }

    fn findings(&self) -> Result<Vec<PathBuf>> {
        files(&self.found)
    }

    /// The same finding as short as a minute makes it.
    fn minimised(&self, file: &Path) -> Result<PathBuf> {
        let smaller = file.with_extension("min");
        let words = [
            "-minimize_crash=1".to_owned(),
            format!("-max_total_time={MINIMISING}"),
            format!("-exact_artifact_path={}", smaller.display()),
            file.display().to_string(),
        ];
        self.engine(&words, None)?;
        Ok(if smaller.exists() { smaller } else { file.to_owned() })
    }

    fn case(&self, file: &str) -> Result<()> {
        let file = fs::canonicalize(file).with_context(|| format!("there is no case {file}"))?;
        shell::run(self.command().arg(file))
    }

    /// The fewest cases that reach all that is reached, in the place of the corpus.
    fn keep(&self) -> Result<()> {
        let merged = folder().join("merged").join(self.target.name);
        let _ = fs::remove_dir_all(&merged);
        fs::create_dir_all(&merged)?;
        let words = [
            "-set_cover_merge=1".to_owned(),
            "-use_counters=0".to_owned(),
            format!("-max_len={KEPT_BYTES}"),
            merged.display().to_string(),
            self.corpus.display().to_string(),
            self.work.display().to_string(),
        ];
        if !self.engine(&words, None)? {
            bail!("the corpus cannot be merged; the log is {}", self.log.display());
        }
        let mut kept = files(&merged)?;
        kept.retain(|file| fs::metadata(file).is_ok_and(|data| data.len() <= KEPT_BYTES));
        kept.sort_by_key(|file| fs::metadata(file).map_or(0, |data| data.len()));
        kept.truncate(KEPT_CASES);
        let named = |file: &PathBuf| file.file_name().map(ToOwned::to_owned);
        for old in files(&self.corpus)? {
            // Those with names of their own are findings that were mended.
            let hashed = named(&old).is_some_and(|name| name.len() == 40);
            if hashed && !kept.iter().any(|file| named(file) == named(&old)) {
                fs::remove_file(old)?;
            }
        }
        for file in &kept {
            if let Some(name) = named(file) {
                fs::copy(file, self.corpus.join(name))?;
            }
        }
        println!(
            "{}: {} cases in the corpus",
            self.target.name,
            files(&self.corpus)?.len()
        );
        Ok(())
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_targets_for_a_minute_unless_said_otherwise() {
        let wanted = Wanted::read(&[]).expect("nothing is fine");
        assert_eq!((wanted.targets.len(), wanted.minutes, wanted.keep), (5, 1, false));
        let wanted = Wanted::read(&["filter", "--minutes", "60", "--keep"]).expect("all are known");
        assert_eq!(
            (wanted.targets[0].name, wanted.minutes, wanted.keep),
            ("filter", 60, true)
        );
        assert!(Wanted::read(&["bulk", "--case", "file"]).expect("known").case.is_some());
        for wrong in [
            &["nothing"][..],
            &["--minutes", "0"],
            &["--minutes"],
            &["--case", "file"],
        ] {
            assert!(Wanted::read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_target_has_a_corpus_and_a_dictionary() {
        let folder = shell::root().join("fuzz");
        for target in TARGETS {
            let cases = files(&folder.join("corpus").join(target.name)).expect("a corpus");
            assert!(
                (20..=2 * KEPT_CASES).contains(&cases.len()),
                "{}: {} cases",
                target.name,
                cases.len()
            );
            assert!(folder.join(format!("dictionaries/{}.dict", target.name)).exists());
        }
    }
}
