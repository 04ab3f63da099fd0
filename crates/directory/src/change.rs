//! The one way anything is written: a command, run inside one transaction, through a [`Change`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use db::{Bound, Row, Tx, Value};
use serde_json::Map;

use crate::clock::Timestamp;
use crate::delivery::routes;
use crate::error::{Error, Refusal};
use crate::event::{self, Event};
use crate::id::{Id, Ids};
use crate::plan::Plan;
use crate::principal::{Permission, Principal};
use crate::realm::{Realm, RealmId};
use crate::review::Review;
use crate::source::SourceName;
use crate::user::{User, Writer};

/// The most text a resource may hold, in bytes: what a page of resources costs is bounded by it.
const MAX_TEXT_BYTES: usize = 128 * 1024;

/// One change to the directory: the only way anything is written.
pub trait Command: Send + 'static {
    /// What the caller gets once the change is on disk.
    type Output: Send + 'static;

    /// The scope or role it takes. Checked before `run`, so no command can forget it.
    fn needs(&self) -> Permission;

    /// May run again after a deadlock, so it touches nothing but `change`.
    ///
    /// # Errors
    /// A refusal, after which nothing is written, or a fault of the store.
    fn run(&self, change: &mut Change<'_>) -> Result<Self::Output, Error>;
}

/// What a command works through: the transaction, who acts, when, and the facts recorded so far.
pub struct Change<'a> {
    tx: Tx<'a>,
    realm: &'a Arc<Realm>,
    principal: &'a Principal,
    now: Timestamp,
    ids: &'a dyn Ids,
    schemas: &'a crate::view::Schemas,
    written: bool,
    recorded: usize,
    access_changed: bool,
    standing_changed: bool,
    cause: Option<Cause>,
    review: Option<Id<Review>>,
}

/// Why a change is made, where it is not its principal's own idea.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause {
    /// The plan it is an item of.
    pub(crate) plan: Id<Plan>,
    /// In whose name.
    pub(crate) source: SourceName,
}

impl fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("realm", &self.realm.id)
            .field("principal", &self.principal.label())
            .field("now", &self.now)
            .field("recorded", &self.recorded)
            .finish_non_exhaustive()
    }
}

/// What a command is run with, beside its transaction.
pub(crate) struct Setting<'a> {
    pub(crate) realm: &'a Arc<Realm>,
    pub(crate) principal: &'a Principal,
    pub(crate) now: Timestamp,
    pub(crate) ids: &'a dyn Ids,
    pub(crate) schemas: &'a crate::view::Schemas,
}

impl<'a> Change<'a> {
    pub(crate) fn new(tx: Tx<'a>, setting: &Setting<'a>) -> Self {
        let Setting {
            realm,
            principal,
            now,
            ids,
            schemas,
        } = *setting;
        Self {
            tx,
            realm,
            principal,
            now,
            ids,
            schemas,
            written: false,
            recorded: 0,
            access_changed: false,
            standing_changed: false,
            cause: None,
            review: None,
        }
    }

    /// From now on this is what a review comes to: every fact names it.
    pub(crate) fn act_for_review(&mut self, review: Id<Review>) {
        self.review = Some(review);
    }

    /// From now on this is an item of a plan: what is written is its source's, and every fact names the plan.
    pub(crate) fn act_for(&mut self, cause: Cause) {
        self.cause = Some(cause);
    }

    /// In whose name an item of a plan acts.
    pub(crate) fn source(&self) -> Option<SourceName> {
        self.cause.map(|cause| cause.source)
    }

    /// Whose what is written about a person will be.
    pub(crate) fn writer(&self, subject: Id<User>) -> Writer {
        self.source()
            .map_or_else(|| Writer::of(self.principal, subject), Writer::Source)
    }

    /// The realm's number, first in every key.
    pub fn realm_id(&self) -> RealmId {
        self.realm.id
    }

    /// The realm with its settings.
    pub fn realm(&self) -> &'a Arc<Realm> {
        self.realm
    }

    /// Who acts.
    pub fn principal(&self) -> &'a Principal {
        self.principal
    }

    /// The directory's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id, whose instant is now.
    pub fn new_id<T>(&self) -> Id<T> {
        Id::new(self.ids.uuid(self.now))
    }

    /// Bytes nobody can guess.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ids.random(&mut bytes);
        bytes
    }

    /// The schemas of this installation.
    pub fn schemas(&self) -> &'a crate::view::Schemas {
        self.schemas
    }

    pub(crate) fn ids(&self) -> &'a dyn Ids {
        self.ids
    }

    pub(crate) fn engine(&self) -> db::Engine {
        self.tx.engine()
    }

    /// See [`Tx::lane`].
    pub(crate) fn lane(&self) -> u8 {
        self.tx.lane()
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        Ok(self.tx.query(sql, params)?)
    }

    /// See [`Tx::query_ahead`].
    pub(crate) fn query_ahead(
        &mut self,
        sql: &str,
        params: &[Value],
        ahead: impl FnOnce() -> Vec<Bound>,
    ) -> Result<Vec<Row>, Error> {
        Ok(self.tx.query_ahead(sql, params, ahead)?)
    }

    pub(crate) fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, Error> {
        Ok(self.tx.query_one(sql, params)?)
    }

    /// A write whose row count decides.
    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let rows = self.tx.execute(sql, params)?;
        self.written |= rows > 0;
        Ok(rows)
    }

    /// A write that answers with the row it touched, or with none.
    pub(crate) fn write_returning(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, Error> {
        let row = self.tx.query_one(sql, params)?;
        self.written |= row.is_some();
        Ok(row)
    }

    /// A write that answers with the rows it touched, and what goes with it: see [`Tx::query_ahead`].
    pub(crate) fn write_returning_ahead(
        &mut self,
        sql: &str,
        params: &[Value],
        ahead: impl FnOnce() -> Vec<Bound>,
    ) -> Result<Vec<Row>, Error> {
        let rows = self.tx.query_ahead(sql, params, ahead)?;
        self.written |= !rows.is_empty();
        Ok(rows)
    }

    /// A write that cannot refuse; it travels with the next read or with the commit.
    pub(crate) fn later(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        self.written = true;
        Ok(self.tx.later(sql, params)?)
    }

    /// A write of a row that this change has locked; it travels likewise.
    pub(crate) fn later_one(&mut self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Result<(), Error> {
        self.written = true;
        Ok(self.tx.later_one(sql, params)?)
    }

    /// A write nobody can observe: answers kept for repeated requests, what has long expired. It needs no event.
    pub(crate) fn keep_book(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        Ok(self.tx.execute(sql, params)?)
    }

    /// The same, where nothing of the answer matters; it travels with the next read or with the commit.
    pub(crate) fn keep_book_later(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        Ok(self.tx.later(sql, params)?)
    }

    /// Records a fact, and with it the deliveries that follow from it.
    ///
    /// # Errors
    /// The store failed.
    pub fn record(&mut self, event: Event) -> Result<Id<Event>, Error> {
        let event = match self.cause {
            Some(Cause { plan, source }) => event
                .with("plan", plan.to_string().into())
                .with("source", source.as_str().into()),
            None => event,
        };
        let event = match self.review {
            Some(review) => event.with("review", review.to_string().into()),
            None => event,
        };
        let event = match self.principal.via() {
            Some(via) => event.with(event::VIA, via.into()),
            None => event,
        };
        let event = match &self.principal.request {
            Some(id) => event.with(event::REQUEST_ID, id.as_ref().into()),
            None => event,
        };
        self.recorded += 1;
        self.access_changed |= event.kind.concerns_access();
        self.standing_changed |= event.kind.concerns_standing();
        let id = event::table::insert(self, &event)?;
        routes::follow(self, id, &event)?;
        Ok(id)
    }

    /// Goes on in another realm, in the same transaction: what a new realm has from the beginning is made with it.
    pub(crate) fn within<T>(
        &mut self,
        realm: &Arc<Realm>,
        body: impl FnOnce(&mut Change<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (principal, cause, review) = (self.principal, self.cause, self.review);
        self.inside(realm, principal, (cause, review), body)
    }

    /// Does what time does, as its job would have done it, in the same transaction: that is nobody's act.
    pub(crate) fn of_time<T>(&mut self, body: impl FnOnce(&mut Change<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let (realm, time) = (self.realm, Principal::system(self.realm.id));
        self.inside(realm, &time, (None, None), body)
    }

    fn inside<T>(
        &mut self,
        realm: &Arc<Realm>,
        principal: &Principal,
        (cause, review): (Option<Cause>, Option<Id<Review>>),
        body: impl FnOnce(&mut Change<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut inner = Change {
            tx: self.tx.reborrow(),
            realm,
            principal,
            now: self.now,
            ids: self.ids,
            schemas: self.schemas,
            written: false,
            recorded: 0,
            access_changed: false,
            standing_changed: false,
            cause,
            review,
        };
        let output = body(&mut inner)?;
        inner.finish()?;
        let (access_changed, standing_changed) = (inner.access_changed, inner.standing_changed);
        self.access_changed |= access_changed;
        self.standing_changed |= standing_changed;
        Ok(output)
    }

    /// A write without an event is a fault of ours: nothing may change unseen, so nothing is committed.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        if self.written && self.recorded == 0 {
            return Err(Error::Fault {
                what: "a command wrote without recording an event",
            });
        }
        Ok(())
    }

    /// Whether what this process remembers of realms and tokens may no longer hold.
    pub(crate) fn access_changed(&self) -> bool {
        self.access_changed
    }

    /// Whether what this process remembers of who may sign in may no longer hold.
    pub(crate) fn standing_changed(&self) -> bool {
        self.standing_changed
    }

    /// Refuses text that the database could not hold on both engines, and more of it than a resource may have.
    pub(crate) fn check_text(map: &Map<String, serde_json::Value>) -> Result<(), Refusal> {
        /// The bytes of text in a value; none when a character of it cannot be stored.
        fn measure(value: &serde_json::Value) -> Option<usize> {
            match value {
                serde_json::Value::String(text) if text.contains('\0') => None,
                serde_json::Value::String(text) => Some(text.len()),
                serde_json::Value::Array(list) => list.iter().map(measure).sum(),
                serde_json::Value::Object(map) => {
                    map.iter().map(|(name, value)| Some(name.len() + measure(value)?)).sum()
                }
                _ => Some(0),
            }
        }
        let mut bytes = 0;
        for (name, value) in map {
            bytes += measure(value)
                .ok_or_else(|| Refusal::invalid(name.clone(), "text may not contain the character U+0000"))?;
        }
        if bytes > MAX_TEXT_BYTES {
            return Err(Refusal::TooLarge {
                what: "bytes of text in one resource",
                limit: MAX_TEXT_BYTES,
            });
        }
        Ok(())
    }
}
