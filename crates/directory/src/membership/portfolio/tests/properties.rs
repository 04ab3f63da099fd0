//! What holds of all memberships, at every time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::super::rules::{due, effective, leave, next_due, resume, settle, status_of, suspend};
use super::super::{Figures, Move, OnLapse, Portfolio, Status};
use super::{ABOVE, figures, group, live, noon, portfolio, run, through};
use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;
use crate::membership::TermsStanding;

/// Memberships as they may stand at noon of day 100, with all dates within 200 days.
fn any_portfolio() -> impl Strategy<Value = Portfolio> {
    let one = (
        any::<bool>(),
        prop::option::of(0_i64..200),
        prop::option::of(0_i64..200),
        prop::option::of((0_i64..200, 0_usize..3)),
        any::<bool>(),
    );
    (
        prop::collection::vec(one, ABOVE.len()),
        prop::collection::vec(any::<bool>(), ABOVE.len()),
    )
        .prop_map(|(ones, blocked)| {
            let mut all = Vec::new();
            for ((name, _), (there, from, until, terms, lapses)) in ABOVE.iter().zip(ones) {
                if !there {
                    continue;
                }
                let mut one = live(name, Status::Enabled);
                one.valid_from = from.map(noon);
                one.expires_at = until.map(through);
                one.details.lapses = lapses;
                one.details.terms = terms.map(|(until, kind)| TermsStanding {
                    version: Uuid::nil(),
                    accepted_at: noon(0),
                    until: Some(through(until)),
                    on_lapse: [OnLapse::Remind, OnLapse::Withhold, OnLapse::End][kind],
                    reminded: None,
                    lapsed: false,
                });
                all.push(one);
            }
            let mut portfolio = portfolio(all);
            let blocks = ABOVE.iter().zip(blocked).filter(|(_, blocked)| *blocked);
            // A block on one in four: with every second group blocked hardly anything would happen.
            portfolio.blocks = blocks
                .map(|((name, _), _)| group(name))
                .filter(|group| group.uuid().as_u128() % 4 == 0)
                .collect();
            settle(&mut portfolio, noon(0));
            portfolio
        })
}

/// What matters of a portfolio, whatever the order of its list.
fn by_group(portfolio: &Portfolio) -> BTreeMap<Id<Group>, Status> {
    portfolio.live.iter().map(|live| (live.group, live.status)).collect()
}

fn check(portfolio: &Portfolio, now: Timestamp) {
    for (index, live) in portfolio.live.iter().enumerate() {
        assert_eq!(live.status, status_of(portfolio, index, now), "{live:?}");
        if live.status == Status::Enabled {
            assert!(live.valid_from.is_none_or(|from| from <= now), "{live:?}");
            assert!(effective(portfolio, index).at.is_none_or(|end| end > now), "{live:?}");
            assert!(!portfolio.is_blocked(live.group), "{live:?}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_is_due_once_what_is_due_was_done(mut ann in any_portfolio(), day in 0_i64..220) {
        run(&mut ann, &figures(), noon(day));
        prop_assert_eq!(due(&ann, &figures(), noon(day)), []);
        prop_assert!(next_due(&ann, &figures(), noon(day)).is_none_or(|next| next > noon(day)));
        check(&ann, noon(day));
    }

    #[test]
    fn the_order_of_the_list_does_not_matter(ann in any_portfolio(), day in 0_i64..220, turn in 0_usize..5) {
        let mut turned = ann.clone();
        let by = turn.min(turned.live.len());
        turned.live.rotate_left(by);
        turned.blocks.reverse();
        let mut ann = ann;
        let one = run(&mut ann, &figures(), noon(day)).len();
        let other = run(&mut turned, &figures(), noon(day)).len();
        prop_assert_eq!(one, other);
        prop_assert_eq!(by_group(&ann), by_group(&turned));
    }

    #[test]
    fn a_server_that_was_down_comes_to_the_same(ann in any_portfolio(), day in 0_i64..220) {
        // Grace that is never over or none at all: it counts from when an end was acted on.
        for grace_days in [0, u32::MAX] {
            let figures = Figures { grace_days, ..figures() };
            let (mut awake, mut late) = (ann.clone(), ann.clone());
            let mut now = noon(0);
            while let Some(next) = next_due(&awake, &figures, now).filter(|next| *next <= noon(day)) {
                now = now.max(next);
                prop_assert!(!run(&mut awake, &figures, now).is_empty());
                check(&awake, now);
            }
            run(&mut late, &figures, noon(day));
            prop_assert_eq!(by_group(&awake), by_group(&late));
        }
    }

    #[test]
    fn nobody_is_reminded_twice_of_one_thing(mut ann in any_portfolio()) {
        let mut told = Vec::new();
        let mut now = noon(0);
        while let Some(next) = next_due(&ann, &figures(), now) {
            now = now.max(next);
            let moves = run(&mut ann, &figures(), now);
            told.extend(moves.into_iter().filter(|step| matches!(step, Move::Remind { .. } | Move::RemindOfTerms { .. })));
        }
        let all = told.len();
        told.sort();
        told.dedup();
        prop_assert_eq!(told.len(), all);
    }

    #[test]
    fn resuming_undoes_suspending(ann in any_portfolio(), which in 0..ABOVE.len(), day in 0_i64..200) {
        let mut before = ann;
        run(&mut before, &figures(), noon(day));
        let name = group(ABOVE[which].0);
        prop_assume!(!before.blocks.contains(&name));
        let mut after = before.clone();
        let suspended = suspend(&mut after, name, noon(day));
        prop_assert!(suspended.iter().all(|step| after.live[step.index()].status == Status::Suspended));
        check(&after, noon(day));
        let resumed = resume(&mut after, name, noon(day));
        prop_assert_eq!(suspended.len(), resumed.len());
        prop_assert_eq!(after, before);
    }

    #[test]
    fn leaving_ends_exactly_what_is_held_there_and_below(ann in any_portfolio(), which in 0_usize..5) {
        prop_assume!(which < ann.live.len() && ann.live[which].status.is_held());
        let mut after = ann.clone();
        let root = ann.live[which].group;
        let ended = leave(&mut after, which, noon(0)).len();
        let mut count = 0;
        for (was, is) in ann.live.iter().zip(&after.live) {
            let concerned = was.group == root || (was.status.is_held() && ann.above(was.group).contains(&root));
            if concerned {
                count += 1;
                prop_assert!(is.status.is_over());
            } else {
                prop_assert_eq!(was, is);
            }
        }
        prop_assert_eq!(ended, count);
    }
}
