//! Whatever is requested by whomever in whatever order, by every face: nobody has a group or a role that no rule, administrator or
//! request granted, no membership outlives its effective end, and no suspension is lifted by the suspended.
//!
//! What may grant what, and nothing else does (specification of group management, 4, 6, 8, 16 and 17):
//!
//! - A membership and its roles: somebody who may write members there, or give roles; a way to join that decides by itself; a
//!   request that a reviewer accepts, in a privileged group two of them or the administration of the realm; an offer taken up by
//!   whom it was made to, while whoever made it may still do so; a program, and a list, of whom others have not ended.
//! - Some hours of it: that somebody let them who may do both, with those roles, for no more hours and not beyond its last day.
//! - Another name of a role, or another role in its place: whoever may define roles and give them.
//! - An end that counts: the own one, or an earlier one above. Where a group stands is for those who may move it, make groups where
//!   it comes and move those where it was; they cannot get rid of a block by it. Making, renaming or deleting one gives nobody
//!   anything but its maker, as far as they may name owners.
//! - A review gives nothing. It takes what was decided by whoever might have taken it by themselves.
//! - A block is lifted by somebody else who may suspend there. Administrators are named by who may do as much and as long.
//!
//! Each of these is written down by the test from what was answered with success and weighed by what the test wrote down before.
//!
//! `members`, `asking`, `elevating`, `reviewing`, `roles`, `tree` and `programs` draw requests by lot, with ids that often do not
//! fit, and send them to the `world`; the `model` and its `rights` say what ought to come of each that is let happen, and `checks`
//! compares that with what is stored and shown. `USHER_TEST_SEED` says where to begin, `USHER_TEST_ROUNDS` how many sequences.

mod asking;
mod checks;
mod elevating;
mod governing;
mod members;
mod model;
mod programs;
mod reviewing;
mod rights;
mod roles;
mod tree;
mod who;
mod world;

use std::collections::BTreeMap;

use testkit::{TestApp, both, figure, seeds};

use members::{Deed, RESUME_ONESELF};
use model::Checked;
use world::{Run, Tally};

/// So many requests in a sequence.
const REQUESTS: u64 = 300;
/// After so many all groups are shown, with where they stand and who may elevate; else one.
const SHOWN_EVERY: u64 = 25;
/// Of a sequence that fails so much is told.
const TOLD: usize = 300;

/// In four sequences so much is let happen at least, so that all of it is looked at.
const LEAST: [(&str, u64); 30] = [
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
    ("let elevate", 8),
    ("let elevate no more", 1),
    ("elevate", 6),
    ("end early", 1),
    ("hours over", 3),
    ("begin review", 8),
    ("decide item", 3),
    ("close review", 2),
    ("lose by review", 2),
    ("found", 3),
    ("move", 3),
    ("rename", 2),
    ("delete group", 1),
    ("define role", 4),
    ("rename role", 2),
    ("delete role", 3),
];

impl Run {
    /// Somebody sends something.
    async fn any(&mut self) -> Checked {
        match self.dice.roll(125) {
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
            94..=99 => self.pass().await,
            100..=102 => self.let_elevate().await,
            103 => self.let_elevate_no_more().await,
            104..=107 => self.elevate().await,
            108..=109 => self.end_early().await,
            110..=115 => self.review().await,
            116..=120 => self.shape_tree().await,
            _ => self.shape_roles().await,
        }
    }

    /// How many memberships were seen.
    async fn sequence(&mut self) -> Result<u64, String> {
        let mut seen = 0;
        for number in 1..=REQUESTS {
            self.any().await?;
            self.app.run_jobs().await;
            self.reviewed().await?;
            seen += self.check().await?;
            let group = self.group();
            self.check_shown(group).await?;
            if number.is_multiple_of(SHOWN_EVERY) {
                self.check_all_shown().await?;
            }
        }
        *self.granted.entry("hours over").or_default() += self.model.hours_over;
        Ok(seen)
    }
}

both! {
    async fn nobody_is_let_in_by_requests_whom_nobody_let_in(app: TestApp) {
        let engine = app.engine();
        // One takes some 4 seconds on SQLite, and 12 on PostgreSQL.
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
