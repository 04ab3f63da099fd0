//! The chance that chooses what is done. It aims at what is there, and does not know what is allowed.

use testkit::Dice;

use super::acts::{Act, CAPABILITIES, Deed, Of, PEOPLE, Who};
use super::aim::{admin, anybody, into, lapse, near, shape, someone, subject};
use super::{aim, model::Model};

/// No more groups are made.
const MOST_GROUPS: usize = 18;
const HOUR: i64 = 3_600;

/// Some of the roles that groups may have, each a bit.
pub(super) fn roles(dice: &mut Dice) -> u8 {
    [1, 1, 1, 2, 3, 4, 5, 7][dice.roll(8)]
}

/// Somebody does something.
pub(super) fn any(dice: &mut Dice, model: &Model) -> Deed {
    let groups: Vec<usize> = model.there().collect();
    let kind = dice.roll(118);
    // Mostly what is held is changed, and lifted what keeps people out.
    let held: Vec<(usize, usize)> = match kind {
        18..=22 => model.blocks.iter().copied().collect(),
        8..=17 | 23..=27 => model.held.keys().copied().collect(),
        _ => Vec::new(),
    };
    let aimed = if dice.one_in(5) { None } else { dice.of(&held) };
    let group = aimed.map_or_else(|| dice.of(&groups).unwrap_or_default(), |of| of.0);
    let person = aimed.map_or_else(|| someone(dice, model, group), |of| of.1);
    let via = if dice.one_in(4) {
        near(dice, model, group)
    } else {
        group
    };
    let of = Of { via, group, person };
    let admin = admin(dice, model, group);
    let myself = Who::Person(person);
    let deed = |who: Who, act: Act| Deed { who, act };
    // The newest, mostly: they wait not for long.
    let open = |all: Vec<usize>, dice: &mut Dice| {
        if dice.one_in(3) {
            dice.of(&all)
        } else {
            all.last().copied()
        }
    };
    match kind {
        0..=7 => {
            let from = if dice.one_in(3) { dice.days(25) - 1 } else { 0 };
            let days = dice.perhaps(60).map(|days| days + from.max(0));
            deed(
                admin,
                Act::Add {
                    group,
                    person: anybody(dice),
                    roles: roles(dice),
                    from,
                    days,
                },
            )
        }
        8..=11 => deed(
            admin,
            Act::Update {
                of,
                roles: roles(dice),
                from: dice.perhaps(20),
                days: dice.perhaps(70),
            },
        ),
        12 => deed(
            admin,
            Act::Extend {
                of,
                days: dice.perhaps(90),
            },
        ),
        13 => deed(admin, Act::Remove { of }),
        14..=17 => deed(admin, Act::Suspend { of }),
        18..=22 => deed(
            if dice.one_in(3) { myself } else { admin },
            Act::Resume {
                of,
                begins: dice.one_in(2),
            },
        ),
        23..=24 => deed(admin, Act::GiveRole { of, role: dice.roll(3) }),
        25 => deed(admin, Act::TakeRole { of, role: dice.roll(3) }),
        26..=27 => deed(myself, Act::Leave { group }),
        28 => deed(
            admin,
            Act::Define {
                group,
                role: dice.roll(3),
            },
        ),
        29 => {
            let instead = (!dice.one_in(3)).then(|| dice.roll(3));
            deed(
                admin,
                Act::Undefine {
                    group,
                    role: dice.roll(3),
                    instead,
                    force: dice.one_in(2),
                },
            )
        }
        30..=41 => {
            let ((way, roles), terms) = (into(dice, model), !dice.one_in(5));
            // Who is kept out tries as well, there and below.
            let out: Vec<usize> = model.blocks.iter().map(|(_, person)| *person).collect();
            let out = out
                .into_iter()
                .filter(|person| model.is_blocked(model.ways[way].group, *person));
            let me = match dice.roll(4) {
                0 => dice.of(&out.collect::<Vec<_>>()).unwrap_or(person),
                1 => person,
                _ => anybody(dice),
            };
            let me = Who::Person(me);
            deed(me, Act::Ask { way, roles, terms })
        }
        42..=47 => {
            let waiting = open(model.waiting(), dice).unwrap_or_else(|| dice.roll(model.requests.len()));
            let asked = model.requests.get(waiting).map(|asked| (asked.group, asked.person));
            let (group, person) = asked.unwrap_or((group, person));
            match dice.roll(8) {
                0 => deed(Who::Person(person), Act::Withdraw { request: waiting }),
                1 => deed(aim::admin(dice, model, group), Act::Reject { request: waiting }),
                2 => deed(Who::Person(person), Act::Accept { request: waiting }),
                _ => deed(aim::admin(dice, model, group), Act::Accept { request: waiting }),
            }
        }
        48..=49 => {
            let way = (!dice.one_in(3)).then(|| dice.roll(model.ways.len()));
            let group = way.and_then(|way| model.ways.get(way)).map_or(group, |way| way.group);
            deed(
                aim::admin(dice, model, group),
                Act::Configure {
                    group,
                    way,
                    shape: shape(dice),
                },
            )
        }
        50 if dice.one_in(3) => deed(
            admin,
            Act::Unconfigure {
                way: dice.roll(model.ways.len()),
            },
        ),
        50 => {
            let days = dice.perhaps(30).map(|days| days as u32 + 1);
            deed(
                admin,
                Act::Publish {
                    way: dice.roll(model.ways.len()),
                    days,
                    lapse: lapse(dice),
                },
            )
        }
        51..=52 => {
            let rests = model.rests_on(person);
            deed(
                myself,
                Act::Agree {
                    way: dice.of(&rests).unwrap_or_else(|| dice.roll(model.ways.len())),
                },
            )
        }
        53..=56 => {
            let ((way, roles), to) = (into(dice, model), anybody(dice));
            let group = model.ways.get(way).map_or(group, |way| way.group);
            deed(aim::admin(dice, model, group), Act::Offer { way, roles, to })
        }
        57 => deed(
            admin,
            Act::OfferAdmin {
                group,
                what: dice.roll(CAPABILITIES.len()),
                to: anybody(dice),
            },
        ),
        58..=63 => {
            let offer = open(model.offered(), dice).unwrap_or_else(|| dice.roll(model.offers.len()));
            let to = model.offers.get(offer).map_or(person, |offer| offer.to);
            let me = if dice.one_in(6) { person } else { to };
            deed(
                Who::Person(me),
                Act::Answer {
                    offer,
                    yes: !dice.one_in(6),
                    terms: !dice.one_in(5),
                },
            )
        }
        64 if dice.one_in(3) => {
            let offer = open(model.offered(), dice).unwrap_or_default();
            let group = model.offers.get(offer).map_or(group, |offer| offer.group);
            deed(aim::admin(dice, model, group), Act::SendAgain { offer })
        }
        64 if dice.one_in(2) => deed(
            admin,
            Act::TakeBack {
                offer: dice.roll(model.offers.len()),
            },
        ),
        64..=68 => {
            let subject = subject(dice, model, group);
            let (what, inherit, days) = (dice.roll(CAPABILITIES.len()), !dice.one_in(3), dice.perhaps(90));
            let days = days.filter(|_| dice.one_in(2));
            match dice.roll(6) {
                0 => deed(
                    admin,
                    Act::Undelegate {
                        group,
                        subject,
                        force: dice.one_in(2),
                    },
                ),
                1 => deed(
                    admin,
                    Act::Redelegate {
                        group,
                        subject,
                        what,
                        inherit,
                        days,
                        force: dice.one_in(2),
                    },
                ),
                _ => deed(
                    admin,
                    Act::Delegate {
                        group,
                        subject,
                        what,
                        inherit,
                        days,
                    },
                ),
            }
        }
        69..=72 => {
            let parent = (!dice.one_in(4)).then(|| dice.of(&groups).unwrap_or_default());
            deed(admin, Act::Move { group, parent })
        }
        73 => match dice.roll(4) {
            0 => deed(admin, Act::Delete { group }),
            1 if dice.one_in(4) => deed(Who::Scim, Act::Expel { person }),
            _ if groups.len() < MOST_GROUPS => deed(
                admin,
                Act::Found {
                    parent: (!dice.one_in(3)).then_some(group),
                },
            ),
            _ => deed(Who::Scim, Act::Delete { group }),
        },
        74 if dice.one_in(2) => {
            let admin = if dice.one_in(2) { Who::Person(2) } else { admin };
            deed(
                admin,
                Act::Privilege {
                    group,
                    on: dice.one_in(2),
                },
            )
        }
        74 => deed(
            admin,
            Act::SelfApproval {
                group,
                on: dice.one_in(2),
            },
        ),
        75..=78 => match dice.roll(5) {
            0..=2 => {
                let people = (0..=dice.roll(3)).map(|_| someone(dice, model, group)).collect();
                deed(Who::Scim, Act::ScimAdd { group, people })
            }
            3 => deed(Who::Scim, Act::ScimRemove { group, person }),
            _ => deed(
                Who::Scim,
                Act::ScimPut {
                    group,
                    people: (0..6).map(|_| someone(dice, model, group)).collect(),
                },
            ),
        },
        79..=81 => {
            let (roles, days) = (dice.one_in(2).then(|| roles(dice)), dice.perhaps(40));
            deed(
                Who::Operator,
                Act::Import {
                    group,
                    person,
                    roles,
                    days,
                },
            )
        }
        82 => {
            let one = |dice: &mut Dice| (dice.of(&groups).unwrap_or_default(), dice.roll(PEOPLE));
            let rows = (0..4).map(|_| one(dice)).collect();
            deed(Who::Operator, Act::ImportAll { rows })
        }
        83 if dice.one_in(4) => {
            let who = if dice.one_in(2) { Who::Person(2) } else { admin };
            deed(
                who,
                Act::Rule {
                    days: dice.one_in(2).then(|| 30 + dice.days(60)),
                },
            )
        }
        84..=87 => {
            // What is due is not done yet when somebody acts.
            let to = dice.of(&model.ends()).unwrap_or(model.now);
            let seconds = ((to - model.now) / 1000).clamp(1, 40 * 86_400) + dice.days(3);
            deed(Who::Operator, Act::Pass { seconds, jobs: false })
        }
        88..=91 => {
            let hours = [1 + dice.days(20), 24 + dice.days(100), 24 * (1 + dice.days(12))][dice.roll(3)];
            deed(
                Who::Operator,
                Act::Pass {
                    seconds: hours * HOUR + dice.days(60),
                    jobs: true,
                },
            )
        }
        100..=117 => aim::for_a_while(dice, model, (group, person)),
        _ => match dice.of(&model.offered()) {
            // What was offered, or asked for, a moment ago.
            Some(offer) if dice.one_in(2) => {
                let me = Who::Person(model.offers[offer].to);
                deed(
                    me,
                    Act::Answer {
                        offer,
                        yes: true,
                        terms: true,
                    },
                )
            }
            _ => {
                let waiting = open(model.waiting(), dice).unwrap_or_default();
                let group = model.requests.get(waiting).map_or(group, |asked| asked.group);
                deed(aim::admin(dice, model, group), Act::Accept { request: waiting })
            }
        },
    }
}
