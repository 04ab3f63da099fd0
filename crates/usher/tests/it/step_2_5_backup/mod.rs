//! A backup that is taken while others write, and restored elsewhere: on the same engine and on the other one.
//!
//! - `load` writes while a backup is taken, and remembers what was answered.
//! - `refusals` are files and stores that a restore does not take, and restores that do not come to their end.

mod load;
mod refusals;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use db::{Archive, Db, Engine, Location, Options};
use serde_json::Value;

use self::load::{Load, Promised};
use crate::support::Place;

#[test]
fn what_was_answered_before_moves_from_sqlite_to_sqlite() {
    moves(Engine::Sqlite, Engine::Sqlite);
}

#[test]
fn what_was_answered_before_moves_from_postgres_to_postgres() {
    moves(Engine::Postgres, Engine::Postgres);
}

#[test]
fn what_was_answered_before_moves_from_sqlite_to_postgres() {
    moves(Engine::Sqlite, Engine::Postgres);
}

#[test]
fn what_was_answered_before_moves_from_postgres_to_sqlite() {
    moves(Engine::Postgres, Engine::Sqlite);
}

fn moves(from: Engine, to: Engine) {
    let old = Place::on(from);
    let usher = old.serve();
    let token = old.token("hr", "scim:read,scim:write", &["--invite", "unlinked"]);
    let load = Load::start(&usher, &token);
    let promised = load.answers(300);
    let backup = old.json(&["backup", "backup.db"]);
    let during = load.answered_meanwhile();
    load.stop();
    usher.stop();
    assert!(during > 0, "nothing was written while the backup was taken");
    let file = old.folder().join("backup.db");
    assert_eq!(backup["engine"], format!("{from:?}").to_lowercase());
    assert_eq!(mode(&file), 0o600, "others can read it");
    is_of_one_instant(&file);

    let new = Place::on(to);
    let again = new.folder().join("again.db");
    let restored = new.json(&["restore", path(&file)]);
    assert_eq!(restored["tables"], backup["tables"]);
    new.run(&["backup", path(&again)]);
    let rows = same_rows(&file, &again);
    assert_eq!(rows, sum(&backup["tables"]));
    new.run(&["audit", "verify", "--all"]);

    // The token is good there too, and what it reaches is what it was told.
    let usher = new.serve();
    let mut http = usher.http().bearer(&token);
    for promise in &promised {
        promise.check(&mut http);
    }
    let people = promised
        .iter()
        .filter(|promise| matches!(promise, Promised::There { .. }))
        .count();
    let total = http.get("/scim/v2/Users?count=0").expect(200).json()["totalResults"].clone();
    assert!(total.as_u64() >= Some(people as u64), "{total} of {people} are there");
    usher.stop();
    new.run(&["audit", "verify", "--all"]);
    testkit::figure!(
        "{from:?} to {to:?}: {} answers before the backup are there, {during} came meanwhile, {rows} rows equal row for row",
        promised.len()
    );
}

#[test]
fn a_store_that_only_a_server_was_started_on_takes_a_restore() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (file, old) = some_backup(engine);
        let new = Place::on(engine);
        new.serve().stop();
        new.run(&["restore", path(&file)]);
        let people = |place: &Place| place.run(&["user", "list", "--quiet"]);
        assert_eq!(people(&new), people(&old));
    }
}

#[test]
fn a_backup_takes_no_place_but_its_own() {
    let (file, place) = some_backup(Engine::Sqlite);
    let before = fs::read(&file).expect("it is read");
    let (taken, why) = place.attempt(&["backup", path(&file)]);
    assert!(!taken && why.contains("--force"), "{why}");
    assert_eq!(fs::read(&file).expect("it is read"), before);
    // What an interrupted one left is in nobody's way.
    let part = file.with_extension("db.part");
    fs::write(&part, "left over").expect("written");
    fs::set_permissions(&part, fs::Permissions::from_mode(0o644)).expect("set");
    place.run(&["backup", path(&file), "--force"]);
    assert!(!part.exists());
    assert_eq!(mode(&file), 0o600);
    let checked = place.run(&["restore", "--check", path(&file), "--quiet"]);
    assert_eq!(checked, path(&file));
    // One that is being written is.
    let other = fs::File::create(&part).expect("made");
    other.lock().expect("locked");
    let (taken, why) = place.attempt(&["backup", path(&file), "--force"]);
    assert!(!taken && why.contains("another backup"), "{why}");
}

#[test]
fn what_goes_on_in_servers_stays_behind() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let place = Place::on(engine);
        let usher = place.serve();
        place.run(&["backup", "backup.db"]);
        usher.stop();
        let archive = Archive::open(&place.folder().join("backup.db")).expect("it opens");
        let leases = archive
            .query("SELECT name FROM leases", &[])
            .expect("the table is there");
        assert!(leases.is_empty(), "{leases:?}");
    }
}

/// A backup of a place with a few people in it.
fn some_backup(engine: Engine) -> (PathBuf, Place) {
    let place = Place::on(engine);
    for name in ["ann", "bob", "cem"] {
        let address = format!("{name}@example.org");
        place.run(&["user", "create", name, "--email", &address, "--invite", "--quiet"]);
    }
    place.run(&["backup", "backup.db"]);
    (place.folder().join("backup.db"), place)
}

/// Compares every row of every table that a backup lists; how many there are.
fn same_rows(one: &Path, other: &Path) -> u64 {
    let open = |file| Archive::open(file).expect("the backup opens");
    let (one, other) = (open(one), open(other));
    let mut rows = 0;
    for mut row in one.query("SELECT name FROM backup_tables", &[]).expect("it has a list") {
        let name: String = row.take(0).expect("a name");
        let table = one.table(&name).expect("it is read").expect("it is there");
        assert_eq!(other.table(&name).expect("it is read").as_ref(), Some(&table));
        let all = |archive: &Archive| archive.query(&table.select(), &[]).expect("its rows are read");
        let (ours, theirs) = (all(&one), all(&other));
        assert_eq!(ours.len(), theirs.len(), "rows of {name}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "a row of {name}");
        }
        rows += ours.len() as u64;
    }
    rows
}

/// What one transaction wrote into several tables is there in all of them or in none.
fn is_of_one_instant(file: &Path) {
    let archive = Archive::open(file).expect("the backup opens");
    let count = |sql: &str| {
        let mut rows = archive.query(sql, &[]).expect("it is counted");
        rows[0].take::<i64>(0).expect("a number")
    };
    let people = count("SELECT COUNT(*) FROM users");
    let born = count("SELECT COUNT(*) FROM events WHERE kind = 'user.created'");
    let left = count("SELECT COUNT(*) FROM departed_users");
    assert_eq!(born - left, people, "people and their events");
    let strangers = "SELECT COUNT(*) FROM memberships m WHERE status = 'enabled'
                     AND NOT EXISTS (SELECT 1 FROM users u WHERE u.realm = m.realm AND u.id = m.user_id)";
    assert_eq!(count(strangers), 0, "members who are nobody");
    assert!(people > 0);
}

fn sum(tables: &Value) -> u64 {
    let tables = tables.as_object().expect("tables with their rows");
    tables.values().filter_map(Value::as_u64).sum()
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("it is there").permissions().mode() & 0o777
}

fn path(file: &Path) -> &str {
    file.to_str().expect("a name in UTF-8")
}

/// Does something with the store of a place, beside the commands.
fn with_store<T>(location: &Location, work: impl AsyncFnOnce(&Db) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let db = Db::open(location, &Options::default()).await.expect("the store opens");
        let done = work(&db).await;
        db.close().await;
        done
    })
}

fn location(place: &Place) -> Location {
    let environment = place.environment();
    let url = environment.iter().find(|(name, _)| name == "USHER_DATABASE__URL");
    match url {
        Some((_, url)) => Location::Postgres(url.clone()),
        None => Location::Sqlite(place.data().join("usher.db")),
    }
}
