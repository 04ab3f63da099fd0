//! All SQL that names ancestors of groups, and where a group stands among its siblings.

use std::collections::BTreeMap;

use db::{Db, Row, Value, statements};
use uuid::Uuid;

use super::super::{Group, GroupPath, table as groups};
use crate::change::Change;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;

statements! {
    ABOVE = "SELECT a.ancestor FROM group_ancestors a WHERE a.realm = ?1 AND a.group_id = ?2 ORDER BY a.depth";
    NAMES_ABOVE = "SELECT a.ancestor, g.name FROM group_ancestors a JOIN groups g ON g.realm = a.realm AND g.id = a.ancestor
                   WHERE a.realm = ?1 AND a.group_id = ?2 ORDER BY a.depth DESC";
    BELOW = "SELECT a.group_id, a.depth FROM group_ancestors a WHERE a.realm = ?1 AND a.ancestor = ?2 ORDER BY a.depth, a.group_id LIMIT ?3";
    /// Those below a group of which something by that word is set, which may be an attribute.
    PRIVILEGED_BELOW = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
              g.managed, g.children, g.default_configuration, g.management
            FROM (SELECT b.group_id FROM group_ancestors b WHERE b.realm = ?1 AND b.ancestor = ?2 LIMIT ?3) few
            JOIN groups g ON g.realm = ?1 AND g.id = few.group_id WHERE strpos(g.management, '\"privileged\"') > 0";
    NEXT_BELOW = "SELECT a.group_id, a.depth FROM group_ancestors a WHERE a.realm = ?1 AND a.ancestor = ?2 AND (a.depth, a.group_id) > (?3, ?4)
             ORDER BY a.depth, a.group_id LIMIT 1";
    HOLD_ROOT = "SELECT g.id FROM groups g WHERE g.realm = ?1 AND g.id = ?2 /*pg: FOR NO KEY UPDATE */";
    ATTACH_PARENT = "INSERT INTO group_ancestors (realm, group_id, ancestor, depth) VALUES (?1, ?2, ?3, 1)";
    ATTACH_ABOVE = "INSERT INTO group_ancestors (realm, group_id, ancestor, depth)
                    SELECT a.realm, CAST(?2 AS UUID), a.ancestor, a.depth + 1 FROM group_ancestors a WHERE a.realm = ?1 AND a.group_id = ?3";
    DETACH = "DELETE FROM group_ancestors WHERE realm = ?1 AND group_id = ?2";
    /// Whoever is below a group is no longer below those above it.
    CUT_BELOW = "DELETE FROM group_ancestors WHERE realm = ?1
                   AND group_id IN (SELECT d.group_id FROM group_ancestors d WHERE d.realm = ?1 AND d.ancestor = ?2)
                   AND ancestor IN (SELECT u.ancestor FROM group_ancestors u WHERE u.realm = ?1 AND u.group_id = ?2)";
    /// Whoever is below a group is below those above it.
    GRAFT = "INSERT INTO group_ancestors (realm, group_id, ancestor, depth)
             SELECT d.realm, d.group_id, u.ancestor, d.depth + u.depth
             FROM group_ancestors u JOIN group_ancestors d ON d.realm = u.realm AND d.ancestor = u.group_id
             WHERE u.realm = ?1 AND u.group_id = ?2";
    COUNT_CHILD = "UPDATE groups SET children = children + ?3 WHERE realm = ?1 AND id = ?2";
    PLACE_BELOW = "UPDATE groups SET version = version + 1, modified = ?3, parent = ?5 WHERE realm = ?1 AND id = ?2
                   AND NOT EXISTS (SELECT 1 FROM groups s WHERE s.realm = ?1 AND s.parent = ?5 AND s.name_key = ?4 AND s.id <> ?2)
                   RETURNING version";
    PLACE_AT_TOP = "UPDATE groups SET version = version + 1, modified = ?3, parent = NULL WHERE realm = ?1 AND id = ?2
                    AND NOT EXISTS (SELECT 1 FROM groups s WHERE s.realm = ?1 AND s.parent IS NULL AND s.name_key = ?4 AND s.id <> ?2)
                    RETURNING version";
    RENAME_BELOW = "UPDATE groups SET version = version + 1, modified = ?3, name = ?4, name_key = ?5, display_name = ?6, display_name_key = ?7, document = ?8
                    WHERE realm = ?1 AND id = ?2
                    AND NOT EXISTS (SELECT 1 FROM groups s WHERE s.realm = ?1 AND s.parent = ?9 AND s.name_key = ?5 AND s.id <> ?2)
                    RETURNING version";
    RENAME_AT_TOP = "UPDATE groups SET version = version + 1, modified = ?3, name = ?4, name_key = ?5, display_name = ?6, display_name_key = ?7, document = ?8
                    WHERE realm = ?1 AND id = ?2
                    AND NOT EXISTS (SELECT 1 FROM groups s WHERE s.realm = ?1 AND s.parent IS NULL AND s.name_key = ?5 AND s.id <> ?2)
                    RETURNING version";
    /// The same with nothing but the name, by whoever has raised the version.
    FOLLOW = "UPDATE groups SET name = ?3, name_key = ?4 WHERE realm = ?1 AND id = ?2
              AND NOT EXISTS (SELECT 1 FROM groups s WHERE s.realm = ?1 AND s.parent IS NULL AND s.name_key = ?4 AND s.id <> ?2)";
    ROOTS = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
               g.managed, g.children, g.default_configuration, g.management
             FROM groups g WHERE g.realm = ?1 AND g.parent IS NULL AND g.name_key > ?2 ORDER BY g.name_key LIMIT ?3 OFFSET ?4";
    CHILDREN = "SELECT g.id, g.version, g.modified, g.parent, g.name, g.display_name, g.external_ids, g.document, g.source,
               g.managed, g.children, g.default_configuration, g.management
             FROM groups g WHERE g.realm = ?1 AND g.parent = ?2 AND g.name_key > ?3 ORDER BY g.name_key LIMIT ?4";
    ROOT_NAMED = "SELECT g.id FROM groups g WHERE g.realm = ?1 AND g.parent IS NULL AND g.name_key = ?2";
    CHILD_NAMED = "SELECT g.id FROM groups g WHERE g.realm = ?1 AND g.parent = ?2 AND g.name_key = ?3";
    /// Names of all groups, in slices.
    NAMES = "SELECT g.id, g.parent, g.name, g.name_key FROM groups g WHERE g.realm = ?1 AND g.id > ?2 ORDER BY g.id LIMIT ?3";
}

/// The groups above one, nearest first.
pub(super) fn above_one(change: &mut Change<'_>, id: Id<Group>) -> Result<Vec<Id<Group>>, Error> {
    let rows = change.query(ABOVE, &[change.realm_id().into(), id.into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// The groups above these, nearest first; roots are left out.
pub(crate) fn above(
    change: &mut Change<'_>,
    groups: &[Id<Group>],
) -> Result<BTreeMap<Id<Group>, Vec<Id<Group>>>, Error> {
    let wanted: Vec<db::Value> = groups.iter().map(Into::into).collect();
    let mut rows = Vec::new();
    for (sql, params) in in_lists(ABOVE_MANY, &[change.realm_id().into()], &wanted) {
        rows.append(&mut change.query(&sql, &params)?);
    }
    nearest_first(rows)
}

/// The same, as it is read.
pub(crate) async fn all_above(
    db: &Db,
    realm: RealmId,
    groups: &[Id<Group>],
) -> Result<BTreeMap<Id<Group>, Vec<Id<Group>>>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Into::into).collect();
    let mut rows = Vec::new();
    for (sql, params) in in_lists(ABOVE_MANY, &[realm.into()], &wanted) {
        rows.append(&mut db.query(&sql, &params).await?);
    }
    nearest_first(rows)
}

/// Where these groups stand; those that are gone are left out.
pub(crate) async fn paths(
    db: &Db,
    realm: RealmId,
    groups: &[Id<Group>],
) -> Result<BTreeMap<Id<Group>, GroupPath>, Error> {
    let above = all_above(db, realm, groups).await?;
    let mut all: Vec<Id<Group>> = above.values().flatten().chain(groups).copied().collect();
    all.sort_unstable();
    all.dedup();
    let wanted: Vec<Value> = all.iter().map(Into::into).collect();
    let mut names: BTreeMap<Id<Group>, String> = BTreeMap::new();
    for (sql, params) in in_lists(NAMES_OF, &[realm.into()], &wanted) {
        for mut row in db.query(&sql, &params).await? {
            names.insert(row.take(0)?, row.take(1)?);
        }
    }
    let path = |group: &Id<Group>| {
        let above = above.get(group).map_or(&[][..], Vec::as_slice);
        let names: Option<Vec<String>> = above
            .iter()
            .rev()
            .chain([group])
            .map(|id| names.get(id).cloned())
            .collect();
        Some((*group, GroupPath::of_names(names?)))
    };
    Ok(groups.iter().filter_map(path).collect())
}

const NAMES_OF: &str = "SELECT g.id, g.name FROM groups g WHERE g.realm = ?1 AND g.id IN";

fn nearest_first(rows: Vec<Row>) -> Result<BTreeMap<Id<Group>, Vec<Id<Group>>>, Error> {
    let mut found: BTreeMap<Id<Group>, Vec<(i64, Id<Group>)>> = BTreeMap::new();
    for mut row in rows {
        let (group, ancestor, depth) = (row.take(0)?, row.take(1)?, row.take(2)?);
        found.entry(group).or_default().push((depth, ancestor));
    }
    let nearest_first = |mut above: Vec<(i64, Id<Group>)>| {
        above.sort_unstable();
        above.into_iter().map(|(_, ancestor)| ancestor).collect()
    };
    Ok(found
        .into_iter()
        .map(|(group, above)| (group, nearest_first(above)))
        .collect())
}

const ABOVE_MANY: &str = "SELECT group_id, ancestor, depth FROM group_ancestors WHERE realm = ?1 AND group_id IN";

pub(super) fn names_above(change: &mut Change<'_>, id: Id<Group>) -> Result<Vec<String>, Error> {
    let rows = change.query(NAMES_ABOVE, &[change.realm_id().into(), id.into()])?;
    rows.into_iter().map(|mut row| Ok(row.take(1)?)).collect()
}

/// The groups above one with their names, the root's first.
pub(crate) async fn parents(db: &Db, realm: RealmId, id: Id<Group>) -> Result<Vec<(Id<Group>, String)>, Error> {
    let rows = db.query(NAMES_ABOVE, &[realm.into(), id.into()]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// The groups below one and how far, nearest first.
pub(super) fn below(change: &mut Change<'_>, id: Id<Group>, limit: i64) -> Result<Vec<(Id<Group>, usize)>, Error> {
    let rows = change.query(BELOW, &[change.realm_id().into(), id.into(), limit.into()])?;
    let pair = |mut row: Row| Ok((row.take(0)?, row.take::<i64>(1)? as usize));
    rows.into_iter().map(pair).collect()
}

/// The group below one after another one that is so far below, nearest first; with how far below it is itself.
pub(crate) fn next_below(
    change: &mut Change<'_>,
    id: Id<Group>,
    depth: i64,
    after: Uuid,
) -> Result<Option<(Id<Group>, i64)>, Error> {
    let params = [change.realm_id().into(), id.into(), depth.into(), after.into()];
    let row = change.query_one(NEXT_BELOW, &params)?;
    Ok(row
        .map(|mut row| Ok::<_, db::Error>((row.take(0)?, row.take(1)?)))
        .transpose()?)
}

/// The groups below any of these, so many at most.
pub(crate) async fn all_below(db: &Db, realm: RealmId, ids: &[Id<Group>], limit: usize) -> Result<Vec<Group>, Error> {
    let wanted: Vec<Value> = ids.iter().map(Value::from).collect();
    let head = format!(
        "SELECT {} FROM group_ancestors a JOIN groups g ON g.realm = a.realm AND g.id = a.group_id WHERE a.realm = ?1 AND a.ancestor IN",
        groups::COLUMNS
    );
    let mut all = Vec::new();
    for (sql, params) in in_lists(&head, &[realm.into()], &wanted) {
        for mut row in db.scan(&format!("{sql} LIMIT {limit}"), &params).await? {
            all.push(groups::from_row(&mut row)?);
        }
    }
    Ok(all)
}

/// The groups below one that may be privileged, among so many.
pub(super) fn privileged_below(change: &mut Change<'_>, id: Id<Group>, limit: i64) -> Result<Vec<Group>, Error> {
    let rows = change.query(PRIVILEGED_BELOW, &[change.realm_id().into(), id.into(), limit.into()])?;
    rows.into_iter()
        .map(|mut row| Ok(groups::from_row(&mut row)?))
        .collect()
}

pub(super) fn hold_root(change: &mut Change<'_>, id: Id<Group>) -> Result<(), Error> {
    change.query(HOLD_ROOT, &[change.realm_id().into(), id.into()])?;
    Ok(())
}

/// A group that has nothing above it comes below a parent.
pub(super) fn attach(change: &mut Change<'_>, id: Id<Group>, parent: Id<Group>) -> Result<(), Error> {
    let params = [change.realm_id().into(), id.into(), parent.into()];
    change.execute(ATTACH_ABOVE, &params)?;
    change.execute(ATTACH_PARENT, &params)?;
    Ok(())
}

pub(super) fn detach(change: &mut Change<'_>, id: Id<Group>) -> Result<(), Error> {
    change.execute(DETACH, &[change.realm_id().into(), id.into()])?;
    Ok(())
}

/// A group, with all below it, has nothing above it any more.
pub(super) fn cut(change: &mut Change<'_>, id: Id<Group>) -> Result<(), Error> {
    change.execute(CUT_BELOW, &[change.realm_id().into(), id.into()])?;
    detach(change, id)
}

/// All below a group come below what is above it now.
pub(super) fn graft(change: &mut Change<'_>, id: Id<Group>) -> Result<(), Error> {
    change.execute(GRAFT, &[change.realm_id().into(), id.into()])?;
    Ok(())
}

/// A group has so many more children.
pub(super) fn count_child(change: &mut Change<'_>, id: Id<Group>, more: i64) -> Result<(), Error> {
    if change.execute(COUNT_CHILD, &[change.realm_id().into(), id.into(), more.into()])? == 0 {
        return Err(Refusal::NotFound { what: "group" }.into());
    }
    Ok(())
}

/// Gives a group another parent; none when a sibling there has its name, else its new version.
pub(super) fn place(change: &mut Change<'_>, group: &Group, parent: Option<Id<Group>>) -> Result<Option<i64>, Error> {
    let (realm, now) = (change.realm_id(), change.now());
    let key = crate::user::rules::key(&group.name);
    let mut params = vec![realm.into(), group.id.into(), now.millis().into(), key.into()];
    let row = if let Some(parent) = parent {
        params.push(parent.into());
        change.write_returning(PLACE_BELOW, &params)?
    } else {
        change.write_returning(PLACE_AT_TOP, &params)?
    };
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// Gives a group the names it has; none when a sibling has its name, else its new version.
pub(crate) fn rename(change: &mut Change<'_>, group: &Group) -> Result<Option<i64>, Error> {
    let mut params = vec![
        change.realm_id().into(),
        group.id.into(),
        change.now().millis().into(),
        group.name.as_str().into(),
        crate::user::rules::key(&group.name).into(),
        group.display_name.as_str().into(),
        crate::user::rules::key(&group.display_name).into(),
        group.document.as_str().into(),
    ];
    let row = match group.parent {
        Some(parent) => {
            params.push(parent.into());
            change.write_returning(RENAME_BELOW, &params)?
        }
        None => change.write_returning(RENAME_AT_TOP, &params)?,
    };
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// Gives a group at the top, whose version was raised, the name it has; false when another one has it.
pub(crate) fn follow(change: &mut Change<'_>, group: &Group) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        group.id.into(),
        group.name.as_str().into(),
        crate::user::rules::key(&group.name).into(),
    ];
    Ok(change.execute(FOLLOW, &params)? == 1)
}

/// A page of the groups at the top, by name.
pub(crate) async fn roots(db: &Db, realm: RealmId, first: usize, max: usize) -> Result<Vec<Group>, Error> {
    // So many there are never: what is larger is behind the last one too.
    let number = |number: usize| db::Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    let params = [realm.into(), "".into(), number(max), number(first)];
    let rows = db.scan(ROOTS, &params).await?;
    rows.into_iter()
        .map(|mut row| Ok(groups::from_row(&mut row)?))
        .collect()
}

/// The groups right below one, by name: those behind `after`.
pub(crate) async fn children(
    db: &Db,
    realm: RealmId,
    parent: Id<Group>,
    after: &str,
    limit: usize,
) -> Result<Vec<Group>, Error> {
    let after = crate::user::rules::key(after);
    let params = [realm.into(), parent.into(), after.into(), (limit as i64).into()];
    let rows = db.query(CHILDREN, &params).await?;
    rows.into_iter()
        .map(|mut row| Ok(groups::from_row(&mut row)?))
        .collect()
}

/// The group of that name below a parent, or at the top.
pub(crate) async fn named(
    db: &Db,
    realm: RealmId,
    parent: Option<Id<Group>>,
    name: &str,
) -> Result<Option<Id<Group>>, Error> {
    let key = crate::user::rules::key(name);
    let mut rows = match parent {
        Some(parent) => {
            db.query(CHILD_NAMED, &[realm.into(), parent.into(), key.into()])
                .await?
        }
        None => db.query(ROOT_NAMED, &[realm.into(), key.into()]).await?,
    };
    Ok(rows.first_mut().map(|row| row.take(0)).transpose()?)
}

/// The same, in a change.
pub(crate) fn named_in(
    change: &mut Change<'_>,
    parent: Option<Id<Group>>,
    name: &str,
) -> Result<Option<Id<Group>>, Error> {
    let (realm, key) = (change.realm_id(), crate::user::rules::key(name));
    let row = match parent {
        Some(parent) => change.query_one(CHILD_NAMED, &[realm.into(), parent.into(), key.into()])?,
        None => change.query_one(ROOT_NAMED, &[realm.into(), key.into()])?,
    };
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// A group's place and names, without the rest of it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) id: Id<Group>,
    pub(crate) parent: Option<Id<Group>>,
    pub(crate) name: String,
    pub(crate) name_key: String,
}

/// A slice of all groups of the realm.
pub(crate) async fn names_after(db: &Db, realm: RealmId, after: Uuid, limit: usize) -> Result<Vec<Named>, Error> {
    let rows = db
        .scan(NAMES, &[realm.into(), after.into(), (limit as i64).into()])
        .await?;
    let named = |mut row: Row| {
        Ok(Named {
            id: row.take(0)?,
            parent: row.take::<Option<Uuid>>(1)?.map(Id::new),
            name: row.take(2)?,
            name_key: row.take(3)?,
        })
    };
    rows.into_iter().map(named).collect()
}
