//! Finds any change to the log: every position there, every body as hashed or erased by us, every hash chained to the one
//! before.

use super::EventKind;
use super::table::{self, EventRow, body_hash, chain_hash};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::principal::{Permission, Principal, Scope};
use crate::realm::RealmId;

/// Events older than this without a position are reported.
const PLACED_WITHIN_SECONDS: i64 = 10;
const SLICE: i64 = 1000;
/// So many slices in one piece of a check.
const PIECE_SLICES: usize = 10;

/// What the check of one realm found.
#[derive(Clone, Debug, Default)]
pub struct VerifyReport {
    /// How many placed events were read.
    pub events: u64,
    /// How many of them were erased; their hashes still chain.
    pub erased: u64,
    /// How many wait for their position longer than they should.
    pub unplaced: u64,
    /// What is wrong.
    pub problems: Vec<VerifyProblem>,
}

/// One thing that is wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyProblem {
    /// Where.
    pub position: i64,
    /// What.
    pub what: &'static str,
}

/// One piece of a log, checked, and where the next begins.
#[derive(Clone, Debug)]
pub struct VerifiedPiece {
    /// What was found.
    pub report: VerifyReport,
    /// The position after which to go on.
    pub after: i64,
    /// The log ends here, as it was written or with a problem that says how.
    pub whole: bool,
}

/// Where a check stands: the position it expects next, and the hash before it.
struct Walk {
    expected: i64,
    hash: Vec<u8>,
    report: VerifyReport,
}

impl Directory {
    /// Reads a realm's whole log in slices and checks it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn verify_events(&self, realm: RealmId) -> Result<VerifyReport, Error> {
        let mut walk = Walk {
            expected: 1,
            hash: Vec::new(),
            report: VerifyReport::default(),
        };
        while self.check_slice(realm, &mut walk).await? {}
        self.check_end(realm, &mut walk).await?;
        Ok(walk.report)
    }

    /// Checks the realm's log after a position, at most 10,000 events of it. A piece takes the hash it begins with as it
    /// stands, so pieces prove the whole log only one after the other from 0 on.
    ///
    /// # Errors
    /// The scope `events:read` is missing, there is no such position, or the store failed.
    pub async fn verify_events_after(&self, principal: &Principal, after: i64) -> Result<VerifiedPiece, Error> {
        principal.check(Permission::Unnarrowed(Scope::EventsRead))?;
        let realm = principal.realm;
        let hash = if after <= 0 {
            Vec::new()
        } else {
            self.hash_at(realm, after).await?
        };
        let mut walk = Walk {
            expected: after.max(0) + 1,
            hash,
            report: VerifyReport::default(),
        };
        let mut more = true;
        for _ in 0..PIECE_SLICES {
            more = more && self.check_slice(realm, &mut walk).await?;
        }
        if !more {
            self.check_end(realm, &mut walk).await?;
        }
        Ok(VerifiedPiece {
            after: walk.expected - 1,
            whole: !more,
            report: walk.report,
        })
    }

    async fn hash_at(&self, realm: RealmId, position: i64) -> Result<Vec<u8>, Error> {
        let params = [realm.into(), (position - 1).into(), 1_i64.into()];
        let mut rows = self.db().query(table::PAGE, &params).await?;
        let row = rows.first_mut().map(EventRow::from_row).transpose()?;
        match row {
            Some(row) if row.position == Some(position) => Ok(row.chain_hash.unwrap_or_default()),
            _ => Err(Refusal::invalid("after", "0, or a position of the log").into()),
        }
    }

    /// Checks one slice; whether there may be more.
    async fn check_slice(&self, realm: RealmId, walk: &mut Walk) -> Result<bool, Error> {
        let params = [realm.into(), (walk.expected - 1).into(), SLICE.into()];
        let rows = self.db().scan(table::PAGE_TO_VERIFY, &params).await?;
        let more = rows.len() as i64 == SLICE;
        for mut row in rows {
            let event = EventRow::from_row(&mut row)?;
            let last: Option<String> = row.take(12)?;
            walk.check(event, last.as_deref());
        }
        Ok(more)
    }

    /// The head is read last: what was placed meanwhile is beyond what was read, and no cut.
    async fn check_end(&self, realm: RealmId, walk: &mut Walk) -> Result<(), Error> {
        let mut heads = self.db().query(table::HEAD, &[realm.into()]).await?;
        let (position, stored) = match heads.first_mut() {
            Some(row) => (row.take::<i64>(0)?, row.take::<Vec<u8>>(1)?),
            None => (0, Vec::new()),
        };
        let read = walk.expected - 1;
        if read > position || (read == position && stored != walk.hash) {
            walk.problem(read, "the log does not end as it was written");
        } else if read < position {
            let params = [realm.into(), read.into(), 1_i64.into()];
            // Placed since, or cut off.
            if self.db().scan(table::PAGE, &params).await?.is_empty() {
                walk.problem(position, "events up to this position are missing");
            }
        }
        walk.report.unplaced = self.unplaced_events(realm).await?;
        Ok(())
    }

    /// How many events of a realm wait for their position longer than they should.
    ///
    /// # Errors
    /// The store failed.
    pub async fn unplaced_events(&self, realm: RealmId) -> Result<u64, Error> {
        let late = self.now().await?.plus_seconds(-PLACED_WITHIN_SECONDS);
        let mut unplaced = self
            .db()
            .query(table::UNPLACED_SINCE, &[realm.into(), late.millis().into()])
            .await?;
        Ok(unplaced.first_mut().map_or(Ok(0), |row| row.take::<i64>(0))? as u64)
    }
}

impl Walk {
    fn problem(&mut self, position: i64, what: &'static str) {
        self.report.problems.push(VerifyProblem { position, what });
    }

    /// Checks one row; `last` is the kind of its subject's last fact, read where the body is missing.
    fn check(&mut self, row: EventRow, last: Option<&str>) {
        let position = row.position.unwrap_or_default();
        if position != self.expected {
            self.problem(position, "events before this position are missing");
        }
        match (&row.body, &row.salt) {
            (Some(body), Some(salt)) if body_hash(salt, body) != row.body_hash => {
                self.problem(position, "the body is not the one that was recorded");
            }
            (Some(_), None) | (None, Some(_)) => self.problem(position, "body or salt is missing"),
            (None, None) if tells_of_erasure(&row.kind) || !last.is_some_and(tells_of_erasure) => {
                self.problem(position, "the body is missing, and no event tells of its erasure");
            }
            _ => {}
        }
        self.hash = chain_hash(&self.hash, position, &row);
        if row.chain_hash.as_deref() != Some(self.hash.as_slice()) {
            self.problem(position, "the chain is broken here");
            if let Some(stored) = &row.chain_hash {
                self.hash.clone_from(stored);
            }
        }
        self.report.events += 1;
        self.report.erased += u64::from(row.body.is_none());
        self.expected = position + 1;
    }
}

fn tells_of_erasure(kind: &str) -> bool {
    EventKind::parse(kind).is_some_and(EventKind::tells_of_erasure)
}
