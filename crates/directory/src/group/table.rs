//! All SQL that names the table of groups.

use db::{Bound, Db, Row, statements};

use super::{Group, Management, Source, rules};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::counts;
use crate::enrollment::configuration::Configuration;
use crate::error::{Error, Refusal};
use crate::external_id;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::ExternalIds;

statements! {
    BY_ID = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
               g.managed, g.children, g.default_configuration, g.management
             FROM groups g WHERE g.realm = ?1 AND g.id = ?2";
    LOCK = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
              g.managed, g.children, g.default_configuration, g.management
             FROM groups g WHERE g.realm = ?1 AND g.id = ?2 /*pg: FOR UPDATE */";
    BY_DISPLAY_NAME = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
              g.managed, g.children, g.default_configuration, g.management
             FROM groups g WHERE g.realm = ?1 AND g.display_name_key = ?2 ORDER BY g.id LIMIT 2";
    /// On PostgreSQL those who change single members hold the group together, and whoever compares or replaces holds it alone:
    /// they take rows in opposite orders. SQLite has one writer.
    HOLD_TOGETHER = "SELECT CAST(?1 AS BIGINT) /*pg: FROM (SELECT pg_advisory_xact_lock_shared(CAST(?1 AS BIGINT))) AS held */";
    HOLD_ALONE = "SELECT CAST(?1 AS BIGINT) /*pg: FROM (SELECT pg_advisory_xact_lock(CAST(?1 AS BIGINT))) AS held */";
    /// On PostgreSQL whoever asks about the same name waits for the end of this transaction.
    /// The same, if the group stands alone and nobody manages it: else its people come first.
    HOLD_PLAIN_ALONE = "SELECT CAST(?1 AS BIGINT) /*pg: , pg_advisory_xact_lock(CAST(?1 AS BIGINT)) */
             FROM groups g WHERE g.realm = ?2 AND g.id = ?3 AND NOT g.managed AND g.parent IS NULL AND g.children = 0";
    LOCK_PLAIN = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
              g.managed, g.children, g.default_configuration, g.management
             FROM groups g WHERE g.realm = ?1 AND g.id = ?2 AND NOT g.managed AND g.parent IS NULL AND g.children = 0 /*pg: FOR UPDATE */";
    HOLD_NAME = "SELECT CAST(?1 AS TEXT) /*pg: FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(?1 AS TEXT), 0))) AS held */";
    NAMED_ALIKE = "SELECT 1 FROM groups WHERE realm = ?1 AND display_name_key = ?2 AND id <> ?3 LIMIT 1";
    INSERT = "INSERT INTO groups (realm, id, version, modified, parent, name, name_key, display_name, display_name_key, external_ids, document, source,
               managed, default_configuration, management)
             VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE groups SET version = version + 1, modified = ?4, display_name = ?5, display_name_key = ?6, external_ids = ?7, document = ?8,
               enabled_members = enabled_members + ?9
             WHERE realm = ?1 AND id = ?2 AND version = ?3";
    TOUCH = "UPDATE groups SET version = version + 1, modified = ?3, enabled_members = enabled_members + ?4
             WHERE realm = ?1 AND id = ?2 RETURNING version";
    TOUCH_LATER = "UPDATE groups SET version = version + 1, modified = ?3, enabled_members = enabled_members + ?4 WHERE realm = ?1 AND id = ?2";
    FIRST_MEMBERS = "UPDATE groups SET enabled_members = enabled_members + ?3 WHERE realm = ?1 AND id = ?2";
    /// [`TOUCH`], if this transaction has written that person's membership. For PostgreSQL, where it can be sent before that
    /// is known.
    TOUCH_WITH = "UPDATE groups SET version = version + 1, modified = ?3, enabled_members = enabled_members + ?5 WHERE realm = ?1 AND id = ?2
               AND EXISTS (SELECT 1 FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id = ?4
                                                         /*pg: AND m.xmin = pg_current_xact_id()::xid */) RETURNING version";
    HAS_MORE_MEMBERS = "SELECT 1 FROM groups WHERE realm = ?1 AND id = ?2 AND enabled_members > ?3";
    COUNT_ANEW = "UPDATE groups SET enabled_members =
               (SELECT COUNT(*) FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.status = 'enabled') WHERE realm = ?1 AND id = ?2";
    NEXT = "SELECT id FROM groups WHERE realm = ?1 AND id > ?2 ORDER BY id LIMIT 1";
    DELETE = "DELETE FROM groups WHERE realm = ?1 AND id = ?2 AND version = ?3";
    MANAGE = "UPDATE groups SET version = version + 1, modified = ?3, managed = TRUE, default_configuration = ?4 WHERE realm = ?1 AND id = ?2 AND NOT managed RETURNING version";
    SET_MANAGEMENT = "UPDATE groups SET version = version + 1, modified = ?3, default_configuration = ?4, management = ?5
             WHERE realm = ?1 AND id = ?2 RETURNING version";
    CONFIGURATION_THERE = "SELECT 1 FROM enrollment_configurations c WHERE c.realm = ?1 AND c.group_id = ?2 AND c.id = ?3 AND NOT c.removed";
}

/// The columns every read of a group takes, in the order of [`from_row`].
pub(crate) const COLUMNS: &str =
    "g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
     g.managed, g.children, g.default_configuration, g.management";

/// The last attempt takes a name that nobody else can have.
const NAME_ATTEMPTS: usize = 6;

pub(crate) fn from_row(row: &mut Row) -> Result<Group, db::Error> {
    let external_ids: Option<String> = row.take(6)?;
    let source: String = row.take(8)?;
    let management: Option<String> = row.take(12)?;
    Ok(Group {
        id: row.take(0)?,
        version: row.take(1)?,
        modified: Timestamp::from_millis(row.take(2)?),
        parent: row.take::<Option<uuid::Uuid>>(3)?.map(Id::new),
        name: row.take(4)?,
        display_name: row.take(5)?,
        external_ids: ExternalIds::from_column(external_ids.as_deref()),
        document: row.take(7)?,
        source: Source::parse(&source),
        managed: row.take(9)?,
        children: row.take(10)?,
        default_configuration: row.take(11)?,
        management: Management::from_column(management.as_deref())?,
    })
}

pub(crate) async fn by_id(db: &Db, realm: RealmId, id: Id<Group>) -> Result<Option<Group>, Error> {
    let mut rows = db.query(BY_ID, &[realm.into(), id.into()]).await?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

/// The one group shown by that name; none when there are several.
/// Those of these ids that are there, in no order.
pub(crate) async fn by_ids(db: &Db, realm: RealmId, ids: &[Id<Group>]) -> Result<Vec<Group>, Error> {
    let wanted: Vec<db::Value> = ids.iter().map(Into::into).collect();
    let head = format!("SELECT {COLUMNS} FROM groups g WHERE g.realm = ?1 AND g.id IN");
    let mut groups = Vec::with_capacity(ids.len());
    for (sql, params) in crate::lists::in_lists(&head, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            groups.push(from_row(&mut row)?);
        }
    }
    Ok(groups)
}

pub(crate) async fn by_display_name(db: &Db, realm: RealmId, name: &str) -> Result<Option<Group>, Error> {
    let mut rows = db
        .query(BY_DISPLAY_NAME, &[realm.into(), crate::user::rules::key(name).into()])
        .await?;
    match rows.len() {
        1 => Ok(rows.first_mut().map(from_row).transpose()?),
        _ => Ok(None),
    }
}

/// Reads a group that is about to be changed as a whole; on PostgreSQL nobody else changes it or its members until the end of
/// the transaction.
pub(crate) fn lock(change: &mut Change<'_>, id: Id<Group>) -> Result<Option<Group>, Error> {
    hold(change, HOLD_ALONE, id)?;
    let row = change.query_one(LOCK, &[change.realm_id().into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// The same, if nobody manages the group and it stands alone; none else, and then nothing is held.
pub(crate) fn lock_plain(change: &mut Change<'_>, id: Id<Group>) -> Result<Option<Group>, Error> {
    let realm = change.realm_id();
    if change.engine() != db::Engine::Sqlite {
        let params = vec![lock_number(realm, id).into(), realm.into(), id.into()];
        change.keep_book_later(HOLD_PLAIN_ALONE, params)?;
    }
    let row = change.query_one(LOCK_PLAIN, &[realm.into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// Before a group is locked whose people are held.
pub(crate) fn hold_alone(change: &mut Change<'_>, id: Id<Group>) -> Result<(), Error> {
    hold(change, HOLD_ALONE, id)
}

/// Before rows of single members are written. It travels with the next statement.
pub(crate) fn hold_together(change: &mut Change<'_>, id: Id<Group>) -> Result<(), Error> {
    hold(change, HOLD_TOGETHER, id)
}

fn hold(change: &mut Change<'_>, how: &'static str, id: Id<Group>) -> Result<(), Error> {
    if change.engine() == db::Engine::Sqlite {
        return Ok(());
    }
    let number = lock_number(change.realm_id(), id);
    change.keep_book_later(how, vec![number.into()])
}

/// Its last bytes are random. Two groups that share a number wait for each other, nothing worse.
fn lock_number(realm: RealmId, id: Id<Group>) -> i64 {
    (id.uuid().as_u128() as i64) ^ realm.number()
}

/// Reads a group, and ahead of time what will be read then.
pub(crate) fn read_ahead(
    change: &mut Change<'_>,
    id: Id<Group>,
    ahead: impl FnOnce() -> Vec<Bound>,
) -> Result<Option<Group>, Error> {
    let mut rows = change.query_ahead(BY_ID, &[change.realm_id().into(), id.into()], ahead)?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

pub(crate) fn read(change: &mut Change<'_>, id: Id<Group>) -> Result<Option<Group>, Error> {
    read_ahead(change, id, Vec::new)
}

/// Whether another group is shown by that name. Nobody else gets an answer about it before this transaction ends.
pub(crate) fn is_named_alike(change: &mut Change<'_>, name: &str, own: Id<Group>) -> Result<bool, Error> {
    let (realm, key) = (change.realm_id(), crate::user::rules::key(name));
    change.query(HOLD_NAME, &[format!("group {realm} {key}").into()])?;
    let found = change.query_one(NAMED_ALIKE, &[realm.into(), key.into(), own.into()])?;
    Ok(found.is_some())
}

/// Those that are shown by one of these names, which are folded; with the name.
pub(crate) fn many_named(change: &mut Change<'_>, keys: &[String]) -> Result<Vec<(String, Id<Group>)>, Error> {
    let wanted: Vec<db::Value> = keys.iter().map(|key| key.as_str().into()).collect();
    let head = "SELECT display_name_key, id FROM groups WHERE realm = ?1 AND display_name_key IN";
    let mut groups = Vec::with_capacity(keys.len());
    for (sql, params) in in_lists(head, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            groups.push((row.take(0)?, row.take(1)?));
        }
    }
    Ok(groups)
}

/// Those of these groups that are managed, with what is set about them.
pub(crate) fn managed_among(
    change: &mut Change<'_>,
    groups: &[Id<Group>],
) -> Result<Vec<(Id<Group>, Management)>, Error> {
    let wanted: Vec<db::Value> = groups.iter().map(Into::into).collect();
    let mut found = Vec::new();
    for (sql, params) in in_lists(MANAGED, &[change.realm_id().into()], &wanted) {
        for mut row in change.query(&sql, &params)? {
            found.push(managed_from(&mut row)?);
        }
    }
    Ok(found)
}

const MANAGED: &str = "SELECT id, management FROM groups WHERE managed AND realm = ?1 AND id IN";

fn managed_from(row: &mut Row) -> Result<(Id<Group>, Management), db::Error> {
    let management: Option<String> = row.take(1)?;
    Ok((row.take(0)?, Management::from_column(management.as_deref())?))
}

/// Adds a group by the name it has; false when a sibling has that name. What depends on its place in the tree is the caller's:
/// its parent's number of children, its ancestors.
pub(crate) fn insert(change: &mut Change<'_>, group: &Group) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        group.id.into(),
        change.now().millis().into(),
        group.parent.map(Id::uuid).into(),
        group.name.as_str().into(),
        crate::user::rules::key(&group.name).into(),
        group.display_name.as_str().into(),
        crate::user::rules::key(&group.display_name).into(),
        group.external_ids.to_column().into(),
        group.document.as_str().into(),
        group.source.name().into(),
        group.managed.into(),
        group.default_configuration.map(Id::uuid).into(),
        group.management.to_column().into(),
    ];
    if change.execute(INSERT, &params)? == 0 {
        return Ok(false);
    }
    for (space, value) in group.external_ids.iter() {
        external_id::add(change, space, external_id::GROUP, value, group.id.uuid())?;
    }
    counts::add(change, counts::GROUPS, 1)?;
    Ok(true)
}

/// Adds a group named by its displayName; the name is made unique when a sibling has it.
pub(crate) fn insert_made_unique(change: &mut Change<'_>, group: &mut Group) -> Result<(), Error> {
    for attempt in 0..NAME_ATTEMPTS {
        group.name = rules::name_candidate(&group.display_name, attempt, group.id.uuid());
        if insert(change, group)? {
            return Ok(());
        }
    }
    Err(Refusal::LimitReached {
        what: "groups of one name",
        limit: NAME_ATTEMPTS,
    }
    .into())
}

/// Replaces a group's own attributes; with how many more people are in it.
pub(crate) fn update(change: &mut Change<'_>, before: &Group, after: &Group, members: i64) -> Result<(), Error> {
    let params = [
        change.realm_id().into(),
        before.id.into(),
        before.version.into(),
        change.now().millis().into(),
        after.display_name.as_str().into(),
        crate::user::rules::key(&after.display_name).into(),
        after.external_ids.to_column().into(),
        after.document.as_str().into(),
        members.into(),
    ];
    if change.execute(UPDATE, &params)? == 0 {
        return Err(Refusal::Changed.into());
    }
    external_id::replace(
        change,
        external_id::GROUP,
        before.id.uuid(),
        &before.external_ids,
        &after.external_ids,
    )
}

/// Raises a group's version because its members changed; with how many more people are in it. The last statement of its
/// command: the row may be hot.
pub(crate) fn touch(change: &mut Change<'_>, id: Id<Group>, members: i64) -> Result<i64, Error> {
    touch_if_there(change, id, members)?.ok_or_else(|| Refusal::NotFound { what: "group" }.into())
}

/// The same, sent together with the write of one person's membership, and done if that did anything.
pub(crate) fn touch_with(change: &Change<'_>, id: Id<Group>, member: uuid::Uuid, members: i64) -> Bound {
    let (realm, now) = (change.realm_id(), change.now());
    let params = vec![
        realm.into(),
        id.into(),
        now.millis().into(),
        member.into(),
        members.into(),
    ];
    (TOUCH_WITH.into(), params)
}

/// The version to which [`touch_with`] raised the group, if it did.
pub(crate) fn touched_with(change: &mut Change<'_>, (sql, params): &Bound) -> Result<Option<i64>, Error> {
    let row = change.write_returning(sql, params)?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// The same for a group of many, whose version nobody asks for and which may be gone. It travels with the commit.
pub(crate) fn touch_later(change: &mut Change<'_>, id: Id<Group>, members: i64) -> Result<(), Error> {
    let (realm, now) = (change.realm_id(), change.now());
    let params = vec![realm.into(), id.into(), now.millis().into(), members.into()];
    change.later(TOUCH_LATER, params)
}

/// How many people a group has from the beginning. It travels with the commit.
pub(crate) fn begin_with(change: &mut Change<'_>, id: Id<Group>, members: i64) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(FIRST_MEMBERS, vec![realm.into(), id.into(), members.into()])
}

/// Counts the people in a group, whom nobody else changes until the end of the transaction. What is kept may be wrong where an
/// older program has written beside this one.
pub(crate) fn count_anew(change: &mut Change<'_>, id: Id<Group>) -> Result<(), Error> {
    hold_alone(change, id)?;
    change.keep_book(COUNT_ANEW, &[change.realm_id().into(), id.into()])?;
    Ok(())
}

/// The group after one in the order of their ids.
pub(crate) fn next(change: &mut Change<'_>, after: uuid::Uuid) -> Result<Option<Id<Group>>, Error> {
    let row = change.query_one(NEXT, &[change.realm_id().into(), after.into()])?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// The same, where the group may be gone.
pub(crate) fn touch_if_there(change: &mut Change<'_>, id: Id<Group>, members: i64) -> Result<Option<i64>, Error> {
    let params = [
        change.realm_id().into(),
        id.into(),
        change.now().millis().into(),
        members.into(),
    ];
    let row = change.write_returning(TOUCH, &params)?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

pub(crate) fn delete(change: &mut Change<'_>, group: &Group) -> Result<(), Error> {
    if change.execute(
        DELETE,
        &[change.realm_id().into(), group.id.into(), group.version.into()],
    )? == 0
    {
        return Err(Refusal::Changed.into());
    }
    external_id::replace(
        change,
        external_id::GROUP,
        group.id.uuid(),
        &group.external_ids,
        &ExternalIds::default(),
    )?;
    counts::add(change, counts::GROUPS, -1)
}

/// Makes a group one that is managed, whose first way to join that is; with its new version, if it was not.
pub(crate) fn manage(change: &mut Change<'_>, id: Id<Group>, first: Id<Configuration>) -> Result<Option<i64>, Error> {
    let now = change.now().millis();
    let params = [change.realm_id().into(), id.into(), now.into(), first.into()];
    let row = change.write_returning(MANAGE, &params)?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// Stores what is set about a group that is held; with its new version.
pub(crate) fn set_management(change: &mut Change<'_>, group: &Group) -> Result<i64, Error> {
    let params = [
        change.realm_id().into(),
        group.id.into(),
        change.now().millis().into(),
        group.default_configuration.map(Id::uuid).into(),
        group.management.to_column().into(),
    ];
    let row = change.write_returning(SET_MANAGEMENT, &params)?;
    let mut row = row.ok_or(Refusal::NotFound { what: "group" })?;
    Ok(row.take(0)?)
}

/// Whether a group has that way to join.
pub(crate) fn has_configuration(
    change: &mut Change<'_>,
    group: Id<Group>,
    id: Id<Configuration>,
) -> Result<bool, Error> {
    let row = change.query_one(
        CONFIGURATION_THERE,
        &[change.realm_id().into(), group.into(), id.into()],
    )?;
    Ok(row.is_some())
}

/// Those of these that are there.
pub(crate) async fn many(db: &Db, realm: RealmId, ids: &[Id<Group>]) -> Result<Vec<Group>, Error> {
    let wanted: Vec<db::Value> = ids.iter().map(db::Value::from).collect();
    let head = format!("SELECT {COLUMNS} FROM groups g WHERE g.realm = ?1 AND g.id IN");
    let mut groups = Vec::with_capacity(ids.len());
    for (sql, params) in in_lists(&head, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            groups.push(from_row(&mut row)?);
        }
    }
    Ok(groups)
}
