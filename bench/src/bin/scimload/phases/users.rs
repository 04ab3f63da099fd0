//! Making, reading, finding, changing and deleting single users.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use super::{Make, Op, Phase, escaped};
use crate::drive::Caller;
use crate::http::Connection;
use crate::load::Load;
use crate::people::Person;
use crate::world::World;

/// The bytes that the skeleton has ready.
const BYTES: usize = 1059;
/// Far from neighbours, so that no two callers have the same user.
const STRIDE: usize = 7919;

pub(super) type There = Vec<(usize, String)>;

pub(super) fn bytes(load: &Load) -> Make {
    let load = load.clone();
    Box::new(move |caller, _| {
        load.plain(caller, "GET", format_args!("/static"), false);
        Some(Op::Bytes(BYTES))
    })
}

pub(super) fn create(load: &Load, there: &[(usize, String)]) -> Make {
    let load = load.clone();
    let there: std::collections::BTreeSet<usize> = there.iter().map(|(index, _)| *index).collect();
    let missing: Vec<usize> = (0..load.users).filter(|index| !there.contains(index)).collect();
    Box::new(move |caller, number| {
        let index = *missing.get(number)?;
        let user_name = post(&load, caller, index);
        Some(Op::Created { index, user_name })
    })
}

pub(super) fn more(load: &Load) -> Make {
    let load = load.clone();
    Box::new(move |caller, number| {
        let user_name = post(&load, caller, load.first + number);
        Some(Op::Made { user_name })
    })
}

/// Writes the request that makes a person.
pub(super) fn post(load: &Load, caller: &mut Caller, index: usize) -> String {
    let person = Person::of(load.seed, index);
    person.write(0, &mut caller.body);
    load.scim(caller, "POST", format_args!("/Users"));
    person.user_name
}

pub(super) fn get(load: &Load, there: There) -> Make {
    let load = load.clone();
    Box::new(move |caller, _| {
        let (_, id) = there.get(caller.random.below(there.len()))?;
        load.scim(caller, "GET", format_args!("/Users/{id}"));
        Some(Op::Id(id.clone()))
    })
}

pub(super) fn find(load: &Load, there: There) -> Make {
    let load = load.clone();
    Box::new(move |caller, _| {
        let (index, id) = there.get(caller.random.below(there.len()))?;
        let person = Person::of(load.seed, *index);
        let filter = match load.phase {
            Phase::FilterExternalId => format!("externalId eq \"{}\"", person.external_id()),
            Phase::FilterEmail => format!("emails.value eq \"{}\"", person.email()),
            _ => format!("userName eq \"{}\"", person.user_name),
        };
        load.scim(caller, "GET", format_args!("/Users?filter={}", escaped(&filter)));
        Some(Op::One(id.clone()))
    })
}

/// A number that no run before had.
fn stamp() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| since.as_millis() as u64)
}

pub(super) fn put(load: &Load, there: There) -> Make {
    let load = load.clone();
    let stamp = stamp();
    Box::new(move |caller, number| {
        let (index, id) = there.get(number.wrapping_mul(STRIDE) % there.len())?;
        let (person, version) = (Person::of(load.seed, *index), stamp + number as u64);
        person.write(version, &mut caller.body);
        load.scim(caller, "PUT", format_args!("/Users/{id}"));
        Some(Op::Changed {
            id: id.clone(),
            display_name: person.display_name(version),
        })
    })
}

pub(super) fn patch(load: &Load, there: There) -> Make {
    let load = load.clone();
    let stamp = stamp();
    Box::new(move |caller, number| {
        let (index, id) = there.get(number.wrapping_mul(STRIDE) % there.len())?;
        let display_name = Person::of(load.seed, *index).display_name(stamp + number as u64);
        let _ = write!(
            caller.body,
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"replace","path":"displayName","value":"{display_name}"}}]}}"#
        );
        load.scim(caller, "PATCH", format_args!("/Users/{id}"));
        Some(Op::Changed {
            id: id.clone(),
            display_name,
        })
    })
}

/// From the last one on: the first ones are members of most groups.
pub(super) fn delete(load: &Load, there: There) -> Make {
    let load = load.clone();
    Box::new(move |caller, number| {
        let (_, id) = there.get(there.len().checked_sub(number + 1)?)?;
        load.scim(caller, "DELETE", format_args!("/Users/{id}"));
        Some(Op::Gone)
    })
}

/// The deleted are gone, and nobody else.
pub(super) async fn settle_deleted(load: &Load, world: &World, sent: usize) -> Result<()> {
    let there = world.users();
    let gone = &there[there.len() - sent.min(there.len())..];
    let mut connection = Connection::new(load.address, load.timeout());
    let mut caller = Caller::new(load.seed);
    let first_left = there.len().checked_sub(sent + 1).and_then(|at| there.get(at));
    let looks = gone
        .iter()
        .step_by(37)
        .map(|user| (user, 404))
        .chain(first_left.map(|user| (user, 200)));
    for ((index, id), expected) in looks {
        load.scim(&mut caller, "GET", format_args!("/Users/{id}"));
        let status = connection.send(&caller.request).await?;
        if status != expected {
            bail!("user {index} answers {status}, {expected} expected");
        }
    }
    for (index, _) in gone {
        world.known().went(*index);
    }
    Ok(())
}
