//! What is promised: the rows of section 3 of the performance specification, as data.
//!
//! A goal is a figure, or a ratio of two figures of the same pair, and a bound. The ratios are what counts; the few bare numbers
//! are those that the specification gives as such.

use super::figures::Engine::{self, Postgres, Sqlite};
use super::figures::Size::{self, Full, Large, Small, Tiny};
use super::figures::What::{self, Added, Cpu, Kept, Max, P50, P99, Rate, Rss};
use super::figures::{Key, Who};
use super::phase::Phase::{
    self, Accept, AddHot, AddHuge, AddMember, AddThousand, Commits, Create, CreateUnderLoad, Cursor, Deep, Delete,
    DeleteMember, Expiry, FilterEmail, FilterExternalId, FilterUserName, Get, GetGroup, GetHuge, GetWhileLoading, Idle,
    Limits, Load, LookUp, Page, Part, Patch, Put, RemoveHot, RemoveHuge, RemoveMember, Restart,
};
use Bound::{AtLeast, AtMost};

/// One figure, apart from the engine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) who: Who,
    pub(super) size: Size,
    pub(super) phase: Phase,
    pub(super) connections: usize,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) engine: Engine,
    pub(super) of: Term,
    pub(super) over: Option<Term>,
    pub(super) bound: Bound,
}

impl Term {
    pub(super) fn on(self, engine: Engine) -> Key {
        Key {
            who: self.who,
            engine,
            size: self.size,
            phase: self.phase,
            connections: self.connections,
            what: self.what,
        }
    }

    /// With so many connections.
    fn with(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    fn at(self, size: Size) -> Self {
        Self { size, ..self }
    }

    fn as_what(self, what: What) -> Self {
        Self { what, ..self }
    }

    /// What the yardstick came to.
    fn theirs(self) -> Self {
        Self {
            who: Who::Yardstick,
            ..self
        }
    }

    fn least(self, engine: Engine, bound: f64) -> Goal {
        Goal {
            engine,
            of: self,
            over: None,
            bound: AtLeast(bound),
        }
    }

    fn most(self, engine: Engine, bound: f64) -> Goal {
        Goal {
            engine,
            of: self,
            over: None,
            bound: AtMost(bound),
        }
    }

    /// At least this share of another figure.
    fn share(self, engine: Engine, share: f64, over: Self) -> Goal {
        Goal {
            engine,
            of: self,
            over: Some(over),
            bound: AtLeast(share),
        }
    }

    /// At most this multiple of another figure.
    fn times(self, engine: Engine, times: f64, over: Self) -> Goal {
        Goal {
            engine,
            of: self,
            over: Some(over),
            bound: AtMost(times),
        }
    }
}

/// Usher's requests per second with 10,000 users.
fn rate(phase: Phase, connections: usize) -> Term {
    Term {
        who: Who::Usher,
        size: Small,
        phase,
        connections,
        what: Rate,
    }
}

fn one(phase: Phase, what: What) -> Term {
    rate(phase, 0).as_what(what)
}

/// All of them.
pub(super) fn goals() -> Vec<Goal> {
    let mut goals = Vec::new();
    for connections in [16, 64] {
        goals.extend(sqlite(connections));
        goals.extend(postgres(connections));
    }
    for engine in [Sqlite, Postgres] {
        goals.extend(both(engine));
    }
    goals.extend(single());
    goals.extend(flatness());
    goals
}

/// The rows that hold for 16 and 64 connections alike.
fn sqlite(c: usize) -> [Goal; 21] {
    let create = rate(Create, c);
    let skeleton_get = rate(Get, c).theirs();
    let skeleton_filter = rate(FilterUserName, c).theirs();
    [
        rate(Get, c).share(Sqlite, 0.5, skeleton_get),
        rate(FilterUserName, c).share(Sqlite, 0.5, skeleton_filter),
        rate(FilterExternalId, c).share(Sqlite, 0.5, skeleton_filter),
        rate(FilterEmail, c).share(Sqlite, 0.5, skeleton_filter),
        create.share(Sqlite, 0.5, create.theirs()),
        rate(Put, c).share(Sqlite, 0.9, create),
        rate(Patch, c).share(Sqlite, 0.9, create),
        rate(Page, c).share(Sqlite, 0.6, rate(Page, c).theirs()),
        rate(Cursor, c).share(Sqlite, 0.95, rate(Page, c)),
        rate(AddMember, c).share(Sqlite, 0.8, create),
        rate(RemoveMember, c).share(Sqlite, 0.8, create),
        rate(AddHot, c).share(Sqlite, 0.8, create),
        rate(RemoveHot, c).share(Sqlite, 0.8, create),
        rate(GetGroup, c).share(Sqlite, 0.5, skeleton_get),
        rate(Delete, c).share(Sqlite, 0.8, create),
        rate(Accept, c).share(Sqlite, 0.5, create),
        rate(LookUp, c).share(Sqlite, 0.8, rate(Get, c)),
        // The gate for machines that others use too: what a request costs, whoever else takes the time.
        cpu(Get, c).times(Sqlite, 2.1, cpu(Get, c).theirs()),
        cpu(FilterUserName, c).times(Sqlite, 2.1, cpu(FilterUserName, c).theirs()),
        cpu(Create, c).times(Sqlite, 2.1, cpu(Create, c).theirs()),
        cpu(Page, c).times(Sqlite, 1.7, cpu(Page, c).theirs()),
    ]
}

fn cpu(phase: Phase, c: usize) -> Term {
    rate(phase, c).as_what(Cpu)
}

fn postgres(c: usize) -> [Goal; 17] {
    let create = rate(Create, c);
    let select = rate(Get, c).theirs();
    [
        rate(Get, c).share(Postgres, 0.25, select),
        rate(FilterUserName, c).share(Postgres, 0.25, select),
        rate(FilterExternalId, c).share(Postgres, 0.25, select),
        rate(FilterEmail, c).share(Postgres, 0.25, select),
        create.share(Postgres, 0.25, create.theirs()),
        rate(Put, c).share(Postgres, 0.9, create),
        rate(Patch, c).share(Postgres, 0.9, create),
        rate(Page, c).least(Postgres, 800.0),
        rate(Cursor, c).share(Postgres, 0.95, rate(Page, c)),
        rate(AddMember, c).share(Postgres, 0.8, create),
        rate(RemoveMember, c).share(Postgres, 0.8, create),
        rate(AddHot, c).share(Postgres, 0.25, create),
        rate(RemoveHot, c).share(Postgres, 0.25, create),
        rate(GetGroup, c).share(Postgres, 0.25, select),
        rate(Delete, c).share(Postgres, 0.8, create),
        rate(Accept, c).share(Postgres, 0.5, create),
        rate(LookUp, c).share(Postgres, 0.8, rate(Get, c)),
    ]
}

/// What holds for both engines in the same words.
fn both(engine: Engine) -> [Goal; 17] {
    [
        rate(Expiry, 0).share(engine, 0.5, rate(Part, 16)),
        tail(Get).times(engine, 4.0, tail(Get).as_what(P50)),
        tail(FilterUserName).times(engine, 4.0, tail(FilterUserName).as_what(P50)),
        tail(FilterExternalId).times(engine, 4.0, tail(FilterExternalId).as_what(P50)),
        tail(FilterEmail).times(engine, 4.0, tail(FilterEmail).as_what(P50)),
        tail(Page).times(engine, 4.0, tail(Page).as_what(P50)),
        tail(Cursor).times(engine, 4.0, tail(Cursor).as_what(P50)),
        rate(Create, 16).as_what(P99).most(engine, 15.0),
        rate(Create, 64).as_what(P99).most(engine, 40.0),
        rate(Create, 16).at(Large).as_what(Max).most(engine, 250.0),
        rate(GetWhileLoading, 16).share(engine, 0.5, rate(Get, 16)),
        rate(GetWhileLoading, 16).as_what(P99).most(engine, 20.0),
        rate(AddHuge, 16)
            .at(Large)
            .share(engine, 0.9, rate(AddMember, 16).at(Large)),
        rate(RemoveHuge, 16)
            .at(Large)
            .share(engine, 0.9, rate(RemoveMember, 16).at(Large)),
        rate(Cursor, 16).at(Large).share(engine, 0.95, rate(Page, 16).at(Large)),
        one(Restart, What::Stop).most(engine, 1000.0),
        one(Idle, What::Binary).most(engine, 20.0),
    ]
}

/// The slowest of a hundred with many callers.
fn tail(phase: Phase) -> Term {
    rate(phase, 64).as_what(P99)
}

fn single() -> [Goal; 27] {
    [
        rate(Create, 1).share(Sqlite, 0.5, rate(Create, 1).theirs()),
        rate(Create, 1).as_what(P50).most(Sqlite, 0.7),
        rate(Create, 16).share(Sqlite, 0.07, one(Limits, What::GroupCommit).theirs()),
        rate(Deep, 16).at(Large).share(Sqlite, 0.25, rate(Page, 16).at(Large)),
        rate(AddThousand, 1).as_what(P50).most(Sqlite, 25.0),
        rate(AddThousand, 4).least(Sqlite, 50.0),
        one(DeleteMember, P50).with(1).most(Sqlite, 5.0),
        one(GetHuge, Added).with(1).at(Large).most(Sqlite, 50.0),
        one(GetHuge, Kept).with(1).at(Large).most(Sqlite, 10.0),
        one(Idle, Rss).most(Sqlite, 20.0),
        rate(GetGroup, 16)
            .at(Large)
            .share(Sqlite, 0.5, rate(Get, 16).at(Large).theirs()),
        rate(CreateUnderLoad, 64).share(Sqlite, 0.4, rate(CreateUnderLoad, 64).theirs()),
        one(Commits, What::CreatesPerSync).least(Sqlite, 8.0),
        one(Commits, What::SyncsPerRead).most(Sqlite, 0.001),
        cpu(Put, 16).times(Sqlite, 1.0, cpu(Create, 16)),
        cpu(Patch, 16).times(Sqlite, 1.0, cpu(Create, 16)),
        cpu(AddMember, 16).times(Sqlite, 1.0, cpu(Create, 16)),
        one(Restart, Rss).at(Large).most(Sqlite, 80.0),
        one(Idle, What::StartNew).most(Sqlite, 150.0),
        one(Restart, What::StartAgain).at(Large).most(Sqlite, 50.0),
        one(Restart, What::StartAfterKill).at(Large).most(Sqlite, 200.0),
        rate(Create, 1).as_what(P50).most(Postgres, 1.5),
        rate(Deep, 16).at(Large).least(Postgres, 200.0),
        rate(AddThousand, 1).as_what(P50).most(Postgres, 50.0),
        one(Idle, What::StartNew).most(Postgres, 300.0),
        one(Restart, What::StartAgain).at(Large).most(Postgres, 300.0),
        one(Restart, What::StartAfterKill).at(Large).most(Postgres, 300.0),
    ]
}

/// A server with 1,000 users and one with 1,000,000, in turns.
fn flatness() -> [Goal; 14] {
    [
        flat(Get, 1.5),
        flat(FilterUserName, 1.5),
        flat(FilterExternalId, 1.5),
        flat(FilterEmail, 1.5),
        flat(Put, 1.5),
        flat(Patch, 1.5),
        flat(AddMember, 1.5),
        flat(Load, 2.0),
        flat(Page, 1.5),
        flat(Cursor, 1.5),
        rate(Deep, 1).at(Full).as_what(P50).most(Sqlite, 25.0),
        one(Restart, Rss).at(Full).most(Sqlite, 150.0),
        one(Restart, What::StartAgain).at(Full).most(Sqlite, 50.0),
        one(Restart, What::StartAfterKill).at(Full).most(Sqlite, 200.0),
    ]
}

fn flat(phase: Phase, times: f64) -> Goal {
    let p50 = rate(phase, 16).as_what(P50);
    p50.at(Full).times(Sqlite, times, p50.at(Tiny))
}
