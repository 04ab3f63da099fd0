//! A database of its own for each test, copied from one that was migrated once.

use std::path::PathBuf;
use std::sync::OnceLock;

use db::{Db, Durability, Engine, Location, Options};
use directory::MIGRATIONS;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::postgres;

/// A database, gone with its last owner.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) location: Location,
    _folder: Option<TempDir>,
    _database: Option<postgres::Database>,
}

impl Store {
    pub(crate) async fn fresh(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let file = folder.path().join("usher.db");
                std::fs::write(&file, migrated_file().await).expect("the database is copied");
                Self {
                    location: Location::Sqlite(file),
                    _folder: Some(folder),
                    _database: None,
                }
            }
            Engine::Postgres => {
                let database = postgres::Database::migrated().await;
                Self {
                    location: Location::Postgres(database.url().to_owned()),
                    _folder: None,
                    _database: Some(database),
                }
            }
        }
    }

    pub(crate) async fn open(&self) -> Db {
        Db::open(&self.location, &options()).await.expect("the database opens")
    }

    /// The URL of the database; on SQLite there is none.
    pub(crate) fn url(&self) -> Option<String> {
        match &self.location {
            Location::Sqlite(_) => None,
            Location::Postgres(url) => Some(url.clone()),
        }
    }

    /// The database file; on PostgreSQL there is none.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match &self.location {
            Location::Sqlite(file) => Some(file.clone()),
            Location::Postgres(_) => None,
        }
    }
}

/// Few connections, and no wait for a disk.
pub(crate) fn options() -> Options {
    Options {
        durability: Durability::Unsafe,
        readers: 2,
        connections: 8,
        ..Options::default()
    }
}

/// The bytes of a migrated SQLite database.
async fn migrated_file() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    static MAKING: Mutex<()> = Mutex::const_new(());
    let _making = MAKING.lock().await;
    if let Some(bytes) = BYTES.get() {
        return bytes;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("usher.db");
    let db = Db::open(&Location::Sqlite(file.clone()), &options())
        .await
        .expect("a new database opens");
    db.migrate(MIGRATIONS).await.expect("the migrations run");
    db.close().await;
    drop(db);
    let left = std::fs::metadata(file.with_extension("db-wal")).map_or(0, |wal| wal.len());
    assert_eq!(left, 0, "closing writes everything into the one file");
    let bytes = std::fs::read(&file).expect("the migrated database is read");
    BYTES.get_or_init(|| bytes)
}
