//! Reading events: the audit log and the feed.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::table::{self, EventRow};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::principal::{Permission, Principal, Scope};

/// A page of the feed: what stands after a position.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Positions greater than this; 0 = from the beginning.
    pub after: i64,
    /// At most so many, 1 to 1000.
    pub limit: usize,
    /// Only events of this subject.
    pub subject: Option<Uuid>,
}

/// One event as it is read.
#[derive(Clone, Debug, Serialize)]
pub struct StoredEvent {
    /// Its place in the realm's log.
    pub position: i64,
    /// Its id.
    pub id: Uuid,
    /// What happened, e.g. `user.created`.
    pub kind: String,
    /// What it happened to, e.g. `user`.
    pub subject_type: String,
    /// The id of what it happened to.
    pub subject: Uuid,
    /// The subject's version after it.
    pub subject_version: i64,
    /// When, RFC 3339.
    pub at: String,
    /// Who: `operator`, `client:<id>`, `user:<id>`, `system`, `nobody`.
    pub actor: String,
    /// Details; null once erased.
    pub body: Option<Value>,
}

impl From<EventRow> for StoredEvent {
    fn from(row: EventRow) -> Self {
        Self {
            position: row.position.unwrap_or_default(),
            id: row.id.uuid(),
            kind: row.kind,
            subject_type: row.subject_type,
            subject: row.subject,
            subject_version: row.subject_version,
            at: row.at.to_string(),
            actor: row.actor,
            body: row.body.and_then(|body| serde_json::from_str(&body).ok()),
        }
    }
}

impl Directory {
    /// A page of the realm's events, in order.
    ///
    /// # Errors
    /// The scope `events:read` is missing, or the store failed.
    pub async fn events(&self, principal: &Principal, query: &EventQuery) -> Result<Vec<StoredEvent>, Error> {
        principal.check(Permission::Unnarrowed(Scope::EventsRead))?;
        let limit = query.limit.clamp(1, 1000) as i64;
        let rows = match query.subject {
            None => {
                self.db()
                    .query(table::PAGE, &[principal.realm.into(), query.after.into(), limit.into()])
                    .await?
            }
            Some(subject) => {
                let params = [principal.realm.into(), subject.into(), query.after.into(), limit.into()];
                self.db().query(table::PAGE_OF_SUBJECT, &params).await?
            }
        };
        rows.into_iter()
            .map(|mut row| Ok(EventRow::from_row(&mut row)?.into()))
            .collect()
    }

    /// One event.
    ///
    /// # Errors
    /// `NotFound`, the scope `events:read` is missing, or the store failed.
    pub async fn event(&self, principal: &Principal, id: Uuid) -> Result<StoredEvent, Error> {
        principal.check(Permission::Unnarrowed(Scope::EventsRead))?;
        let rows = self
            .db()
            .query(table::BY_ID, &[principal.realm.into(), id.into()])
            .await?;
        match rows.into_iter().next() {
            Some(mut row) => Ok(EventRow::from_row(&mut row)?.into()),
            None => Err(Refusal::NotFound { what: "event" }.into()),
        }
    }
}
