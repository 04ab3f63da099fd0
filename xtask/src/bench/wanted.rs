//! The command line of the benchmark.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;

use super::figures::{Engine, Size};
use super::goals::goals;
use super::phase::Phase;
use crate::usage;

const KNOWN: &str = "\
bench takes --only PHASE[,…], --engine sqlite or postgres, --users N (instead of 10,000 and 100,000), --pairs N, --seconds S,
--full (1,000,000 users too), --quick (a few hundred users, debug build, nothing is judged), --usher FILE (instead of building)";

pub(super) struct Wanted {
    /// Measured instead of building one.
    pub(super) usher: Option<PathBuf>,
    /// None: all.
    only: Option<BTreeSet<Phase>>,
    pub(super) users: Option<usize>,
    pub(super) seconds: f64,
    pub(super) pairs: usize,
    pub(super) engines: Vec<Engine>,
    pub(super) full: bool,
    pub(super) quick: bool,
}

impl Wanted {
    pub(super) fn read(args: &[&str]) -> Result<Self> {
        let mut wanted = Self {
            usher: None,
            only: None,
            users: None,
            seconds: 3.0,
            pairs: 3,
            engines: vec![Engine::Sqlite, Engine::Postgres],
            full: false,
            quick: args.contains(&"--quick"),
        };
        if wanted.quick {
            (wanted.seconds, wanted.pairs) = (0.2, 1);
        }
        let number = |text: &str| match text.parse::<usize>() {
            Ok(number @ 1..) => Ok(number),
            _ => Err(usage(&format!("no number: {text}"))),
        };
        let mut rest = args;
        loop {
            rest = match rest {
                [] => return Ok(wanted),
                ["--quick", rest @ ..] => rest,
                ["--full", rest @ ..] => {
                    wanted.full = true;
                    rest
                }
                ["--only", names, rest @ ..] => {
                    let phases = names.split(',').map(Phase::parse).collect::<Option<_>>();
                    let all: Vec<&str> = Phase::ALL.iter().map(|phase| phase.name()).collect();
                    wanted.only = Some(phases.ok_or_else(|| usage(&format!("phases are {}", all.join(", "))))?);
                    rest
                }
                ["--usher", file, rest @ ..] => {
                    wanted.usher = Some(PathBuf::from(file));
                    rest
                }
                ["--users", text, rest @ ..] => {
                    wanted.users = Some(number(text)?);
                    rest
                }
                ["--seconds", text, rest @ ..] => {
                    wanted.seconds = number(text)? as f64;
                    rest
                }
                ["--pairs", text, rest @ ..] => {
                    wanted.pairs = number(text)?;
                    rest
                }
                ["--engine", engine @ ("sqlite" | "postgres"), rest @ ..] => {
                    let engine = if *engine == "sqlite" {
                        Engine::Sqlite
                    } else {
                        Engine::Postgres
                    };
                    wanted.engines = vec![engine];
                    rest
                }
                _ => return Err(usage(KNOWN)),
            }
        }
    }

    /// Whether somebody asked for this phase.
    pub(super) fn asks(&self, phase: Phase) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&phase))
    }

    /// What runs: what was asked for, what its goals compare it with, and what has to come before.
    pub(super) fn phases(&self) -> BTreeSet<Phase> {
        let mut phases: BTreeSet<Phase> = Phase::ALL.iter().copied().filter(|phase| self.asks(*phase)).collect();
        let goals = goals().into_iter().filter(|goal| phases.contains(&goal.of.phase));
        let compared: Vec<Phase> = goals.filter_map(|goal| Some(goal.over?.phase)).collect();
        phases.extend(compared);
        let mut missing: Vec<Phase> = phases.iter().copied().collect();
        while let Some(phase) = missing.pop() {
            if let Some(needed) = phase.needs()
                && phases.insert(needed)
            {
                missing.push(needed);
            }
        }
        phases.insert(Phase::Create);
        phases
    }

    /// The sizes, and how many users each has.
    pub(super) fn sizes(&self) -> Vec<(Size, usize)> {
        match self.users {
            Some(users) => vec![(Size::Small, users)],
            None if self.quick => vec![(Size::Small, 400), (Size::Large, 1200)],
            None => vec![(Size::Small, 10_000), (Size::Large, 100_000)],
        }
    }

    /// The two sizes of a full run.
    pub(super) fn flat(&self) -> [(Size, usize); 2] {
        if self.quick {
            [(Size::Tiny, 200), (Size::Full, 2000)]
        } else {
            [(Size::Tiny, 1000), (Size::Full, 1_000_000)]
        }
    }

    /// How many people are invited.
    pub(super) fn invitations(&self, users: usize) -> usize {
        if self.quick { 60 } else { users.min(4000) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_narrows_what_runs() {
        let words = ["--only", "look-up", "--users", "500", "--engine", "sqlite", "--quick"];
        let wanted = Wanted::read(&words).expect("all are known");
        assert_eq!(
            (wanted.sizes(), wanted.engines.as_slice()),
            (vec![(Size::Small, 500)], &[Engine::Sqlite][..])
        );
        assert!(wanted.asks(Phase::LookUp) && !wanted.asks(Phase::Get));
        // Compared with get; opened before, invited before that.
        let phases: Vec<Phase> = wanted.phases().into_iter().collect();
        assert_eq!(
            phases,
            [Phase::Create, Phase::Get, Phase::Invite, Phase::Open, Phase::LookUp]
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
