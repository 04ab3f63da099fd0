//! Whatever people and programs do in whatever order: no membership outlives its effective end, nobody has a group or a role that
//! no rule, administrator or request granted, and no suspension is lifted by the suspended.
//!
//! `chance` chooses what is done of all `acts`, `doing` does it in a `world`, `weighing` and the `model` say what ought to come of it,
//! `checks` compares; `pairs` do two at once. A sequence
//! that fails is cut down before it is shown. `USHER_TEST_SEED` says where to begin, `USHER_TEST_ROUNDS` how many sequences.

mod acts;
mod aim;
mod chance;
mod checks;
mod doing;
mod elevating;
mod governing;
mod granted;
mod lookups;
mod model;
mod pairs;
mod reviewing;
mod rights;
mod weighing;
mod world;

use std::collections::BTreeMap;

use db::Engine;
use directory::Error;
use testkit::{Dice, TestApp, both, figure, seeds};

use acts::{Act, Deed, Who};
use checks::Seen;
use granted::Subject;
use model::Model;
use world::World;

/// So many acts in a sequence.
const ACTS: usize = 400;
/// After so many the product is asked what it shows.
const SHOWN_EVERY: usize = 40;
/// A sequence that fails is tried so often with less in it.
const TRIES: usize = 250;

/// What a sequence came to.
#[derive(Debug, Default)]
struct Outcome {
    deeds: Vec<Deed>,
    refused: u64,
    held: u64,
    /// What reviews have taken away.
    taken: u64,
    /// What is not as it ought to be.
    wrong: Option<String>,
    /// How often each kind of act was let happen.
    done: BTreeMap<String, u64>,
}

struct Run {
    world: World,
    model: Model,
    seen: Seen,
    outcome: Outcome,
    is_late: bool,
}

impl Run {
    async fn new(app: TestApp) -> Self {
        let (world, model) = World::new(app).await;
        let (seen, outcome) = (Seen::default(), Outcome::default());
        Self {
            world,
            model,
            seen,
            outcome,
            is_late: false,
        }
    }

    /// One act with all that follows. Says no when something is wrong.
    async fn act(&mut self, deed: Deed) -> bool {
        if !self.world.knows(&deed.act) {
            return true;
        }
        self.outcome.deeds.push(deed.clone());
        match self.step(&deed).await {
            Ok(()) => true,
            Err(why) => {
                self.outcome.wrong = Some(format!("after {deed:?}: {why}"));
                false
            }
        }
    }

    async fn step(&mut self, deed: &Deed) -> Result<(), String> {
        // Once a group stands elsewhere nobody knows any more what was due where it stood.
        if self.is_late && matches!(deed.act, Act::Move { .. }) {
            self.world.app.run_jobs().await;
            self.is_late = false;
        }
        let made = self.world.attempt(deed, &self.model).await;
        self.model.pass(self.world.app.now().millis());
        match made {
            Ok(made) => {
                self.model.done(deed, &made)?;
                self.world.begun(&mut self.model).await;
                let kind = format!("{:?}", deed.act);
                let kind = kind.split(' ').next().unwrap_or_default().to_owned();
                *self.outcome.done.entry(kind).or_default() += 1;
            }
            Err(Error::Refused(_)) => self.outcome.refused += 1,
            Err(fault) => return Err(format!("a fault: {fault:?}")),
        }
        if let Act::Pass { jobs: false, .. } = deed.act {
            self.is_late = true;
            return Ok(());
        }
        self.world.app.run_jobs().await;
        self.model.pass(self.model.now);
        self.world.reviewed(&mut self.model).await?;
        // A program changes the members that it is shown: those whose time is up are among them until their job has been there.
        let as_shown = std::mem::take(&mut self.is_late) && deed.who == Who::Scim;
        self.world.check(&mut self.model, &mut self.seen, as_shown).await?;
        let count = self.outcome.deeds.len();
        if count.is_multiple_of(SHOWN_EVERY) {
            self.world.check_views(&self.model, count % acts::PEOPLE).await?;
        }
        Ok(())
    }

    fn end(mut self) -> Outcome {
        (self.outcome.held, self.outcome.taken) = (self.seen.held, self.model.taken);
        self.outcome
    }
}

/// The tree, who administers it, and ways to join, as they are at first.
fn beginning(dice: &mut Dice) -> Vec<Deed> {
    let operator = |act| Deed {
        who: Who::Operator,
        act,
    };
    let parents = [
        None,
        Some(2),
        Some(3),
        Some(2),
        Some(4),
        None,
        Some(7),
        Some(7),
        Some(9),
        None,
    ];
    let mut deeds: Vec<Deed> = parents
        .into_iter()
        .map(|parent| operator(Act::Found { parent }))
        .collect();
    for group in 2..12 {
        deeds.extend([1, 2].map(|role| operator(Act::Define { group, role })));
        for (what, inherit) in [(0, true), (dice.roll(acts::CAPABILITIES.len()), dice.one_in(2))] {
            let subject = Subject::Person(3 + dice.roll(acts::PEOPLE - 3));
            deeds.push(operator(Act::Delegate {
                group,
                subject,
                what,
                inherit,
                days: None,
            }));
        }
        for way in [Some(group - 2), None] {
            let shape = aim::shape(dice);
            deeds.push(operator(Act::Configure {
                group,
                way,
                shape: acts::Shape { active: true, ..shape },
            }));
        }
    }
    deeds.push(operator(Act::Privilege { group: 5, on: true }));
    deeds.push(operator(Act::Privilege { group: 11, on: true }));
    deeds
}

/// A sequence by chance.
async fn by_chance(app: TestApp, seed: u64) -> Outcome {
    let mut dice = Dice::new(seed);
    let mut run = Run::new(app).await;
    for deed in beginning(&mut dice) {
        if !run.act(deed).await {
            return run.end();
        }
    }
    let first = run.outcome.deeds.len();
    while run.outcome.deeds.len() < first + ACTS {
        let deed = chance::any(&mut dice, &run.model);
        if !run.act(deed).await {
            break;
        }
    }
    run.end()
}

/// The same sequence again, or part of it.
async fn again(engine: Engine, deeds: &[Deed]) -> Outcome {
    let mut run = Run::new(TestApp::on(engine).await).await;
    for deed in deeds {
        if !run.act(deed.clone()).await {
            break;
        }
    }
    run.end()
}

/// Leaves out of a sequence that fails what it also fails without: halves first, then less and less.
async fn cut_down(engine: Engine, failed: Outcome) -> Outcome {
    let mut least = failed;
    let (mut tries, mut size) = (0, least.deeds.len() / 2);
    while size > 0 && tries < TRIES {
        let (mut at, before) = (0, least.deeds.len());
        while at < least.deeds.len() && tries < TRIES {
            let mut fewer = least.deeds.clone();
            fewer.drain(at..(at + size).min(least.deeds.len()));
            tries += 1;
            let outcome = again(engine, &fewer).await;
            if outcome.wrong.is_some() {
                least = outcome;
            } else {
                at += size;
            }
        }
        if least.deeds.len() == before || size > 1 {
            size /= 2;
        }
    }
    least
}

both! {
    async fn nobody_has_what_nobody_granted(app: TestApp) {
        let (engine, mut app) = (app.engine(), Some(app));
        // One takes some 2 seconds on SQLite, and 10 on PostgreSQL.
        let usual = if engine == Engine::Sqlite { 4 } else { 1 };
        let seeds = seeds(0x5eed_2035, usual);
        let rounds = seeds.len();
        let (mut acts, mut refused, mut held, mut taken) = (0, 0, 0, 0);
        let mut done: BTreeMap<String, u64> = BTreeMap::new();
        for seed in seeds {
            let app = match app.take() {
                Some(app) => app,
                None => TestApp::on(engine).await,
            };
            let outcome = by_chance(app, seed).await;
            if outcome.wrong.is_some() {
                let long = outcome.deeds.len();
                let least = cut_down(engine, outcome).await;
                let (wrong, deeds) = (least.wrong.unwrap_or_default(), least.deeds);
                panic!("USHER_TEST_SEED={seed}, cut down from {long} acts: {wrong}\n{deeds:#?}");
            }
            acts += outcome.deeds.len();
            refused += outcome.refused;
            held += outcome.held;
            taken += outcome.taken;
            for (kind, count) in outcome.done {
                *done.entry(kind).or_default() += count;
            }
        }
        let kinds = ["Add", "Suspend", "Resume", "Leave", "Ask", "Accept", "Answer", "Move", "Import", "Delegate", "Elevate", "Decide"];
        let missed: Vec<_> = kinds.iter().filter(|kind| !done.contains_key(**kind)).collect();
        assert!(missed.is_empty(), "never happened: {missed:?} of {done:?}");
        assert!(taken > 0 || rounds < 4, "no review has taken anything away: {done:?}");
        figure!("{engine:?}: in {rounds} sequences of {acts} acts, of which {refused} were refused, all of {held} memberships seen were granted, and reviews took {taken} away");
    }
}
