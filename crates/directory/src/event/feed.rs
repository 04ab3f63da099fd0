//! Reading events: the audit log and the feed.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::table::{self, EventRow};
use super::{REQUEST_ID, VIA};
use crate::Directory;
use crate::clock::Timestamp;
use crate::delegation::Capability;
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::realm::RealmId;

/// So many events are looked at for one page of those that are alike.
const MOST: usize = 100_000;
/// So many at a time.
const SLICE: usize = 1_000;
/// A page has at most so many.
const MOST_AT_ONCE: usize = 1_000;
/// Where an event stands in the log and when it happened differ by less: a search by time begins so much earlier and ends so
/// much later.
const APART_SECONDS: i64 = 3_600;

/// A page of the feed: what stands after a position.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Positions greater than this; 0 = from the beginning.
    pub after: i64,
    /// At most so many, 1 to 1000.
    pub limit: usize,
    /// Only events of this subject.
    pub subject: Option<Uuid>,
    /// Only events of this group and of what is in it: its memberships, requests, invitations and ways to join.
    pub within: Option<Id<Group>>,
    /// Only kinds that begin like this: `member.`.
    pub kind: Option<String>,
    /// Only what this one did: `operator`, `client:<id>`, `user:<id>`, `system` or `nobody`.
    pub actor: Option<String>,
    /// Only what happened at this instant or later.
    pub from: Option<Timestamp>,
    /// Only what happened before this instant.
    pub to: Option<Timestamp>,
}

impl EventQuery {
    /// Whether events have to be looked at one by one.
    fn sifts(&self) -> bool {
        self.kind.is_some() || self.actor.is_some() || self.from.is_some() || self.to.is_some()
    }

    fn keeps(&self, row: &EventRow) -> bool {
        self.kind
            .as_ref()
            .is_none_or(|kind| row.kind.starts_with(kind.as_str()))
            && self.actor.as_ref().is_none_or(|actor| row.actor == *actor)
            && self.from.is_none_or(|from| row.at >= from)
            && self.to.is_none_or(|to| row.at < to)
    }

    /// Whether nothing that is asked for comes after an event.
    fn ends_before(&self, row: &EventRow) -> bool {
        self.to.is_some_and(|to| row.at >= to.plus_seconds(APART_SECONDS))
    }
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
    /// By which program, where that acted as a person: `client:<id>`.
    pub via: Option<String>,
    /// The id of the request by which it came about, as its answer and the log of its client have it.
    pub request_id: Option<String>,
    /// Details; null once erased.
    pub body: Option<Value>,
}

/// What a slice of the log has of what is asked for.
#[derive(Clone, Debug)]
pub struct EventsPiece {
    /// In order.
    pub events: Vec<StoredEvent>,
    /// The position up to which was looked.
    pub after: i64,
    /// Whether nothing that is asked for comes after it.
    pub is_last: bool,
}

impl From<EventRow> for StoredEvent {
    fn from(row: EventRow) -> Self {
        let body: Option<Value> = row.body.and_then(|body| serde_json::from_str(&body).ok());
        let said = |name: &str| Some(body.as_ref()?.get(name)?.as_str()?.to_owned());
        Self {
            position: row.position.unwrap_or_default(),
            id: row.id.uuid(),
            kind: row.kind,
            subject_type: row.subject_type,
            subject: row.subject,
            subject_version: row.subject_version,
            at: row.at.to_string(),
            actor: row.actor,
            via: said(VIA),
            request_id: said(REQUEST_ID),
            body,
        }
    }
}

impl Directory {
    /// A page of the realm's events, in order.
    ///
    /// # Errors
    /// The scope `events:read` is missing, both a subject and a group are asked for, `too_many`, or the store failed.
    pub async fn events(&self, principal: &Principal, query: &EventQuery) -> Result<Vec<StoredEvent>, Error> {
        principal.check(Permission::Unnarrowed(Scope::EventsRead))?;
        self.found(principal.realm, query).await
    }

    /// What the next slice of the log has of what is asked for, which may be nothing: for whoever reads on to the end, however
    /// long the log is. Go on after [`EventsPiece::after`] until [`EventsPiece::is_last`].
    ///
    /// # Errors
    /// The scope `events:read` is missing, both a subject and a group are asked for, or the store failed.
    pub async fn events_piece(&self, principal: &Principal, query: &EventQuery) -> Result<EventsPiece, Error> {
        principal.check(Permission::Unnarrowed(Scope::EventsRead))?;
        // Whoever goes on stands behind that already.
        if query.after > 0 {
            return self.piece(principal.realm, query).await;
        }
        let query = self.begun(principal.realm, query).await?;
        self.piece(principal.realm, &query).await
    }

    /// A page of what happened to a group and in it, in order, for those who may see that; what the query says of a subject
    /// or a group is put aside.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `too_many`, or the store failed.
    pub async fn group_history(
        &self,
        principal: &Principal,
        group: Id<Group>,
        query: &EventQuery,
    ) -> Result<Vec<StoredEvent>, Error> {
        let (group, _) = self.administered_with(principal, group, Capability::AuditRead).await?;
        let query = EventQuery {
            subject: None,
            within: Some(group.id),
            ..query.clone()
        };
        self.found(principal.realm, &query).await
    }

    async fn found(&self, realm: RealmId, query: &EventQuery) -> Result<Vec<StoredEvent>, Error> {
        let limit = query.limit.clamp(1, MOST_AT_ONCE);
        let mut query = self.begun(realm, query).await?;
        let (mut found, mut looked_at) = (Vec::new(), 0);
        loop {
            query.limit = limit - found.len();
            let mut piece = self.piece(realm, &query).await?;
            found.append(&mut piece.events);
            query.after = piece.after;
            looked_at += SLICE;
            if piece.is_last || found.len() == limit {
                return Ok(found);
            }
            if looked_at >= MOST {
                return Err(Denial::TooMany { limit: MOST }.into());
            }
        }
    }

    /// The same query where nothing is looked at that happened too early.
    async fn begun(&self, realm: RealmId, query: &EventQuery) -> Result<EventQuery, Error> {
        let mut query = query.clone();
        if let (Some(from), None, None) = (query.from, query.subject, query.within) {
            query.after = query.after.max(self.position_before(realm, from).await?);
        }
        Ok(query)
    }

    /// What a slice of the log has of what is asked for.
    async fn piece(&self, realm: RealmId, query: &EventQuery) -> Result<EventsPiece, Error> {
        if query.subject.is_some() && query.within.is_some() {
            return Err(Refusal::invalid("within", "either a group or a subject").into());
        }
        let limit = query.limit.clamp(1, MOST_AT_ONCE);
        let size = if query.sifts() { SLICE } else { limit };
        let rows = self.slice(realm, query, query.after, size).await?;
        let mut piece = EventsPiece {
            events: Vec::new(),
            after: query.after,
            is_last: rows.len() < size,
        };
        for row in rows {
            if query.ends_before(&row) {
                piece.is_last = true;
                break;
            }
            if piece.events.len() == limit {
                piece.is_last = false;
                break;
            }
            piece.after = row.position.unwrap_or(piece.after);
            if query.keeps(&row) {
                piece.events.push(row.into());
            }
        }
        Ok(piece)
    }

    /// So many events after a position, of the realm, of a subject, or of a group and of what is in it.
    async fn slice(
        &self,
        realm: RealmId,
        query: &EventQuery,
        after: i64,
        limit: usize,
    ) -> Result<Vec<EventRow>, Error> {
        if let Some(group) = query.within {
            let mut rows = table::of_subject(self.db(), realm, group.uuid(), after, limit).await?;
            rows.append(&mut table::within(self.db(), realm, group, after, limit).await?);
            rows.sort_by_key(|row| row.position);
            rows.dedup_by_key(|row| row.position);
            rows.truncate(limit);
            return Ok(rows);
        }
        match query.subject {
            Some(subject) => table::of_subject(self.db(), realm, subject, after, limit).await,
            None => table::page(self.db(), realm, after, limit).await,
        }
    }

    /// A position before everything that happened at an instant or later: the log is in the order of time, nearly.
    async fn position_before(&self, realm: RealmId, from: Timestamp) -> Result<i64, Error> {
        let wanted = from.plus_seconds(-APART_SECONDS);
        let (mut low, mut high) = (0, table::last_position(self.db(), realm).await?);
        // Everything up to `low` happened before; what is right after `high` did not.
        while low < high {
            let middle = low + (high - low) / 2;
            match table::at_after(self.db(), realm, middle).await? {
                Some((position, at)) if at < wanted => low = position.min(high),
                Some(_) | None => high = middle,
            }
        }
        Ok(low)
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
