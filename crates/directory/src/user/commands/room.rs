//! Names that only somebody has who is leaving: they are free to whoever wants them, and the one who left gives way (W-55).

use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::{User, rules, table};
use super::create::{has_unique_emails, space};
use super::leave;
use crate::change::Change;
use crate::client::Client;
use crate::error::Error;
use crate::external_id;
use crate::id::Id;

/// What a write wants that can be one person's alone, each as its index has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    name: Option<String>,
    /// Where an address is one person's alone.
    address: Option<String>,
    external_id: Option<(Uuid, String)>,
    /// Whether the externalId is one person's alone.
    is_sole: bool,
}

impl Wanted {
    /// What a new person wants.
    pub(super) fn by(
        change: &Change<'_>,
        client: Option<&Client>,
        attributes: &Map<String, Value>,
        external_id: Option<&str>,
    ) -> Self {
        let rule = change.realm().settings.external_id_match;
        let space = space(client);
        Self {
            name: name(attributes),
            address: rules::invited_address(attributes, external_id)
                .filter(|_| has_unique_emails(change, client))
                .map(|address| rules::key(&address)),
            external_id: external_id.map(|value| (space, external_id::key(space, value, rule))),
            is_sole: client.is_some_and(|client| client.profile.has_unique_external_ids()),
        }
    }

    /// What a person wants who is there: what they do not have yet.
    pub(super) fn beside(
        change: &Change<'_>,
        client: Option<&Client>,
        before: &User,
        attributes: &Map<String, Value>,
        external_id: Option<&str>,
    ) -> Self {
        let old = Self::by(
            change,
            client,
            before.attributes(),
            before.external_ids.get(space(client)),
        );
        let new = Self::by(change, client, attributes, external_id);
        Self {
            name: new.name.filter(|name| old.name.as_ref() != Some(name)),
            address: new.address.filter(|address| old.address.as_ref() != Some(address)),
            external_id: new
                .external_id
                .filter(|id| new.is_sole && old.external_id.as_ref() != Some(id)),
            is_sole: new.is_sole,
        }
    }

    /// The externalId and its space.
    pub(super) fn external_id(&self) -> Option<(Uuid, &str)> {
        self.external_id.as_ref().map(|(space, value)| (*space, value.as_str()))
    }

    /// Those who are leaving and have any of it, locked in the order of their ids.
    pub(super) fn leaving(&self, change: &mut Change<'_>, own: Option<Id<User>>) -> Result<Vec<User>, Error> {
        if self.name.is_none() && self.address.is_none() && self.external_id.is_none() {
            return Ok(Vec::new());
        }
        let holders = table::leaving_holders(
            change,
            self.name.as_deref(),
            self.address.as_deref(),
            self.external_id(),
        )?;
        let mut leaving = Vec::with_capacity(holders.len());
        for holder in holders.into_iter().filter(|holder| Some(*holder) != own) {
            // While this waited for the row they may have been brought back, or have left.
            let there = table::lock(change, holder)?.filter(|user| user.visibility.leaves_at().is_some());
            leaving.extend(there);
        }
        Ok(leaving)
    }

    /// Whether that person has the name.
    pub(super) fn has_name(&self, user: &User) -> bool {
        self.name.is_some() && self.name == name(user.attributes())
    }

    /// Whether the space calls that person so.
    pub(super) fn has_external_id(&self, change: &Change<'_>, user: &User) -> bool {
        let rule = change.realm().settings.external_id_match;
        self.external_id.as_ref().is_some_and(|(space, value)| {
            let own = user.external_ids.get(*space);
            own.is_some_and(|own| external_id::key(*space, own, rule) == *value)
        })
    }

    /// Those of them who are in the way leave for good at once.
    pub(super) fn make_room(&self, change: &mut Change<'_>, leaving: &[User]) -> Result<(), Error> {
        for user in leaving {
            let emails = rules::index(user.attributes()).emails;
            let is_in_the_way = self.has_name(user)
                || self.address.as_ref().is_some_and(|address| emails.contains(address))
                || (self.is_sole && self.has_external_id(change, user));
            if is_in_the_way {
                leave::at_once(change, user, Some("the name was taken by another person"))?;
            }
        }
        Ok(())
    }
}

fn name(attributes: &Map<String, Value>) -> Option<String> {
    attributes.get("userName").and_then(Value::as_str).map(scim::text::key)
}

/// Makes room for a write of a person who is there.
pub(super) fn make(
    change: &mut Change<'_>,
    client: Option<&Client>,
    before: &User,
    attributes: &Map<String, Value>,
    external_id: Option<&str>,
) -> Result<(), Error> {
    let wanted = Wanted::beside(change, client, before, attributes, external_id);
    let leaving = wanted.leaving(change, Some(before.id))?;
    wanted.make_room(change, &leaving)
}
