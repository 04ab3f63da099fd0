//! All SQL that names the table of rules for ways to join. A realm has few of them.

use db::{Db, Row, statements};

use super::{Field, Level, Rule, RuleSays, Rules};
use crate::change::Change;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;

statements! {
    ALL = "SELECT id, version, level, field, spelling, required, default_value, max FROM configuration_rules WHERE realm = ?1 ORDER BY level, field";
    LOCK = "SELECT id, version, level, field, spelling, required, default_value, max FROM configuration_rules
            WHERE realm = ?1 AND id = ?2 /*pg: FOR UPDATE */";
    INSERT = "INSERT INTO configuration_rules (realm, id, version, level, field, spelling, required, default_value, max)
            VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE configuration_rules SET version = version + 1, level = ?3, field = ?4, spelling = ?5, required = ?6, default_value = ?7, max = ?8
            WHERE realm = ?1 AND id = ?2
              AND NOT EXISTS (SELECT 1 FROM configuration_rules o WHERE o.realm = ?1 AND o.level = ?3 AND o.field = ?4 AND o.id <> ?2)";
    DELETE = "DELETE FROM configuration_rules WHERE realm = ?1 AND id = ?2";
}

/// None for a field that only a newer version knows.
fn from_row(row: &mut Row) -> Result<Option<Rule>, db::Error> {
    let (level, field): (String, String) = (row.take(2)?, row.take(3)?);
    let (Some(level), Some(field)) = (Level::parse(&level), Field::parse(&field)) else {
        return Ok(None);
    };
    Ok(Some(Rule {
        id: row.take(0)?,
        version: row.take(1)?,
        says: RuleSays {
            level,
            field,
            spelling: row.take(4)?,
            required: row.take(5)?,
            default_value: row.take(6)?,
            max: row.take(7)?,
        },
    }))
}

fn known(rows: Vec<Row>) -> Result<Vec<Rule>, Error> {
    let each = rows.into_iter().filter_map(|mut row| from_row(&mut row).transpose());
    Ok(each.collect::<Result<_, _>>()?)
}

pub(crate) async fn all(db: &Db, realm: RealmId) -> Result<Vec<Rule>, Error> {
    known(db.query(ALL, &[realm.into()]).await?)
}

/// The rules for groups of that kind.
pub(crate) fn for_level(change: &mut Change<'_>, level: Level) -> Result<Rules, Error> {
    let all = known(change.query(ALL, &[change.realm_id().into()])?)?;
    Ok(Rules::for_level(&all, level))
}

pub(in crate::enrollment) fn lock(change: &mut Change<'_>, id: Id<Rule>) -> Result<Option<Rule>, Error> {
    Ok(known(change.query(LOCK, &[change.realm_id().into(), id.into()])?)?.pop())
}

/// Adds a rule; false when there is one for that field and kind of group.
pub(in crate::enrollment) fn insert(change: &mut Change<'_>, rule: &Rule) -> Result<bool, Error> {
    let params = params(change, rule);
    Ok(change.execute(INSERT, &params)? == 1)
}

/// Replaces a rule whose row is locked; false when there is another one for that field and kind of group.
pub(in crate::enrollment) fn update(change: &mut Change<'_>, rule: &Rule) -> Result<bool, Error> {
    let params = params(change, rule);
    Ok(change.execute(UPDATE, &params)? == 1)
}

pub(in crate::enrollment) fn delete(change: &mut Change<'_>, id: Id<Rule>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(DELETE, vec![realm.into(), id.into()])
}

fn params(change: &Change<'_>, rule: &Rule) -> [db::Value; 8] {
    let says = &rule.says;
    [
        change.realm_id().into(),
        rule.id.into(),
        says.level.name().into(),
        says.field.name().into(),
        says.spelling.as_str().into(),
        says.required.into(),
        says.default_value.clone().into(),
        says.max.clone().into(),
    ]
}
