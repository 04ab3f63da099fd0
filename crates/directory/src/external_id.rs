//! externalId: belongs to the client that wrote it; clients of one space share theirs.

use db::{Db, statements};
use uuid::Uuid;

use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::rules::INDEXED_CHARS;
use crate::user::{ExternalIds, User};

pub(crate) const USER: &str = "User";
pub(crate) const GROUP: &str = "Group";

/// The spaces that Wire's clients share: those bound to the provider, and the others (W-41). In them an externalId is one
/// resource's alone, and an address compares without letter case.
pub(crate) const WIRE_BOUND: Uuid = Uuid::from_u128(1);
pub(crate) const WIRE_UNBOUND: Uuid = Uuid::from_u128(2);

statements! {
    ADD = "INSERT INTO external_ids (realm, space, resource_type, value, resource, sole) VALUES (?1, ?2, ?3, ?4, ?5, FALSE) ON CONFLICT DO NOTHING";
    /// No row when another resource of the space has it.
    ADD_SOLE = "INSERT INTO external_ids (realm, space, resource_type, value, resource, sole) VALUES (?1, ?2, ?3, ?4, ?5, TRUE) ON CONFLICT DO NOTHING";
    REMOVE = "DELETE FROM external_ids WHERE realm = ?1 AND space = ?2 AND resource_type = ?3 AND value = ?4 AND resource = ?5";
    OF_SPACE = "SELECT value, resource FROM external_ids WHERE realm = ?1 AND space = ?2 AND resource_type = ?3
                  AND (value, resource) > (?4, ?5) ORDER BY value, resource LIMIT ?6";
    HOLDERS = "SELECT resource FROM external_ids WHERE realm = ?1 AND space = ?2 AND resource_type = ?3 AND value = ?4 LIMIT 3";
}

/// How an externalId of a space is compared: exactly, as far as the index goes.
pub(crate) fn key(space: Uuid, value: &str) -> String {
    let wire = matches!(space, WIRE_BOUND | WIRE_UNBOUND);
    let value: String = value.chars().take(INDEXED_CHARS).collect();
    if wire && value.contains('@') {
        scim::text::key(&value).chars().take(INDEXED_CHARS).collect()
    } else {
        value
    }
}

/// Whether a client of Wire's calls the person by an externalId, which is how it manages people.
pub(crate) fn is_managed_by_wire(ids: &ExternalIds) -> bool {
    ids.get(WIRE_BOUND).is_some() || ids.get(WIRE_UNBOUND).is_some()
}

/// Notes what the clients of a space call a resource.
pub(crate) fn add(
    change: &mut Change<'_>,
    space: Uuid,
    resource_type: &'static str,
    value: &str,
    resource: Uuid,
) -> Result<(), Error> {
    let realm = change.realm_id();
    let params = [
        realm.into(),
        space.into(),
        resource_type.into(),
        key(space, value).into(),
        resource.into(),
    ];
    if !matches!(space, WIRE_BOUND | WIRE_UNBOUND) || resource_type == GROUP {
        return change.later(ADD, params.into());
    }
    match change.execute(ADD_SOLE, &params)? {
        1 => Ok(()),
        _ => Err(Refusal::Taken {
            attribute: "externalId",
        }
        .into()),
    }
}

/// Brings the notes from what a resource was called to what it now is called.
pub(crate) fn replace(
    change: &mut Change<'_>,
    resource_type: &'static str,
    resource: Uuid,
    before: &ExternalIds,
    after: &ExternalIds,
) -> Result<(), Error> {
    let realm = change.realm_id();
    let keys = |ids: &ExternalIds| -> Vec<(Uuid, String)> {
        ids.iter().map(|(space, value)| (space, key(space, value))).collect()
    };
    let (before, after_keys) = (keys(before), keys(after));
    for (space, value) in before.iter().filter(|pair| !after_keys.contains(pair)) {
        change.later(
            REMOVE,
            vec![
                realm.into(),
                (*space).into(),
                resource_type.into(),
                value.as_str().into(),
                resource.into(),
            ],
        )?;
    }
    for (space, value) in after_keys.iter().filter(|pair| !before.contains(pair)) {
        add(change, *space, resource_type, value, resource)?;
    }
    Ok(())
}

/// The people a space knows, by what indexes their externalId, after one of them.
pub(crate) async fn people_of(
    db: &Db,
    realm: RealmId,
    space: Uuid,
    after: Option<(String, Id<User>)>,
    limit: usize,
) -> Result<Vec<(String, Id<User>)>, Error> {
    let (value, resource) = after.unwrap_or_else(|| (String::new(), Id::new(Uuid::nil())));
    let params = [
        realm.into(),
        space.into(),
        USER.into(),
        value.into(),
        resource.into(),
        (limit as i64).into(),
    ];
    let rows = db.query(OF_SPACE, &params).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// The resources a space knows by that externalId, at most three.
pub(crate) fn holders(
    change: &mut Change<'_>,
    space: Uuid,
    resource_type: &'static str,
    value: &str,
) -> Result<Vec<Uuid>, Error> {
    let params = [
        change.realm_id().into(),
        space.into(),
        resource_type.into(),
        key(space, value).into(),
    ];
    let rows = change.query(HOLDERS, &params)?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}
