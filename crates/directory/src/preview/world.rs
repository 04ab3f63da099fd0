//! Whose time comes, and what they have: in slices, so that what it takes does not grow with the realm.

use std::collections::BTreeMap;

use db::Db;
use uuid::Uuid;

use super::{Foreseen, PreviewQuery, walk};
use crate::Directory;
use crate::clock::Timestamp;
use crate::enrollment::request;
use crate::enrollment::request::rules::Patience;
use crate::error::Error;
use crate::id::Id;
use crate::invitation;
use crate::job::{self, JobKind};
use crate::membership::table::world::world;
use crate::principal::{Permission, Principal, Scope};
use crate::realm::Realm;

/// So many people, requests or invitations at once.
const SLICE: usize = 256;

impl Directory {
    /// What will happen if nobody does anything, from now until an instant: memberships that begin and end with all that follows,
    /// reminders, requests that nobody answers, invitations. One person after another, each in the order of time, then requests,
    /// then invitations. Reads in slices, locks nothing, and takes the time of all that will happen.
    ///
    /// # Errors
    /// The principal may not read the whole realm, or the store failed.
    pub async fn preview(
        &self,
        principal: &Principal,
        query: &PreviewQuery,
        mut told: impl FnMut(Foreseen) + Send,
    ) -> Result<(), Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let realm = self.realm_by_id(principal.realm).await?;
        let now = self.now().await?;
        let mut foreseen = |one: Foreseen| {
            if query.asks_for(&one) {
                told(one);
            }
        };
        let ahead = Ahead {
            db: self.db(),
            realm: &realm,
            query,
            now,
        };
        ahead.of_people(&mut foreseen).await?;
        ahead.of_requests(&mut foreseen).await?;
        ahead.of_invitations(&mut foreseen).await
    }
}

/// One look ahead.
struct Ahead<'a> {
    db: &'a Db,
    realm: &'a Realm,
    query: &'a PreviewQuery,
    now: Timestamp,
}

impl Ahead<'_> {
    /// A slice of what jobs of a kind are to be done to, and when somebody looks for the first time.
    async fn coming(&self, kind: JobKind, after: Uuid) -> Result<BTreeMap<Uuid, Timestamp>, Error> {
        let found = job::subjects(self.db, self.realm.id, kind, after, SLICE).await?;
        let first = |(subject, due): (Uuid, Timestamp)| (subject, due.max(self.now));
        Ok(found.into_iter().map(first).collect())
    }

    async fn of_people(&self, foreseen: &mut (impl FnMut(Foreseen) + Send)) -> Result<(), Error> {
        let query = self.query;
        // The one who is asked for stands right behind the id before theirs.
        let mut after = query.user.map_or(Uuid::nil(), |user| before(user.uuid()));
        loop {
            let mut slice = self.coming(JobKind::PersonDuties, after).await?;
            let Some(last) = slice.keys().next_back().copied() else {
                return Ok(());
            };
            after = last;
            slice.retain(|user, first| *first <= query.until && query.user.is_none_or(|only| only.uuid() == *user));
            let people: Vec<_> = slice.keys().map(|user| Id::new(*user)).collect();
            let world = world(self.db, self.realm, &people).await?;
            for portfolio in world.portfolios {
                let first = slice[&portfolio.user.uuid()];
                walk::portfolio(portfolio, &world.figures, &world.managed, first, query.until, foreseen);
            }
            if query.user.is_some() {
                return Ok(());
            }
        }
    }

    async fn of_requests(&self, foreseen: &mut (impl FnMut(Foreseen) + Send)) -> Result<(), Error> {
        let settings = &self.realm.settings.agm;
        let patience = Patience {
            remind_days: settings.request_reminder_days(),
            close_days: settings.request_close_days(),
        };
        let mut after = Uuid::nil();
        loop {
            let slice = self.coming(JobKind::RequestDuties, after).await?;
            let Some(last) = slice.keys().next_back().copied() else {
                return Ok(());
            };
            after = last;
            let ids: Vec<_> = slice.keys().map(|id| Id::new(*id)).collect();
            for request in request::table::many(self.db, self.realm.id, &ids).await? {
                let first = slice[&request.id.uuid()];
                walk::request(&request, patience, first, self.query.until, foreseen);
            }
        }
    }

    async fn of_invitations(&self, foreseen: &mut (impl FnMut(Foreseen) + Send)) -> Result<(), Error> {
        let mut after = Uuid::nil();
        loop {
            let slice = self.coming(JobKind::ExpireInvitation, after).await?;
            let Some(last) = slice.keys().next_back().copied() else {
                return Ok(());
            };
            after = last;
            for (id, first) in slice {
                if let Some(open) = invitation::table::by_id(self.db, self.realm.id, Id::new(id)).await? {
                    walk::invitation(&open, first, self.query.until, foreseen);
                }
            }
        }
    }
}

/// The id right before one.
fn before(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_sub(1))
}
