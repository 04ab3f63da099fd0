//! What happened to a group and in it last.

use serde_json::Value;

use super::super::Group;
use crate::Directory;
use crate::clock::Timestamp;
use crate::delegation::Capability;
use crate::error::Error;
use crate::event::table as events;
use crate::id::Id;
use crate::membership::explain::{Called, Who};
use crate::principal::Principal;

/// A page has at most so many.
const LARGEST_PAGE: usize = 100;

/// So many times as much is looked through for what tells more.
const MOST_SLICES: usize = 20;

/// Whether a fact is more than what another one of the same change says: as the system before recorded it, or how its mail went.
fn tells_more(kind: &str) -> bool {
    !kind.starts_with("GROUP_MEMBERSHIP_") && kind != "invitation.mail_changed"
}

/// One thing that happened, as people read it.
#[derive(Clone, Debug)]
pub struct GroupFact {
    /// Its place in the realm's log.
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// What: the kind of the event.
    pub kind: String,
    /// Who did it.
    pub by: Who,
    /// Whom it is about; none where that is nobody, or somebody who is gone.
    pub whom: Option<String>,
}

impl Directory {
    /// What happened to a group and in it, the newest first: what stands in the log before a position, so many at most. For those
    /// who may see that.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn group_latest(
        &self,
        principal: &Principal,
        group: Id<Group>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<GroupFact>, Error> {
        let (group, _) = self.administered_with(principal, group, Capability::AuditRead).await?;
        let (db, realm) = (self.db(), principal.realm);
        let (mut before, limit) = (before.unwrap_or(i64::MAX), limit.min(LARGEST_PAGE));
        let mut rows = Vec::with_capacity(limit);
        for _ in 0..MOST_SLICES {
            let mut slice = events::latest_of_subject(db, realm, group.id.uuid(), before, limit).await?;
            slice.append(&mut events::latest_within(db, realm, group.id, before, limit).await?);
            slice.sort_by_key(|row| std::cmp::Reverse(row.position));
            slice.dedup_by_key(|row| row.position);
            slice.truncate(limit);
            let is_last = slice.len() < limit;
            before = slice.last().and_then(|row| row.position).unwrap_or(before);
            rows.extend(slice.into_iter().filter(|row| tells_more(&row.kind)));
            if is_last || rows.len() >= limit {
                break;
            }
        }
        rows.truncate(limit);
        let mut called = Called::new(self, realm, None);
        let mut facts = Vec::with_capacity(rows.len());
        for row in rows {
            let body: Value = row
                .body
                .as_deref()
                .and_then(|body| serde_json::from_str(body).ok())
                .unwrap_or_default();
            let whom = match body["user"].as_str().or_else(|| body["subject"].as_str()) {
                Some(id) => match called.who(&format!("user:{id}")).await? {
                    Who::Person(name) => Some(name),
                    Who::Themselves | Who::Program(_) | Who::Operator | Who::Usher => None,
                },
                None => None,
            };
            facts.push(GroupFact {
                position: row.position.unwrap_or_default(),
                at: row.at,
                by: called.who(&row.actor).await?,
                whom,
                kind: row.kind,
            });
        }
        Ok(facts)
    }
}
