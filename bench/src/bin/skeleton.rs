//! `skeleton DB`: the thinnest SCIM-like server over SQLite, as a ceiling for a real one. It listens on a free port and says so.
//!
//! POST /Users parses the body, inserts the resource with three indexes, its e-mail and a row of a log through one writer thread
//! that commits what is queued (WAL, synchronous FULL), and answers 201 after the commit. GET /Users/{id},
//! ?filter=userName eq "x" and pages read SQLite and send the stored bytes. No validation, no schemas, no versions, no tenants.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// What a caller shows.
const TOKEN: &[u8] = b"Bearer secret";
const SCIM: [(HeaderName, &str); 1] = [(CONTENT_TYPE, "application/scim+json")];
/// What `/static` sends: the HTTP server alone.
static STATIC: [u8; 1059] = [b' '; 1059];
/// At most so many in one commit.
const BATCH: usize = 512;
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS users(id TEXT PRIMARY KEY, user_name TEXT NOT NULL, external_id TEXT, created INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
    CREATE UNIQUE INDEX IF NOT EXISTS users_name ON users(user_name);
    CREATE INDEX IF NOT EXISTS users_ext ON users(external_id);
    CREATE INDEX IF NOT EXISTS users_created ON users(created, id);
    CREATE TABLE IF NOT EXISTS emails(user_id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(user_id, value)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS emails_value ON emails(value);
    CREATE TABLE IF NOT EXISTS log(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL);";
const PAGE: &str = "SELECT data FROM users WHERE id IN
    (SELECT id FROM users INDEXED BY users_created ORDER BY created, id LIMIT ?1 OFFSET ?2) ORDER BY created, id";

struct Job {
    id: String,
    name: String,
    external_id: String,
    email: String,
    data: Vec<u8>,
    done: oneshot::Sender<()>,
}

#[derive(Clone)]
struct App {
    writer: Sender<Job>,
    path: &'static str,
}

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: skeleton DB")?;
    let path: &'static str = Box::leak(path.into_boxed_str());
    let connection = open(path)?;
    let (writer, jobs) = mpsc::channel();
    std::thread::spawn(move || {
        if let Err(error) = write(&connection, &jobs) {
            eprintln!("skeleton: {error}");
            std::process::exit(1);
        }
    });
    let app = Router::new()
        .route("/static", get(|| async { (SCIM, &STATIC[..]) }))
        .route("/Users", get(list).post(create))
        .route("/Users/{id}", get(one))
        .with_state(App { writer, path });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

fn open(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// Commits what is queued, again and again.
fn write(connection: &Connection, jobs: &Receiver<Job>) -> rusqlite::Result<()> {
    let mut number = 0;
    while let Ok(first) = jobs.recv() {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            insert(connection, &job, number)?;
            number += 1;
            batch.push(job);
            next = if batch.len() < BATCH {
                jobs.try_recv().ok()
            } else {
                None
            };
        }
        connection.execute_batch("COMMIT")?;
        for job in batch {
            // Who went away needs no answer.
            let _ = job.done.send(());
        }
    }
    Ok(())
}

fn insert(connection: &Connection, job: &Job, number: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO users VALUES(?1,?2,?3,?4,?5)")?
        .execute(params![job.id, job.name, job.external_id, number, job.data])?;
    connection
        .prepare_cached("INSERT INTO emails VALUES(?1,?2)")?
        .execute(params![job.id, job.email])?;
    connection
        .prepare_cached("INSERT INTO log(at, kind, target) VALUES(?1,'user.created',?2)")?
        .execute(params![number, job.id])?;
    Ok(())
}

thread_local!(static READER: OnceCell<Connection> = const { OnceCell::new() });

/// Runs a read on this thread's own connection.
fn read<T>(app: &App, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
    READER.with(|reader| {
        if reader.get().is_none() {
            let _ = reader.set(open(app.path).ok()?);
        }
        run(reader.get()?).ok()
    })
}

fn stored(app: &App, sql: &str, key: &str) -> Option<Vec<u8>> {
    read(app, |connection| {
        connection.prepare_cached(sql)?.query_row([key], |row| row.get(0))
    })
}

fn is_known(headers: &HeaderMap) -> bool {
    headers
        .get(AUTHORIZATION)
        .is_some_and(|value| value.as_bytes() == TOKEN)
}

async fn create(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if !is_known(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(mut user) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let number = NEXT.fetch_add(1, Relaxed);
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a) & 0xffff_ffff_ffff;
    let id = format!("{:08x}-0000-7000-9000-{scattered:012x}", number >> 16);
    user["id"] = id.clone().into();
    user["meta"] = json!({
        "resourceType": "User", "created": "2026-11-21T01:02:03Z", "lastModified": "2026-11-21T01:02:03Z",
        "version": "W/\"1\"", "location": format!("http://127.0.0.1/Users/{id}"),
    });
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let data = user.to_string().into_bytes();
    let (done, wait) = oneshot::channel();
    let job = Job {
        id,
        name: text(&user["userName"]),
        external_id: text(&user["externalId"]),
        email: text(&user["emails"][0]["value"]),
        data: data.clone(),
        done,
    };
    if app.writer.send(job).is_err() || wait.await.is_err() {
        return StatusCode::CONFLICT.into_response();
    }
    (StatusCode::CREATED, SCIM, data).into_response()
}

async fn one(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !is_known(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match stored(&app, "SELECT data FROM users WHERE id=?1", &id) {
        Some(data) => (SCIM, data).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn list(State(app): State<App>, headers: HeaderMap, Query(query): Query<HashMap<String, String>>) -> Response {
    if !is_known(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut out = br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":"#.to_vec();
    if let Some((_, name)) = query.get("filter").and_then(|filter| filter.split_once(" eq ")) {
        out.extend_from_slice(b"1,\"Resources\":[");
        out.extend(
            stored(
                &app,
                "SELECT data FROM users WHERE user_name=?1",
                name.trim_matches('"'),
            )
            .unwrap_or_default(),
        );
    } else {
        let number = |key: &str, default: i64| query.get(key).and_then(|text| text.parse().ok()).unwrap_or(default);
        let (start, count) = (number("startIndex", 1), number("count", 100));
        out.extend_from_slice(b"999999999,\"Resources\":[");
        let page = read(&app, |connection| {
            let mut statement = connection.prepare_cached(PAGE)?;
            let rows = statement.query_map(params![count, start - 1], |row| row.get::<_, Vec<u8>>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        out.extend(page.unwrap_or_default().join(&b','));
    }
    out.extend_from_slice(b"]}");
    (SCIM, out).into_response()
}
