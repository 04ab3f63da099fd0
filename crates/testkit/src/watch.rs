//! What is in the store, read past all queries of the product: events, deliveries, mails.

use db::{Db, Row};
use directory::RealmId;
use serde_json::Value;
use uuid::Uuid;

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct TestEvent {
    /// Its id.
    pub id: Uuid,
    /// What happened, e.g. `user.created`.
    pub kind: String,
    /// What it happened to.
    pub subject: Uuid,
    /// The subject's version after it.
    pub subject_version: i64,
    /// Who did it.
    pub actor: String,
    /// Details; null once erased.
    pub body: Value,
}

/// A delivery as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestDelivery {
    /// Its id.
    pub id: Uuid,
    /// Where it goes.
    pub target: String,
    /// What it is about, in the words of that target.
    pub kind: String,
    /// What it is about.
    pub subject: Uuid,
    /// queued, running, retrying, parked, confirmed, dropped
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, in milliseconds since 1970.
    pub due_at: i64,
    /// Why it did not arrive the last time.
    pub last_error: Option<String>,
}

const EVENTS: &str =
    "SELECT id, kind, subject, subject_version, actor, body FROM events WHERE realm = ?1 AND id > ?2 ORDER BY id";
const DELIVERIES: &str = "SELECT id, target, kind, subject, state, attempts, due_at, last_error FROM deliveries
                          WHERE realm = ?1 AND id > ?2 ORDER BY id";

/// The events after that one, in order of making.
pub(crate) async fn events(db: &Db, realm: RealmId, after: Uuid) -> Vec<TestEvent> {
    let rows = db.query(EVENTS, &[realm.into(), after.into()]).await;
    let read = |mut row: Row| -> Result<TestEvent, db::Error> {
        let body: Option<String> = row.take(5)?;
        Ok(TestEvent {
            id: row.take(0)?,
            kind: row.take(1)?,
            subject: row.take(2)?,
            subject_version: row.take(3)?,
            actor: row.take(4)?,
            body: body.map_or(Value::Null, |text| serde_json::from_str(&text).expect("JSON")),
        })
    };
    let rows = rows.expect("the events are read").into_iter();
    rows.map(|row| read(row).expect("an event")).collect()
}

/// The deliveries after that one, in order of making.
pub(crate) async fn deliveries(db: &Db, realm: RealmId, after: Uuid) -> Vec<TestDelivery> {
    let rows = db.query(DELIVERIES, &[realm.into(), after.into()]).await;
    let read = |mut row: Row| -> Result<TestDelivery, db::Error> {
        Ok(TestDelivery {
            id: row.take(0)?,
            target: row.take(1)?,
            kind: row.take(2)?,
            subject: row.take(3)?,
            state: row.take(4)?,
            attempts: row.take(5)?,
            due_at: row.take(6)?,
            last_error: row.take(7)?,
        })
    };
    let rows = rows.expect("the deliveries are read").into_iter();
    rows.map(|row| read(row).expect("a delivery")).collect()
}
