//! `cargo xtask import`: many people from CSV with a kill in the middle. What is shown stands in
//! `crates/usher/tests/it/step_2_6_import/interrupted.rs`.

use std::path::Path;

use anyhow::Result;

use crate::suite::Surroundings;
use crate::{shell, usage};

struct Wanted<'a> {
    people: u32,
    engines: Vec<&'a str>,
    usher: Option<&'a str>,
}

/// `import [--people N] [--engine sqlite|postgres] [--usher FILE]`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let wanted = Wanted::read(args)?;
    let usher = shell::usher(wanted.usher.map(Path::new), "dist")?;
    let mut surroundings = Surroundings::prepare()?;
    surroundings.set("USHER_TEST_IMPORT_PEOPLE", wanted.people.to_string());
    surroundings.set("USHER_TEST_BINARY", usher.display().to_string());
    let heading = format!("{} people", wanted.people);
    surroundings.prove_on(&wanted.engines, &heading, "step_2_6_import::interrupted")
}

impl<'a> Wanted<'a> {
    fn read(args: &[&'a str]) -> Result<Self> {
        let mut wanted = Self {
            people: 100_000,
            engines: vec!["sqlite", "postgres"],
            usher: None,
        };
        for pair in args.chunks(2) {
            match pair {
                ["--people", number] => match number.parse() {
                    Ok(people @ 1000..) => wanted.people = people,
                    _ => return Err(usage(&format!("no number of people, 1000 or more: {number}"))),
                },
                ["--engine", engine @ ("sqlite" | "postgres")] => wanted.engines = vec![engine],
                ["--usher", file] => wanted.usher = Some(file),
                _ => {
                    return Err(usage(
                        "import takes --people N, --engine sqlite or postgres, --usher FILE",
                    ));
                }
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_and_a_hundred_thousand_unless_said_otherwise() {
        let wanted = Wanted::read(&[]).expect("nothing is fine");
        assert_eq!((wanted.people, wanted.engines), (100_000, vec!["sqlite", "postgres"]));
        let wanted = Wanted::read(&["--people", "5000", "--engine", "sqlite"]).expect("both are known");
        assert_eq!((wanted.people, wanted.engines), (5000, vec!["sqlite"]));
        for wrong in [&["--people", "0"][..], &["--engine", "oracle"], &["--people"]] {
            assert!(Wanted::read(wrong).is_err(), "{wrong:?}");
        }
    }
}
