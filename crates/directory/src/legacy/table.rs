//! All SQL that names the table of ids of the system before.

use db::statements;
use uuid::Uuid;

use super::LegacyKind;
use crate::change::Change;
use crate::error::Error;

statements! {
    FIND = "SELECT id FROM legacy_ids WHERE realm = ?1 AND original = ?2 AND kind = ?3";
    ADD = "INSERT INTO legacy_ids (realm, original, kind, id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
}

/// What the system before called so.
pub(crate) fn find(change: &mut Change<'_>, kind: LegacyKind, original: &str) -> Result<Option<Uuid>, Error> {
    let params = [change.realm_id().into(), original.into(), kind.name().into()];
    let row = change.query_one(FIND, &params)?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// Notes what the system before called something. Nobody can observe it; it travels with the next statement.
pub(crate) fn add(change: &mut Change<'_>, kind: LegacyKind, original: &str, id: Uuid) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(ADD, vec![realm.into(), original.into(), kind.name().into(), id.into()])
}
