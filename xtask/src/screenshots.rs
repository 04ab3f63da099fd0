//! `cargo xtask screenshots`: pictures of every page, to look at. Which pages there are stands in
//! `crates/usher/tests/it/step_4_4_screens.rs`.

use anyhow::{Result, bail};

use crate::suite::Surroundings;
use crate::{shell, usage};

/// `screenshots [FOLDER]`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let folder = match args {
        [] => shell::target().join("screenshots"),
        [folder] => std::path::absolute(folder)?,
        _ => return Err(usage("screenshots takes a folder")),
    };
    shell::run(&mut shell::cargo(&["build", "-p", "usher", "--locked", "-q"]))?;
    let surroundings = Surroundings::prepare()?;
    let named = folder.display().to_string();
    let variables = [("USHER_TEST_SHOTS", named.as_str())];
    let words = ["--test", "it", "-q", "--", "--nocapture", "step_4_4_screens"];
    let outcome = surroundings.test(&["-p", "usher"], &words, &variables, |line| println!("{line}"))?;
    if !outcome.good() || outcome.passed != 1 {
        bail!("not every page could be shown");
    }
    Ok(())
}
