//! Going forward in the copy, and what that has come to.

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;
use uuid::Uuid;

use super::copy::Copy;
use super::{Foreseen, PreviewQuery};
use crate::Directory;
use crate::error::Error;
use crate::event::table::EventRow;
use crate::event::{EventKind, table};
use crate::group::Group;
use crate::id::Id;
use crate::invitation;
use crate::job::JobWorker;
use crate::mail::{self, Template};
use crate::membership::Status;
use crate::principal::{Permission, Principal, Scope};
use crate::realm::RealmId;

/// So many facts are read at once.
const SLICE: usize = 1_000;

impl Directory {
    /// What will happen if nobody does anything, from now until an instant, in the order of time: every fact that time alone
    /// will leave, and every mail that will be queued; until whoever is told has heard enough. The store is copied into a file in
    /// that folder, which is gone when this answers, and all of its jobs that become due until then run in the copy: so it takes
    /// the room of the store, and as long as they do, whatever is asked for. In memory there is never more than a slice.
    ///
    /// # Errors
    /// The principal may not read the whole realm, the store failed, or the folder has no room.
    pub async fn preview(
        &self,
        principal: &Principal,
        query: &PreviewQuery,
        folder: &Path,
        mut told: impl FnMut(Foreseen) -> ControlFlow<()> + Send,
    ) -> Result<(), Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let ahead = Ahead {
            copy: Copy::of(self, folder).await?,
            realm: principal.realm,
            query,
        };
        let gone = ahead.go(&mut told).await;
        ahead.copy.directory.close().await;
        gone.map(drop)
    }
}

/// One look ahead.
struct Ahead<'a> {
    copy: Copy,
    realm: RealmId,
    query: &'a PreviewQuery,
}

impl Ahead<'_> {
    async fn go(&self, told: &mut (impl FnMut(Foreseen) -> ControlFlow<()> + Send)) -> Result<ControlFlow<()>, Error> {
        let directory = &self.copy.directory;
        let jobs = JobWorker::that_gives_up(directory.clone());
        let mut seen = Uuid::nil();
        while self.copy.now() <= self.query.until {
            jobs.run_until_idle().await?;
            if self.tell(&mut seen, told).await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let Some(next) = directory.next_job_due(self.copy.now()).await? else {
                break;
            };
            self.copy.go_on_to(next);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Says what has happened after a fact, and notes the last one. What happens at an instant has happened when the clock goes
    /// on, and ids begin with it.
    async fn tell(
        &self,
        seen: &mut Uuid,
        told: &mut (impl FnMut(Foreseen) -> ControlFlow<()> + Send),
    ) -> Result<ControlFlow<()>, Error> {
        loop {
            let rows = table::unplaced_after(self.copy.directory.db(), self.realm, *seen, SLICE).await?;
            let Some((last, _)) = rows.last() else {
                return Ok(ControlFlow::Continue(()));
            };
            *seen = last.id.uuid();
            for (row, within) in rows {
                if let Some(foreseen) = self.foreseen(&row, within).await?
                    && self.query.asks_for(&foreseen)
                    && told(foreseen).is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
    }

    async fn foreseen(&self, row: &EventRow, within: Option<Id<Group>>) -> Result<Option<Foreseen>, Error> {
        let Some(kind) = EventKind::parse(&row.kind) else {
            return Ok(None);
        };
        let body: Value = row
            .body
            .as_deref()
            .map(serde_json::from_str)
            .and_then(Result::ok)
            .unwrap_or_default();
        let word = |name: &str| body.get(name).and_then(Value::as_str);
        let mut foreseen = Foreseen {
            at: row.at,
            kind,
            subject: row.subject,
            user: word("user").and_then(Id::parse),
            address: None,
            // In what people read of themselves the group is a path.
            group: word("group").and_then(Id::parse).or(within),
            cause: word("cause").or(word("why")).map(str::to_owned),
            status: None,
            mail: None,
        };
        let db = self.copy.directory.db();
        match kind.subject_type() {
            "user" => foreseen.user = Some(Id::new(row.subject)),
            "group" => foreseen.group = Some(Id::new(row.subject)),
            "invitation" => {
                if let Some(found) = invitation::table::by_id(db, self.realm, Id::new(row.subject)).await? {
                    foreseen.user = foreseen.user.or(found.user);
                    foreseen.group = foreseen.group.or(found.offer().map(|offer| offer.group));
                }
            }
            "mail" => {
                foreseen.mail = word("template").and_then(Template::parse);
                foreseen.address = word("address").map(str::to_owned);
                foreseen.group = mail::group_of(db, self.realm, Id::new(row.subject)).await?;
            }
            "membership" => {
                let status = body.pointer("/after/status").and_then(Value::as_str);
                foreseen.status = status.and_then(Status::parse).or(said_by(kind));
            }
            _ => {}
        }
        Ok(Some(foreseen))
    }
}

/// Where a membership stands of which no more is said than that it is over or given.
fn said_by(kind: EventKind) -> Option<Status> {
    match kind {
        EventKind::MemberRemoved => Some(Status::Ended),
        EventKind::MemberAdded => Some(Status::Enabled),
        _ => None,
    }
}
