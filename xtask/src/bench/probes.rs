//! What is measured otherwise than by one run of the generator.

use std::fs;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::figures::{Engine, Figures, Key, What, Who};
use super::load::{Loaded, Run};
use super::phase::Phase;
use super::place::{Place, Under};
use super::programs::Programs;
use crate::shell;

/// What every server answers to everybody.
const READY: &str = "/scim/v2/ServiceProviderConfig";

/// So long after its start a server is idle.
const SETTLES: Duration = Duration::from_secs(5);

/// What the machine allows.
pub(super) fn limits(
    programs: &Programs,
    place: &Place<'_>,
    key: Key,
    seconds: f64,
    figures: &mut Figures,
) -> Result<()> {
    let mut command = Command::new(programs.yardstick("limits"));
    let said = shell::output(command.arg(place.folder()).arg(seconds.to_string()))?;
    let said: Value = serde_json::from_str(&said).with_context(|| format!("limits said: {said}"))?;
    let key = Key {
        who: Who::Yardstick,
        ..key
    };
    for (what, name) in [
        (What::Append, "append"),
        (What::Overwrite, "overwrite"),
        (What::GroupCommit, "group_commit"),
    ] {
        figures.add(Key { what, ..key }, said[name].as_f64().context("a limit")?);
    }
    if key.engine == Engine::Sqlite {
        for connections in [16, 64] {
            let run = Run {
                phase: Phase::Limits,
                connections,
                users: 0,
                members: 0,
                seconds,
                most: None,
            };
            if let Some(loaded) = place.yardstick(&run)? {
                figures.add_loaded(Key { connections, ..key }, &loaded);
            }
        }
    }
    Ok(())
}

/// A server that has just started on an empty folder.
pub(super) fn idle(programs: &Programs, place: &Place<'_>, key: Key, figures: &mut Figures) -> Result<()> {
    let server = place.server()?;
    thread::sleep(SETTLES);
    figures.add(Key { what: What::Rss, ..key }, server.rss_mib()?);
    figures.add(
        Key {
            what: What::Binary,
            ..key
        },
        programs.usher_mib()?,
    );
    Ok(())
}

/// Stops under load, starts again, is killed under load, starts once more.
pub(super) fn restart(place: &mut Place<'_>, key: Key, seconds: f64, figures: &mut Figures) -> Result<()> {
    figures.add(Key { what: What::Rss, ..key }, place.server()?.rss_mib()?);
    let load = begun(place, seconds)?;
    let server = place.usher.take().context("the server runs")?;
    figures.add(
        Key {
            what: What::Stop,
            ..key
        },
        millis(server.stop()?),
    );
    place.break_off_extra(load)?;
    let ready = place.start(Under::Nothing)?.until_ready(READY)?;
    figures.add(
        Key {
            what: What::StartAgain,
            ..key
        },
        millis(ready),
    );

    let load = begun(place, seconds)?;
    drop(place.usher.take());
    place.break_off_extra(load)?;
    let ready = place.start(Under::Nothing)?.until_ready(READY)?;
    figures.add(
        Key {
            what: What::StartAfterKill,
            ..key
        },
        millis(ready),
    );
    Ok(())
}

/// The time from the start on an empty folder to the first answer.
pub(super) fn first_start(place: &Place<'_>) -> Result<f64> {
    Ok(millis(place.server()?.until_ready(READY)?))
}

/// A load that runs, and has written something.
fn begun(place: &Place<'_>, seconds: f64) -> Result<Child> {
    let log = place.folder().join("usher/usher.db-wal");
    let length = || fs::metadata(&log).map_or(0, |file| file.len());
    let before = length();
    let mut load = place.begin_extra(60.0)?;
    // What is written is seen in the log's file where there is one; elsewhere some time has to do.
    for _ in 0..(seconds * 50.0).ceil() as u32 {
        std::thread::park_timeout(Duration::from_millis(20));
        if length() > before + (1 << 20) {
            break;
        }
    }
    ensure!(load.try_wait()?.is_none(), "the load ended by itself");
    Ok(load)
}

/// How many fsyncs creates and reads come to, on SQLite.
pub(super) fn commits(programs: &Programs, key: Key, seconds: f64, figures: &mut Figures) -> Result<()> {
    let place = Place::open(programs, Engine::Sqlite, Under::Strace)?;
    let syncs = || -> Result<f64> {
        let text = fs::read_to_string(place.traced()).context("reading what strace wrote")?;
        let ended = text
            .lines()
            .filter(|line| line.contains("sync(") && !line.contains("resumed"));
        Ok(ended.count() as f64)
    };
    let measured = |phase, users| -> Result<(Loaded, f64)> {
        let run = Run {
            phase,
            connections: 64,
            users,
            members: 0,
            seconds,
            most: None,
        };
        let before = syncs()?;
        let loaded = place.load(&run)?;
        Ok((loaded, syncs()? - before))
    };
    measured(Phase::Create, 64)?;
    let (creates, synced) = measured(Phase::Commits, 0)?;
    figures.add(
        Key {
            what: What::CreatesPerSync,
            ..key
        },
        creates.requests / synced.max(1.0),
    );
    let (reads, synced) = measured(Phase::Get, 64)?;
    figures.add(
        Key {
            what: What::SyncsPerRead,
            ..key
        },
        synced / reads.requests,
    );
    Ok(())
}

/// Memberships that all end in one night, beside ending as many by hand.
pub(super) fn expiry(programs: &Programs, key: Key, memberships: usize, figures: &mut Figures) -> Result<()> {
    let place = Place::open(programs, key.engine, Under::Clock)?;
    let run = |phase, most| Run {
        phase,
        connections: 16,
        users: memberships,
        members: 0,
        seconds: 1.0,
        most,
    };
    place.load(&run(Phase::Create, None))?;
    for (phase, most) in [(Phase::Join, memberships), (Phase::Part, memberships / 2)] {
        let loaded = place.load(&run(phase, Some(most)))?;
        let key = Key {
            phase,
            connections: 16,
            ..key
        };
        figures.add_loaded(key, &loaded);
    }
    // What making and ending them has left to be sent is sent before.
    place.said(&["clock", "advance", "1m"])?;
    let begun = Instant::now();
    place.said(&["clock", "advance", "2d"])?;
    let each = begun.elapsed().as_secs_f64() / (memberships - memberships / 2) as f64;
    let rate = 1.0 / each;
    figures.add(
        Key {
            what: What::Rate,
            ..key
        },
        rate,
    );
    eprintln!("{} {memberships} memberships: expiry {rate:.0}/s", key.engine);
    Ok(())
}

/// Two threads that do nothing but take time, gone with this value.
pub(super) struct Spinning {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Spinning {
    pub(super) fn start() -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let start = |_| {
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || while !is_over.load(Ordering::Relaxed) {})
        };
        Self {
            threads: (0..2).map(start).collect(),
            is_over,
        }
    }
}

impl Drop for Spinning {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
