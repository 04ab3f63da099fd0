//! Goals and figures side by side.

use std::fmt;

use super::figures::{Figures, Size, What, Who};
use super::goals::{Bound, Goal, Term};

/// A goal is missed when the figure is off by more than this: the machine explains as much.
const TOLERANCE: f64 = 1.1;
/// CPU time per request moves more between minutes on a shared machine.
const CPU_TOLERANCE: f64 = 1.3;

/// What became of a goal.
pub(super) struct Verdict {
    pub(super) name: String,
    goal: String,
    figure: String,
    /// The two figures behind a ratio.
    behind: String,
    pub(super) missed: bool,
}

impl Goal {
    /// Where and how it is looked at.
    pub(super) fn name(&self) -> String {
        let Term {
            size,
            phase,
            connections,
            what,
            ..
        } = self.of;
        let connections = if connections > 0 {
            format!(" c={connections}")
        } else {
            String::new()
        };
        let size = match size {
            Size::Small => "",
            Size::Tiny => ", 1,000 users",
            Size::Large => ", 100,000 users",
            Size::Full => ", 1,000,000 users",
        };
        let what = name(what);
        format!("{} {phase}{connections} {what}{size}", self.engine)
    }

    /// None when it was not measured.
    pub(super) fn judge(&self, figures: &Figures) -> Option<Verdict> {
        let of = self.of.on(self.engine);
        let (value, behind) = match self.over {
            None => (figures.median(of)?, String::new()),
            Some(over) => {
                let over = over.on(self.engine);
                let (ours, theirs) = (figures.median(of)?, figures.median(over)?);
                let behind = format!("{} against {}", amount(ours), amount(theirs));
                (figures.ratio(of, over)?, behind)
            }
        };
        let tolerance = if self.of.what == What::Cpu {
            CPU_TOLERANCE
        } else {
            TOLERANCE
        };
        let (sign, bound, missed) = match self.bound {
            Bound::AtLeast(bound) => ("at least", bound, value * tolerance < bound),
            Bound::AtMost(bound) => ("at most", bound, value > bound * tolerance),
        };
        Some(Verdict {
            name: self.name(),
            goal: format!("{sign} {}", self.spoken(bound)),
            figure: self.number(value),
            behind,
            missed,
        })
    }

    /// A figure in the unit of the goal.
    fn number(&self, value: f64) -> String {
        match (self.over, self.bound, self.of.what) {
            (Some(_), Bound::AtLeast(_), _) => format!("{:.0} %", value * 100.0),
            (Some(_), Bound::AtMost(_), _) => format!("{value:.2} x"),
            (None, _, What::Rate) => format!("{value:.0}/s"),
            (None, _, What::CreatesPerSync) => format!("{value:.1}"),
            (None, _, What::SyncsPerRead) => format!("{value:.4}"),
            (None, _, What::Rss | What::Added | What::Kept | What::Binary) => format!("{value:.1} MiB"),
            (None, _, _) => format!("{value:.2} ms"),
        }
    }

    /// A bound, and of what it is a share.
    fn spoken(&self, bound: f64) -> String {
        let Some(over) = self.over else {
            return self.number(bound);
        };
        let whose = match (over.who, self.engine) {
            (Who::Usher, _) => "own ",
            (Who::Yardstick, super::figures::Engine::Sqlite) => "skeleton's ",
            (Who::Yardstick, super::figures::Engine::Postgres) => "pgbench's ",
        };
        let what = match over.what {
            What::Rate | What::Cpu => String::new(),
            other => format!(" {}", name(other)),
        };
        let size = match (over.size, self.of.size) {
            (Size::Tiny, Size::Full) => " at 1,000 users",
            _ => "",
        };
        format!("{} of {whose}{}{what}{size}", self.number(bound), over.phase)
    }
}

fn name(what: What) -> &'static str {
    match what {
        What::Rate => "rate",
        What::P50 => "p50",
        What::P99 => "p99",
        What::Max => "slowest",
        What::Cpu => "CPU",
        What::StoreCpu => "database's CPU",
        What::Rss => "memory",
        What::Added => "memory added",
        What::Kept => "memory kept",
        What::Binary => "size of the program",
        What::Append => "append",
        What::Overwrite => "overwrite",
        What::GroupCommit => "group commit",
        What::StartNew => "start, new",
        What::StartAgain => "start, after a stop",
        What::StartAfterKill => "start, after a kill",
        What::Stop => "stop",
        What::CreatesPerSync => "creates for each fsync",
        What::SyncsPerRead => "fsyncs for each read",
    }
}

fn amount(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

impl Verdict {
    /// A row of a table in Markdown, so that it can be kept as it is.
    pub(super) fn row(&self) -> String {
        let Self {
            name,
            goal,
            figure,
            behind,
            missed,
        } = self;
        let verdict = if *missed { "MISSED" } else { "held" };
        format!("| {name} | {goal} | {figure} | {behind} | {verdict} |")
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, goal {}", self.name, self.figure, self.goal)
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::Engine;
    use super::super::phase::Phase;
    use super::*;

    fn term(who: Who, what: What) -> Term {
        Term {
            who,
            size: Size::Small,
            phase: Phase::Get,
            connections: 16,
            what,
        }
    }

    fn judged(what: What, bound: Bound, ours: f64, theirs: f64) -> Verdict {
        let goal = Goal {
            engine: Engine::Sqlite,
            of: term(Who::Usher, what),
            over: Some(term(Who::Yardstick, what)),
            bound,
        };
        let mut figures = Figures::default();
        figures.add(goal.of.on(Engine::Sqlite), ours);
        assert!(goal.judge(&figures).is_none(), "half of it was measured");
        figures.add(goal.over.expect("set above").on(Engine::Sqlite), theirs);
        goal.judge(&figures).expect("both were measured")
    }

    #[test]
    fn a_tenth_is_forgiven_and_no_more() {
        assert!(!judged(What::Rate, Bound::AtLeast(0.5), 460.0, 1000.0).missed);
        let missed = judged(What::Rate, Bound::AtLeast(0.5), 450.0, 1000.0);
        assert!(missed.missed);
        assert_eq!(
            missed.row(),
            "| SQLite get c=16 rate | at least 50 % of skeleton's get | 45 % | 450 against 1000 | MISSED |"
        );
    }

    #[test]
    fn cpu_is_a_multiple_and_moves_more() {
        assert!(!judged(What::Cpu, Bound::AtMost(2.0), 50.0, 20.0).missed);
        assert!(judged(What::Cpu, Bound::AtMost(2.0), 54.0, 20.0).missed);
    }
}
