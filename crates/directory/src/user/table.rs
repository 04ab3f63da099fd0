//! All SQL that names users, their addresses and indexed attributes, and the people who have left.

use std::fmt::Write as _;

use db::{Bound, Db, Row, Value, statements};
use serde_json::Map;

use super::rules::{UserIndex, index};
use super::{Document, ExternalIds, Kind, Lifecycle, Provenance, User, Visibility};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::counts;
use crate::error::{Error, Refusal};
use crate::external_id;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;

/// The columns every read of a user takes, in the order of [`from_row`].
pub(crate) const COLUMNS: &str = "u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at";

statements! {
    BY_ID = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
             FROM users u WHERE u.realm = ?1 AND u.id = ?2";
    LOCK = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
            FROM users u WHERE u.realm = ?1 AND u.id = ?2 /*pg: FOR UPDATE */";
    LOCK_NAMED = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
            FROM users u WHERE u.realm = ?1 AND u.user_name_key = ?2 /*pg: FOR UPDATE */";
    BY_NAME = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
               FROM users u WHERE u.realm = ?1 AND u.user_name_key = ?2";
    BY_LOCAL_PART = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
               FROM users u WHERE u.realm = ?1 AND u.user_name_key >= ?2 AND u.user_name_key < ?3 LIMIT 2";
    BY_EMAIL = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
               FROM user_emails e JOIN users u ON u.realm = e.realm AND u.id = e.user_id WHERE e.realm = ?1 AND e.value_key = ?2 LIMIT 2";
    /// On PostgreSQL whoever asks about the same address waits for the end of this transaction.
    HOLD_ADDRESS = "SELECT CAST(?1 AS TEXT) /*pg: FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(?1 AS TEXT), 0))) AS held */";
    ADDRESS_HOLDERS = "SELECT user_id FROM user_emails WHERE realm = ?1 AND value_key = ?2 AND user_id <> ?3 LIMIT 2";
    /// Those who are leaving and have that name, that address, or that externalId of a space.
    LEAVING_HOLDERS = "SELECT u.id FROM users u WHERE u.realm = ?1 AND u.user_name_key = ?2 AND u.leaves_at IS NOT NULL
             UNION SELECT u.id FROM user_emails e CROSS JOIN users u
               WHERE e.realm = ?1 AND e.value_key = ?3 AND u.realm = e.realm AND u.id = e.user_id AND u.leaves_at IS NOT NULL
             UNION SELECT u.id FROM external_ids x CROSS JOIN users u
               WHERE x.realm = ?1 AND x.space = ?4 AND x.resource_type = 'User' AND x.value = ?5
                 AND u.realm = x.realm AND u.id = x.resource AND u.leaves_at IS NOT NULL
             ORDER BY 1 LIMIT 100";
    INSERT = "INSERT INTO users (realm, id, version, modified, kind, lifecycle, hidden, leaves_at, user_name_key, display_name_key,
                family_name_key, given_name_key, active, user_type_key, employee_number_key, department_key, manager, display_name,
                external_ids, document, writer, other_writers)
              VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
              ON CONFLICT (realm, user_name_key) DO NOTHING";
    /// The same, unless somebody has that externalId of a space who is leaving.
    INSERT_UNLESS_LEAVING = "INSERT INTO users (realm, id, version, modified, kind, lifecycle, hidden, leaves_at, user_name_key, display_name_key,
                family_name_key, given_name_key, active, user_type_key, employee_number_key, department_key, manager, display_name,
                external_ids, document, writer, other_writers)
              SELECT ?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21
              WHERE NOT EXISTS (SELECT 1 FROM external_ids x CROSS JOIN users u
                  WHERE x.realm = ?1 AND x.space = ?22 AND x.resource_type = 'User' AND x.value = ?23
                    AND u.realm = x.realm AND u.id = x.resource AND u.leaves_at IS NOT NULL)
              ON CONFLICT (realm, user_name_key) DO NOTHING";
    SET_WRITERS = "UPDATE users SET writer = ?4, other_writers = ?5 WHERE realm = ?1 AND id = ?2 AND version = ?3";
    NAME_HOLDER = "SELECT id FROM users WHERE realm = ?1 AND user_name_key = ?2 AND id <> ?3";
    DELETE = "DELETE FROM users WHERE realm = ?1 AND id = ?2 AND version = ?3";
    ADD_EMAIL = "INSERT INTO user_emails (realm, value_key, user_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    REMOVE_EMAIL = "DELETE FROM user_emails WHERE realm = ?1 AND value_key = ?2 AND user_id = ?3";
    ADD_ATTRIBUTE = "INSERT INTO user_attributes (realm, attribute, value_key, user_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    REMOVE_ATTRIBUTE = "DELETE FROM user_attributes WHERE realm = ?1 AND attribute = ?2 AND value_key = ?3 AND user_id = ?4";
    DEPART = "INSERT INTO departed_users (realm, id, version, left_at, erase_at, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    DEPARTED = "SELECT version, erase_at FROM departed_users WHERE realm = ?1 AND id = ?2";
    ERASE = "DELETE FROM departed_users WHERE realm = ?1 AND id = ?2";
}

pub(crate) fn from_row(row: &mut Row) -> Result<User, db::Error> {
    let kind: String = row.take(3)?;
    let lifecycle: String = row.take(4)?;
    let external_ids: Option<String> = row.take(6)?;
    let (writer, others): (Option<String>, Option<String>) = (row.take(8)?, row.take(9)?);
    let (hidden, leaves_at): (bool, Option<i64>) = (row.take(5)?, row.take(10)?);
    Ok(User {
        id: row.take(0)?,
        version: row.take(1)?,
        modified: Timestamp::from_millis(row.take(2)?),
        kind: Kind::parse(&kind),
        lifecycle: Lifecycle::parse(&lifecycle).unwrap_or(Lifecycle::Suspended),
        visibility: Visibility::from_columns(hidden, leaves_at),
        external_ids: ExternalIds::from_column(external_ids.as_deref()),
        document: Document::stored(row.take(7)?),
        provenance: Provenance::from_columns(writer.as_deref(), others.as_deref()),
    })
}

fn first(rows: Vec<Row>) -> Result<Option<User>, Error> {
    Ok(rows.into_iter().next().map(|mut row| from_row(&mut row)).transpose()?)
}

pub(crate) async fn by_id(db: &Db, realm: RealmId, id: Id<User>) -> Result<Option<User>, Error> {
    first(db.query(BY_ID, &[realm.into(), id.into()]).await?)
}

pub(crate) async fn by_name(db: &Db, realm: RealmId, name: &str) -> Result<Option<User>, Error> {
    first(db.query(BY_NAME, &[realm.into(), scim::text::key(name).into()]).await?)
}

/// The one user whose userName is an address with that local part; none when there are several.
pub(crate) async fn by_local_part(db: &Db, realm: RealmId, local: &str) -> Result<Option<User>, Error> {
    let key = scim::text::key(local);
    let mut rows = db
        .query(
            BY_LOCAL_PART,
            &[realm.into(), format!("{key}@").into(), format!("{key}A").into()],
        )
        .await?;
    match rows.len() {
        1 => Ok(rows.first_mut().map(from_row).transpose()?),
        _ => Ok(None),
    }
}

/// The one user with that address; none when there are several.
pub(crate) async fn by_email(db: &Db, realm: RealmId, address: &str) -> Result<Option<User>, Error> {
    let mut rows = db
        .query(BY_EMAIL, &[realm.into(), super::rules::key(address).into()])
        .await?;
    match rows.len() {
        1 => Ok(rows.first_mut().map(from_row).transpose()?),
        _ => Ok(None),
    }
}

/// Reads a user that is about to be changed; on PostgreSQL its row stays locked for the transaction.
pub(crate) fn lock(change: &mut Change<'_>, id: Id<User>) -> Result<Option<User>, Error> {
    let row = change.query_one(LOCK, &[change.realm_id().into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// The same, and ahead of time what will be read then.
pub(crate) fn lock_ahead(
    change: &mut Change<'_>,
    id: Id<User>,
    ahead: impl FnOnce() -> Vec<Bound>,
) -> Result<Option<User>, Error> {
    first(change.query_ahead(LOCK, &[change.realm_id().into(), id.into()], ahead)?)
}

/// Reads the user of that name, locked like [`lock`].
pub(crate) fn named(change: &mut Change<'_>, name: &str) -> Result<Option<User>, Error> {
    let row = change.query_one(LOCK_NAMED, &[change.realm_id().into(), scim::text::key(name).into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// Others who have that address, at most two. Nobody else gets an answer about it before this transaction ends.
pub(crate) fn address_holders(
    change: &mut Change<'_>,
    address: &str,
    own: Option<Id<User>>,
) -> Result<Vec<Id<User>>, Error> {
    let (realm, key) = (change.realm_id(), super::rules::key(address));
    change.query(HOLD_ADDRESS, &[format!("address {realm} {key}").into()])?;
    let own = own.unwrap_or(Id::new(uuid::Uuid::nil()));
    let rows = change.query(ADDRESS_HOLDERS, &[realm.into(), key.into(), own.into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Who is leaving and has that name, that address, or that externalId of a space, each as its index has it; in the order
/// of ids, not locked.
pub(crate) fn leaving_holders(
    change: &mut Change<'_>,
    name: Option<&str>,
    address: Option<&str>,
    external_id: Option<(uuid::Uuid, &str)>,
) -> Result<Vec<Id<User>>, Error> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let params = [
        change.realm_id().into(),
        text(name).into(),
        text(address).into(),
        external_id.map(|(space, _)| space).into(),
        text(external_id.map(|(_, value)| value)).into(),
    ];
    let rows = change.query(LEAVING_HOLDERS, &params)?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Reads the user of that name, not to change them.
pub(crate) fn read_named(change: &mut Change<'_>, name: &str) -> Result<Option<User>, Error> {
    let row = change.query_one(BY_NAME, &[change.realm_id().into(), scim::text::key(name).into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

pub(crate) fn read(change: &mut Change<'_>, id: Id<User>) -> Result<Option<User>, Error> {
    let row = change.query_one(BY_ID, &[change.realm_id().into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// Those of these ids who are there.
pub(crate) fn many(change: &mut Change<'_>, ids: &[Id<User>]) -> Result<Vec<User>, Error> {
    let wanted: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let head = format!("SELECT {COLUMNS} FROM users u WHERE u.realm = ?1 AND u.id IN");
    let mut users = Vec::with_capacity(ids.len());
    for (sql, params) in in_lists(&head, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            users.push(from_row(&mut row)?);
        }
    }
    Ok(users)
}

/// Those who have one of these names, which are folded; with the name.
pub(crate) fn many_named(change: &mut Change<'_>, keys: &[String]) -> Result<Vec<(String, User)>, Error> {
    let wanted: Vec<Value> = keys.iter().map(|key| key.as_str().into()).collect();
    let head = format!("SELECT {COLUMNS}, u.user_name_key FROM users u WHERE u.realm = ?1 AND u.user_name_key IN");
    let mut users = Vec::with_capacity(keys.len());
    for (sql, params) in in_lists(&head, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            users.push((row.take(11)?, from_row(&mut row)?));
        }
    }
    Ok(users)
}

/// Those who have one of these addresses, which are folded; with the address.
pub(crate) fn many_at(change: &mut Change<'_>, keys: &[String]) -> Result<Vec<(String, User)>, Error> {
    let wanted: Vec<Value> = keys.iter().map(|key| key.as_str().into()).collect();
    let head = format!(
        "SELECT {COLUMNS}, e.value_key FROM user_emails e JOIN users u ON u.realm = e.realm AND u.id = e.user_id WHERE e.realm = ?1 AND e.value_key IN"
    );
    let mut users = Vec::with_capacity(keys.len());
    for (sql, params) in in_lists(&head, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            users.push((row.take(11)?, from_row(&mut row)?));
        }
    }
    Ok(users)
}

/// What a row says beside id, version and time: the columns and their values.
const STATE: [&str; 17] = [
    "lifecycle",
    "hidden",
    "leaves_at",
    "user_name_key",
    "display_name_key",
    "family_name_key",
    "given_name_key",
    "active",
    "user_type_key",
    "employee_number_key",
    "department_key",
    "manager",
    "display_name",
    "external_ids",
    "document",
    "writer",
    "other_writers",
];

fn state(user: &User, index: &UserIndex) -> [Value; STATE.len()] {
    let (writer, others) = user.provenance.to_columns();
    [
        user.lifecycle.name().into(),
        user.visibility.is_hidden().into(),
        user.visibility.leaves_at().map(Timestamp::millis).into(),
        index.user_name_key.as_str().into(),
        index.display_name_key.as_str().into(),
        index.family_name_key.as_str().into(),
        index.given_name_key.as_str().into(),
        index.active.into(),
        index.user_type_key.clone().into(),
        index.employee_number_key.clone().into(),
        index.department_key.clone().into(),
        index.manager.clone().into(),
        index.display_name.clone().into(),
        user.external_ids.to_column().into(),
        (*user.document).into(),
        writer.into(),
        others.into(),
    ]
}

/// Adds a person with their index, in the one statement that also finds a taken userName.
pub(crate) fn insert(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    let index = index(user.attributes());
    let params = columns(change, user, &index);
    if change.execute(INSERT, &params)? == 0 {
        return Err(Refusal::Taken { attribute: "userName" }.into());
    }
    insert_index(change, user, &index)
}

/// The same, unless somebody has the userName, or is leaving and has that externalId of a space as its index has it; false then.
pub(crate) fn insert_unless_leaving(
    change: &mut Change<'_>,
    user: &User,
    external_id: Option<(uuid::Uuid, &str)>,
) -> Result<bool, Error> {
    let index = index(user.attributes());
    let mut params = columns(change, user, &index);
    let inserted = match external_id {
        Some((space, value)) => {
            params.extend([space.into(), value.into()]);
            change.execute(INSERT_UNLESS_LEAVING, &params)?
        }
        None => change.execute(INSERT, &params)?,
    };
    if inserted == 1 {
        insert_index(change, user, &index)?;
    }
    Ok(inserted == 1)
}

fn columns(change: &Change<'_>, user: &User, index: &UserIndex) -> Vec<Value> {
    let mut params = vec![
        change.realm_id().into(),
        user.id.into(),
        user.modified.millis().into(),
        user.kind.name().into(),
    ];
    params.extend(state(user, index));
    params
}

fn insert_index(change: &mut Change<'_>, user: &User, index: &UserIndex) -> Result<(), Error> {
    let (realm, id) = (change.realm_id(), user.id);
    for email in &index.emails {
        change.later(ADD_EMAIL, vec![realm.into(), email.as_str().into(), id.into()])?;
    }
    for (attribute, value) in indexed_extensions(change, user.attributes()) {
        change.later(
            ADD_ATTRIBUTE,
            vec![realm.into(), attribute.into(), value.into(), id.into()],
        )?;
    }
    for (space, value) in user.external_ids.iter() {
        external_id::add(change, space, external_id::USER, value, id.uuid())?;
    }
    counts::add(change, counts::USERS, 1)
}

/// Replaces a person's state and its index; `before` is what was read in this transaction, which locked it. Only what changed is set: the
/// indexes of the rest are then left alone, on SQLite most of what the statement would cost.
pub(crate) fn update(change: &mut Change<'_>, before: &User, after: &User) -> Result<(), Error> {
    let realm = change.realm_id();
    let (old, new) = (index(before.attributes()), index(after.attributes()));
    let mut params = vec![
        realm.into(),
        before.id.into(),
        before.version.into(),
        change.now().millis().into(),
    ];
    let mut sql = "UPDATE users SET version = version + 1, modified = ?4".to_owned();
    let mut guard = String::new();
    let values = state(before, &old).into_iter().zip(state(after, &new));
    for (column, (_, value)) in STATE.iter().zip(values).filter(|(_, (was, is))| was != is) {
        params.push(value);
        let place = params.len();
        let _ = write!(sql, ", {column} = ?{place}");
        if *column == "user_name_key" {
            guard = format!(
                " AND NOT EXISTS (SELECT 1 FROM users o WHERE o.realm = ?1 AND o.user_name_key = ?{place} AND o.id <> ?2)"
            );
        }
    }
    let _ = write!(sql, " WHERE realm = ?1 AND id = ?2 AND version = ?3{guard}");
    if guard.is_empty() {
        change.later_one(sql, params)?;
    } else if change.execute(&sql, &params)? == 0 {
        let taken = change
            .query_one(
                NAME_HOLDER,
                &[realm.into(), new.user_name_key.as_str().into(), before.id.into()],
            )?
            .is_some();
        return Err(if taken {
            Refusal::Taken { attribute: "userName" }
        } else {
            Refusal::Changed
        }
        .into());
    }
    for email in old.emails.iter().filter(|email| !new.emails.contains(email)) {
        change.later(
            REMOVE_EMAIL,
            vec![realm.into(), email.as_str().into(), before.id.into()],
        )?;
    }
    for email in new.emails.iter().filter(|email| !old.emails.contains(email)) {
        change.later(ADD_EMAIL, vec![realm.into(), email.as_str().into(), before.id.into()])?;
    }
    let (old, new) = (
        indexed_extensions(change, before.attributes()),
        indexed_extensions(change, after.attributes()),
    );
    for (attribute, value) in old.iter().filter(|pair| !new.contains(pair)) {
        change.later(
            REMOVE_ATTRIBUTE,
            vec![
                realm.into(),
                attribute.as_str().into(),
                value.as_str().into(),
                before.id.into(),
            ],
        )?;
    }
    for (attribute, value) in new.iter().filter(|pair| !old.contains(pair)) {
        change.later(
            ADD_ATTRIBUTE,
            vec![
                realm.into(),
                attribute.as_str().into(),
                value.as_str().into(),
                before.id.into(),
            ],
        )?;
    }
    external_id::replace(
        change,
        external_id::USER,
        before.id.uuid(),
        &before.external_ids,
        &after.external_ids,
    )
}

/// Notes what programs insist on in vain, which nobody can observe: version and time stay.
pub(crate) fn note_writers(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    let (writer, others) = user.provenance.to_columns();
    let params = [
        change.realm_id().into(),
        user.id.into(),
        user.version.into(),
        writer.into(),
        others.into(),
    ];
    change.keep_book(SET_WRITERS, &params)?;
    Ok(())
}

/// Takes a person, whose row is locked, out of the realm: every index forgets them at once, the rest waits for its erasure.
pub(crate) fn depart(change: &mut Change<'_>, user: &User, erase_at: Timestamp) -> Result<(), Error> {
    let realm = change.realm_id();
    let attributes = user.attributes();
    change.later_one(DELETE, vec![realm.into(), user.id.into(), user.version.into()])?;
    for email in index(attributes).emails {
        change.later(REMOVE_EMAIL, vec![realm.into(), email.into(), user.id.into()])?;
    }
    for (attribute, value) in indexed_extensions(change, attributes) {
        change.later(
            REMOVE_ATTRIBUTE,
            vec![realm.into(), attribute.into(), value.into(), user.id.into()],
        )?;
    }
    external_id::replace(
        change,
        external_id::USER,
        user.id.uuid(),
        &user.external_ids,
        &ExternalIds::default(),
    )?;
    let now = change.now().millis();
    let params = vec![
        realm.into(),
        user.id.into(),
        (user.version + 1).into(),
        now.into(),
        erase_at.millis().into(),
        (*user.document).into(),
    ];
    change.later(DEPART, params)?;
    counts::add(change, counts::USERS, -1)
}

/// When the data of someone who left is due to be erased, and their last version.
pub(crate) fn departed(change: &mut Change<'_>, id: Id<User>) -> Result<Option<(i64, Timestamp)>, Error> {
    let row = change.query_one(DEPARTED, &[change.realm_id().into(), id.into()])?;
    Ok(row
        .map(|mut row| Ok::<_, db::Error>((row.take(0)?, Timestamp::from_millis(row.take(1)?))))
        .transpose()?)
}

pub(crate) fn erase(change: &mut Change<'_>, id: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.execute(ERASE, &[realm.into(), id.into()])?;
    Ok(())
}

/// The (attribute, key) pairs of extension attributes that configuration declares as indexed.
fn indexed_extensions(change: &Change<'_>, attributes: &Map<String, serde_json::Value>) -> Vec<(String, String)> {
    change.schemas().indexed_extensions(attributes)
}
