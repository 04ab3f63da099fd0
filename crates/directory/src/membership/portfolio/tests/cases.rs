//! One case after the other.

use uuid::Uuid;

use super::super::super::Details;
use super::super::Status::{Barred, Enabled, Ended, Expired, Pending, Suspended};
use super::super::rules::{
    apply, due, due_at_most, effective, effective_of_all, leave, next_due, resume, settle, suspend,
};
use super::super::{Effective, Figures, GroupFigures, Move, OnLapse, Over};
use super::{enabled, figures, group, live, noon, pending, portfolio, run, statuses, through, without_reminders};
use crate::clock::Timestamp;
use crate::group::Management;
use crate::membership::TermsStanding;
use crate::realm::Realm;

#[test]
fn the_earliest_end_above_counts_if_it_is_earlier_than_the_own() {
    let mut ann = portfolio(vec![enabled("a", Some(10)), enabled("b", Some(20)), enabled("c", None)]);
    let above = |name: &str, day| Effective {
        at: Some(through(day)),
        group: Some(group(name)),
    };
    let own = |day| Effective {
        at: Some(through(day)),
        group: None,
    };
    assert_eq!(effective_of_all(&ann), [own(10), above("a", 10), above("a", 10)]);
    ann.live[0].expires_at = Some(through(30));
    assert_eq!(effective_of_all(&ann), [own(30), own(20), above("b", 20)]);
    // Neither one that does not count imposes its end, nor one that ends at the same instant.
    ann.live[1].status = Suspended;
    assert_eq!(effective(&ann, 2), above("a", 30));
    ann.live[2].expires_at = Some(through(30));
    assert_eq!(effective(&ann, 2), own(30));
}

#[test]
fn parent_and_child_that_are_due_the_same_night_end_once_each() {
    let mut ann = portfolio(vec![
        enabled("c", None),
        enabled("b", Some(10)),
        enabled("a", Some(10)),
        enabled("x", None),
    ]);
    let figures = without_reminders();
    assert_eq!(next_due(&ann, &figures, noon(3)), Some(through(10)));
    assert_eq!(run(&mut ann, &figures, noon(10)), []);
    let expired = |index| Move::Expire {
        index,
        root: 2,
        why: Over::Time,
    };
    assert_eq!(run(&mut ann, &figures, noon(11)), [expired(2), expired(1), expired(0)]);
    assert_eq!(statuses(&ann), [Expired, Expired, Expired, Enabled]);
}

#[test]
fn a_child_that_ends_first_is_the_root_of_its_own_end() {
    let mut ann = portfolio(vec![enabled("a", Some(10)), enabled("b", Some(8)), enabled("c", None)]);
    let moves = run(&mut ann, &without_reminders(), noon(20));
    let expired = |index, root| Move::Expire {
        index,
        root,
        why: Over::Time,
    };
    assert_eq!(moves, [expired(1, 1), expired(2, 1), expired(0, 0)]);
}

#[test]
fn what_is_due_is_done_in_slices_as_it_would_be_at_once() {
    let figures = without_reminders();
    let all = portfolio(vec![
        enabled("c", None),
        enabled("b", Some(10)),
        enabled("a", Some(10)),
        enabled("x", Some(9)),
    ]);
    let mut ann = all.clone();
    let mut slices = Vec::new();
    loop {
        let slice = due_at_most(&ann, &figures, noon(11), 1);
        if slice.is_empty() {
            break;
        }
        for step in &slice {
            apply(&mut ann, step, noon(11));
        }
        slices.push(slice);
    }
    assert_eq!(slices.concat(), due(&all, &figures, noon(11)));
    // What goes along with an end is not left for later.
    let sizes: Vec<usize> = slices.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 3]);
}

#[test]
fn what_waits_begins_at_its_time_unless_it_would_have_ended() {
    let figures = without_reminders();
    let mut ann = portfolio(vec![pending("a", 5, Some(9)), pending("x", 5, None)]);
    assert_eq!(next_due(&ann, &figures, noon(1)), Some(noon(5)));
    let mut late = ann.clone();
    assert_eq!(
        run(&mut ann, &figures, noon(5)),
        [Move::Activate { index: 0 }, Move::Activate { index: 1 }]
    );
    // A server that was down comes to the same end.
    run(&mut late, &figures, noon(12));
    run(&mut ann, &figures, noon(12));
    assert_eq!(statuses(&ann), [Expired, Enabled]);
    assert_eq!(statuses(&late), statuses(&ann));
}

#[test]
fn what_could_never_begin_ends_and_takes_nobody_along() {
    let mut ann = portfolio(vec![pending("a", 20, Some(10)), enabled("b", None)]);
    assert_eq!(run(&mut ann, &figures(), noon(11)), [Move::End { index: 0, root: 0 }]);
    assert_eq!(statuses(&ann), [Ended, Enabled]);
}

#[test]
fn what_could_never_begin_is_gone_for_good_whichever_end_takes_it_along() {
    let lapsing = TermsStanding {
        version: Uuid::nil(),
        accepted_at: noon(0),
        until: Some(through(0)),
        on_lapse: OnLapse::End,
        reminded: None,
        lapsed: false,
    };
    let mut ann = portfolio(vec![pending("a", 1, Some(77)), pending("c", 77, Some(1))]);
    ann.live[0].details.terms = Some(lapsing);
    let mut late = ann.clone();
    // The terms lapse before the end of what waits in vain; a server that was down sees only the ends.
    run(&mut ann, &without_reminders(), noon(1));
    assert_eq!(statuses(&ann), [Expired, Ended]);
    run(&mut late, &without_reminders(), noon(78));
    assert_eq!(statuses(&late), [Expired, Ended]);
}

#[test]
fn what_expires_comes_back_until_its_grace_is_over() {
    let mut figures = without_reminders();
    let mut ann = portfolio(vec![enabled("a", Some(10)), enabled("x", Some(10))]);
    figures.groups.insert(
        group("x"),
        GroupFigures {
            grace_days: Some(0),
            ..GroupFigures::default()
        },
    );
    // Without grace it is gone at once.
    let moves = run(&mut ann, &figures, noon(11));
    assert_eq!(moves.last(), Some(&Move::Purge { index: 1 }));
    assert_eq!(statuses(&ann), [Expired, Ended]);
    assert_eq!(next_due(&ann, &figures, noon(11)), Some(noon(41)));
    assert_eq!(run(&mut ann, &figures, noon(41)), [Move::Purge { index: 0 }]);
    assert_eq!(next_due(&ann, &figures, noon(41)), None);
    assert_eq!(ann.live[0].details, Details::default());
}

#[test]
fn suspensions_stack_and_each_lifts_its_own() {
    let mut ann = portfolio(vec![
        enabled("a", None),
        enabled("b", None),
        pending("c", 50, None),
        enabled("d", None),
    ]);
    let before = statuses(&ann);
    suspend(&mut ann, group("b"), noon(1));
    assert_eq!(statuses(&ann), [Enabled, Suspended, Suspended, Enabled]);
    let moves = suspend(&mut ann, group("a"), noon(2));
    let suspended: Vec<usize> = moves.iter().map(Move::index).collect();
    assert_eq!(suspended, [0, 3]);
    assert!(ann.is_blocked_above(group("b")) && !ann.is_blocked_above(group("a")));
    resume(&mut ann, group("a"), noon(3));
    assert_eq!(statuses(&ann), [Enabled, Suspended, Suspended, Enabled]);
    resume(&mut ann, group("b"), noon(4));
    assert_eq!(statuses(&ann), before);
    assert_eq!(statuses(&ann)[2], Pending);
}

#[test]
fn whoever_is_kept_out_does_not_come_back_by_ending() {
    let mut ann = portfolio(vec![enabled("a", Some(10)), enabled("b", None), enabled("x", None)]);
    suspend(&mut ann, group("a"), noon(1));
    run(&mut ann, &figures(), noon(11));
    // The tombstone of the group itself is barred; below it every grant meets the block.
    assert_eq!(statuses(&ann), [Barred, Ended, Enabled]);
    let moves = resume(&mut ann, group("a"), noon(12));
    assert_eq!(moves, [Move::Restate { index: 0, to: Ended }]);

    let mut bob = portfolio(vec![enabled("x", None)]);
    suspend(&mut bob, group("x"), noon(1));
    leave(&mut bob, 0, noon(2));
    assert_eq!(statuses(&bob), [Barred]);
}

#[test]
fn a_clock_that_is_set_right_by_a_few_minutes_takes_nobody_out() {
    let mut ann = portfolio(vec![enabled("a", None)]);
    ann.live[0].valid_from = Some(noon(5));
    assert_eq!(settle(&mut ann, noon(5).plus_millis(-240_000)), []);
    assert_eq!(statuses(&ann), [Enabled]);
    settle(&mut ann, noon(4));
    assert_eq!(statuses(&ann), [Pending]);
    // What was to begin begins no earlier for that.
    assert_eq!(settle(&mut ann, noon(5).plus_millis(-1)), []);
    settle(&mut ann, noon(5));
    assert_eq!(statuses(&ann), [Enabled]);
}

#[test]
fn leaving_takes_along_what_is_held_below_and_nothing_else() {
    let mut ann = portfolio(vec![
        enabled("c", None),
        enabled("a", None),
        pending("b", 9, None),
        enabled("x", None),
        live("d", Expired),
    ]);
    let moves = leave(&mut ann, 2, noon(1));
    assert_eq!(
        moves,
        [Move::End { index: 2, root: 2 }, Move::End { index: 0, root: 2 }]
    );
    assert_eq!(statuses(&ann), [Ended, Enabled, Ended, Enabled, Expired]);
}

#[test]
fn people_are_reminded_once_at_each_offset_of_the_end_that_counts() {
    let mut figures = figures();
    figures.groups.insert(
        group("b"),
        GroupFigures {
            reminders: Some(vec![10]),
            ..GroupFigures::default()
        },
    );
    let mut ann = portfolio(vec![
        enabled("a", Some(100)),
        enabled("b", None),
        enabled("c", Some(300)),
        pending("d", 200, None),
    ]);
    suspend(&mut ann, group("c"), noon(1));
    let mut told = Vec::new();
    let mut now = noon(1);
    while let Some(next) = next_due(&ann, &figures, now).filter(|next| *next < noon(100)) {
        now = next;
        for step in run(&mut ann, &figures, now) {
            let Move::Remind {
                index,
                days_before,
                last_day,
            } = step
            else {
                panic!("{step:?}")
            };
            told.push((now.millis() / 3_600_000, index, days_before, last_day.to_string()));
        }
    }
    let at_eight = |day: i64, index, before| (day * 24 + 8, index, before, "1970-04-11".to_owned());
    assert_eq!(
        told,
        [
            at_eight(79, 0, 21),
            at_eight(90, 1, 10),
            at_eight(93, 0, 7),
            at_eight(99, 0, 1)
        ]
    );
}

#[test]
fn of_missed_reminders_the_latest_is_sent_and_none_when_it_is_too_late_or_unwanted() {
    let figures = figures();
    let mut ann = portfolio(vec![enabled("a", Some(100))]);
    let mut bob = ann.clone();
    bob.live[0].details.lapses = true;
    assert_eq!(due(&bob, &figures, noon(95)), []);
    let sent: Vec<Move> = run(&mut ann, &figures, noon(95));
    assert!(matches!(sent[..], [Move::Remind { days_before: 7, .. }]), "{sent:?}");
    assert_eq!(run(&mut ann, &figures, noon(96)), []);
    // Another end has reminders of its own; those from before it was set are settled.
    ann.live[0].expires_at = Some(through(120));
    ann.live[0].details.reminded = Some(noon(105));
    assert_eq!(
        next_due(&ann, &figures, noon(105)),
        Some(Timestamp::from_millis((113 * 24 + 8) * 3_600_000))
    );
    let moves = run(&mut ann, &figures, noon(121));
    assert!(matches!(moves[..], [Move::Expire { .. }]), "{moves:?}");
}

#[test]
fn terms_that_lapse_remind_withhold_or_end() {
    let rests_on = |name, on_lapse| {
        let mut one = enabled(name, None);
        one.details.terms = Some(TermsStanding {
            version: Uuid::nil(),
            accepted_at: noon(0),
            until: Some(through(50)),
            on_lapse,
            reminded: None,
            lapsed: false,
        });
        one
    };
    let mut ann = portfolio(vec![
        rests_on("x", OnLapse::Remind),
        rests_on("b", OnLapse::Withhold),
        rests_on("d", OnLapse::End),
        enabled("c", None),
    ]);
    let figures = figures();
    let reminded: Vec<Move> = run(&mut ann, &figures, noon(44));
    assert_eq!(reminded.len(), 3);
    assert!(
        reminded
            .iter()
            .all(|step| matches!(step, Move::RemindOfTerms { days_before: 7, .. }))
    );
    let moves = run(&mut ann, &figures, noon(51));
    assert_eq!(
        moves,
        [
            Move::TermsLapse {
                index: 0,
                how: OnLapse::Remind
            },
            Move::TermsLapse {
                index: 1,
                how: OnLapse::Withhold
            },
            Move::Expire {
                index: 2,
                root: 2,
                why: Over::Terms
            },
        ]
    );
    assert!(ann.live[1].details.withheld && !ann.live[0].details.withheld);
    assert_eq!(statuses(&ann)[3], Enabled);
    assert_eq!(run(&mut ann, &figures, noon(52)), []);
}

#[test]
fn a_group_says_otherwise_than_its_realm_and_the_old_way_knows_no_grace() {
    let mut realm = Realm::installation();
    let own = Management {
        notice_days: Some(9),
        grace_days: Some(5),
        ..Management::default()
    };
    let managed = [(group("a"), own), (group("b"), Management::default())];
    let figures = Figures::of(&realm, &managed);
    assert_eq!(
        (figures.reminders.as_slice(), figures.grace_days),
        ([21, 7, 1].as_slice(), 30)
    );
    let of_a = GroupFigures {
        reminders: Some(vec![9, 3, 1]),
        grace_days: Some(5),
    };
    assert_eq!(figures.groups, [(group("a"), of_a)].into());

    realm.settings.agm.reminder_days = vec![2, 14];
    realm.settings.compat.expire_deletes = true;
    let figures = Figures::of(&realm, &managed);
    assert_eq!(
        (figures.reminders.as_slice(), figures.grace_days),
        ([14, 2].as_slice(), 0)
    );
    assert_eq!(figures.groups[&group("a")].grace_days, Some(0));
}

#[test]
fn what_is_there_for_some_hours_ends_without_a_word_and_bears_on_nothing_below() {
    let elevated = |name, last_day| {
        let mut one = enabled(name, last_day);
        one.details.elevation = Some(Uuid::from_u128(7));
        one
    };
    let mut ann = portfolio(vec![
        elevated("b", Some(10)),
        enabled("a", Some(20)),
        enabled("c", None),
    ]);
    let own = |at, above| Effective {
        at: Some(through(at)),
        group: above,
    };
    // The one above counts for both, the one in between for none.
    let by = Some(group("a"));
    assert_eq!(effective_of_all(&ann), [own(10, None), own(20, None), own(20, by)]);
    let reminded = |moves: &[Move], index| {
        moves
            .iter()
            .any(|step| matches!(step, Move::Remind { index: of, .. } if *of == index))
    };
    assert!(!reminded(&run(&mut ann, &figures(), noon(9)), 0));
    let over = Move::Expire {
        index: 0,
        root: 0,
        why: Over::Time,
    };
    assert_eq!(run(&mut ann, &without_reminders(), noon(11)), [over]);
    assert_eq!(statuses(&ann), [Ended, Enabled, Enabled]);
    // Whoever leaves it leaves it alone, and it goes with the one above.
    let mut ann = portfolio(vec![
        elevated("b", Some(40)),
        enabled("a", Some(20)),
        enabled("c", None),
    ]);
    assert_eq!(effective(&ann, 0), own(20, by));
    assert_eq!(leave(&mut ann.clone(), 0, noon(9)), [Move::End { index: 0, root: 0 }]);
    run(&mut ann, &without_reminders(), noon(21));
    assert_eq!(statuses(&ann), [Ended, Expired, Expired]);
}
