//! Members that come and go. A group holds a stretch of the ring of all users, so that what it must hold is known without
//! remembering every member.

use std::io::Write as _;

use anyhow::{Context, Result, bail};

use super::users::There;
use super::{Make, Op, Phase, once};
use crate::drive::Caller;
use crate::http::Connection;
use crate::load::Load;
use crate::world::{Group, World};

/// Groups over which members are spread.
const SPREAD: usize = 16;
/// Members of one big PATCH.
const THOUSAND: usize = 1000;
/// Groups that a much-connected user is in, and how many such users there are.
const MANY: usize = 100;
const CONNECTED: usize = 30;

/// One connection outside the measured time.
struct Hand<'a> {
    load: &'a Load,
    world: &'a World,
    connection: Connection,
    caller: Caller,
}

impl<'a> Hand<'a> {
    fn new(load: &'a Load, world: &'a World) -> Self {
        Self {
            load,
            world,
            connection: Connection::new(load.address, load.timeout()),
            caller: Caller::new(load.seed),
        }
    }

    async fn send(&mut self, op: &Op) -> Result<()> {
        once(&mut self.connection, &mut self.caller, self.world, op).await
    }

    /// Makes a group with these members.
    async fn make(&mut self, name: &str, members: &[&str]) -> Result<String> {
        let body = &mut self.caller.body;
        let _ = write!(
            body,
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{name}","members":"#
        );
        write_members(body, members);
        body.push(b'}');
        self.load.scim(&mut self.caller, "POST", format_args!("/Groups"));
        let status = self.connection.send(&self.caller.request).await?;
        let body = &self.connection.body;
        if status != 201 {
            bail!("a group was answered by {status}: {}", String::from_utf8_lossy(body));
        }
        let resource: super::Resource<'_> = serde_json::from_slice(body)?;
        Ok(resource.id.context("a group without an id")?.into_owned())
    }

    /// The group of that name, made when it is not there.
    async fn group(&mut self, name: &str) -> Result<Group> {
        if let Some(group) = self.world.known().groups.get(name) {
            return Ok(group.clone());
        }
        let group = Group {
            id: self.make(name, &[]).await?,
            from: 0,
            to: 0,
        };
        self.world.known().groups.insert(name.to_owned(), group.clone());
        Ok(group)
    }

    /// Whether the group holds so many members.
    async fn count(&mut self, id: &str, count: usize) -> Result<()> {
        self.load.scim(&mut self.caller, "GET", format_args!("/Groups/{id}"));
        self.send(&Op::Members {
            id: id.to_owned(),
            count,
        })
        .await
    }
}

fn names(phase: Phase) -> Vec<String> {
    match phase {
        Phase::AddMember | Phase::RemoveMember => (0..SPREAD).map(|number| format!("spread-{number}")).collect(),
        Phase::AddHot | Phase::RemoveHot => vec!["hot".to_owned()],
        _ => vec!["huge".to_owned()],
    }
}

/// The groups of the phase, the huge one filled.
async fn groups(load: &Load, world: &World, there: &There) -> Result<Vec<Group>> {
    let mut hand = Hand::new(load, world);
    let mut groups = Vec::new();
    for name in names(load.phase) {
        let is_new = !world.known().groups.contains_key(&name);
        let mut group = hand.group(&name).await?;
        if name == "huge" && is_new {
            let all = load.members.min(there.len());
            while group.size() < all {
                let end = all.min(group.to + THOUSAND);
                let slice: Vec<&str> = there[group.to..end].iter().map(|(_, id)| id.as_str()).collect();
                write_patch(&mut hand.caller.body, &slice);
                load.scim(&mut hand.caller, "PATCH", format_args!("/Groups/{}", group.id));
                hand.send(&Op::Patched(group.id.clone())).await?;
                group.to = end;
            }
            world.known().groups.insert(name, group.clone());
        }
        groups.push(group);
    }
    Ok(groups)
}

fn write_members(out: &mut Vec<u8>, members: &[&str]) {
    out.push(b'[');
    for (number, id) in members.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        let _ = write!(out, r#"{{"value":"{id}"}}"#);
    }
    out.push(b']');
}

/// A PATCH that adds members.
fn write_patch(out: &mut Vec<u8>, members: &[&str]) {
    out.extend_from_slice(
        br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":"#,
    );
    write_members(out, members);
    out.extend_from_slice(b"}]}");
}

/// How many operations there are when the groups take turns and the first that has no more ends it.
fn end(groups: &[Group], turns: impl Fn(&Group) -> usize) -> usize {
    let ends = groups.iter().enumerate();
    ends.map(|(number, group)| turns(group) * groups.len() + number)
        .min()
        .unwrap_or_default()
}

pub(super) async fn add(load: &Load, world: &World, there: There) -> Result<Make> {
    let groups = groups(load, world, &there).await?;
    let end = end(&groups, |group| there.len() - group.size());
    let load = load.clone();
    Ok(Box::new(move |caller, number| {
        if number >= end {
            return None;
        }
        let (group, turn) = (&groups[number % groups.len()], number / groups.len());
        let (_, user) = &there[(group.to + turn) % there.len()];
        write_patch(&mut caller.body, &[user]);
        load.scim(caller, "PATCH", format_args!("/Groups/{}", group.id));
        Some(Op::Patched(group.id.clone()))
    }))
}

pub(super) async fn remove(load: &Load, world: &World, there: There) -> Result<Make> {
    let groups = groups(load, world, &there).await?;
    let end = end(&groups, Group::size);
    let load = load.clone();
    Ok(Box::new(move |caller, number| {
        if number >= end {
            return None;
        }
        let (group, turn) = (&groups[number % groups.len()], number / groups.len());
        let (_, user) = &there[(group.from + turn) % there.len()];
        let _ = write!(
            caller.body,
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"remove","path":"members[value eq \"{user}\"]"}}]}}"#
        );
        load.scim(caller, "PATCH", format_args!("/Groups/{}", group.id));
        Some(Op::Patched(group.id.clone()))
    }))
}

/// Moves the ends of the groups' stretches, and counts their members.
pub(super) async fn settle(load: &Load, world: &World, sent: usize) -> Result<()> {
    let names = names(load.phase);
    let removes = matches!(load.phase, Phase::RemoveMember | Phase::RemoveHot | Phase::RemoveHuge);
    let mut hand = Hand::new(load, world);
    for (number, name) in names.iter().enumerate() {
        let turns = sent / names.len() + usize::from(number < sent % names.len());
        let group = {
            let mut known = world.known();
            let group = known.groups.get_mut(name).context("the group is known")?;
            *if removes { &mut group.from } else { &mut group.to } += turns;
            group.clone()
        };
        hand.count(&group.id, group.size())
            .await
            .with_context(|| format!("looking at {name}"))?;
    }
    Ok(())
}

fn thousand(number: usize) -> String {
    format!("thousand-{number}")
}

fn thousands(world: &World) -> usize {
    let known = world.known();
    known.groups.keys().filter(|name| name.starts_with("thousand-")).count()
}

/// How many people are put into groups by the thousand: the first half, so that the last ones, who are deleted, are in as few
/// groups as somebody usually is.
fn crowd(users: usize) -> usize {
    if users < 2 * THOUSAND { users } else { users / 2 }
}

/// Each group gets the next stretch of the crowd.
pub(super) async fn add_thousand(load: &Load, world: &World, there: There) -> Result<Make> {
    let mut hand = Hand::new(load, world);
    let first = thousands(world);
    let mut ids = Vec::new();
    for number in first..first + load.most.min(1000) {
        ids.push(hand.group(&thousand(number)).await?.id);
    }
    let crowd = crowd(there.len());
    let count = THOUSAND.min(crowd);
    let load = load.clone();
    Ok(Box::new(move |caller, number| {
        let id = ids.get(number)?;
        let members: Vec<&str> = (0..count)
            .map(|turn| there[((first + number) * count + turn) % crowd].1.as_str())
            .collect();
        write_patch(&mut caller.body, &members);
        load.scim(caller, "PATCH", format_args!("/Groups/{id}"));
        Some(Op::Patched(id.clone()))
    }))
}

pub(super) async fn settle_thousand(load: &Load, world: &World, sent: usize) -> Result<()> {
    let count = THOUSAND.min(crowd(world.known().users.len()));
    let all = thousands(world);
    let made = load.most.min(1000);
    let mut hand = Hand::new(load, world);
    for number in all - made..all - made + sent {
        let group = hand.group(&thousand(number)).await?;
        hand.count(&group.id, count).await.with_context(|| thousand(number))?;
    }
    Ok(())
}

/// The huge group, without its members or as it is.
pub(super) async fn get(load: &Load, world: &World, there: &There) -> Result<Make> {
    let group = groups(load, world, there).await?.pop().context("the group is known")?;
    let load = load.clone();
    Ok(Box::new(move |caller, _| {
        if load.phase == Phase::GetGroup {
            load.scim(
                caller,
                "GET",
                format_args!("/Groups/{}?excludedAttributes=members", group.id),
            );
            return Some(Op::Members {
                id: group.id.clone(),
                count: 0,
            });
        }
        load.scim(caller, "GET", format_args!("/Groups/{}", group.id));
        Some(Op::Members {
            id: group.id.clone(),
            count: group.size(),
        })
    }))
}

/// Puts the last users into 100 groups, and deletes them.
pub(super) async fn members_of_many(load: &Load, there: There) -> Result<Make> {
    let world = World::default();
    let mut hand = Hand::new(load, &world);
    let connected = &there[there.len() - CONNECTED.min(there.len())..];
    let members: Vec<&str> = connected.iter().map(|(_, id)| id.as_str()).collect();
    for number in 0..MANY {
        hand.make(&format!("many-{number}"), &members).await?;
    }
    let ids: Vec<String> = members.iter().rev().map(|id| (*id).to_owned()).collect();
    let load = load.clone();
    Ok(Box::new(move |caller, number| {
        load.scim(caller, "DELETE", format_args!("/Users/{}", ids.get(number)?));
        Some(Op::Gone)
    }))
}
