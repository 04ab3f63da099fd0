//! The thread that writes. It runs all bodies that wait and commits them together (group commit).
//!
//! What may go wrong, and what is done about it:
//! - A body refuses, fails or panics: its savepoint is rolled back, the others do not notice.
//! - SQLite rolls back everything by itself (full disk, I/O error, interrupt), released savepoints included. So after each
//!   body the writer looks whether the transaction is still open. If not, each body of the group runs again alone, once.
//! - COMMIT fails: the same.
//! - No answer leaves before COMMIT, not even a refusal, since what was refused may rest on a neighbour's change.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::checkpoint::{self, Log};
use super::connection::{Connection, Settings};
use super::thread;
use crate::error::Error;
use crate::tx::On;
use crate::work::{Verdict, Work};

/// A group ends at so many bodies …
const GROUP: usize = 64;

/// … or after this time, whichever comes first, or when nobody waits.
const GROUP_TIME: Duration = Duration::from_millis(5);

/// How long the writer waits for readers when the log has to be emptied before it goes on.
const LOG_PATIENCE: Duration = Duration::from_millis(500);

type Queue = mpsc::Receiver<Box<dyn Work>>;

/// The only connection that runs transactions.
pub(super) struct Writer {
    path: PathBuf,
    settings: Settings,
    connection: Connection,
    log: Log,
    /// The disk takes nothing at the moment: said once, and not for every work that meets with it.
    refused: bool,
}

/// How a group came out.
enum Group {
    Committed,
    /// The transaction is gone or out of order.
    Lost,
    /// COMMIT failed.
    Refused,
}

impl Writer {
    pub(super) fn open(path: &Path, settings: Settings) -> Result<Self, Error> {
        let mut connection = Connection::open(path, settings)?;
        let log = Log::watch(path, settings, &mut connection)?;
        Ok(Self {
            path: path.to_owned(),
            settings,
            connection,
            log,
            refused: false,
        })
    }

    /// Works off the queue on a thread until its last sender is gone; `_working` ends with it.
    pub(super) fn start(mut self, mut queue: Queue, working: watch::Sender<()>) -> Result<(), Error> {
        thread("db-writer", move || {
            while let Some(first) = queue.blocking_recv() {
                self.work_off(first, &mut queue);
            }
            let Self { connection, log, .. } = self;
            log.end();
            checkpoint::empty(&connection, "TRUNCATE");
            drop(connection);
            drop(working);
        })
        .map(drop)
    }

    fn work_off(&mut self, first: Box<dyn Work>, queue: &mut Queue) {
        if let Err(error) = self.connection.frame("BEGIN IMMEDIATE") {
            // Those who wait now would each wait as long again to hear the same.
            self.met_with(&error);
            self.recover();
            first.fail(error.clone());
            for _ in 0..queue.len() {
                if let Ok(work) = queue.try_recv() {
                    work.fail(error.clone());
                }
            }
            return;
        }
        let mut group = Vec::with_capacity(GROUP);
        match self.run_group(first, queue, &mut group) {
            Group::Committed => {
                self.got_through();
                for work in group {
                    work.answer();
                }
                self.log.committed(&self.connection);
            }
            lost => {
                match lost {
                    Group::Refused => self.recover_from_commit(),
                    _ => self.recover(),
                }
                for work in group {
                    self.run_alone(work);
                }
            }
        }
    }

    /// Runs what waits and commits it. What has run is in `group`.
    fn run_group(&self, first: Box<dyn Work>, queue: &mut Queue, group: &mut Vec<Box<dyn Work>>) -> Group {
        let ends = Instant::now() + GROUP_TIME;
        let mut next = Some(first);
        while let Some(mut work) = next.take() {
            // A body that began would be run to its end; one whose caller left before is not begun.
            if work.is_wanted() {
                let open = self.run_in_savepoint(work.as_mut());
                group.push(work);
                if !open {
                    return Group::Lost;
                }
            }
            if group.len() < GROUP && Instant::now() < ends {
                next = queue.try_recv().ok();
            }
        }
        match self.connection.frame("COMMIT") {
            Ok(()) => Group::Committed,
            Err(error) => {
                tracing::debug!(%error, works = group.len(), "could not commit a group, each of its works runs alone");
                Group::Refused
            }
        }
    }

    /// Runs one body. Says whether the transaction is still open and in order.
    fn run_in_savepoint(&self, work: &mut dyn Work) -> bool {
        if self.connection.frame("SAVEPOINT work").is_err() {
            return false;
        }
        let verdict = work.run(On::Sqlite(&self.connection));
        if self.connection.is_idle() {
            return false;
        }
        let undone = match verdict {
            Verdict::Commit => Ok(()),
            Verdict::RollBack(_) => self.connection.frame("ROLLBACK TO work"),
        };
        undone.and_then(|()| self.connection.frame("RELEASE work")).is_ok()
    }

    /// Runs one body in a transaction of its own, and answers.
    fn run_alone(&mut self, mut work: Box<dyn Work>) {
        if let Err(error) = self.connection.frame("BEGIN IMMEDIATE") {
            self.recover();
            return work.fail(error);
        }
        let verdict = work.run(On::Sqlite(&self.connection));
        let commits = matches!(verdict, Verdict::Commit);
        let ended = match verdict {
            // A body that succeeded in a transaction that is gone has had a failed statement, so this cannot be a success.
            Verdict::Commit => self.connection.frame("COMMIT").map_err(Error::while_committing),
            Verdict::RollBack(failure) => {
                if let Some(error) = failure {
                    self.met_with(&error);
                }
                Ok(())
            }
        };
        match ended {
            Ok(()) => {
                self.connection.roll_back();
                if commits {
                    self.got_through();
                }
                work.answer();
                self.log.committed(&self.connection);
            }
            Err(error) => {
                self.met_with(&error);
                self.recover_from_commit();
                work.fail(error);
            }
        }
    }

    /// Says that the disk takes nothing, when that is new.
    fn met_with(&mut self, error: &Error) {
        let lasts = matches!(
            error,
            Error::Full { .. } | Error::ReadOnly { .. } | Error::Unavailable { .. } | Error::OutcomeUnknown { .. }
        );
        if lasts && !std::mem::replace(&mut self.refused, true) {
            let error = error as &dyn std::error::Error;
            tracing::error!(
                error,
                "the database takes no writes, and tries again with each that comes"
            );
        }
    }

    /// Says that it takes writes again.
    fn got_through(&mut self) {
        if std::mem::take(&mut self.refused) {
            tracing::info!("the database takes writes again");
        }
    }

    /// Brings the connection back to where a transaction can begin.
    fn recover(&mut self) {
        self.connection.roll_back();
        if !self.connection.is_idle() {
            match Self::open(&self.path, self.settings) {
                Ok(fresh) => *self = fresh,
                Err(error) => tracing::error!(%error, "could not open the database again"),
            }
        }
    }

    /// A COMMIT whose fsync failed may have left whole frames in the log, which a later start would find and take for
    /// committed. Nothing may remain of what is about to be answered as failed.
    fn recover_from_commit(&mut self) {
        self.recover();
        self.connection.set_patience(Some(LOG_PATIENCE));
        let began = Instant::now();
        loop {
            match checkpoint::try_empty(&self.connection, "TRUNCATE") {
                Ok(true) => break,
                // SQLite does not wait for another thread that is at the log.
                Ok(false) if began.elapsed() < LOG_PATIENCE => std::thread::sleep(Duration::from_millis(1)),
                Ok(false) => {
                    tracing::warn!("the write-ahead log could not be emptied after a failed commit");
                    break;
                }
                Err(error) => {
                    tracing::debug!(%error, "could not empty the write-ahead log after a failed commit");
                    break;
                }
            }
        }
        self.connection.set_patience(None);
    }
}
