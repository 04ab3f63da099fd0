//! What time and acts do to memberships: case by case, and in general.

mod cases;
mod properties;

use uuid::Uuid;

use super::super::{Details, Membership, Origin};
use super::rules::{apply, due};
use super::{Effective, Figures, Move, Portfolio, Status};
use crate::clock::Timestamp;
use crate::group::Group;
use crate::id::Id;

/// The tree: `a`, `a/b`, `a/b/c`, `a/d`, and apart from it `x`.
const ABOVE: [(&str, &[&str]); 5] = [("a", &[]), ("b", &["a"]), ("c", &["b", "a"]), ("d", &["a"]), ("x", &[])];

fn group(name: &str) -> Id<Group> {
    let bytes = name.as_bytes();
    Id::new(Uuid::from_u128(u128::from(bytes[0])))
}

/// Noon of a day after the first of January 1970.
fn noon(day: i64) -> Timestamp {
    Timestamp::from_millis(day * 86_400_000 + 43_200_000)
}

/// The end of what lasts through a day.
fn through(day: i64) -> Timestamp {
    Timestamp::from_millis((day + 1) * 86_400_000)
}

fn live(name: &str, status: Status) -> Membership {
    Membership {
        id: Id::new(group(name).uuid()),
        group: group(name),
        user: Id::new(Uuid::nil()),
        version: 1,
        status,
        origin: Origin::User,
        given_by: None,
        granted_at: noon(0),
        effective: Effective::default(),
        configuration: None,
        valid_from: None,
        expires_at: None,
        details: Details::default(),
    }
}

fn enabled(name: &str, last_day: Option<i64>) -> Membership {
    Membership {
        expires_at: last_day.map(through),
        ..live(name, Status::Enabled)
    }
}

fn pending(name: &str, from: i64, last_day: Option<i64>) -> Membership {
    Membership {
        valid_from: Some(noon(from)),
        expires_at: last_day.map(through),
        ..live(name, Status::Pending)
    }
}

fn portfolio(live: Vec<Membership>) -> Portfolio {
    let ancestors = |(name, above): &(&str, &[&str])| (group(name), above.iter().map(|above| group(above)).collect());
    Portfolio {
        user: Id::new(Uuid::nil()),
        live,
        blocks: Vec::new(),
        ancestors: ABOVE.iter().map(ancestors).collect(),
    }
}

fn figures() -> Figures {
    Figures {
        reminders: vec![21, 7, 1],
        grace_days: 30,
        ..Figures::default()
    }
}

fn without_reminders() -> Figures {
    Figures {
        reminders: Vec::new(),
        ..figures()
    }
}

/// Does what is due then, and says what it was.
fn run(portfolio: &mut Portfolio, figures: &Figures, now: Timestamp) -> Vec<Move> {
    let moves = due(portfolio, figures, now);
    for step in &moves {
        apply(portfolio, step, now);
    }
    moves
}

fn statuses(portfolio: &Portfolio) -> Vec<Status> {
    portfolio.live.iter().map(|live| live.status).collect()
}
