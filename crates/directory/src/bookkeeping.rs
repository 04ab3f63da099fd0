//! What the directory writes without a command: leases, the standing clock, the installation's own keys. Nothing here
//! is observable through a face.

use aws_lc_rs::rand;
use db::{Db, Tx, statements};
use uuid::Uuid;

use crate::Directory;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::{delivery, job};

statements! {
    TAKE_LEASE = "INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3)
                  ON CONFLICT (name) DO UPDATE SET holder = ?2, until = ?3
                  WHERE leases.holder = ?2 OR leases.until < ?4 OR leases.until > ?5";
    LOCK_LEASE = "UPDATE leases SET until = until WHERE name = ?1 AND holder = ?2 AND until >= ?3";
    SWEEP_LEASES = "DELETE FROM leases WHERE until < ?1 OR until > ?2";
    FREE_LEASES = "DELETE FROM leases";
    DROP_LEASE = "DELETE FROM leases WHERE name = ?1 AND holder = ?2";
    HELD = "SELECT COUNT(*) FROM leases WHERE name >= ?1 AND name < ?2 AND until >= ?3 AND until <= ?4";
    CLOCK = "SELECT now FROM clock WHERE one = 1";
    SET_CLOCK = "INSERT INTO clock (one, now) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET now = ?1";
    REMOVE_CLOCK = "DELETE FROM clock";
    SECRET = "SELECT value FROM secrets WHERE name = ?1";
    ADD_SECRET = "INSERT INTO secrets (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
}

/// No lease that has a name lasts longer.
const LONGEST_LEASE_SECONDS: i64 = 600;
/// How far the clocks of nodes may differ.
const CLOCKS_DIFFER_SECONDS: i64 = 300;

/// The latest end that a lease of so many seconds can have at this instant of real time. One that ends later was taken before
/// a clock was set back, and would hold what a dead node held for as long as the clock was wrong.
pub(crate) fn latest_end(real_now: Timestamp, seconds: i64) -> Timestamp {
    real_now.plus_seconds(seconds.saturating_add(CLOCKS_DIFFER_SECONDS))
}

/// Takes or renews a lease. Real time; false when another holds it.
pub(crate) async fn hold_lease(
    directory: &Directory,
    name: impl Into<String>,
    holder: Uuid,
    seconds: i64,
) -> Result<bool, Error> {
    let now = directory.real_now();
    let until = now.plus_seconds(seconds);
    let name = name.into();
    directory
        .db()
        .write(move |tx| -> Result<bool, Error> {
            let params = [
                name.as_str().into(),
                holder.into(),
                until.millis().into(),
                now.millis().into(),
                latest_end(now, seconds).millis().into(),
            ];
            Ok(tx.execute(TAKE_LEASE, &params)? == 1)
        })
        .await
}

/// Locks the lease's row for the rest of the transaction, if it is still held.
pub(crate) fn still_holds(tx: &mut Tx<'_>, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, Error> {
    Ok(tx.execute(LOCK_LEASE, &[name.into(), holder.into(), now.millis().into()])? == 1)
}

/// Gives a lease back, so that another may take it at once.
pub(crate) async fn drop_lease(directory: &Directory, name: String, holder: Uuid) -> Result<(), Error> {
    directory
        .db()
        .write(move |tx| -> Result<(), Error> {
            tx.execute(DROP_LEASE, &[name.as_str().into(), holder.into()])?;
            Ok(())
        })
        .await
}

/// Removes what is left of leases that ran out long ago: nodes that are gone.
pub(crate) async fn sweep_leases(directory: &Directory) -> Result<(), Error> {
    let now = directory.real_now();
    let long_ago = now.plus_seconds(-86_400).millis();
    let never = latest_end(now, LONGEST_LEASE_SECONDS).millis();
    directory
        .db()
        .write(move |tx| -> Result<(), Error> {
            tx.execute(SWEEP_LEASES, &[long_ago.into(), never.into()])?;
            Ok(())
        })
        .await
}

/// How many leases with names from one to below another are held right now. Real time.
pub(crate) async fn held(directory: &Directory, from: &str, below: &str) -> Result<i64, Error> {
    held_at(directory.db(), from, below, directory.real_now()).await
}

/// How many servers work on a store at this instant of real time.
pub(crate) async fn nodes(db: &Db, now: Timestamp) -> Result<i64, Error> {
    held_at(db, "node:", "node;", now).await
}

async fn held_at(db: &Db, from: &str, below: &str, now: Timestamp) -> Result<i64, Error> {
    let latest = latest_end(now, LONGEST_LEASE_SECONDS);
    let params = [from.into(), below.into(), now.millis().into(), latest.millis().into()];
    let mut rows = db.query(HELD, &params).await?;
    Ok(rows.first_mut().map_or(Ok(0), |row| row.take(0))?)
}

impl Directory {
    /// Says that a server works on this store, for other processes to see. Real time.
    ///
    /// # Errors
    /// The store failed.
    pub async fn announce_node(&self, node: Uuid, seconds: i64) -> Result<(), Error> {
        let name = format!("node:{node}");
        let now = self.real_now();
        self.db()
            .write(move |tx| -> Result<(), Error> {
                let params = [
                    name.as_str().into(),
                    node.into(),
                    now.plus_seconds(seconds).millis().into(),
                    now.millis().into(),
                    latest_end(now, seconds).millis().into(),
                ];
                tx.execute(TAKE_LEASE, &params)?;
                Ok(())
            })
            .await
    }

    /// Writes something, so that a store that answers and takes no writes is found out: a full disk, or one that has become
    /// read-only.
    ///
    /// # Errors
    /// The store takes no writes.
    pub async fn try_write(&self) -> Result<(), Error> {
        hold_lease(self, "probe", Uuid::nil(), 0).await.map(drop)
    }

    /// Says that the server is gone.
    ///
    /// # Errors
    /// The store failed.
    pub async fn retire_node(&self, node: Uuid) -> Result<(), Error> {
        drop_lease(self, format!("node:{node}"), node).await
    }

    /// Frees at once all that processes before this one were at when they died. Only for whoever knows that no other server
    /// lives and that nobody moves the clock, who works beside servers: elsewhere leases run out by themselves.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take_over(&self) -> Result<(), Error> {
        let now = self.now().await?;
        self.db()
            .write(move |tx| -> Result<(), Error> {
                tx.execute(FREE_LEASES, &[])?;
                job::free(tx, now)?;
                delivery::free(tx)
            })
            .await
    }

    /// How many servers work on this store right now.
    ///
    /// # Errors
    /// The store failed.
    pub async fn nodes(&self) -> Result<i64, Error> {
        nodes(self.db(), self.real_now()).await
    }

    /// The instant at which the directory's clock stands, if it stands.
    ///
    /// # Errors
    /// The store failed.
    pub async fn standing_clock(&self) -> Result<Option<Timestamp>, Error> {
        let mut rows = self.db().query(CLOCK, &[]).await?;
        Ok(rows
            .first_mut()
            .map(|row| row.take(0))
            .transpose()?
            .map(Timestamp::from_millis))
    }

    /// Makes the directory's clock stand at an instant.
    ///
    /// # Errors
    /// The store failed.
    pub async fn set_standing_clock(&self, now: Timestamp) -> Result<(), Error> {
        self.db()
            .write(move |tx| -> Result<(), Error> {
                tx.execute(SET_CLOCK, &[now.millis().into()])?;
                Ok(())
            })
            .await?;
        self.follow_standing_clock(true);
        Ok(())
    }

    /// Lets the directory's clock run with the machine's.
    ///
    /// # Errors
    /// The store failed.
    pub async fn remove_standing_clock(&self) -> Result<(), Error> {
        self.db()
            .write(|tx| -> Result<(), Error> {
                tx.execute(REMOVE_CLOCK, &[])?;
                Ok(())
            })
            .await?;
        self.follow_standing_clock(false);
        Ok(())
    }
}

/// A key of the installation, made on first use.
pub(crate) async fn secret(db: &Db, name: &'static str) -> Result<Vec<u8>, Error> {
    let mut fresh = vec![0_u8; 32];
    rand::fill(&mut fresh).expect("the machine has a random source");
    db.write(move |tx| -> Result<Vec<u8>, Error> {
        if let Some(mut row) = tx.query_one(SECRET, &[name.into()])? {
            return Ok(row.take(0)?);
        }
        tx.execute(ADD_SECRET, &[name.into(), fresh.clone().into()])?;
        match tx.query_one(SECRET, &[name.into()])? {
            Some(mut row) => Ok(row.take(0)?),
            None => Ok(fresh.clone()),
        }
    })
    .await
}
