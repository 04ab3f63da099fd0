//! SQLite in the process: one thread that writes, connections that read, one that moves the log into the file.
//!
//! - `connection` opens a connection and runs statements on it.
//! - `writer` runs the bodies of transactions and commits them in groups.
//! - `readers` hands out the connections that read.
//! - `checkpoint` moves the write-ahead log into the database file, off the writer's thread.

mod checkpoint;
mod connection;
mod readers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

pub(crate) use self::connection::{Access, Connection};
use self::connection::{CACHE, NO_LIMIT, SMALL_CACHE, Settings};
use self::readers::Readers;
use self::writer::Writer;
use crate::db::Load;
use crate::error::Error;
use crate::migrate::{self, Migration};
use crate::options::{Engine, Options};
use crate::row::Row;
use crate::tx::Tx;
use crate::value::Value;
use crate::work::Work;

/// How many transactions may wait for the writer before their callers wait to hand them in.
const QUEUE: usize = 1024;

/// How many scans run at once.
const SCANNERS: usize = 2;

/// A database file in use.
pub(crate) struct Sqlite {
    path: PathBuf,
    settings: Settings,
    queue: Mutex<Option<mpsc::Sender<Box<dyn Work>>>>,
    /// Ends when the writer has ended.
    writing: watch::Receiver<()>,
    readers: Arc<Readers>,
    scanners: Arc<Readers>,
}

impl Sqlite {
    pub(crate) async fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        let settings = Settings {
            durability: options.durability,
            cache: CACHE,
            statement_timeout: options.statement_timeout,
        };
        let (path, readers) = (path.to_owned(), options.readers.max(1));
        off_the_async_threads(move || {
            make_place(&path)?;
            let (sender, queue) = mpsc::channel(QUEUE);
            let (working, writing) = watch::channel(());
            // The writer's connection comes first: it makes the file and turns the log on.
            Writer::open(&path, settings)?.start(queue, working)?;
            let readers = Readers::open(&path, settings, readers)?;
            let scanning = Settings {
                cache: SMALL_CACHE,
                ..settings
            };
            let scanners = Readers::open(&path, scanning, SCANNERS)?;
            Ok(Self {
                path,
                settings,
                queue: Mutex::new(Some(sender)),
                writing,
                readers,
                scanners,
            })
        })
        .await
    }

    pub(crate) fn load(&self) -> Load {
        Load {
            waiting: self.queue_depth(),
            room: QUEUE,
            scanning: SCANNERS - self.scanners.free().min(SCANNERS),
            scanners: SCANNERS,
        }
    }

    fn queue_depth(&self) -> usize {
        let sender = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().map_or(0, |sender| QUEUE - sender.capacity().min(QUEUE))
    }

    pub(crate) async fn submit(&self, work: Box<dyn Work>) -> Result<(), Error> {
        let sender = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        sender.ok_or(Error::Closed)?.send(work).await.map_err(|_| Error::Closed)
    }

    pub(crate) async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.readers.take().await?.query(sql, params)
    }

    pub(crate) async fn scan(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let scanner = self.scanners.take().await?;
        let (sql, params) = (sql.to_owned(), params.to_vec());
        off_the_async_threads(move || scanner.query(&sql, &params)).await
    }

    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), Error> {
        self.readers.take().await?.check(sql)
    }

    pub(crate) async fn migrate(&self, migrations: &[Migration], mark: Option<&[u8]>) -> Result<Vec<u32>, Error> {
        let (path, settings, migrations) = (self.path.clone(), self.settings, migrations.to_vec());
        let mark = mark.map(<[u8]>::to_vec);
        off_the_async_threads(move || apply(&Connection::open(&path, settings)?, &migrations, mark.as_deref())).await
    }

    /// Copies everything, as it is at one instant, into a file that is empty. Writers go on; the log grows meanwhile.
    pub(crate) async fn copy_into(&self, file: &Path) -> Result<(), Error> {
        let Some(file) = file.to_str().map(str::to_owned) else {
            return Err(Error::Configuration {
                why: "the name of the copy is not UTF-8".into(),
            });
        };
        let (path, mut settings) = (self.path.clone(), self.settings);
        settings.statement_timeout = NO_LIMIT;
        off_the_async_threads(move || {
            let connection = Connection::open(&path, settings)?;
            connection.execute("VACUUM INTO ?1", &[file.into()]).map(drop)
        })
        .await
    }

    pub(crate) async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.readers.close().await;
        self.scanners.close().await;
        // The writer goes last, when nobody reads, so that it can empty the log into the file.
        let mut writing = self.writing.clone();
        while writing.changed().await.is_ok() {}
    }
}

/// What the connection that writes says of itself.
pub(crate) fn durability(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, Error> {
    let word = |number: i64| {
        ["off", "normal", "full", "extra"]
            .get(number as usize)
            .copied()
            .unwrap_or("unknown")
    };
    let mut settings = Vec::new();
    for mut row in tx.query("PRAGMA journal_mode", &[])? {
        settings.push(("journal_mode".to_owned(), row.take(0)?));
    }
    for mut row in tx.query("PRAGMA synchronous", &[])? {
        settings.push(("synchronous".to_owned(), word(row.take(0)?).to_owned()));
    }
    Ok(settings)
}

/// Runs on a thread where waiting harms nobody.
pub(crate) async fn off_the_async_threads<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = spawn_blocking(run).await;
    done.unwrap_or_else(|error| {
        Err(Error::Panicked {
            message: error.to_string(),
        })
    })
}

/// Makes the file and its folder where they are missing, for nobody else to read. What SQLite puts beside the file has its mode.
fn make_place(path: &Path) -> Result<(), Error> {
    make_folder(path)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // It is there already, or SQLite will say why it cannot be made.
    let _ = options.open(path);
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Error> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    else {
        return Ok(());
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Error::Unavailable {
        source: Arc::new(error),
    })
}

/// Applies what is missing.
pub(crate) fn apply(connection: &Connection, migrations: &[Migration], mark: Option<&[u8]>) -> Result<Vec<u32>, Error> {
    let mut applied = Vec::new();
    loop {
        // Waits for any other process that is migrating, and then looks at what it has done.
        connection.command("BEGIN IMMEDIATE")?;
        match apply_next(connection, migrations, mark) {
            Ok(Some(number)) => {
                connection.command("COMMIT")?;
                applied.push(number);
            }
            end => {
                connection.roll_back();
                return end.map(|_| applied);
            }
        }
    }
}

fn apply_next(connection: &Connection, migrations: &[Migration], mark: Option<&[u8]>) -> Result<Option<u32>, Error> {
    connection.command(&crate::dialect::migration(migrate::CREATE, Engine::Sqlite))?;
    let applied = connection.query(migrate::APPLIED, &[])?;
    let Some(migration) = migrate::next_missing(applied, migrations, mark)? else {
        return Ok(None);
    };
    connection.command(&migration.text(Engine::Sqlite))?;
    if connection.is_idle() {
        return Err(Error::Migration {
            number: migration.number,
            why: "it ends the transaction it runs in".into(),
        });
    }
    connection.execute(migrate::RECORD, &migration.record())?;
    Ok(Some(migration.number))
}

/// Starts a thread that ends by itself.
fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let started = std::thread::Builder::new().name(name.into()).spawn(run);
    started.map_err(|error| Error::Unavailable {
        source: Arc::new(error),
    })
}
