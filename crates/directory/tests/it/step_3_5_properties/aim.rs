//! Whom and what chance means, mostly: what is there, who may, and those who have met before.

use directory::membership::OnLapse;
use directory::review::Decision;
use testkit::Dice;

use super::acts::{Act, Deed, PEOPLE, ROLES, Shape, Who};
use super::chance::roles;
use super::granted::Subject;
use super::model::Model;

pub(super) fn lapse(dice: &mut Dice) -> OnLapse {
    [OnLapse::Remind, OnLapse::Withhold, OnLapse::End][dice.roll(3)]
}

pub(super) fn shape(dice: &mut Dice) -> Shape {
    Shape {
        approval: dice.one_in(2),
        approval_to_stay: dice.one_in(4),
        first: dice.one_in(5).then(|| dice.days(20) - 3),
        days: dice.perhaps(40),
        from_end: dice.one_in(3),
        several: !dice.one_in(3),
        roles: roles(dice) | roles(dice),
        terms: dice
            .one_in(3)
            .then(|| (dice.perhaps(30).map(|days| days as u32 + 1), lapse(dice))),
        active: !dice.one_in(10),
    }
}

/// Mostly one of a few, who meet more often.
pub(super) fn anybody(dice: &mut Dice) -> usize {
    if dice.one_in(4) {
        dice.roll(PEOPLE)
    } else {
        3 + dice.roll(12)
    }
}

/// Mostly a member of the group, or who was kept out of it.
pub(super) fn someone(dice: &mut Dice, model: &Model, group: usize) -> usize {
    let members: Vec<usize> = model
        .held
        .keys()
        .filter(|(of, _)| *of == group)
        .map(|(_, person)| *person)
        .collect();
    let out: Vec<usize> = model
        .blocks
        .iter()
        .filter(|(of, _)| *of == group)
        .map(|(_, person)| *person)
        .collect();
    let some = match dice.roll(6) {
        0..=2 => dice.of(&members),
        3 => dice.of(&out),
        _ => None,
    };
    some.unwrap_or_else(|| anybody(dice))
}

/// A group above, or any.
pub(super) fn near(dice: &mut Dice, model: &Model, group: usize) -> usize {
    let above = model.above(group);
    dice.of(&above).unwrap_or_else(|| dice.roll(model.places.len()))
}

pub(super) fn subject(dice: &mut Dice, model: &Model, group: usize) -> Subject {
    let here: Vec<Subject> = model
        .admins
        .keys()
        .filter(|(on, _)| *on == group)
        .map(|(_, subject)| *subject)
        .collect();
    match dice.roll(5) {
        0..=1 => dice.of(&here).unwrap_or(Subject::Person(3)),
        2 => Subject::Group(dice.roll(model.places.len())),
        _ => Subject::Person(anybody(dice)),
    }
}

/// Mostly one of those who administer the group; else one of a group beside or above, of the realm, or anybody.
pub(super) fn admin(dice: &mut Dice, model: &Model, group: usize) -> Who {
    let above = model.above(group);
    let mut all: Vec<Subject> = Vec::new();
    let anywhere = dice.one_in(5);
    for (on, subject) in model.admins.keys() {
        if anywhere || *on == group || above.contains(on) {
            all.push(*subject);
        }
    }
    let owners = |(on, subject): &(usize, Subject)| match subject {
        Subject::Person(person) if *on == group || above.contains(on) => Some(*person),
        Subject::Person(_) | Subject::Group(_) => None,
    };
    let owners: Vec<usize> = (model.admins.iter())
        .filter(|(_, admin)| admin.capabilities.is_owner())
        .filter_map(|(key, _)| owners(key))
        .collect();
    match dice.roll(24) {
        0..=7 => dice.of(&owners).map_or(Who::Operator, Who::Person),
        8..=13 => match dice.of(&all) {
            Some(Subject::Person(person)) => Who::Person(person),
            Some(Subject::Group(of)) => {
                let members: Vec<usize> = (0..PEOPLE).filter(|person| model.is_enabled(of, *person)).collect();
                Who::Person(dice.of(&members).unwrap_or_else(|| dice.roll(PEOPLE)))
            }
            None => Who::Operator,
        },
        14..=15 => Who::Person(0),
        16..=17 => Who::Person(1),
        18..=19 => Who::Person(2),
        20 => Who::Operator,
        21 => Who::Program,
        _ => Who::Person(dice.roll(PEOPLE)),
    }
}

/// A way to join, mostly one that is open, and roles, mostly those that it offers.
pub(super) fn into(dice: &mut Dice, model: &Model) -> (usize, u8) {
    let is_open = |way: &usize| {
        let way = &model.ways[*way];
        way.active && !way.gone && !model.places[way.group].gone
    };
    let open: Vec<usize> = (0..model.ways.len()).filter(is_open).collect();
    let any = dice.roll(model.ways.len());
    let way = if dice.one_in(6) {
        any
    } else {
        dice.of(&open).unwrap_or(any)
    };
    let Some(by) = model.ways.get(way) else {
        return (way, roles(dice));
    };
    let offered: Vec<u8> = (0..3)
        .filter(|bit| by.roles.contains(ROLES[*bit]))
        .map(|bit| 1 << bit)
        .collect();
    let roles = match dice.roll(4) {
        0 => roles(dice),
        1 if by.several => offered.iter().sum(),
        _ => dice.of(&offered).unwrap_or(1),
    };
    (way, roles)
}

/// Who elevates, and what is reviewed.
pub(super) fn for_a_while(dice: &mut Dice, model: &Model, (group, person): (usize, usize)) -> Deed {
    let eligible: Vec<(usize, usize)> = model.eligible.keys().copied().collect();
    // Mostly who is not in.
    let out = eligible.iter().filter(|of| !model.held.contains_key(*of)).copied();
    let out: Vec<(usize, usize)> = out.collect();
    let any = match dice.roll(8) {
        0 => None,
        1 => dice.of(&eligible),
        _ => dice.of(&out),
    };
    let (there, who) = any.unwrap_or((group, person));
    let hours = model.eligible.get(&(there, who)).map_or(60, |eligible| eligible.hours);
    let open = (0..model.reviews.len()).filter(|review| model.reviews[*review].open);
    let open: Vec<usize> = open.collect();
    let deed = |who: Who, act: Act| Deed { who, act };
    match dice.roll(12) {
        0..=1 => deed(
            admin(dice, model, group),
            Act::LetElevate {
                group,
                person: if dice.one_in(3) { person } else { anybody(dice) },
                roles: roles(dice),
                hours: 1 + dice.roll(100) as u32,
                days: dice.perhaps(30),
            },
        ),
        2..=4 => deed(
            Who::Person(who),
            Act::Elevate {
                group: there,
                hours: 1 + dice.roll(hours as usize) as u32 + 99 * u32::from(dice.one_in(9)),
            },
        ),
        5 if dice.one_in(2) => deed(
            admin(dice, model, there),
            Act::LetElevateNoMore {
                group: there,
                person: who,
            },
        ),
        _ if open.is_empty() || (open.len() < 4 && dice.one_in(4)) => deed(
            admin(dice, model, group),
            Act::BeginReview {
                group,
                below: dice.one_in(2),
                undecided: decision(dice),
                days: 1 + dice.days(20),
            },
        ),
        6 if dice.one_in(2) => {
            let review = dice.of(&open).unwrap_or_default();
            let group = model.reviews.get(review).map_or(group, |review| review.group);
            let release = dice.one_in(2);
            let act = if dice.one_in(3) {
                Act::CancelReview { review }
            } else {
                Act::CloseReview { review, release }
            };
            deed(admin(dice, model, group), act)
        }
        _ => {
            let review = dice.of(&open).unwrap_or_default();
            let known = model.reviews.get(review);
            let item = dice.roll(
                known
                    .and_then(|known| known.items.as_ref())
                    .map_or(0, std::collections::BTreeMap::len),
            );
            let group = known.and_then(|known| known.item(item)).map_or(group, |of| of.0);
            let decision = decision(dice);
            deed(admin(dice, model, group), Act::Decide { review, item, decision })
        }
    }
}

fn decision(dice: &mut Dice) -> Decision {
    Decision::ALL[dice.roll(3)]
}
