//! Memberships of group management that end tomorrow: made one by one, and ended one by one.

use std::io::Write as _;

use anyhow::{Context, Result, bail};

use super::users::There;
use super::{Make, Op};
use crate::drive::Caller;
use crate::http::Connection;
use crate::load::Load;
use crate::people::Person;
use crate::world::{Group, World};

/// The group they are in.
const GROUP: &str = "due";
/// The realm's group management.
const BASE: &str = "/realms/default/agm";
/// The last day of all of them: the server's clock stands on the day before.
const LAST_DAY: &str = "2030-01-08";

/// The group, made when it is not there.
async fn group(load: &Load, world: &World) -> Result<Group> {
    if let Some(group) = world.known().groups.get(GROUP) {
        return Ok(group.clone());
    }
    let mut connection = Connection::new(load.address, load.timeout());
    let mut caller = Caller::new(load.seed);
    let _ = write!(caller.body, r#"{{"name":"{GROUP}"}}"#);
    load.json(&mut caller, "POST", format_args!("{BASE}/admin/group"));
    let status = connection.send(&caller.request).await?;
    if status != 201 {
        bail!(
            "a group was answered by {status}: {}",
            String::from_utf8_lossy(&connection.body)
        );
    }
    let id = connection
        .location
        .rsplit('/')
        .next()
        .context("a group without a place")?;
    let group = Group {
        id: id.to_owned(),
        from: 0,
        to: 0,
    };
    world.known().groups.insert(GROUP.to_owned(), group.clone());
    Ok(group)
}

/// Makes users members until tomorrow, each once.
pub(super) async fn join(load: &Load, world: &World, there: There) -> Result<Make> {
    let Group { id, to, .. } = group(load, world).await?;
    let load = load.clone();
    Ok(Box::new(move |caller, number| {
        let (index, _) = there.get(to + number)?;
        let name = Person::of(load.seed, *index).user_name;
        let _ = write!(
            caller.body,
            r#"{{"user":{{"username":"{name}"}},"groupRoles":["member"],"membershipExpiresAt":"{LAST_DAY}"}}"#
        );
        load.json(
            caller,
            "POST",
            format_args!("{BASE}/account/group-admin/group/{id}/members"),
        );
        Some(Op::Gone)
    }))
}

/// Ends memberships by hand, each once.
pub(super) async fn part(load: &Load, world: &World, there: There) -> Result<Make> {
    let Group { id, from, to } = group(load, world).await?;
    let load = load.clone();
    Ok(Box::new(move |caller, number| {
        let (_, user) = there[..to].get(from + number)?;
        load.json(
            caller,
            "DELETE",
            format_args!("{BASE}/account/group-admin/group/{id}/member/user/{user}"),
        );
        Some(Op::Gone)
    }))
}

/// Notes how many came or went.
pub(super) fn settle(world: &World, came: usize, went: usize) {
    if let Some(group) = world.known().groups.get_mut(GROUP) {
        group.to += came;
        group.from += went;
    }
}
