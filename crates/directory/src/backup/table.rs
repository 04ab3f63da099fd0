//! What is asked of a store before it is written over.

use db::{Db, statements};

use crate::error::Error;
use crate::event::EventKind;
use crate::realm::Realm;

statements! {
    // Whatever happens leaves an event, so these two are enough.
    OTHER_REALM = "SELECT 1 FROM realms WHERE name <> ?1 LIMIT 1";
    OTHER_EVENT = "SELECT 1 FROM events WHERE kind <> ?1 LIMIT 1";
}

/// Whether nothing happened since a first start made the realm `default`.
pub(super) async fn is_pristine(db: &Db) -> Result<bool, Error> {
    let realms = db.query(OTHER_REALM, &[Realm::DEFAULT.into()]).await?;
    let events = db.scan(OTHER_EVENT, &[EventKind::RealmCreated.name().into()]).await?;
    Ok(realms.is_empty() && events.is_empty())
}
