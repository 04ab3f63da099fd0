//! What was measured: for each figure one value a pair.

use std::collections::BTreeMap;
use std::fmt;

use super::load::Loaded;
use super::phase::Phase;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// How many users there are. What the sizes come to is for the run to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Size {
    /// 1,000: what a full run compares with.
    Tiny,
    /// 10,000.
    Small,
    /// 100,000.
    Large,
    /// 1,000,000.
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Usher,
    /// The skeleton, pgbench, or the machine itself.
    Yardstick,
}

/// Rates per second, times in milliseconds, CPU in microseconds per request, memory in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Rate,
    P50,
    P99,
    Max,
    Cpu,
    /// CPU time of the database server.
    StoreCpu,
    Rss,
    /// The most memory during a phase beyond that before it.
    Added,
    /// Memory after a phase beyond that before it.
    Kept,
    /// The size of the program.
    Binary,
    /// Appends of 4 KiB, each made durable.
    Append,
    /// The same over what is there.
    Overwrite,
    /// Users in SQLite by group commit, without a server.
    GroupCommit,
    StartNew,
    StartAgain,
    StartAfterKill,
    Stop,
    /// Creates for each fsync.
    CreatesPerSync,
    /// Fsyncs for each read.
    SyncsPerRead,
}

/// The name of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) who: Who,
    pub(super) engine: Engine,
    pub(super) size: Size,
    pub(super) phase: Phase,
    /// Connections; 0 where there are none to count.
    pub(super) connections: usize,
    pub(super) what: What,
}

/// All figures of a run.
#[derive(Default)]
pub(super) struct Figures {
    values: BTreeMap<Key, Vec<f64>>,
}

impl Figures {
    pub(super) fn add(&mut self, key: Key, value: f64) {
        self.values.entry(key).or_default().push(value);
    }

    /// All that one run of the generator has to say.
    pub(super) fn add_loaded(&mut self, key: Key, loaded: &Loaded) {
        let figures = [
            (What::Rate, Some(loaded.per_second)),
            (What::P50, loaded.p50_ms),
            (What::P99, loaded.p99_ms),
            (What::Max, loaded.max_ms),
            (What::Cpu, loaded.cpu_us),
            (What::StoreCpu, loaded.store_cpu_us),
            (What::Rss, loaded.rss_mib),
            (What::Added, loaded.added_mib),
            (What::Kept, loaded.kept_mib),
        ];
        for (what, value) in figures {
            if let Some(value) = value {
                self.add(Key { what, ..key }, value);
            }
        }
    }

    pub(super) fn values(&self, key: Key) -> &[f64] {
        self.values.get(&key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn median(&self, key: Key) -> Option<f64> {
        median(self.values(key).to_vec())
    }

    /// The median of the pairs' ratios.
    pub(super) fn ratio(&self, of: Key, over: Key) -> Option<f64> {
        let pairs = self.values(of).iter().zip(self.values(over));
        median(pairs.map(|(of, over)| of / over).collect())
    }

    /// The names of all figures of one engine and size.
    pub(super) fn keys(&self, engine: Engine, size: Size) -> impl Iterator<Item = &Key> {
        self.values
            .keys()
            .filter(move |key| key.engine == engine && key.size == size)
    }
}

/// The middle one; of an even number the lower of the two.
fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_minute_does_not_decide() {
        let key = |who| Key {
            who,
            engine: Engine::Sqlite,
            size: Size::Small,
            phase: Phase::Get,
            connections: 16,
            what: What::Rate,
        };
        let (usher, yardstick) = (key(Who::Usher), key(Who::Yardstick));
        let mut figures = Figures::default();
        for (ours, theirs) in [(600.0, 1000.0), (100.0, 1000.0), (550.0, 1100.0)] {
            figures.add(usher, ours);
            figures.add(yardstick, theirs);
        }
        assert_eq!(figures.median(usher), Some(550.0));
        assert_eq!(figures.ratio(usher, yardstick), Some(0.5));
        assert_eq!(
            figures.ratio(
                usher,
                Key {
                    connections: 64,
                    ..yardstick
                }
            ),
            None
        );
    }
}
