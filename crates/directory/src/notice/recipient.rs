//! Whom mails go to: only people who are in, and only at addresses that are proved to be theirs.

use super::crowd::AT_ONCE;
use super::rules::Concern;
use super::{Actor, Person};
use crate::change::Change;
use crate::confirmation;
use crate::delegation::{Capability, reach};
use crate::error::Error;
use crate::group::{self, Group};
use crate::id::Id;
use crate::mail::content::{GroupRef, PersonRef, Who};
use crate::mail::{EmailAddress, Language};
use crate::principal;
use crate::user::{self, Lifecycle, User};

/// Whom a mail goes to.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    /// The person, if it is one we know of.
    pub(crate) user: Option<Id<User>>,
    pub(crate) address: EmailAddress,
    /// Whom the mail greets.
    pub(crate) name: Option<String>,
    pub(crate) language: Language,
}

/// A person who is in and has an address.
pub(crate) fn reachable(change: &mut Change<'_>, id: Id<User>) -> Result<Option<Recipient>, Error> {
    let Some(user) = user::table::read(change, id)?.filter(|user| user.lifecycle == Lifecycle::Active) else {
        return Ok(None);
    };
    let attributes = user.attributes();
    // Never one that nobody has proved to be theirs.
    let address = confirmation::effective_address(change, &user)?;
    let address = address.and_then(|address| EmailAddress::parse(&address).ok());
    Ok(address.map(|address| Recipient {
        user: Some(id),
        address,
        name: user::rules::greeting(attributes),
        language: Language::choose(
            user::rules::language(attributes).as_deref(),
            change.realm().settings.language(),
        ),
    }))
}

/// The realm's support, if it is a mail address.
pub(crate) fn support(change: &Change<'_>) -> Option<Recipient> {
    let settings = &change.realm().settings;
    at_address(change, settings.support.as_deref()?)
}

/// Who is told in the place of administrators of whom none can be reached: those of the nearest group above, else the contact of
/// the group or of one above, else the realm's support.
pub(super) fn instead(change: &mut Change<'_>, group: Option<(&GroupRef, Concern)>) -> Result<Vec<Recipient>, Error> {
    if let Some((group, concern)) = group {
        let id = Id::new(group.id);
        let above = group::tree::ancestors(change, id)?;
        for ancestor in &above {
            let admins = reach::admins(change, *ancestor, concern.capability(), None, AT_ONCE)?;
            let mut there = Vec::new();
            for admin in admins {
                there.extend(reachable(change, admin)?);
            }
            if !there.is_empty() {
                return Ok(there);
            }
        }
        for one in std::iter::once(id).chain(above) {
            if let Some(contact) = contact(change, one)? {
                return Ok(vec![contact]);
            }
        }
    }
    Ok(support(change).into_iter().collect())
}

/// Whether somebody is told now of a matter of a group, as one who administers it or in the place of those.
pub(super) fn is_told(
    change: &mut Change<'_>,
    person: Id<User>,
    group: Id<Group>,
    concern: Concern,
) -> Result<bool, Error> {
    let capability = concern.capability();
    if has(change, person, group, capability)? {
        return Ok(true);
    }
    let mut is_above = false;
    for ancestor in group::tree::ancestors(change, group)? {
        is_above = is_above || has(change, person, ancestor, capability)?;
    }
    if !is_above {
        return Ok(false);
    }
    for admin in reach::admins(change, group, capability, None, AT_ONCE)? {
        if reachable(change, admin)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has(change: &mut Change<'_>, person: Id<User>, group: Id<Group>, capability: Capability) -> Result<bool, Error> {
    match group::table::read(change, group)? {
        Some(group) => reach::still_has(change, person, &group, capability),
        None => Ok(false),
    }
}

/// Whom a group names to be told what no administrator is there to be told.
fn contact(change: &mut Change<'_>, id: Id<Group>) -> Result<Option<Recipient>, Error> {
    let group = group::table::read(change, id)?;
    let contact = group.and_then(|group| group.management.contact);
    Ok(contact.and_then(|contact| at_address(change, &contact)))
}

/// Whom a group names to be told of its requests beside those who review them.
pub(super) fn of_requests(change: &mut Change<'_>, id: Id<Group>) -> Result<Vec<Recipient>, Error> {
    let group = group::table::read(change, id)?;
    let addresses = group.map(|group| group.management.request_mails_to).unwrap_or_default();
    Ok(addresses
        .iter()
        .filter_map(|address| at_address(change, address))
        .collect())
}

/// Nobody we know of, in the realm's language.
fn at_address(change: &Change<'_>, address: &str) -> Option<Recipient> {
    Some(Recipient {
        user: None,
        address: EmailAddress::parse(address).ok()?,
        name: None,
        language: Language::choose(None, change.realm().settings.language()),
    })
}

impl Person {
    /// A person, as others see them now.
    pub(crate) fn read(change: &mut Change<'_>, id: Id<User>) -> Result<Self, Error> {
        let user = user::table::read(change, id)?;
        let shown = user.map_or_else(PersonRef::default, |user| PersonRef {
            name: user::rules::greeting(user.attributes()),
            user_name: user.user_name(),
        });
        Ok(Self { id, shown })
    }
}

impl Actor {
    /// Whoever acts in this change.
    pub(crate) fn of(change: &mut Change<'_>) -> Result<Self, Error> {
        let (user, who) = match &change.principal().actor {
            principal::Actor::User(actor) => {
                let id = actor.user;
                (Some(id), Who::Person(Person::read(change, id)?.shown))
            }
            principal::Actor::Client(actor) => (None, Who::Program(actor.client.name.clone())),
            principal::Actor::Operator | principal::Actor::System | principal::Actor::Nobody => {
                (None, Who::Administration)
            }
        };
        Ok(Self { user, who })
    }
}
