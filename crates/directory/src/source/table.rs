//! All SQL that names the records of sources.

use std::collections::HashMap;

use db::{Value, statements};
use uuid::Uuid;

use super::{Record, SourceName};
use crate::change::Change;
use crate::error::Error;
use crate::lists::in_lists;

statements! {
    ADD = "INSERT INTO source_records (realm, source, kind, record, subject, given) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
           ON CONFLICT (realm, source, kind, record) DO UPDATE SET subject = ?5, given = ?6, missed = FALSE";
    REMOVE = "DELETE FROM source_records WHERE realm = ?1 AND source = ?2 AND kind = ?3 AND record = ?4";
    /// Of the people whom a source made those who are still there, and in.
    COUNT_GIVEN = "SELECT COUNT(*) FROM source_records r CROSS JOIN users u
            WHERE r.realm = ?1 AND r.source = ?2 AND r.kind = 'user' AND r.given
              AND u.realm = r.realm AND u.id = r.subject AND u.lifecycle <> 'suspended' AND u.leaves_at IS NULL";
    MARK_MISSED = "UPDATE source_records SET missed = ?4 WHERE realm = ?1 AND source = ?2 AND kind = 'user' AND subject = ?3";
}

/// What a source knows: people or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    User,
    Group,
}

impl Known {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

/// Whom a record means, and whether the source made them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meant {
    pub(crate) subject: Uuid,
    pub(crate) given: bool,
    /// Whether the source suspended them because it no longer named them.
    pub(crate) missed: bool,
}

/// Notes whom a source means. Nobody can observe it; it travels with the next statement.
pub(crate) fn add(
    change: &mut Change<'_>,
    source: SourceName,
    kind: Known,
    record: &Record,
    meant: Meant,
) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(
        ADD,
        vec![
            realm.into(),
            source.as_str().into(),
            kind.name().into(),
            record.clone().into(),
            meant.subject.into(),
            meant.given.into(),
        ],
    )
}

/// Forgets a subject that the source itself takes away: if it comes again, that is new.
pub(crate) fn remove(change: &mut Change<'_>, source: SourceName, kind: Known, record: &Record) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(
        REMOVE,
        vec![
            realm.into(),
            source.as_str().into(),
            kind.name().into(),
            record.clone().into(),
        ],
    )
}

/// Whom these records mean.
pub(crate) fn meant(
    change: &mut Change<'_>,
    source: SourceName,
    kind: Known,
    records: &[Record],
) -> Result<HashMap<Record, Meant>, Error> {
    let mut found = HashMap::with_capacity(records.len());
    let fixed = [change.realm_id().into(), source.as_str().into(), kind.name().into()];
    let wanted: Vec<Value> = records.iter().map(|record| record.clone().into()).collect();
    for (sql, params) in in_lists(
        "SELECT record, subject, given, missed FROM source_records WHERE realm = ?1 AND source = ?2 AND kind = ?3 AND record IN",
        &fixed,
        &wanted,
    ) {
        for mut row in change.query(&sql, &params)? {
            let meant = Meant {
                subject: row.take(1)?,
                given: row.take(2)?,
                missed: row.take(3)?,
            };
            found.insert(row.take(0)?, meant);
        }
    }
    Ok(found)
}

/// All that a source calls these people.
pub(crate) fn of_users(
    change: &mut Change<'_>,
    source: SourceName,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Record>>, Error> {
    let mut found: HashMap<Uuid, Vec<Record>> = HashMap::new();
    let fixed = [change.realm_id().into(), source.as_str().into()];
    let wanted: Vec<Value> = users.iter().map(|user| (*user).into()).collect();
    let head =
        "SELECT subject, record FROM source_records WHERE realm = ?1 AND source = ?2 AND kind = 'user' AND subject IN";
    for (sql, params) in in_lists(head, &fixed, &wanted) {
        for mut row in change.query(&sql, &params)? {
            found.entry(row.take(0)?).or_default().push(row.take(1)?);
        }
    }
    Ok(found)
}

/// Notes whether a source suspended a person because it no longer named them.
pub(crate) fn mark_missed(change: &mut Change<'_>, source: SourceName, user: Uuid, missed: bool) -> Result<(), Error> {
    let realm = change.realm_id();
    let params = vec![realm.into(), source.as_str().into(), user.into(), missed.into()];
    change.keep_book_later(MARK_MISSED, params)
}

/// How many people a source has made who are there and not suspended.
pub(crate) fn count_given(change: &mut Change<'_>, source: SourceName) -> Result<i64, Error> {
    let params = [change.realm_id().into(), source.as_str().into()];
    let row = change.query_one(COUNT_GIVEN, &params)?;
    Ok(row.map(|mut row| row.take(0)).transpose()?.unwrap_or_default())
}
