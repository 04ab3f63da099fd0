//! All SQL that names the queues of requests.

use std::fmt::Write as _;

use db::{Db, Row, Value, statements};
use serde_json::json;
use uuid::Uuid;

use super::super::{Request, RequestStatus};
use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::lists::in_lists;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    ADD = "INSERT INTO request_scopes (realm, group_id, status, submitted_at, request) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    REMOVE = "DELETE FROM request_scopes WHERE realm = ?1 AND request = ?2";
    AFTER = "SELECT status, submitted_at, request FROM request_scopes WHERE realm = ?1 AND group_id = ?2
               AND (status, submitted_at, request) > (?3, ?4, ?5) ORDER BY status, submitted_at, request LIMIT ?6";
}

/// Where a request stands in a queue.
#[derive(Clone, Debug)]
pub(super) struct Place {
    status: String,
    submitted_at: i64,
    pub(super) request: Id<Request>,
}

impl Place {
    /// What a job says of where it goes on; the beginning where it says nothing.
    pub(super) fn parse(payload: &serde_json::Value) -> Self {
        let place = &payload["after"];
        Self {
            status: place["status"].as_str().unwrap_or_default().to_owned(),
            submitted_at: place["submitted_at"].as_i64().unwrap_or(i64::MIN),
            request: place["request"]
                .as_str()
                .and_then(Id::parse)
                .unwrap_or(Id::new(Uuid::nil())),
        }
    }

    /// What a job is told that goes on behind it in the queue of a group.
    pub(super) fn after_in(&self, group: Id<Group>) -> serde_json::Value {
        let after = json!({
            "status": self.status,
            "submitted_at": self.submitted_at,
            "request": self.request.to_string(),
        });
        json!({ "group": group.to_string(), "after": after })
    }
}

/// Adds a request to these queues.
pub(super) fn add(change: &mut Change<'_>, of: &Request, groups: &[Id<Group>]) -> Result<(), Error> {
    for group in groups {
        let params = vec![
            change.realm_id().into(),
            group.into(),
            of.status.name().into(),
            of.submitted_at.millis().into(),
            of.id.into(),
        ];
        change.keep_book_later(ADD, params)?;
    }
    Ok(())
}

/// Takes a request out of all queues.
pub(in crate::enrollment::request) fn remove(change: &mut Change<'_>, id: Id<Request>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(REMOVE, vec![realm.into(), id.into()])
}

/// What stands in a queue behind a place.
pub(super) fn after(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: &Place,
    limit: usize,
) -> Result<Vec<Place>, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        after.status.as_str().into(),
        after.submitted_at.into(),
        after.request.into(),
        (limit as i64).into(),
    ];
    let place = |mut row: Row| {
        Ok(Place {
            status: row.take(0)?,
            submitted_at: row.take(1)?,
            request: row.take(2)?,
        })
    };
    change.query(AFTER, &params)?.into_iter().map(place).collect()
}

/// From which end of queues something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::enrollment) enum From {
    Newest,
    Oldest,
}

/// A queue, and what of it is asked for.
pub(in crate::enrollment) type Range = (Id<Group>, RequestStatus);

/// Statements come in few sizes, so that the engines keep them prepared.
const SIZES: [usize; 3] = [1, 8, 64];

/// The first of each of these ranges, so many, as (when it was submitted, which request); what stands in several of them comes
/// several times. Each is read in the order of the index.
pub(in crate::enrollment) async fn first_of_each(
    db: &Db,
    realm: RealmId,
    ranges: &[Range],
    from: From,
    limit: usize,
) -> Result<Vec<(i64, Id<Request>)>, Error> {
    let mut found = Vec::new();
    for some in ranges.chunks(SIZES[SIZES.len() - 1]) {
        let size = SIZES.into_iter().find(|size| *size >= some.len()).unwrap_or(some.len());
        let mut params: Vec<Value> = vec![realm.into(), (limit as i64).into()];
        // A list that is shorter repeats its last range.
        let last = some.last().into_iter().cycle();
        for (group, status) in some.iter().chain(last).take(size) {
            params.extend([group.into(), status.name().into()]);
        }
        for mut row in db.query(&ordered(size, from), &params).await? {
            found.push((row.take(0)?, row.take(1)?));
        }
    }
    Ok(found)
}

fn ordered(ranges: usize, from: From) -> String {
    let direction = match from {
        From::Newest => " DESC",
        From::Oldest => "",
    };
    let mut sql = String::new();
    for number in 0..ranges {
        let (group, status) = (2 * number + 3, 2 * number + 4);
        let union = if number == 0 { "" } else { " UNION ALL " };
        let _ = write!(
            sql,
            "{union}SELECT submitted_at, request FROM (SELECT submitted_at, request FROM request_scopes
             WHERE realm = ?1 AND group_id = ?{group} AND status = ?{status}
             ORDER BY submitted_at{direction}, request{direction} LIMIT ?2) AS r{number}"
        );
    }
    sql
}

/// How much stands in these queues, of one status or of all. What stands in several of them counts several times.
pub(in crate::enrollment) async fn count(
    db: &Db,
    realm: RealmId,
    groups: &[Id<Group>],
    status: Option<RequestStatus>,
) -> Result<usize, Error> {
    let wanted: Vec<Value> = groups.iter().map(Value::from).collect();
    let mut fixed: Vec<Value> = vec![realm.into()];
    let of_status = status.map_or("", |_| "AND status = ?2 ");
    fixed.extend(status.map(|status| status.name().into()));
    let head = format!("SELECT COUNT(*) FROM request_scopes WHERE realm = ?1 {of_status}AND group_id IN");
    let mut count: i64 = 0;
    for (sql, params) in in_lists(&head, &fixed, &wanted) {
        let mut rows = db.query(&sql, &params).await?;
        count += rows.first_mut().map_or(Ok(0), |row| row.take::<i64>(0))?;
    }
    Ok(usize::try_from(count).unwrap_or_default())
}

/// What lists look at of a request without reading all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::enrollment) struct Entry {
    pub(in crate::enrollment) submitted_at: i64,
    pub(in crate::enrollment) id: Id<Request>,
    pub(in crate::enrollment) group: Id<Group>,
    pub(in crate::enrollment) user: Id<User>,
}

/// All that stands in these queues, of one status or of all. What stands in several of them comes several times.
pub(in crate::enrollment) async fn entries(
    db: &Db,
    realm: RealmId,
    groups: &[Id<Group>],
    status: Option<RequestStatus>,
) -> Result<Vec<Entry>, Error> {
    let wanted: Vec<Value> = groups.iter().map(Value::from).collect();
    let mut fixed: Vec<Value> = vec![realm.into()];
    let of_status = status.map_or("", |_| "AND s.status = ?2 ");
    fixed.extend(status.map(|status| status.name().into()));
    let head = format!(
        "SELECT s.submitted_at, s.request, r.group_id, r.user_id FROM request_scopes s
         JOIN enrollment_requests r ON r.realm = s.realm AND r.id = s.request
         WHERE s.realm = ?1 {of_status}AND s.group_id IN"
    );
    let mut found = Vec::new();
    for (sql, params) in in_lists(&head, &fixed, &wanted) {
        for mut row in db.scan(&sql, &params).await? {
            found.push(Entry {
                submitted_at: row.take(0)?,
                id: row.take(1)?,
                group: row.take(2)?,
                user: row.take(3)?,
            });
        }
    }
    Ok(found)
}
