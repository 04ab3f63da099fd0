//! A full run: a server with 1,000 users and one with 1,000,000, measured in turns.

use anyhow::Result;

use super::figures::{Engine, Figures, Key, Size, What, Who};
use super::measure::Measuring;
use super::phase::Phase;
use super::place::{Place, Under};
use super::probes;
use super::wanted::Wanted;
use crate::bench::programs::Programs;

/// What must not grow with the number of users, and how many connections ask.
const FLAT: [(Phase, usize); 11] = [
    (Phase::Get, 16),
    (Phase::FilterUserName, 16),
    (Phase::FilterExternalId, 16),
    (Phase::FilterEmail, 16),
    (Phase::Page, 16),
    (Phase::Deep, 1),
    (Phase::Cursor, 16),
    (Phase::Put, 16),
    (Phase::Patch, 16),
    (Phase::Load, 16),
    (Phase::AddMember, 16),
];

pub(super) fn run(programs: &Programs, wanted: &Wanted, figures: &mut Figures) -> Result<()> {
    let phases = wanted.phases();
    let sizes = wanted.flat();
    let measuring = sizes.map(|(size, users)| Measuring {
        programs,
        wanted,
        phases: &phases,
        engine: Engine::Sqlite,
        size,
        users,
    });
    let key = |size, phase, connections| Key {
        who: Who::Usher,
        engine: Engine::Sqlite,
        size,
        phase,
        connections,
        what: What::Rate,
    };
    let mut places = Vec::new();
    for (measuring, (size, users)) in measuring.iter().zip(sizes) {
        let place = Place::open(programs, Engine::Sqlite, Under::Nothing)?;
        let loaded = place.load(&measuring.run(Phase::Create, 16))?;
        eprintln!("{users} users made, {:.0}/s", loaded.per_second);
        figures.add_loaded(key(size, Phase::Create, 16), &loaded);
        places.push(place);
    }
    for number in 1..=wanted.pairs {
        for (phase, connections) in FLAT.iter().filter(|(phase, _)| phases.contains(phase)) {
            for ((place, measuring), (size, users)) in places.iter().zip(&measuring).zip(sizes) {
                let loaded = place.load(&measuring.run(*phase, *connections))?;
                let p50 = loaded.p50_ms.unwrap_or_default();
                eprintln!(
                    "{users} users, pair {number}: {phase} c={connections} {:.0}/s, p50 {p50:.2} ms",
                    loaded.per_second
                );
                figures.add_loaded(key(size, *phase, *connections), &loaded);
            }
        }
    }
    if phases.contains(&Phase::Restart) {
        for (place, (size, _)) in places.iter_mut().zip(sizes) {
            probes::restart(place, key(size, Phase::Restart, 0), wanted.seconds, figures)?;
        }
    }
    Ok(())
}

/// Whether the size belongs to full runs alone.
pub(super) fn is_of_full_runs(size: Size) -> bool {
    matches!(size, Size::Tiny | Size::Full)
}
