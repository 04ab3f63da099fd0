//! Whom mails go to: only people who are in, and only at addresses that are proved to be theirs.

use super::rules::Concern;
use super::{Actor, Person};
use crate::change::Change;
use crate::confirmation;
use crate::error::Error;
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
    let address = settings.support.as_deref().map(EmailAddress::parse)?.ok()?;
    Some(Recipient {
        user: None,
        address,
        name: None,
        language: Language::choose(None, settings.language()),
    })
}

/// Those who administer a group as far as a matter goes, each once, without these; where nobody can be reached, the realm's
/// support.
pub(super) fn admins(
    change: &mut Change<'_>,
    group: &GroupRef,
    concern: Concern,
    except: &[Id<User>],
) -> Result<Vec<Recipient>, Error> {
    let administrators = administrators(change, group, concern);
    people(change, &administrators, except)
}

/// These people, each address once, without some of them; where none of all can be reached, the realm's support.
pub(super) fn people(change: &mut Change<'_>, ids: &[Id<User>], except: &[Id<User>]) -> Result<Vec<Recipient>, Error> {
    let mut recipients: Vec<Recipient> = Vec::new();
    let mut reached = false;
    for id in ids {
        let Some(person) = reachable(change, *id)? else {
            continue;
        };
        reached = true;
        if !except.contains(id) && recipients.iter().all(|other| other.address != person.address) {
            recipients.push(person);
        }
    }
    if !reached {
        recipients.extend(support(change));
    }
    Ok(recipients)
}

/// Who administers a group, here or above. So far nobody can be made to.
fn administrators(_change: &mut Change<'_>, _group: &GroupRef, _concern: Concern) -> Vec<Id<User>> {
    Vec::new()
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
