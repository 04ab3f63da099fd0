//! Gives committed events their position and chains them, one realm after the other, a batch at a time. One node does it.

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

use super::table::{self, EventRow, chain_hash};
use crate::Directory;
use crate::bookkeeping;
use crate::error::Error;
use crate::realm::RealmId;

/// How many events one transaction places.
const BATCH: i64 = 500;
/// How long the lease of the sequencer lasts; renewed at each round.
const LEASE_SECONDS: i64 = 10;

/// Places events for as long as it holds the lease.
#[derive(Clone, Debug)]
pub struct Sequencer {
    directory: Directory,
    holder: Uuid,
}

impl Sequencer {
    /// A sequencer that takes the lease in its own name.
    pub fn new(directory: Directory) -> Self {
        let holder = directory.bookkeeping_id();
        Self { directory, holder }
    }

    /// Places everything that is unplaced, if this node holds the lease. Returns how many were placed.
    ///
    /// # Errors
    /// The store failed; what was placed stays placed.
    pub async fn run_once(&self) -> Result<usize, Error> {
        // An idle installation writes nothing, not even a lease.
        if self.directory.db().query(table::UNPLACED_REALMS, &[]).await?.is_empty() {
            return Ok(0);
        }
        if !bookkeeping::hold_lease(&self.directory, "sequencer", self.holder, LEASE_SECONDS).await? {
            return Ok(0);
        }
        let mut placed = 0;
        for mut row in self.directory.db().query(table::UNPLACED_REALMS, &[]).await? {
            let realm: RealmId = row.take(0)?;
            loop {
                let batch = self.place(realm).await?;
                placed += batch;
                if batch < BATCH as usize {
                    break;
                }
            }
        }
        Ok(placed)
    }

    /// Gives the lease back, so that another may place at once: when the process ends.
    ///
    /// # Errors
    /// The store failed.
    pub async fn retire(&self) -> Result<(), Error> {
        bookkeeping::drop_lease(&self.directory, "sequencer".into(), self.holder).await
    }

    async fn place(&self, realm: RealmId) -> Result<usize, Error> {
        let holder = self.holder;
        let now = self.directory.real_now();
        self.directory
            .db()
            .write(move |tx| -> Result<usize, Error> {
                // The row of the lease is taken inside the transaction: two nodes never place at once.
                if !bookkeeping::still_holds(tx, "sequencer", holder, now)? {
                    return Ok(0);
                }
                let (mut position, mut hash) = match tx.query_one(table::HEAD, &[realm.into()])? {
                    Some(mut row) => (row.take::<i64>(0)?, row.take::<Vec<u8>>(1)?),
                    None => (0, Vec::new()),
                };
                let rows = tx.query(table::UNPLACED, &[realm.into(), BATCH.into()])?;
                let count = rows.len();
                let mut batch = Vec::with_capacity(count);
                for mut row in rows {
                    batch.push(EventRow::from_row(&mut row)?);
                }
                for row in in_order(batch, |row| (row.subject, row.subject_version)) {
                    position += 1;
                    hash = chain_hash(&hash, position, &row);
                    tx.later(
                        table::PLACE,
                        vec![realm.into(), row.id.into(), position.into(), hash.clone().into()],
                    )?;
                }
                if count > 0 {
                    tx.later(table::SET_HEAD, vec![realm.into(), position.into(), hash.into()])?;
                }
                Ok(count)
            })
            .await
    }
}

/// What happened to one subject keeps the order of its versions: the ids alone follow the clocks of the nodes that made them,
/// and those differ.
fn in_order<T>(batch: Vec<T>, key: impl Fn(&T) -> (Uuid, i64)) -> Vec<T> {
    let mut slots: BTreeMap<Uuid, VecDeque<usize>> = BTreeMap::new();
    for (slot, item) in batch.iter().enumerate() {
        slots.entry(key(item).0).or_default().push_back(slot);
    }
    let mut sorted = batch;
    sorted.sort_by_key(|item| key(item).1);
    let mut placed: Vec<(usize, T)> = Vec::with_capacity(sorted.len());
    for item in sorted {
        let slot = slots.get_mut(&key(&item).0).and_then(VecDeque::pop_front);
        placed.push((slot.unwrap_or(usize::MAX), item));
    }
    placed.sort_by_key(|(slot, _)| *slot);
    placed.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_a_subject_stay_in_order_and_the_rest_where_it_was() {
        let subject = Uuid::from_u128;
        let batch = vec![
            (subject(1), 2, 'b'),
            (subject(2), 1, 'x'),
            (subject(1), 1, 'a'),
            (subject(2), 1, 'y'),
            (subject(1), 3, 'c'),
        ];
        let ordered: String = in_order(batch, |(subject, version, _)| (*subject, *version))
            .into_iter()
            .map(|(.., name)| name)
            .collect();
        assert_eq!(ordered, "axbyc");
    }
}
