//! `cargo xtask bench`: Usher beside its yardsticks, in turns, and each figure as a ratio.
//!
//! A pair is one run of a yardstick and one of Usher, directly after one another on fresh databases; a figure is the median of
//! the pairs. SQLite is measured against the skeleton of `bench/`, PostgreSQL against pgbench on the same server.
//!
//! - `goals`: what is promised, and the verdict
//! - `programs`: what is built and started
//! - `load`: one phase of load, and what pgbench says

mod goals;
mod load;
mod programs;

use std::path::PathBuf;

use anyhow::{Result, bail};

use self::goals::{Engine, GOALS, Goal, Measured, Pair};
use self::load::{Phase, Run};
use self::programs::Programs;
use crate::usage;

struct Wanted {
    /// Measured instead of building one.
    usher: Option<PathBuf>,
    phases: Vec<Phase>,
    users: usize,
    seconds: u32,
    pairs: usize,
    engines: Vec<Engine>,
}

/// `bench [--only create,get] [--users N] [--seconds S] [--pairs N] [--engine sqlite|postgres] [--usher FILE]`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let wanted = Wanted::read(args)?;
    let programs = Programs::build(wanted.usher.clone())?;
    let mut missed = Vec::new();
    for engine in &wanted.engines {
        let goals: Vec<&Goal> = GOALS
            .iter()
            .filter(|goal| goal.engine == *engine && wanted.phases.contains(&goal.phase))
            .collect();
        let mut concurrencies: Vec<usize> = goals.iter().map(|goal| goal.concurrency).collect();
        concurrencies.sort_unstable();
        concurrencies.dedup();
        for concurrency in concurrencies {
            let measured = measure(&programs, *engine, concurrency, &wanted)?;
            for goal in goals.iter().filter(|goal| goal.concurrency == concurrency) {
                let verdict = goal.judge(&measured)?;
                println!("figure: {verdict}");
                if verdict.is_missed() {
                    missed.push(goal.name());
                }
            }
        }
    }
    if missed.is_empty() {
        return Ok(());
    }
    bail!("missed by more than the machine explains: {}", missed.join(", "));
}

/// All pairs at one concurrency.
fn measure(programs: &Programs, engine: Engine, concurrency: usize, wanted: &Wanted) -> Result<Measured> {
    let mut measured = Measured::default();
    let run = |phase| Run {
        phase,
        concurrency,
        // One connection takes its time.
        users: if concurrency == 1 {
            wanted.users.div_ceil(5)
        } else {
            wanted.users
        },
        seconds: wanted.seconds,
    };
    for number in 1..=wanted.pairs {
        let place = programs.place(engine)?;
        // Whoever reads needs what the writer makes, so the phases come in this order.
        for phase in [Phase::Create, Phase::Get] {
            let is_promised =
                |goal: &Goal| goal.engine == engine && goal.concurrency == concurrency && goal.phase == phase;
            if phase != Phase::Create && !(wanted.phases.contains(&phase) && GOALS.iter().any(is_promised)) {
                continue;
            }
            let run = run(phase);
            let yardstick = place.yardstick(programs, &run)?;
            let usher = programs.load(&place.usher, &run)?;
            eprintln!(
                "{engine} {phase} c={concurrency} pair {number}: {:.0}/s against {:.0}/s",
                usher.per_second, yardstick.per_second
            );
            measured.add(phase, Pair { usher, yardstick });
        }
    }
    Ok(measured)
}

impl Wanted {
    fn read(args: &[&str]) -> Result<Self> {
        let mut wanted = Self {
            usher: None,
            phases: Phase::ALL.to_vec(),
            users: 10_000,
            seconds: 3,
            pairs: 3,
            engines: vec![Engine::Sqlite, Engine::Postgres],
        };
        let known = "bench takes --only create,get, --users N, --seconds S, --pairs N, --engine sqlite or postgres, --usher FILE";
        let number = |text: &str| match text.parse::<usize>() {
            Ok(number @ 1..) => Ok(number),
            _ => Err(usage(&format!("no number: {text}"))),
        };
        for pair in args.chunks(2) {
            match pair {
                ["--only", names] => {
                    let phases = names.split(',').map(Phase::parse).collect::<Option<_>>();
                    wanted.phases = phases.ok_or_else(|| usage(known))?;
                }
                ["--usher", file] => wanted.usher = Some(PathBuf::from(file)),
                ["--users", text] => wanted.users = number(text)?,
                ["--seconds", text] => wanted.seconds = number(text)? as u32,
                ["--pairs", text] => wanted.pairs = number(text)?,
                ["--engine", "sqlite"] => wanted.engines = vec![Engine::Sqlite],
                ["--engine", "postgres"] => wanted.engines = vec![Engine::Postgres],
                _ => return Err(usage(known)),
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_narrows_what_runs() {
        let wanted = Wanted::read(&["--only", "get", "--users", "500", "--engine", "sqlite"]).expect("all are known");
        assert_eq!(
            (wanted.phases, wanted.users, wanted.engines),
            (vec![Phase::Get], 500, vec![Engine::Sqlite])
        );
        for wrong in [
            &["--only", "teleport"][..],
            &["--users", "0"],
            &["--engine", "oracle"],
            &["--only"],
        ] {
            assert!(Wanted::read(wrong).is_err(), "{wrong:?}");
        }
    }
}
