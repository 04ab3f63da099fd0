//! The tables that a run prints.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::figures::{Engine, Figures, Key, Size, What, Who};
use super::phase::Phase;

/// Medians of all phases of one engine and size.
pub(super) fn table(figures: &Figures, engine: Engine, size: Size, users: usize) -> String {
    let mut out = format!(
        "\n{engine}, {users} users\n\n\
         | phase | c | requests/s | yardstick | ratio | p50 ms | p99 ms | slowest ms | CPU us | yardstick | database | RSS MiB |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    let rows: BTreeSet<(Phase, usize)> = figures
        .keys(engine, size)
        .filter(|key| key.what == What::Rate)
        .map(|key| (key.phase, key.connections))
        .collect();
    for (phase, connections) in rows {
        let key = |who, what| Key {
            who,
            engine,
            size,
            phase,
            connections,
            what,
        };
        let shown = |who, what, digits| number(figures.median(key(who, what)), digits);
        let ratio = figures.ratio(key(Who::Usher, What::Rate), key(Who::Yardstick, What::Rate));
        let cells = [
            phase.to_string(),
            connections.to_string(),
            shown(Who::Usher, What::Rate, 0),
            shown(Who::Yardstick, What::Rate, 0),
            number(ratio, 2),
            shown(Who::Usher, What::P50, 2),
            shown(Who::Usher, What::P99, 2),
            shown(Who::Usher, What::Max, 1),
            shown(Who::Usher, What::Cpu, 0),
            shown(Who::Yardstick, What::Cpu, 0),
            shown(Who::Usher, What::StoreCpu, 0),
            shown(Who::Usher, What::Rss, 1),
        ];
        // Writing into memory does not fail.
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out + &others(figures, engine, size)
}

/// What is no request.
fn others(figures: &Figures, engine: Engine, size: Size) -> String {
    let words = [
        (What::Append, "appends of 4 KiB with fdatasync, per second"),
        (What::Overwrite, "overwrites of 4 KiB with fdatasync, per second"),
        (
            What::GroupCommit,
            "users in SQLite by group commit without a server, per second",
        ),
        (What::CreatesPerSync, "creates for each fsync"),
        (What::SyncsPerRead, "fsyncs for each read"),
        (What::Binary, "size of the program, MiB"),
        (What::StartNew, "start with a new database, ms"),
        (What::StartAgain, "start after a stop, ms"),
        (What::StartAfterKill, "start after a kill, ms"),
        (What::Stop, "stop under load, ms"),
    ];
    let mut out = String::new();
    for key in figures.keys(engine, size) {
        if let Some((_, text)) = words.iter().find(|(what, _)| *what == key.what) {
            let _ = write!(out, "\n{text}: {}", number(figures.median(*key), 2));
        }
    }
    out
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}
