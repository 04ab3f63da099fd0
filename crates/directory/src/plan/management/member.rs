//! Memberships and requests of another system.

use uuid::Uuid;

use super::apply::{day, meant};
use super::{CarriedMember, CarriedRequest, table};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::enrollment::configuration::Configuration;
use crate::enrollment::request::{self, AskedRole, Identity, Request, RequestStatus, Said};
use crate::error::{Error, Refusal};
use crate::group::{self, Group, GroupRole};
use crate::id::Id;
use crate::legacy::{self, LegacyKind};
use crate::membership::portfolio::{Cause, Duties, Held, rules};
use crate::membership::roles::{self, Holder};
use crate::plan::groups;
use crate::user::User;
use crate::zone::Zone;

/// Gives a person the membership they had there, as it stood.
pub(super) fn take_over(change: &mut Change<'_>, of: &CarriedMember) -> Result<Uuid, Error> {
    let group: Id<Group> = meant(change, LegacyKind::Group, &of.group)?;
    let user: Id<User> = meant(change, LegacyKind::User, &of.user)?;
    let mut held = Held::settled(change, user, &[group])?.ok_or_else(|| Refusal::conflict("the person has left"))?;
    let (now, zone) = (change.now(), Zone::of(change.realm()));
    let mut after = held.portfolio.clone();
    if let Some(index) = after.find(group) {
        let live = &after.live[index];
        if live.status.is_held() {
            return Ok(live.id.uuid());
        }
        return Err(Refusal::conflict("the membership has ended here").into());
    }
    let wanted = carried_roles(change, group, &of.roles)?;
    let changed_by = actor(change, of.changed_by.as_deref())?;
    let mut fresh = groups::fresh(change, group, user)?;
    fresh.valid_from = day(of.valid_from.as_deref())?.map(|day| zone.start_of(day));
    fresh.expires_at = day(of.last_day.as_deref())?.map(|day| zone.end_of(day));
    fresh.configuration = match &of.way {
        Some(way) => legacy::table::find(change, LegacyKind::Configuration, way)?.map(Id::new),
        None => None,
    };
    fresh.details.justification.clone_from(&of.justification);
    fresh.details.changed_by.clone_from(&changed_by);
    // Whoever was to be reminded there was.
    fresh.details.reminded = Some(now);
    let id = fresh.id;
    after.live.push(fresh);
    if of.suspended {
        let by = changed_by.unwrap_or_else(|| change.principal().label());
        table::block(change, (user, group), of.justification.as_deref(), &by, now)?;
        after.blocks.push(group);
    }
    let moves = rules::settle(&mut after, now);
    let holder = Holder {
        membership: id,
        group,
        user,
    };
    let had = roles::of_held(change, &held, holder)?;
    roles::write(change, &mut held, holder, &had, &wanted)?;
    held.commit(change, after, &moves, Cause::Given, Duties::Scheduled)?;
    roles::tell(change, holder, &had, &wanted)?;
    Ok(id.uuid())
}

/// Those of a group's roles that were called so there.
pub(super) fn carried_roles(
    change: &mut Change<'_>,
    group: Id<Group>,
    originals: &[String],
) -> Result<Vec<GroupRole>, Error> {
    let mut wanted = Vec::with_capacity(originals.len());
    for original in originals {
        let id: Id<GroupRole> = meant(change, LegacyKind::Role, original)?;
        wanted.push((id.uuid(), original.clone()));
    }
    wanted.sort_unstable();
    wanted.dedup();
    roles::held_still(change, group, &wanted)
}

/// An actor as in events; of somebody who was not taken over the id they had there.
pub(super) fn actor(change: &mut Change<'_>, original: Option<&str>) -> Result<Option<String>, Error> {
    let Some(original) = original else { return Ok(None) };
    let known = legacy::table::find(change, LegacyKind::User, original)?;
    Ok(Some(match known {
        Some(id) => format!("user:{id}"),
        None => format!("legacy:{original}"),
    }))
}

/// Writes down a request that was made there, as it stood.
pub(super) fn take_over_request(change: &mut Change<'_>, of: &CarriedRequest) -> Result<Uuid, Error> {
    let group: Id<Group> = meant(change, LegacyKind::Group, &of.group)?;
    let user: Id<User> = meant(change, LegacyKind::User, &of.user)?;
    let configuration: Id<Configuration> = meant(change, LegacyKind::Configuration, &of.way)?;
    let status = RequestStatus::parse(&of.status).ok_or_else(|| Refusal::invalid("status", "is unknown"))?;
    if status.is_open() && request::table::open(change, group, user)?.is_some() {
        return Err(Refusal::conflict("another request of the person for the group is open").into());
    }
    let asked = carried_roles(change, group, &of.roles)?;
    let asked = asked.into_iter().map(|role| AskedRole {
        id: role.id.uuid(),
        name: role.name,
    });
    let [first_name, last_name, email, identifier] = of.identity.clone();
    let submitted_at = instant(&of.submitted_at)?;
    let request = Request {
        id: change.new_id(),
        version: 1,
        modified: change.now(),
        group,
        configuration,
        user,
        status,
        submitted_at,
        decided_at: of.decided_at.as_deref().map(instant).transpose()?,
        terms: None,
        said: Said {
            roles: asked.collect(),
            comments: of.comments.clone(),
            identity: Identity {
                first_name,
                last_name,
                email,
                identifier,
                assurance: of.assurance.clone(),
                authorities: of.authorities.clone(),
            },
            group_path: Some(group::path::of(change, group)?.to_string()),
            reviewer: actor(change, of.reviewer.as_deref())?,
            justification: of.justification.clone(),
            // Whoever is to say the next word has the usual time for it from now on.
            last_word: Some(if status.is_open() { change.now() } else { submitted_at }),
            ..Said::default()
        },
    };
    request::carry_over(change, &request, of.dialogue.as_deref())?;
    Ok(request.id.uuid())
}

pub(super) fn instant(text: &str) -> Result<Timestamp, Error> {
    let read = Timestamp::parse(text);
    Ok(read.map_err(|why| Refusal::invalid("instant", why.to_string()))?)
}
