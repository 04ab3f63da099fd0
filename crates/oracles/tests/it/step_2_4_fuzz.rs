//! One test for each target.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use oracles::Target;

#[test]
fn json_entry() {
    corpus_holds(Target::Entry);
}

#[test]
fn filters() {
    corpus_holds(Target::Filter);
}

#[test]
fn patch_paths_and_operations() {
    corpus_holds(Target::Patch);
}

#[test]
fn bulk() {
    corpus_holds(Target::Bulk);
}

#[test]
fn configuration() {
    corpus_holds(Target::Configuration);
}

fn corpus_holds(target: Target) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target.name());
    let entries = std::fs::read_dir(&folder).expect("the corpus is there");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    assert!(files.len() >= 20, "{} holds {} cases", folder.display(), files.len());
    let mut slowest = Duration::ZERO;
    for file in &files {
        let case = std::fs::read(file).expect("a case is read");
        let start = Instant::now();
        if let Err(why) = target.run(&case) {
            panic!("cargo xtask fuzz {} --case {}\n{why}", target.name(), file.display());
        }
        slowest = slowest.max(start.elapsed());
    }
    testkit::figure!(
        "{}: {} cases of the corpus hold, none slower than {:.1} ms in this build",
        target.name(),
        files.len(),
        slowest.as_secs_f64() * 1000.0
    );
}
