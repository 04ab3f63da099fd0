//! Tests of the product at a size that the suite has no time for: `cargo xtask import`, `cargo xtask night`, `cargo xtask pages`.

use std::path::Path;

use anyhow::Result;

use crate::suite::Surroundings;
use crate::{shell, usage};

/// A test that takes a number.
#[derive(Debug)]
pub(crate) struct Sized {
    command: &'static str,
    /// What the number is of; also its flag.
    of: &'static str,
    least: u32,
    /// By which the test is told.
    variable: &'static str,
    /// Where what is shown stands: a module of `crates/usher/tests/it` with a test for each engine.
    module: &'static str,
}

/// People from CSV, with a kill in the middle.
pub(crate) const IMPORT: Sized = Sized {
    command: "import",
    of: "people",
    least: 1000,
    variable: "USHER_TEST_IMPORT_PEOPLE",
    module: "step_2_6_import::interrupted",
};

/// Memberships that end in one night, with a kill in the middle.
pub(crate) const NIGHT: Sized = Sized {
    command: "night",
    of: "memberships",
    least: 100,
    variable: "USHER_TEST_NIGHT",
    module: "step_3_7_night",
};

/// Pages of a realm with so many members, and a tenth as many groups.
pub(crate) const PAGES: Sized = Sized {
    command: "pages",
    of: "members",
    least: 1000,
    variable: "USHER_TEST_PAGES",
    module: "step_4_6_scale",
};

/// Of how many, unless somebody says otherwise.
const USUAL: u32 = 100_000;

struct Wanted<'a> {
    number: u32,
    engines: Vec<&'a str>,
    usher: Option<&'a str>,
}

/// `import [--people N] [--engine sqlite|postgres] [--usher FILE]`, and the others so.
pub(crate) fn main(sized: &Sized, args: &[&str]) -> Result<()> {
    let wanted = Wanted::read(sized, args)?;
    let usher = shell::usher(wanted.usher.map(Path::new), "dist")?;
    let mut surroundings = Surroundings::prepare()?;
    surroundings.set(sized.variable, wanted.number.to_string());
    surroundings.set("USHER_TEST_BINARY", usher.display().to_string());
    let heading = format!("{} {}", wanted.number, sized.of);
    surroundings.prove_on(&wanted.engines, &heading, sized.module)
}

impl<'a> Wanted<'a> {
    fn read(sized: &Sized, args: &[&'a str]) -> Result<Self> {
        let mut wanted = Self {
            number: USUAL,
            engines: vec!["sqlite", "postgres"],
            usher: None,
        };
        for pair in args.chunks(2) {
            match pair {
                [flag, number] if flag.strip_prefix("--") == Some(sized.of) => match number.parse() {
                    Ok(number) if number >= sized.least => wanted.number = number,
                    _ => {
                        let why = format!("no number of {}, {} or more: {number}", sized.of, sized.least);
                        return Err(usage(&why));
                    }
                },
                ["--engine", engine @ ("sqlite" | "postgres")] => wanted.engines = vec![engine],
                ["--usher", file] => wanted.usher = Some(file),
                _ => {
                    let (command, of) = (sized.command, sized.of);
                    let why = format!("{command} takes --{of} N, --engine sqlite or postgres, --usher FILE");
                    return Err(usage(&why));
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
        let wanted = Wanted::read(&IMPORT, &[]).expect("nothing is fine");
        assert_eq!((wanted.number, wanted.engines), (100_000, vec!["sqlite", "postgres"]));
        let wanted = Wanted::read(&IMPORT, &["--people", "5000", "--engine", "sqlite"]).expect("both are known");
        assert_eq!((wanted.number, wanted.engines), (5000, vec!["sqlite"]));
        let wanted = Wanted::read(&NIGHT, &["--memberships", "500"]).expect("it is known");
        assert_eq!(wanted.number, 500);
        for wrong in [
            &["--people", "0"][..],
            &["--engine", "oracle"],
            &["--people"],
            &["--memberships", "5000"],
        ] {
            assert!(Wanted::read(&IMPORT, wrong).is_err(), "{wrong:?}");
        }
    }
}
