//! `limits FOLDER SECONDS`: what the disk and SQLite allow without a server around them, as one JSON object of figures per
//! second. Each is measured for SECONDS on files in FOLDER.
//!
//! - `append`, `overwrite`: 4 KiB and fdatasync
//! - `group_commit`: users as the skeleton keeps them, 16 threads that each wait for their commit (WAL, synchronous FULL)

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rusqlite::{Connection, params};
use serde_json::json;

const BLOCK: [u8; 4096] = [7; 4096];
/// A file that is overwritten has so many blocks.
const BLOCKS: u64 = 1024;
const CLIENTS: usize = 16;
/// The same tables as the skeleton's.
const SCHEMA: &str = "
    CREATE TABLE users(id TEXT PRIMARY KEY, user_name TEXT NOT NULL, external_id TEXT, created INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
    CREATE UNIQUE INDEX users_name ON users(user_name);
    CREATE INDEX users_ext ON users(external_id);
    CREATE INDEX users_created ON users(created, id);
    CREATE TABLE emails(user_id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(user_id, value)) WITHOUT ROWID;
    CREATE INDEX emails_value ON emails(value);
    CREATE TABLE log(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL);";

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().context("usage: limits FOLDER SECONDS")?;
    let seconds = args
        .next()
        .and_then(|text| text.parse().ok())
        .context("SECONDS is a number")?;
    let (folder, time) = (Path::new(&folder), Duration::from_secs_f64(seconds));
    let said = json!({
        "append": synced(&folder.join("append.tmp"), time, false)?,
        "overwrite": synced(&folder.join("overwrite.tmp"), time, true)?,
        "group_commit": group_commit(&folder.join("limits.db"), time)?,
    });
    println!("{said}");
    Ok(())
}

fn synced(path: &Path, time: Duration, overwrites: bool) -> Result<f64> {
    let mut file = File::create(path).with_context(|| format!("making {}", path.display()))?;
    if overwrites {
        for _ in 0..BLOCKS {
            file.write_all(&BLOCK)?;
        }
        file.sync_all()?;
    }
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < time {
        if overwrites {
            file.seek(SeekFrom::Start(done % BLOCKS * BLOCK.len() as u64))?;
        }
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        done += 1;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}

fn group_commit(path: &Path, time: Duration) -> Result<f64> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(SCHEMA)?;
    let (queue, waiting) = mpsc::channel::<mpsc::SyncSender<()>>();
    let writer = std::thread::spawn(move || write(&connection, &waiting));
    let start = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let queue = queue.clone();
            std::thread::spawn(move || {
                let (done, wait) = mpsc::sync_channel(1);
                while start.elapsed() < time && queue.send(done.clone()).is_ok() && wait.recv().is_ok() {}
            })
        })
        .collect();
    drop(queue);
    for client in clients {
        client.join().map_err(|_| anyhow::anyhow!("a client panicked"))?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let written = writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    for end in ["", "-wal", "-shm"] {
        // SQLite removes the two others itself when it closes.
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    Ok(written as f64 / seconds)
}

fn write(connection: &Connection, waiting: &mpsc::Receiver<mpsc::SyncSender<()>>) -> rusqlite::Result<i64> {
    let data = [b'x'; 900];
    let mut number = 0;
    while let Ok(first) = waiting.recv() {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(CLIENTS));
        for _ in &batch {
            insert(connection, number, &data)?;
            number += 1;
        }
        connection.execute_batch("COMMIT")?;
        for done in batch {
            // Who went away needs no answer.
            let _ = done.send(());
        }
    }
    Ok(number)
}

fn insert(connection: &Connection, number: i64, data: &[u8]) -> rusqlite::Result<()> {
    // Ordered by time, as ids are.
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a) & 0xffff_ffff_ffff;
    let id = format!(
        "{:08x}-{:04x}-7000-9000-{scattered:012x}",
        number >> 16,
        number & 0xffff
    );
    connection
        .prepare_cached("INSERT INTO users VALUES(?1,?2,?3,?4,?5)")?
        .execute(params![
            id,
            format!("ada.brandt.{number}"),
            format!("ext-1-{number}"),
            number,
            data
        ])?;
    connection
        .prepare_cached("INSERT INTO emails VALUES(?1,?2)")?
        .execute(params![id, format!("ada.brandt.{number}@example.com")])?;
    connection
        .prepare_cached("INSERT INTO log(at, kind, target) VALUES(?1,'user.created',?2)")?
        .execute(params![number, id])?;
    Ok(())
}
