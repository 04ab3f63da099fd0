//! `cargo xtask bench`: Usher beside its yardsticks, in turns, and each figure as a ratio.
//!
//! A pair is one run of a yardstick and one of Usher, directly after one another on fresh databases; a figure is the median of
//! the pairs. SQLite is measured against the skeleton of `bench/`, PostgreSQL against pgbench on the same server, and much
//! against Usher itself.
//!
//! - `phase`: what is measured, in which order; `goals`: what is promised, as data
//! - `measure`: all phases on one engine and size; `flat`: few users against many; `probes`: what is no load
//! - `place` and `running`: servers and their databases; `programs`: what is built; `load`: what the generator says
//! - `figures`: what came out; `verdict` and `report`: how it is told; `wanted`: the command line

mod figures;
mod flat;
mod goals;
mod load;
mod measure;
mod phase;
mod place;
mod probes;
mod programs;
mod report;
mod running;
mod verdict;
mod wanted;

use std::io::Write as _;

use anyhow::{Result, bail};

use self::figures::{Engine, Figures};
use self::goals::Goal;
use self::measure::Measuring;
use self::phase::Phase;
use self::programs::Programs;
use self::wanted::Wanted;
use crate::components;

/// `bench [--only PHASE[,…]] [--engine sqlite|postgres] [--users N] [--pairs N] [--seconds S] [--full] [--quick] [--usher FILE]`
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let wanted = Wanted::read(args)?;
    let phases = wanted.phases();
    if phases.contains(&Phase::Commits) && wanted.engines.contains(&Engine::Sqlite) {
        components::require("strace", "strace")?;
    }
    let programs = Programs::build(&wanted)?;
    let mut figures = Figures::default();
    for engine in &wanted.engines {
        for (size, users) in wanted.sizes() {
            let measuring = Measuring {
                programs: &programs,
                wanted: &wanted,
                phases: &phases,
                engine: *engine,
                size,
                users,
            };
            for number in 1..=wanted.pairs {
                measuring.pair(number, &mut figures)?;
            }
            println!("{}", report::table(&figures, *engine, size, users));
            // Whoever reads a pipe sees each table as it is made; a closed pipe is their wish.
            let _ = std::io::stdout().flush();
        }
    }
    if wanted.full && wanted.engines.contains(&Engine::Sqlite) {
        flat::run(&programs, &wanted, &mut figures)?;
        for (size, users) in wanted.flat() {
            println!("{}", report::table(&figures, Engine::Sqlite, size, users));
        }
    }
    judge(&wanted, &figures)
}

/// Prints goals and figures side by side.
fn judge(wanted: &Wanted, figures: &Figures) -> Result<()> {
    let sizes = wanted.sizes();
    let is_meant = |goal: &Goal| {
        let size = if flat::is_of_full_runs(goal.of.size) {
            wanted.full
        } else {
            sizes.iter().any(|(size, _)| *size == goal.of.size)
        };
        size && wanted.engines.contains(&goal.engine) && wanted.asks(goal.of.phase)
    };
    println!("\n| | goal | figure | | |\n|---|---|--:|---|---|");
    let (mut missed, mut absent) = (Vec::new(), Vec::new());
    for goal in goals::goals().into_iter().filter(is_meant) {
        match goal.judge(figures) {
            Some(verdict) => {
                println!("{}", verdict.row());
                if verdict.missed {
                    missed.push(verdict.to_string());
                }
            }
            None => absent.push(goal.name()),
        }
    }
    println!();
    if !absent.is_empty() {
        bail!("not measured: {}", absent.join("; "));
    }
    if wanted.quick {
        println!("So short a run says nothing about goals; {} were missed.", missed.len());
    } else if !missed.is_empty() {
        bail!("missed by more than the machine explains:\n{}", missed.join("\n"));
    }
    Ok(())
}
