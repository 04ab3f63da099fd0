//! All SQL that names the table of templates.

use db::{Db, Row, statements};

use super::GroupTemplate;
use crate::change::Change;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;

statements! {
    ALL = "SELECT id, version, name, body FROM group_templates WHERE realm = ?1 ORDER BY name LIMIT 1000";
    BY_ID = "SELECT id, version, name, body FROM group_templates WHERE realm = ?1 AND id = ?2";
    INSERT = "INSERT INTO group_templates (realm, id, version, name, body) VALUES (?1, ?2, 1, ?3, ?4) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE group_templates SET version = version + 1, name = ?3, body = ?4 WHERE realm = ?1 AND id = ?2
              AND NOT EXISTS (SELECT 1 FROM group_templates o WHERE o.realm = ?1 AND o.name = ?3 AND o.id <> ?2)";
    DELETE = "DELETE FROM group_templates WHERE realm = ?1 AND id = ?2";
}

fn from_row(row: &mut Row) -> Result<GroupTemplate, db::Error> {
    let body: String = row.take(3)?;
    Ok(GroupTemplate {
        id: row.take(0)?,
        version: row.take(1)?,
        name: row.take(2)?,
        body: serde_json::from_str(&body).unwrap_or_default(),
    })
}

fn body(template: &GroupTemplate) -> String {
    serde_json::json!(template.body).to_string()
}

pub(super) async fn all(db: &Db, realm: RealmId) -> Result<Vec<GroupTemplate>, Error> {
    let rows = db.query(ALL, &[realm.into()]).await?;
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

pub(crate) fn by_id(change: &mut Change<'_>, id: Id<GroupTemplate>) -> Result<Option<GroupTemplate>, Error> {
    let row = change.query_one(BY_ID, &[change.realm_id().into(), id.into()])?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// Adds a template; false when another one has its name.
pub(super) fn insert(change: &mut Change<'_>, template: &GroupTemplate) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        template.id.into(),
        template.name.as_str().into(),
        body(template).into(),
    ];
    Ok(change.execute(INSERT, &params)? == 1)
}

/// Replaces a template that is there; false when another one has its name.
pub(super) fn update(change: &mut Change<'_>, template: &GroupTemplate) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        template.id.into(),
        template.name.as_str().into(),
        body(template).into(),
    ];
    Ok(change.execute(UPDATE, &params)? == 1)
}

pub(super) fn delete(change: &mut Change<'_>, id: Id<GroupTemplate>) -> Result<bool, Error> {
    Ok(change.execute(DELETE, &[change.realm_id().into(), id.into()])? == 1)
}
