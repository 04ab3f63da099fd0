//! What people install, on machines that hold nothing else: the image on its own files, the Debian package on a clean Debian.

mod deb;
mod image;
mod machine;

use std::process::Command;

use crate::support::{binary, output_of, variable, workspace};

/// Runs `cargo xtask` with these words; what it printed.
fn xtask(words: &[&str]) -> String {
    // Built by the same run of the tests, else brought up to date here.
    let mut command = if let Some(program) = variable("USHER_TEST_XTASK") {
        Command::new(program)
    } else {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "-q", "-p", "xtask", "--locked", "--"]);
        cargo
    };
    command
        .args(words)
        .current_dir(workspace())
        .env("CARGO_MANIFEST_DIR", workspace().join("xtask"));
    output_of(&mut command, "").trim().to_owned()
}

/// The binary under test, as a word of a command line.
fn usher() -> String {
    let file = std::fs::canonicalize(binary()).expect("the binary is there");
    file.display().to_string()
}
