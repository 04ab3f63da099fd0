//! Whatever is requested by whomever in whatever order, by every face: nobody has a group or a role that no rule, administrator or
//! request granted, no membership outlives its effective end, and no suspension is lifted by the suspended.
//!
//! `members`, `asking` and `programs` draw requests by lot, with ids that often do not fit, and send them to the `world`; the `model`
//! and its `rights` say what ought to come of each that is let happen, and `checks` compares that with what is stored and shown.
//! `USHER_TEST_SEED` says where to begin, `USHER_TEST_ROUNDS` how many sequences.

mod asking;
mod checks;
mod members;
mod model;
mod programs;
mod rights;
mod who;
mod world;

use std::collections::BTreeMap;

use testkit::{TestApp, both, figure, seeds};

use members::{Deed, RESUME_ONESELF};
use model::Checked;
use world::{GROUPS, Run, Tally};

/// So many requests in a sequence.
const REQUESTS: u64 = 250;
/// After so many all groups are shown; else one.
const SHOWN_EVERY: u64 = 25;
/// Of a sequence that fails so much is told.
const TOLD: usize = 300;

/// In four sequences so much is let happen at least, so that all of it is looked at.
const LEAST: [(&str, u64); 14] = [
    ("add", 8),
    ("update", 3),
    ("extend", 3),
    ("give role", 3),
    ("suspend", 8),
    ("resume", 3),
    ("accept", 3),
    ("join alone", 6),
    ("offer", 3),
    ("take up", 1),
    ("delegate", 3),
    ("scim add", 3),
    ("import", 2),
    ("remove", 3),
];

impl Run {
    /// Somebody sends something.
    async fn any(&mut self) -> Checked {
        match self.dice.roll(100) {
            0..=11 => self.add().await,
            12..=17 => self.change(Deed::Update).await,
            18..=20 => self.change(Deed::Extend).await,
            21..=22 => self.change(Deed::Remove).await,
            23..=28 => self.change(Deed::Suspend).await,
            29..=35 => self.change(Deed::Resume).await,
            36..=39 => self.change(Deed::GiveRole).await,
            40..=41 => self.change(Deed::TakeRole).await,
            42..=43 => self.leave().await,
            44..=52 => self.ask().await,
            53..=61 => self.decide().await,
            62..=65 => self.offer().await,
            66..=71 => self.answer().await,
            72..=73 => self.configure().await,
            74..=79 => self.delegate().await,
            80..=84 => self.scim_group().await,
            85..=86 => self.account().await,
            87..=90 => self.import().await,
            91..=93 => self.reach_up().await,
            _ => self.pass().await,
        }
    }

    /// How many memberships were seen.
    async fn sequence(&mut self) -> Result<u64, String> {
        let mut seen = 0;
        for number in 1..=REQUESTS {
            self.any().await?;
            self.app.run_jobs().await;
            seen += self.check().await?;
            let group = self.group();
            self.check_shown(group).await?;
            if number.is_multiple_of(SHOWN_EVERY) {
                for group in 0..GROUPS.len() {
                    self.check_shown(group).await?;
                }
            }
        }
        Ok(seen)
    }
}

both! {
    async fn nobody_is_let_in_by_requests_whom_nobody_let_in(app: TestApp) {
        let engine = app.engine();
        // One takes some 3 seconds on SQLite, and 10 on PostgreSQL.
        let usual = 4;
        let mut app = Some(app);
        let seeds = seeds(0x5eed_3505, usual);
        let sequences = seeds.len() as u64;
        let (mut tally, mut granted, mut held) = (Tally::new(), BTreeMap::<&str, u64>::new(), 0);
        for seed in seeds {
            let app = match app.take() {
                Some(app) => app,
                None => TestApp::on(engine).await,
            };
            let mut run = Run::new(app, seed).await;
            match run.sequence().await {
                Ok(seen) => held += seen,
                Err(why) => {
                    let log = &run.log[run.log.len().saturating_sub(TOLD)..];
                    panic!("USHER_TEST_SEED={seed} after {} requests: {why}\n{}", run.log.len(), log.join("\n"));
                }
            }
            for (kind, (yes, no)) in run.tally {
                let sum = tally.entry(kind).or_default();
                *sum = (sum.0 + yes, sum.1 + no);
            }
            for (kind, count) in run.granted {
                *granted.entry(kind).or_default() += count;
            }
        }
        for (kind, least) in LEAST {
            let count = granted.get(kind).copied().unwrap_or_default();
            assert!(count >= (least * sequences).div_ceil(4), "{kind} was let happen {count} times: {granted:?} {tally:?}");
        }
        let oneself = tally.get(RESUME_ONESELF).copied().unwrap_or_default();
        assert!(oneself.0 == 0 && oneself.1 > 0, "the suspended asked to be let in {oneself:?} times");
        let asked = tally.iter().filter(|(kind, _)| **kind != "read").map(|(_, count)| count);
        let (done, refused) = asked.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let all = done + refused;
        figure!("{engine:?}: in {sequences} sequences of {all} requests, {done} were let happen and {refused} refused; all of {held} memberships seen were granted");
        figure!("{engine:?}: let happen, each by somebody who may: {granted:?}");
    }
}
