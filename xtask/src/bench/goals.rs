//! What is promised, as ratios, and the verdict over what was measured.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};

use super::load::{Loaded, Phase};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// One promise.
pub(super) struct Goal {
    pub(super) engine: Engine,
    pub(super) phase: Phase,
    pub(super) concurrency: usize,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// At least this share of the yardstick's requests per second.
    Rate(f64),
    /// At most this multiple of the yardstick's CPU time per request.
    Cpu(f64),
    /// At most so many milliseconds for half of the requests.
    Median(f64),
}

/// A rate or a median is missed when it is off by more than this.
const TOLERANCE: f64 = 1.1;
/// CPU time per request moves more between minutes on a shared machine.
const CPU_TOLERANCE: f64 = 1.3;

pub(super) const GOALS: [Goal; 13] = [
    goal(Engine::Sqlite, Phase::Create, 1, What::Rate(0.5)),
    goal(Engine::Sqlite, Phase::Create, 1, What::Median(0.7)),
    goal(Engine::Sqlite, Phase::Create, 16, What::Rate(0.5)),
    goal(Engine::Sqlite, Phase::Create, 16, What::Cpu(2.1)),
    goal(Engine::Sqlite, Phase::Create, 64, What::Rate(0.5)),
    goal(Engine::Sqlite, Phase::Get, 16, What::Rate(0.5)),
    goal(Engine::Sqlite, Phase::Get, 16, What::Cpu(2.1)),
    goal(Engine::Sqlite, Phase::Get, 64, What::Rate(0.5)),
    goal(Engine::Postgres, Phase::Create, 1, What::Median(1.5)),
    goal(Engine::Postgres, Phase::Create, 16, What::Rate(0.25)),
    goal(Engine::Postgres, Phase::Create, 64, What::Rate(0.25)),
    goal(Engine::Postgres, Phase::Get, 16, What::Rate(0.25)),
    goal(Engine::Postgres, Phase::Get, 64, What::Rate(0.25)),
];

const fn goal(engine: Engine, phase: Phase, concurrency: usize, what: What) -> Goal {
    Goal {
        engine,
        phase,
        concurrency,
        what,
    }
}

/// One run of Usher and the yardstick's run before it.
pub(super) struct Pair {
    pub(super) usher: Loaded,
    pub(super) yardstick: Loaded,
}

/// All pairs at one concurrency, by phase.
#[derive(Default)]
pub(super) struct Measured {
    pairs: BTreeMap<Phase, Vec<Pair>>,
}

impl Measured {
    pub(super) fn add(&mut self, phase: Phase, pair: Pair) {
        self.pairs.entry(phase).or_default().push(pair);
    }
}

impl Goal {
    pub(super) fn name(&self) -> String {
        let what = match self.what {
            What::Rate(_) => "rate",
            What::Cpu(_) => "CPU",
            What::Median(_) => "p50",
        };
        format!("{} {} c={} {what}", self.engine, self.phase, self.concurrency)
    }

    pub(super) fn judge(&self, measured: &Measured) -> Result<Verdict> {
        let pairs = measured.pairs.get(&self.phase).context("nothing was measured")?;
        let of = |figure: &dyn Fn(&Pair) -> Option<f64>| -> Result<f64> {
            let figures: Option<Vec<f64>> = pairs.iter().map(figure).collect();
            median(figures.context("a figure is missing")?).context("nothing was measured")
        };
        let usher = of(&|pair| Some(pair.usher.per_second))?;
        let yardstick = of(&|pair| Some(pair.yardstick.per_second))?;
        let (figure, missed, text) = match self.what {
            What::Rate(goal) => {
                let ratio = of(&|pair| Some(pair.usher.per_second / pair.yardstick.per_second))?;
                let against = match self.engine {
                    Engine::Sqlite => "the skeleton",
                    Engine::Postgres => "pgbench",
                };
                let text = format!(
                    "{:.0} % of {against}, goal {:.0} % ({usher:.0}/s against {yardstick:.0}/s)",
                    ratio * 100.0,
                    goal * 100.0
                );
                (ratio, ratio * TOLERANCE < goal, text)
            }
            What::Cpu(goal) => {
                let ratio = of(&|pair| Some(pair.usher.cpu_us? / pair.yardstick.cpu_us?))?;
                let (ours, theirs) = (of(&|pair| pair.usher.cpu_us)?, of(&|pair| pair.yardstick.cpu_us)?);
                let text = format!("{ratio:.2} x the skeleton, goal {goal:.1} x ({ours:.0} us against {theirs:.0} us)");
                (ratio, ratio > goal * CPU_TOLERANCE, text)
            }
            What::Median(goal) => {
                let p50 = of(&|pair| pair.usher.p50_ms)?;
                (
                    p50,
                    p50 > goal * TOLERANCE,
                    format!("{p50:.2} ms, goal {goal:.1} ms ({usher:.0}/s)"),
                )
            }
        };
        debug_assert!(figure.is_finite(), "a figure is a number");
        Ok(Verdict {
            text: format!("{}: {text}", self.name()),
            missed,
        })
    }
}

/// The middle one; of an even number the lower of the two.
fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied()
}

pub(super) struct Verdict {
    text: String,
    missed: bool,
}

impl Verdict {
    pub(super) fn is_missed(&self) -> bool {
        self.missed
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.missed { ", MISSED" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(per_second: f64, cpu_us: f64) -> Loaded {
        Loaded {
            per_second,
            p50_ms: Some(1.0),
            cpu_us: Some(cpu_us),
        }
    }

    fn measured(rates: &[(f64, f64)]) -> Measured {
        let mut measured = Measured::default();
        for (usher, yardstick) in rates {
            measured.add(
                Phase::Get,
                Pair {
                    usher: loaded(*usher, 50.0),
                    yardstick: loaded(*yardstick, 25.0),
                },
            );
        }
        measured
    }

    #[test]
    fn the_median_of_the_ratios_decides() {
        let goal = goal(Engine::Sqlite, Phase::Get, 16, What::Rate(0.5));
        // 60 %, 10 %, 55 %: one bad minute does not decide.
        let verdict = goal
            .judge(&measured(&[(600.0, 1000.0), (100.0, 1000.0), (550.0, 1000.0)]))
            .expect("measured");
        assert!(!verdict.is_missed());
        assert!(
            verdict
                .to_string()
                .starts_with("sqlite get c=16 rate: 55 % of the skeleton, goal 50 %"),
            "{verdict}"
        );
    }

    #[test]
    fn a_tenth_is_forgiven_and_no_more() {
        let goal = goal(Engine::Sqlite, Phase::Get, 16, What::Rate(0.5));
        assert!(!goal.judge(&measured(&[(460.0, 1000.0)])).expect("measured").is_missed());
        assert!(goal.judge(&measured(&[(450.0, 1000.0)])).expect("measured").is_missed());
    }

    #[test]
    fn cpu_is_a_multiple() {
        let cpu = |most| {
            goal(Engine::Sqlite, Phase::Get, 16, What::Cpu(most))
                .judge(&measured(&[(1.0, 1.0)]))
                .expect("measured")
        };
        assert!(!cpu(2.1).is_missed());
        assert!(cpu(1.5).is_missed());
    }

    #[test]
    fn what_was_not_measured_is_no_success() {
        assert!(
            goal(Engine::Sqlite, Phase::Create, 16, What::Rate(0.5))
                .judge(&measured(&[(1.0, 1.0)]))
                .is_err()
        );
    }
}
