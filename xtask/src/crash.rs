//! `cargo xtask crash`: rounds of `kill -9` under concurrent writes. What a round is stands in `crates/usher/tests/it/step_1_8_crash`.

use anyhow::Result;

use crate::suite::Surroundings;
use crate::usage;

struct Wanted<'a> {
    rounds: u32,
    engines: Vec<&'a str>,
    seed: Option<&'a str>,
}

/// `crash [--rounds N] [--engine sqlite|postgres] [--seed S]`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let wanted = Wanted::read(args)?;
    let mut surroundings = Surroundings::prepare()?;
    surroundings.set("USHER_TEST_CRASH_ROUNDS", wanted.rounds.to_string());
    if let Some(seed) = wanted.seed {
        surroundings.set("USHER_TEST_CRASH_SEED", seed.to_owned());
    }
    let heading = format!("{} rounds", wanted.rounds);
    surroundings.prove_on(&wanted.engines, &heading, "step_1_8_crash")
}

impl<'a> Wanted<'a> {
    fn read(args: &[&'a str]) -> Result<Self> {
        let mut wanted = Self {
            rounds: 20,
            engines: vec!["sqlite", "postgres"],
            seed: None,
        };
        for pair in args.chunks(2) {
            match pair {
                ["--rounds", number] => match number.parse() {
                    Ok(rounds @ 1..) => wanted.rounds = rounds,
                    _ => return Err(usage(&format!("no number of rounds: {number}"))),
                },
                ["--engine", engine @ ("sqlite" | "postgres")] => wanted.engines = vec![engine],
                ["--seed", seed] => wanted.seed = Some(seed),
                _ => return Err(usage("crash takes --rounds N, --engine sqlite or postgres, --seed S")),
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_and_twenty_rounds_unless_said_otherwise() {
        let wanted = Wanted::read(&[]).expect("nothing is fine");
        assert_eq!((wanted.rounds, wanted.engines), (20, vec!["sqlite", "postgres"]));
        let wanted = Wanted::read(&["--rounds", "500", "--engine", "postgres"]).expect("both are known");
        assert_eq!((wanted.rounds, wanted.engines), (500, vec!["postgres"]));
        for wrong in [
            &["--rounds", "0"][..],
            &["--engine", "oracle"],
            &["--rounds"],
            &["500", "--rounds"],
        ] {
            assert!(Wanted::read(wrong).is_err(), "{wrong:?}");
        }
    }
}
