//! What is said, word by word.

use uuid::Uuid;

use super::super::{Details, Effective, Membership, Origin, Status};
use super::{Administers, Below, Block, End, EndedBy, Explanation, Given, Who};
use crate::clock::Timestamp;
use crate::id::Id;
use crate::mail::Language;
use crate::zone::{Day, Zone};

fn zone() -> Zone {
    Zone::named("Europe/Berlin").expect("a zone")
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn begin(text: &str) -> Timestamp {
    zone().start_of(day(text))
}

fn end(text: &str) -> Timestamp {
    zone().end_of(day(text))
}

fn nobody() -> Explanation {
    Explanation {
        user: Id::new(Uuid::from_u128(1)),
        name: "Ada".into(),
        group: Id::new(Uuid::from_u128(2)),
        path: "/acme/ops".into(),
        membership: None,
        end: None,
        roles: Vec::new(),
        way: None,
        given: None,
        imposed_by: None,
        blocks: Vec::new(),
        asks_since: None,
        administers: Vec::new(),
        eligible: None,
        entitlements: Vec::new(),
        below: Vec::new(),
        entitlements_below: 0,
        history: Vec::new(),
    }
}

fn standing(status: Status) -> Explanation {
    let membership = Membership {
        id: Id::new(Uuid::from_u128(3)),
        group: Id::new(Uuid::from_u128(2)),
        user: Id::new(Uuid::from_u128(1)),
        version: 1,
        status,
        origin: Origin::User,
        given_by: None,
        granted_at: begin("2026-03-01"),
        valid_from: None,
        expires_at: None,
        effective: Effective::default(),
        configuration: None,
        details: Details::default(),
    };
    Explanation {
        membership: Some(membership),
        ..nobody()
    }
}

/// Both languages, English first.
fn said(of: &Explanation) -> [String; 2] {
    [Language::En, Language::De].map(|language| of.sentences(language, &zone()).join(" "))
}

#[test]
fn a_member_is_told_by_what_until_when_and_what_ends_with_it() {
    let mut of = standing(Status::Enabled);
    of.given = Some(Given::Request {
        asked_at: begin("2026-02-27"),
        by: Who::Person("Grace".into()),
    });
    of.way = Some("Join ops".into());
    of.roles = ["chair", "member"].map(str::to_owned).to_vec();
    let membership = of.membership.as_mut().expect("a membership");
    membership.expires_at = Some(end("2027-06-30"));
    membership.effective.at = Some(end("2026-12-31"));
    of.imposed_by = Some("/acme".into());
    of.below = vec![
        Below {
            path: "/acme/ops/night".into(),
            roles: 2,
        },
        Below {
            path: "/acme/ops/day".into(),
            roles: 0,
        },
    ];
    of.entitlements = vec!["urn:x:ops".into()];
    of.entitlements_below = 2;
    assert_eq!(
        said(&of),
        [
            "Ada has been a member of /acme/ops since 1 March 2026, with the roles chair and member. \
             Grace approved the request of 27 February 2026 by the way “Join ops”. \
             It lasts until 31 December 2026, because the membership of /acme ends then. \
             Removing it also ends /acme/ops/night (2 roles) and /acme/ops/day and takes 3 entitlements.",
            "Ada ist seit 1. März 2026 Mitglied von /acme/ops, mit den Rollen chair und member. \
             Grace hat den Antrag vom 27. Februar 2026 über „Join ops“ angenommen. \
             Sie gilt bis 31. Dezember 2026, weil dann die Mitgliedschaft in /acme endet. \
             Sie zu beenden, beendet auch /acme/ops/night (2 Rollen) und /acme/ops/day und nimmt 3 Berechtigungen.",
        ]
    );
}

#[test]
fn whoever_is_kept_out_is_told_by_whom_and_why() {
    let mut of = standing(Status::Suspended);
    of.given = Some(Given::Somebody(Who::Program("hr".into())));
    of.roles = vec!["member".into()];
    of.blocks = vec![Block {
        path: "/acme".into(),
        by: Who::Operator,
        at: begin("2026-05-04"),
        why: Some("lost the badge".into()),
    }];
    assert_eq!(
        said(&of),
        [
            "Ada has a membership of /acme/ops since 1 March 2026, with the role member, which is suspended. \
             The program hr gave it. It has no end. \
             The operator has kept Ada out of /acme since 4 May 2026: “lost the badge”.",
            "Ada hat seit 1. März 2026 eine Mitgliedschaft in /acme/ops, mit der Rolle member; sie ist ausgesetzt. \
             Das Programm hr hat sie gegeben. Sie hat kein Ende. \
             Der Betrieb hat Ada am 4. Mai 2026 für /acme gesperrt: „lost the badge“.",
        ]
    );
}

#[test]
fn who_is_no_member_is_told_why_not() {
    let ended = |status, at: &str, by| Explanation {
        end: Some(End { at: end(at), by }),
        ..standing(status)
    };
    let cases = [
        (
            nobody(),
            "Ada was never a member of /acme/ops.",
            "Ada war nie Mitglied von /acme/ops.",
        ),
        (
            Explanation {
                end: Some(End {
                    at: begin("2026-06-02"),
                    by: EndedBy::Somebody(Who::Themselves),
                }),
                ..standing(Status::Ended)
            },
            "Ada is no member of /acme/ops: they left on 2 June 2026.",
            "Ada ist kein Mitglied von /acme/ops: Austritt am 2. Juni 2026.",
        ),
        (
            ended(Status::Expired, "2026-06-30", EndedBy::Time),
            "Ada is no member of /acme/ops any more: the membership expired after 30 June 2026; until its grace is over it may be renewed.",
            "Ada ist nicht mehr Mitglied von /acme/ops: die Mitgliedschaft ist nach dem 30. Juni 2026 abgelaufen; bis zum Ende der Frist \
             kann sie verlängert werden.",
        ),
        (
            Explanation {
                end: Some(End {
                    at: begin("2026-06-02"),
                    by: EndedBy::Somebody(Who::Person("Grace".into())),
                }),
                blocks: vec![Block {
                    path: "/acme/ops".into(),
                    by: Who::Person("Grace".into()),
                    at: begin("2026-06-01"),
                    why: None,
                }],
                ..standing(Status::Barred)
            },
            "Ada is no member of /acme/ops: Grace ended the membership on 2 June 2026, and nobody brings it back while the person is kept \
             out. Grace has kept Ada out of /acme/ops since 1 June 2026.",
            "Ada ist kein Mitglied von /acme/ops: Grace hat die Mitgliedschaft am 2. Juni 2026 beendet; solange die Sperre besteht, kommt \
             sie nicht zurück. Grace hat Ada am 1. Juni 2026 für /acme/ops gesperrt.",
        ),
    ];
    for (of, english, german) in cases {
        assert_eq!(said(&of), [english, german]);
    }
}

#[test]
fn who_waits_or_administers_is_told_so() {
    let of = Explanation {
        asks_since: Some(begin("2026-02-27")),
        administers: vec![Administers {
            capabilities: "manager".into(),
            inherited_from: Some("/acme".into()),
            by_group: Some("/leads".into()),
            until: Some(end("2026-12-31")),
        }],
        ..nobody()
    };
    assert_eq!(
        said(&of),
        [
            "Ada was never a member of /acme/ops. Ada asked to join on 27 February 2026; that waits for an answer. \
             Ada administers it as manager, inherited from /acme, as everybody in /leads, until 31 December 2026.",
            "Ada war nie Mitglied von /acme/ops. Ada hat am 27. Februar 2026 um Aufnahme gebeten; eine Antwort steht aus. \
             Ada verwaltet die Gruppe als manager, geerbt von /acme, wie alle in /leads, bis 31. Dezember 2026.",
        ]
    );
}

#[test]
fn a_membership_that_begins_later_says_when_and_by_which_source() {
    let mut of = standing(Status::Pending);
    of.membership.as_mut().expect("a membership").valid_from = Some(begin("2026-04-01"));
    of.given = Some(Given::Source {
        name: Some("hr".into()),
        plan: None,
    });
    assert_eq!(
        said(&of),
        [
            "Ada will be a member of /acme/ops from 1 April 2026 on. The source hr gave it. It has no end.",
            "Ada wird ab 1. April 2026 Mitglied von /acme/ops sein. Die Quelle hr hat sie gegeben. Sie hat kein Ende.",
        ]
    );
}
