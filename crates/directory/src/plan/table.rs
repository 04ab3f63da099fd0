//! All SQL that names plans and their items.

use std::collections::HashMap;
use std::hash::Hash;

use db::{Db, FromValue, Row, Value, statements};
use serde_json::Map;
use uuid::Uuid;

use super::{Action, Draft, Item, ItemState, Moved, Plan, PlanKind, PlanQuery, PlanState};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::source::{Record, SourceName};

statements! {
    BY_ID = "SELECT id, version, modified, kind, source, title, made_by, state, options, items, counts, held, ended_at FROM plans
             WHERE realm = ?1 AND id = ?2";
    LOCK = "SELECT id, version, modified, kind, source, title, made_by, state, options, items, counts, held, ended_at FROM plans
            WHERE realm = ?1 AND id = ?2 /*pg: FOR UPDATE */";
    OPEN_OF_SOURCE = "SELECT id, version, modified, kind, source, title, made_by, state, options, items, counts, held, ended_at FROM plans
            WHERE realm = ?1 AND source = ?2 AND ended_at IS NULL AND kind = ?3 AND state IN ('approved', 'applying') ORDER BY id LIMIT 1";
    OTHER_OPEN = "SELECT id, version, modified, kind, source, title, made_by, state, options, items, counts, held, ended_at FROM plans
            WHERE realm = ?1 AND source = ?2 AND ended_at IS NULL AND kind = ?3 AND id <> ?4 AND state IN ('approved', 'applying') ORDER BY id LIMIT 1";
    LATER_APPLIED = "SELECT id, version, modified, kind, source, title, made_by, state, options, items, counts, held, ended_at FROM plans
            WHERE realm = ?1 AND source = ?2 AND kind = ?3 AND id > ?4 AND state = 'applied' ORDER BY id LIMIT 1";
    LIST = "SELECT id, version, modified, kind, source, title, made_by, state, options, items, counts, held, ended_at FROM plans
            WHERE realm = ?1 AND id < ?2 AND state <> 'making' AND (?3 = '' OR state = ?3) AND (?4 = '' OR source = ?4) ORDER BY id DESC LIMIT ?5";
    INSERT = "INSERT INTO plans (realm, id, version, modified, kind, source, title, made_by, state, options, items, counts)
              VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, 'making', ?8, 0, '{}')";
    GROW = "UPDATE plans SET items = items + ?4 WHERE realm = ?1 AND id = ?2 AND items = ?3 AND state = 'making'";
    UPDATE = "UPDATE plans SET version = version + 1, modified = ?4, state = ?5, counts = ?6, held = ?7, ended_at = ?8
              WHERE realm = ?1 AND id = ?2 AND version = ?3";
    DELETE = "DELETE FROM plans WHERE realm = ?1 AND id = ?2";
    COUNT_ACTIONS = "SELECT action, COUNT(*) FROM plan_items WHERE realm = ?1 AND plan = ?2 GROUP BY action";
    COUNT_STATES = "SELECT state, COUNT(*) FROM plan_items WHERE realm = ?1 AND plan = ?2 GROUP BY state";
    COUNT_UNREAD = "SELECT COUNT(*) FROM plan_items WHERE realm = ?1 AND plan = ?2 AND action = 'refused' AND name = ''";
    /// Of groups: also a row whose group or person nobody knows may name what seems to be missing.
    COUNT_UNCLEAR = "SELECT COUNT(*) FROM plan_items WHERE realm = ?1 AND plan = ?2 AND action = 'refused' AND subject IS NULL";
    /// An item holds what differs, so this is whom the source itself suspends.
    COUNT_SUSPENDED = "SELECT COUNT(*) FROM plan_items WHERE realm = ?1 AND plan = ?2 AND action = 'change' AND strpos(after, '\"active\":false') > 0";
    ITEM = "SELECT position, action, place, name, subject, within, record, guard, before, after, reason, state, outcome FROM plan_items
            WHERE realm = ?1 AND plan = ?2 AND position = ?3";
    ITEMS = "SELECT position, action, place, name, subject, within, record, guard, before, after, reason, state, outcome FROM plan_items
            WHERE realm = ?1 AND plan = ?2 AND position > ?3 AND (?4 = '' OR state = ?4) ORDER BY position LIMIT ?5";
    ITEMS_OF_ACTION = "SELECT position, action, place, name, subject, within, record, guard, before, after, reason, state, outcome FROM plan_items
            WHERE realm = ?1 AND plan = ?2 AND action = ?3 AND position > ?4 AND (?5 = '' OR state = ?5) ORDER BY position LIMIT ?6";
    PENDING = "SELECT position, action, place, name, subject, within, record, guard, before, after, reason, state, outcome FROM plan_items
            WHERE realm = ?1 AND plan = ?2 AND state = 'pending' ORDER BY stage, position LIMIT ?3";
    IS_PENDING = "SELECT 1 FROM plan_items WHERE realm = ?1 AND plan = ?2 AND state = 'pending' LIMIT 1";
    /// Guarded, so that of two who apply a plan one writes, and nobody does once it is put aside.
    SETTLE = "UPDATE plan_items SET state = ?4, subject = ?5, within = ?6, outcome = ?7
              WHERE realm = ?1 AND plan = ?2 AND position = ?3 AND state = 'pending'
                AND EXISTS (SELECT 1 FROM plans p WHERE p.realm = ?1 AND p.id = ?2 AND p.state = 'applying')";
    /// Pending items whose person has another version by now, or is gone.
    MOVED_USERS = "SELECT i.position, i.place, i.name, u.version FROM plan_items i LEFT JOIN users u ON u.realm = i.realm AND u.id = i.subject
            WHERE i.realm = ?1 AND i.plan = ?2 AND i.state = 'pending' AND i.guard IS NOT NULL AND (u.version IS NULL OR u.version <> i.guard)
            ORDER BY i.stage, i.position LIMIT ?3";
    /// Pending items that make somebody whose name is taken by now.
    TAKEN_NAMES = "SELECT i.position, i.place, i.name, u.version FROM plan_items i CROSS JOIN users u
            WHERE i.realm = ?1 AND i.plan = ?2 AND i.state = 'pending' AND i.stage = 1 AND u.realm = i.realm AND u.user_name_key = i.name_key
            ORDER BY i.stage, i.position LIMIT ?3";
    PURGE = "DELETE FROM plan_items WHERE realm = ?1 AND plan = ?2 AND position <= ?3";
    FIRST_ITEM = "SELECT position FROM plan_items WHERE realm = ?1 AND plan = ?2 ORDER BY position LIMIT 1";
    /// Whom a source gave and a plan does not speak of.
    MISSING_USERS = "SELECT r.record, r.subject FROM source_records r WHERE r.realm = ?1 AND r.source = ?2 AND r.kind = 'user' AND r.record > ?4 AND r.given
              AND NOT EXISTS (SELECT 1 FROM plan_items i WHERE i.realm = r.realm AND i.subject = r.subject AND i.plan = ?3)
            ORDER BY r.record LIMIT ?5";
    /// Memberships that a source gave and a plan does not speak of.
    MISSING_MEMBERS = "SELECT m.group_id, m.user_id FROM memberships m
            WHERE m.realm = ?1 AND m.source_id = ?2 AND m.source = 'import' AND (m.group_id, m.user_id) > (?4, ?5)
              AND m.status IN ('enabled', 'pending')
              AND NOT EXISTS (SELECT 1 FROM plan_items i WHERE i.realm = m.realm AND i.subject = m.user_id AND i.plan = ?3 AND i.within = m.group_id)
            ORDER BY m.group_id, m.user_id LIMIT ?6";
    COUNT_MEMBERS = "SELECT COUNT(*) FROM memberships WHERE realm = ?1 AND source_id = ?2 AND source = 'import'
            AND status IN ('enabled', 'pending')";
    ERASE = "UPDATE plan_items SET name = '', name_key = NULL, before = NULL, after = NULL, reason = NULL, outcome = NULL WHERE realm = ?1 AND subject = ?2";
}

fn plan(row: &mut Row) -> Result<Plan, db::Error> {
    let (kind, source, state): (String, String, String) = (row.take(3)?, row.take(4)?, row.take(7)?);
    let (options, counts): (String, String) = (row.take(8)?, row.take(10)?);
    let unknown = |column, word: &str| db::Error::Type {
        column,
        wanted: "a word of plans",
        found: word.to_owned(),
    };
    let counts: Map<String, serde_json::Value> = serde_json::from_str(&counts).unwrap_or_default();
    let count = |action: Action| Some((action, counts.get(action.name())?.as_i64()?));
    Ok(Plan {
        id: row.take(0)?,
        version: row.take(1)?,
        modified: Timestamp::from_millis(row.take(2)?),
        kind: PlanKind::parse(&kind).ok_or_else(|| unknown(3, &kind))?,
        source: SourceName::read(&source).ok_or_else(|| unknown(4, &source))?,
        title: row.take(5)?,
        made_by: row.take(6)?,
        state: PlanState::parse(&state).ok_or_else(|| unknown(7, &state))?,
        options: serde_json::from_str(&options).unwrap_or_default(),
        items: row.take(9)?,
        counts: Action::ALL.into_iter().filter_map(count).collect(),
        held: row.take(11)?,
        ended_at: row.take::<Option<i64>>(12)?.map(Timestamp::from_millis),
    })
}

fn item(row: &mut Row) -> Result<Item, db::Error> {
    let (action, state): (String, String) = (row.take(1)?, row.take(11)?);
    let (before, after): (Option<String>, Option<String>) = (row.take(8)?, row.take(9)?);
    let object = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(Item {
        position: row.take(0)?,
        action: Action::parse(&action).unwrap_or(Action::Refused),
        place: row.take(2)?,
        name: row.take(3)?,
        subject: row.take(4)?,
        within: row.take(5)?,
        record: row.take(6)?,
        guard: row.take(7)?,
        before: object(before),
        after: object(after),
        reason: row.take(10)?,
        state: ItemState::parse(&state).unwrap_or(ItemState::Refused),
        outcome: row.take(12)?,
    })
}

fn each<T>(rows: Vec<Row>, read: fn(&mut Row) -> Result<T, db::Error>) -> Result<Vec<T>, Error> {
    rows.into_iter().map(|mut row| Ok(read(&mut row)?)).collect()
}

pub(super) async fn by_id(db: &Db, realm: RealmId, id: Id<Plan>) -> Result<Option<Plan>, Error> {
    Ok(each(db.query(BY_ID, &[realm.into(), id.into()]).await?, plan)?.pop())
}

pub(super) async fn list(db: &Db, realm: RealmId, query: &PlanQuery) -> Result<Vec<Plan>, Error> {
    let params = [
        realm.into(),
        query.before.unwrap_or(Id::new(Uuid::max())).into(),
        query.state.map_or("", PlanState::name).into(),
        query.source.as_ref().map_or("", SourceName::as_str).into(),
        (query.limit.clamp(1, 1001) as i64).into(),
    ];
    each(db.scan(LIST, &params).await?, plan)
}

pub(super) async fn items(db: &Db, realm: RealmId, id: Id<Plan>, query: &super::ItemQuery) -> Result<Vec<Item>, Error> {
    let state = query.state.map_or("", ItemState::name);
    let limit = query.limit.clamp(1, 1001) as i64;
    let mut params = vec![realm.into(), id.into()];
    let sql = match query.action {
        Some(action) => {
            params.push(action.name().into());
            ITEMS_OF_ACTION
        }
        None => ITEMS,
    };
    params.extend([query.after.into(), state.into(), limit.into()]);
    each(db.scan(sql, &params).await?, item)
}

pub(super) async fn pending(db: &Db, realm: RealmId, id: Id<Plan>, limit: i64) -> Result<Vec<Item>, Error> {
    each(db.scan(PENDING, &[realm.into(), id.into(), limit.into()]).await?, item)
}

pub(super) async fn states(db: &Db, realm: RealmId, id: Id<Plan>) -> Result<HashMap<String, i64>, Error> {
    let rows = db.scan(COUNT_STATES, &[realm.into(), id.into()]).await?;
    each(rows, |row| Ok((row.take(0)?, row.take(1)?))).map(|pairs| pairs.into_iter().collect())
}

/// What no longer is as it was planned, at most so many of each sort.
pub(super) async fn moved(db: &Db, realm: RealmId, id: Id<Plan>, limit: i64) -> Result<Vec<Moved>, Error> {
    let params = [realm.into(), id.into(), limit.into()];
    let mut moved = Vec::new();
    for (sql, taken) in [(MOVED_USERS, false), (TAKEN_NAMES, true)] {
        for mut row in db.scan(sql, &params).await? {
            let version: Option<i64> = row.take(3)?;
            let why = match (taken, version) {
                (true, _) => "the name is taken by now",
                (false, Some(_)) => "changed since",
                (false, None) => "has left since",
            };
            moved.push(Moved {
                position: row.take(0)?,
                place: row.take(1)?,
                name: row.take(2)?,
                why,
            });
        }
    }
    Ok(moved)
}

/// Reads a plan that is about to be changed; on PostgreSQL its row stays locked for the transaction.
pub(super) fn lock(change: &mut Change<'_>, id: Id<Plan>) -> Result<Option<Plan>, Error> {
    let rows = change.query(LOCK, &[change.realm_id().into(), id.into()])?;
    Ok(each(rows, plan)?.pop())
}

/// A plan of the source that is on its way.
pub(super) fn open_of_source(
    change: &mut Change<'_>,
    source: SourceName,
    kind: PlanKind,
) -> Result<Option<Plan>, Error> {
    let params = [change.realm_id().into(), source.as_str().into(), kind.name().into()];
    Ok(each(change.query(OPEN_OF_SOURCE, &params)?, plan)?.pop())
}

/// Another plan of the source that is on its way.
pub(super) fn other_open(change: &mut Change<'_>, of: &Plan) -> Result<Option<Plan>, Error> {
    beside(change, OTHER_OPEN, of)
}

/// A plan of the source that was begun after this one, and applied.
pub(super) fn later_applied(change: &mut Change<'_>, than: &Plan) -> Result<Option<Plan>, Error> {
    beside(change, LATER_APPLIED, than)
}

fn beside(change: &mut Change<'_>, sql: &str, of: &Plan) -> Result<Option<Plan>, Error> {
    let params = [
        change.realm_id().into(),
        of.source.as_str().into(),
        of.kind.name().into(),
        of.id.into(),
    ];
    Ok(each(change.query(sql, &params)?, plan)?.pop())
}

/// Begins a plan, which nobody is shown before it is made.
pub(super) fn insert(change: &mut Change<'_>, plan: &Plan) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        plan.id.into(),
        plan.modified.millis().into(),
        plan.kind.name().into(),
        plan.source.as_str().into(),
        plan.title.as_str().into(),
        plan.made_by.as_str().into(),
        serde_json::to_string(&plan.options).unwrap_or_default().into(),
    ];
    change.keep_book_later(INSERT, params)
}

/// Stores what a plan has become.
pub(super) fn update(change: &mut Change<'_>, plan: &Plan) -> Result<bool, Error> {
    let counts: Map<String, serde_json::Value> = plan
        .counts
        .iter()
        .map(|(action, count)| (action.name().to_owned(), (*count).into()))
        .collect();
    let params = [
        change.realm_id().into(),
        plan.id.into(),
        plan.version.into(),
        change.now().millis().into(),
        plan.state.name().into(),
        serde_json::Value::Object(counts).to_string().into(),
        plan.held.clone().into(),
        plan.ended_at.map(Timestamp::millis).into(),
    ];
    Ok(change.execute(UPDATE, &params)? == 1)
}

pub(super) fn delete(change: &mut Change<'_>, id: Id<Plan>) -> Result<(), Error> {
    change.keep_book(DELETE, &[change.realm_id().into(), id.into()])?;
    Ok(())
}

/// Adds items to a plan that has so many; false when it has others by now. Nobody is shown them yet.
pub(super) fn add_items(change: &mut Change<'_>, plan: Id<Plan>, has: i64, drafts: &[Draft]) -> Result<bool, Error> {
    let realm = change.realm_id();
    let grow = [realm.into(), plan.into(), has.into(), (drafts.len() as i64).into()];
    if change.keep_book(GROW, &grow)? == 0 {
        return Ok(false);
    }
    let json = |map: &Option<Map<String, serde_json::Value>>| -> Value {
        map.as_ref()
            .map(|map| serde_json::to_string(map).unwrap_or_default())
            .into()
    };
    let mut rest = drafts;
    let mut position = has;
    while !rest.is_empty() {
        let size = ROWS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (slice, others) = rest.split_at(size);
        rest = others;
        let mut params = vec![realm.into(), plan.into()];
        for draft in slice {
            position += 1;
            params.extend([
                position.into(),
                draft.action.stage().into(),
                draft.action.name().into(),
                draft.place.as_str().into(),
                draft.name.as_str().into(),
                draft.name_key.clone().into(),
                draft.subject.into(),
                draft.within.into(),
                draft.record.clone().into(),
                draft.guard.into(),
                json(&draft.before),
                json(&draft.after),
                draft.reason.clone().into(),
                draft.state.name().into(),
            ]);
        }
        let row = |row: usize| {
            let first = 3 + row * COLUMNS;
            let places: Vec<String> = (first..first + COLUMNS).map(|place| format!("?{place}")).collect();
            format!("(?1, ?2, {})", places.join(", "))
        };
        let rows: Vec<String> = (0..size).map(row).collect();
        change.keep_book(&format!("{ADD_ITEMS} {}", rows.join(", ")), &params)?;
    }
    Ok(true)
}

const ADD_ITEMS: &str = "INSERT INTO plan_items (realm, plan, position, stage, action, place, name, name_key, subject, within, record, guard, before,
                           after, reason, state) VALUES";
/// Columns of an item beside realm and plan.
const COLUMNS: usize = 14;
/// So many items are added by one statement, which comes in few sizes, so that the engines keep them prepared.
const ROWS: [usize; 3] = [32, 8, 1];

/// Where a plan already speaks of one of these: by record.
pub(super) fn places_of_records(
    change: &mut Change<'_>,
    plan: Id<Plan>,
    records: &[Record],
) -> Result<HashMap<Record, String>, Error> {
    let head = "SELECT record, place FROM plan_items WHERE realm = ?1 AND plan = ?2 AND record IN";
    among(change, plan, head, records.iter().cloned())
}

/// Where a plan already makes somebody of one of these names, which are folded.
pub(super) fn places_of_names(
    change: &mut Change<'_>,
    plan: Id<Plan>,
    names: &[String],
) -> Result<HashMap<String, String>, Error> {
    let head = "SELECT name_key, place FROM plan_items WHERE realm = ?1 AND plan = ?2 AND name_key IN";
    among(change, plan, head, names.iter().map(String::as_str))
}

/// At which positions a plan speaks of these: by record.
pub(super) fn positions_of_records(
    change: &mut Change<'_>,
    plan: Id<Plan>,
    records: &[Record],
) -> Result<HashMap<Record, i64>, Error> {
    let head = "SELECT record, position FROM plan_items WHERE realm = ?1 AND plan = ?2 AND record IN";
    among(change, plan, head, records.iter().cloned())
}

/// Where a plan already speaks of one of these: by subject.
pub(super) fn places_of_subjects(
    change: &mut Change<'_>,
    plan: Id<Plan>,
    subjects: &[Uuid],
) -> Result<HashMap<Uuid, String>, Error> {
    let head = "SELECT subject, place FROM plan_items WHERE realm = ?1 AND plan = ?2 AND subject IN";
    among(change, plan, head, subjects.iter().copied())
}

/// What the items of a plan say of those that are wanted, by them.
fn among<K: FromValue + Eq + Hash, T: FromValue>(
    change: &mut Change<'_>,
    plan: Id<Plan>,
    head: &'static str,
    wanted: impl Iterator<Item = impl Into<Value>>,
) -> Result<HashMap<K, T>, Error> {
    let wanted: Vec<Value> = wanted.map(Into::into).collect();
    let fixed = [change.realm_id().into(), plan.into()];
    let mut found = HashMap::new();
    for (sql, params) in in_lists(head, &fixed, &wanted) {
        for mut row in change.query(&sql, &params)? {
            found.insert(row.take(0)?, row.take(1)?);
        }
    }
    Ok(found)
}

pub(super) fn count_actions(change: &mut Change<'_>, plan: Id<Plan>) -> Result<Vec<(Action, i64)>, Error> {
    let rows = change.query(COUNT_ACTIONS, &[change.realm_id().into(), plan.into()])?;
    let counts = each(rows, |row| Ok((row.take::<String>(0)?, row.take::<i64>(1)?)))?;
    let count = |action: Action| {
        let found = counts.iter().find(|(name, _)| name == action.name());
        found.map(|(_, count)| (action, *count))
    };
    Ok(Action::ALL.into_iter().filter_map(count).collect())
}

/// How many rows nobody knows of whom they speak.
pub(super) fn count_unread(change: &mut Change<'_>, plan: &Plan) -> Result<i64, Error> {
    let sql = match plan.kind {
        PlanKind::Users => COUNT_UNREAD,
        PlanKind::Groups | PlanKind::Management => COUNT_UNCLEAR,
    };
    count(change, sql, &[change.realm_id().into(), plan.id.into()])
}

/// How many people the source says are no longer active.
pub(super) fn count_suspended(change: &mut Change<'_>, plan: Id<Plan>) -> Result<i64, Error> {
    count(change, COUNT_SUSPENDED, &[change.realm_id().into(), plan.into()])
}

pub(super) fn count_members(change: &mut Change<'_>, source: SourceName) -> Result<i64, Error> {
    count(change, COUNT_MEMBERS, &[change.realm_id().into(), source.id().into()])
}

fn count(change: &mut Change<'_>, sql: &str, params: &[Value]) -> Result<i64, Error> {
    let row = change.query_one(sql, params)?;
    Ok(row.map(|mut row| row.take(0)).transpose()?.unwrap_or_default())
}

pub(super) fn item_at(change: &mut Change<'_>, plan: Id<Plan>, position: i64) -> Result<Option<Item>, Error> {
    let rows = change.query(ITEM, &[change.realm_id().into(), plan.into(), position.into()])?;
    Ok(each(rows, item)?.pop())
}

pub(super) fn is_pending(change: &mut Change<'_>, plan: Id<Plan>) -> Result<bool, Error> {
    Ok(change
        .query_one(IS_PENDING, &[change.realm_id().into(), plan.into()])?
        .is_some())
}

/// Writes down what became of an item; false when somebody else did before, or the plan is no longer being applied.
pub(super) fn settle(change: &mut Change<'_>, plan: Id<Plan>, item: &Item) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        plan.into(),
        item.position.into(),
        item.state.name().into(),
        item.subject.into(),
        item.within.into(),
        item.outcome.clone().into(),
    ];
    Ok(change.keep_book(SETTLE, &params)? == 1)
}

/// Removes items of a plan that is over, so many; says whether there are more.
pub(super) fn purge(change: &mut Change<'_>, plan: Id<Plan>, slice: i64) -> Result<bool, Error> {
    let params = [change.realm_id().into(), plan.into()];
    let Some(mut first) = change.query_one(FIRST_ITEM, &params)? else {
        return Ok(false);
    };
    let last = first.take::<i64>(0)? + slice - 1;
    change.keep_book(PURGE, &[change.realm_id().into(), plan.into(), last.into()])?;
    Ok(change.query_one(FIRST_ITEM, &params)?.is_some())
}

/// People whom a source gave and a plan does not speak of, after a record.
pub(super) fn missing_users(
    change: &mut Change<'_>,
    plan: &Plan,
    after: &Record,
    limit: i64,
) -> Result<Vec<(Record, Uuid)>, Error> {
    let params = [
        change.realm_id().into(),
        plan.source.as_str().into(),
        plan.id.into(),
        after.clone().into(),
        limit.into(),
    ];
    each(change.query(MISSING_USERS, &params)?, |row| {
        Ok((row.take(0)?, row.take(1)?))
    })
}

/// Memberships that a source gave and a plan does not speak of, after one: group and person.
pub(super) fn missing_members(
    change: &mut Change<'_>,
    plan: &Plan,
    after: (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>, Error> {
    let params = [
        change.realm_id().into(),
        plan.source.id().into(),
        plan.id.into(),
        after.0.into(),
        after.1.into(),
        limit.into(),
    ];
    each(change.query(MISSING_MEMBERS, &params)?, |row| {
        Ok((row.take(0)?, row.take(1)?))
    })
}

/// Erases what plans say of somebody.
pub(crate) fn erase(change: &mut Change<'_>, subject: Uuid) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(ERASE, vec![realm.into(), subject.into()])
}
