//! Finds any change to the log: every position there, every body as hashed, every hash chained to the one before.

use super::table::{self, EventRow, body_hash, chain_hash};
use crate::Directory;
use crate::error::Error;
use crate::realm::RealmId;

/// Events older than this without a position are reported.
const PLACED_WITHIN_SECONDS: i64 = 10;
const SLICE: i64 = 1000;

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

impl Directory {
    /// Reads a realm's whole log in slices and checks it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn verify_events(&self, realm: RealmId) -> Result<VerifyReport, Error> {
        let mut report = VerifyReport::default();
        let (mut expected, mut hash) = (1_i64, Vec::new());
        loop {
            let rows = self
                .db()
                .scan(table::PAGE, &[realm.into(), (expected - 1).into(), SLICE.into()])
                .await?;
            let last = (rows.len() as i64) < SLICE;
            for mut row in rows {
                check(EventRow::from_row(&mut row)?, &mut expected, &mut hash, &mut report);
            }
            if last {
                break;
            }
        }
        // The head is read last: what was placed meanwhile is beyond what was read, and no cut.
        let mut heads = self.db().query(table::HEAD, &[realm.into()]).await?;
        let (position, stored) = match heads.first_mut() {
            Some(row) => (row.take::<i64>(0)?, row.take::<Vec<u8>>(1)?),
            None => (0, Vec::new()),
        };
        let read = expected - 1;
        if read > position || (read == position && stored != hash) {
            report.problems.push(VerifyProblem {
                position: read,
                what: "the log does not end as it was written",
            });
        } else if read < position {
            self.check_rest(realm, expected, position, &mut report).await?;
        }
        report.unplaced = self.unplaced_events(realm).await?;
        Ok(report)
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

impl Directory {
    /// Events up to the head that were not there when the log was read: placed since, or cut off.
    async fn check_rest(&self, realm: RealmId, from: i64, head: i64, report: &mut VerifyReport) -> Result<(), Error> {
        let rows = self
            .db()
            .scan(table::PAGE, &[realm.into(), (from - 1).into(), 1_i64.into()])
            .await?;
        if rows.is_empty() {
            report.problems.push(VerifyProblem {
                position: head,
                what: "events up to this position are missing",
            });
        }
        Ok(())
    }
}

fn check(row: EventRow, expected: &mut i64, hash: &mut Vec<u8>, report: &mut VerifyReport) {
    let position = row.position.unwrap_or_default();
    let mut problem = |what| report.problems.push(VerifyProblem { position, what });
    if position != *expected {
        problem("events before this position are missing");
    }
    match (&row.body, &row.salt) {
        (Some(body), Some(salt)) if body_hash(salt, body) != row.body_hash => {
            problem("the body is not the one that was recorded");
        }
        (Some(_), None) | (None, Some(_)) => problem("body or salt is missing"),
        _ => {}
    }
    *hash = chain_hash(hash, position, &row);
    if row.chain_hash.as_deref() != Some(hash.as_slice()) {
        problem("the chain is broken here");
        if let Some(stored) = &row.chain_hash {
            hash.clone_from(stored);
        }
    }
    report.events += 1;
    report.erased += u64::from(row.body.is_none());
    *expected = position + 1;
}
