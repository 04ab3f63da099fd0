//! All phases on one engine with one number of users: a pair is a run of the yardstick and one of Usher, directly after one
//! another, in turns the other way round.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Result;

use super::figures::{Engine, Figures, Key, Size, What, Who};
use super::load::{Loaded, Run};
use super::phase::Phase;
use super::place::{Place, Under};
use super::probes::{self, Spinning};
use super::programs::Programs;
use super::wanted::Wanted;

/// Members of the group that has everybody in it.
const HUGE: usize = 100_000;

/// The most memberships that end in one night here; more of them take longer, and cost the same each.
const NIGHT: usize = 10_000;

/// One engine and size.
pub(super) struct Measuring<'a> {
    pub(super) programs: &'a Programs,
    pub(super) wanted: &'a Wanted,
    pub(super) phases: &'a BTreeSet<Phase>,
    pub(super) engine: Engine,
    pub(super) size: Size,
    pub(super) users: usize,
}

impl Measuring<'_> {
    /// Many callers and few; with more users a run takes long enough for few alone.
    fn connections(&self) -> &'static [usize] {
        match self.size {
            Size::Small => &[16, 64],
            Size::Tiny | Size::Large | Size::Full => &[16],
        }
    }

    fn key(&self, who: Who, phase: Phase, connections: usize) -> Key {
        Key {
            who,
            engine: self.engine,
            size: self.size,
            phase,
            connections,
            what: What::Rate,
        }
    }

    pub(super) fn run(&self, phase: Phase, connections: usize) -> Run {
        let quick = self.wanted.quick;
        let invitations = self.wanted.invitations(self.users);
        let most = match phase {
            // What the phase before brought in goes out again.
            Phase::AddHot | Phase::RemoveHot | Phase::AddHuge | Phase::RemoveHuge => Some(self.users / 2),
            Phase::AddThousand if quick => Some(4),
            Phase::AddThousand => Some(40 * connections),
            Phase::GetHuge => Some(3),
            Phase::Invite | Phase::Open => Some(invitations),
            Phase::Accept => Some(invitations / self.connections().len()),
            Phase::Delete => Some(self.users / 5),
            _ => None,
        };
        Run {
            phase,
            connections,
            users: self.users,
            members: HUGE,
            seconds: self.wanted.seconds,
            most,
        }
    }

    /// The runs of creating, each topping up what the one before left.
    fn creates(&self) -> Vec<Run> {
        let run = |connections, users| Run {
            users,
            ..self.run(Phase::Create, connections)
        };
        match self.size {
            Size::Small => vec![
                run(1, self.users.div_ceil(10)),
                run(16, self.users.div_ceil(2)),
                run(64, self.users),
            ],
            Size::Tiny | Size::Large | Size::Full => vec![run(16, self.users)],
        }
    }

    fn runs(&self, phase: Phase) -> Vec<Run> {
        match (phase, phase.connections()) {
            (Phase::Create, _) => self.creates(),
            (_, Some(own)) => own.iter().map(|connections| self.run(phase, *connections)).collect(),
            (_, None) => {
                let connections = self.connections().iter();
                connections.map(|connections| self.run(phase, *connections)).collect()
            }
        }
    }

    /// All phases once, on fresh databases.
    pub(super) fn pair(&self, number: usize, figures: &mut Figures) -> Result<()> {
        let mut place = Place::open(self.programs, self.engine, Under::Nothing)?;
        let first = probes::first_start(&place)?;
        for phase in self.phases {
            let key = self.key(Who::Usher, *phase, 0);
            let seconds = self.wanted.seconds;
            match phase {
                Phase::Limits => probes::limits(self.programs, &place, key, seconds, figures)?,
                Phase::Idle => {
                    figures.add(
                        Key {
                            what: What::StartNew,
                            ..key
                        },
                        first,
                    );
                    probes::idle(self.programs, &place, key, figures)?;
                }
                Phase::Commits => {
                    if self.engine == Engine::Sqlite && self.size == Size::Small {
                        probes::commits(self.programs, key, seconds, figures)?;
                    }
                }
                Phase::Restart => probes::restart(&mut place, key, seconds, figures)?,
                Phase::Expiry => probes::expiry(self.programs, key, self.users.min(NIGHT), figures)?,
                // Full runs compare the one with itself; the others belong to the night.
                Phase::Load | Phase::Join | Phase::Part => {}
                _ => {
                    for run in self.runs(*phase) {
                        self.both(&place, &run, number, figures)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn both(&self, place: &Place<'_>, run: &Run, number: usize, figures: &mut Figures) -> Result<()> {
        let (usher, yardstick);
        if number % 2 == 1 {
            yardstick = yardstick_of(place, run)?;
            usher = usher_of(place, run)?;
        } else {
            usher = usher_of(place, run)?;
            yardstick = yardstick_of(place, run)?;
        }
        figures.add_loaded(self.key(Who::Usher, run.phase, run.connections), &usher);
        let mut line = format!(
            "{} {} users, pair {number}: {} c={} {:.0}/s",
            self.engine, self.users, run.phase, run.connections, usher.per_second
        );
        if let Some(yardstick) = &yardstick {
            figures.add_loaded(self.key(Who::Yardstick, run.phase, run.connections), yardstick);
            let _ = write!(line, " against {:.0}/s", yardstick.per_second);
        }
        eprintln!("{line}");
        Ok(())
    }
}

fn usher_of(place: &Place<'_>, run: &Run) -> Result<Loaded> {
    place.settle()?;
    match run.phase {
        Phase::GetWhileLoading => {
            // Begins before and ends after.
            let beside = place.begin_extra(run.seconds + 1.0)?;
            let loaded = place.load(run);
            place.end_extra(beside)?;
            loaded
        }
        Phase::CreateUnderLoad => {
            let _spinning = Spinning::start();
            place.load(run)
        }
        _ => place.load(run),
    }
}

fn yardstick_of(place: &Place<'_>, run: &Run) -> Result<Option<Loaded>> {
    if run.phase == Phase::CreateUnderLoad {
        let _spinning = Spinning::start();
        return place.yardstick(run);
    }
    place.yardstick(run)
}
