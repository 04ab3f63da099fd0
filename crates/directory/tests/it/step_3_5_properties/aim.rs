//! Whom and what chance means, mostly: what is there, who may, and those who have met before.

use directory::membership::OnLapse;
use testkit::Dice;

use super::acts::{PEOPLE, ROLES, Shape, Who};
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
