//! Files and stores that a restore does not take, and backups and restores that do not come to their end.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use db::{Engine, Location};

use super::{location, path, same_rows, some_backup, with_store};
use crate::support::{Place, binary};

#[test]
fn a_file_that_is_not_what_it_was_is_refused_before_anything_is_written() {
    let (file, place) = some_backup(Engine::Sqlite);
    let whole = fs::read(&file).expect("it is read");
    let mut changed = whole.clone();
    let at = find(&changed, b"bob@example.org").expect("a mail address");
    changed[at] = b'B';
    let foreign = b"PK\x03\x04 something else altogether".repeat(100);
    let store = fs::read(place.data().join("usher.db")).expect("it is read");
    let cases: [(&str, &[u8], &str); 7] = [
        ("cut in the middle", &whole[..whole.len() / 2], "cut short"),
        ("cut by a page", &whole[..whole.len() - 4096], "cut short"),
        ("cut to its beginning", &whole[..100], "cut short"),
        ("empty", b"", "no backup"),
        ("changed", &changed, "is not as it was written"),
        ("foreign", &foreign, "no backup"),
        ("a database", &store, "no backup"),
    ];
    let new = Place::on(Engine::Sqlite);
    let bad = new.folder().join("bad.db");
    for (case, bytes, word) in cases {
        fs::write(&bad, bytes).expect("written");
        for words in [&["restore", "--check", path(&bad)][..], &["restore", path(&bad)]] {
            let (good, why) = new.attempt(words);
            assert!(!good && why.contains(word) && why.lines().count() == 1, "{case}: {why}");
        }
        assert_eq!(
            fs::read(&bad).expect("it is read"),
            bytes,
            "{case}: the file was changed"
        );
    }
    let (good, why) = new.attempt(&["restore", "none.db"]);
    assert!(!good && why.contains("cannot read none.db"), "{why}");
    new.run(&["restore", path(&file)]);
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[test]
fn a_backup_of_a_newer_version_is_refused() {
    for (change, number) in [
        ("UPDATE backup SET format = 2", "format 2"),
        ("UPDATE backup SET schema = 999", "schema 999"),
    ] {
        let (file, place) = some_backup(Engine::Sqlite);
        with_store(&Location::Sqlite(file.clone()), async |db| {
            let changed: Result<u64, db::Error> = db.write(move |tx| tx.execute(change, &[])).await;
            assert_eq!(changed.expect("it is changed"), 1);
        });
        let (good, why) = place.attempt(&["restore", "--check", path(&file)]);
        assert!(!good && why.contains("newer") && why.contains(number), "{why}");
    }
}

#[test]
fn a_store_in_which_something_happened_is_left_alone_on_sqlite() {
    a_store_in_which_something_happened_is_left_alone(Engine::Sqlite);
}

#[test]
fn a_store_in_which_something_happened_is_left_alone_on_postgres() {
    a_store_in_which_something_happened_is_left_alone(Engine::Postgres);
}

fn a_store_in_which_something_happened_is_left_alone(engine: Engine) {
    let (file, _old) = some_backup(engine);
    let new = Place::on(engine);
    let usher = new.serve();
    let (good, why) = new.attempt(&["restore", path(&file)]);
    assert!(
        !good && why.contains("server") && why.contains("stop it first"),
        "{why}"
    );
    usher.stop();
    new.run(&["user", "create", "eve", "--email", "eve@example.org", "--quiet"]);
    let (good, why) = new.attempt(&["restore", path(&file)]);
    assert!(!good && why.contains("not empty") && why.contains("--data"), "{why}");
    assert_eq!(new.json(&["user", "list"])[0]["userName"], "eve");
    new.serve().stop();
}

#[test]
fn an_interrupted_restore_leaves_a_store_that_takes_another_one_only_on_sqlite() {
    an_interrupted_restore(Engine::Sqlite);
}

#[test]
fn an_interrupted_restore_leaves_a_store_that_takes_another_one_only_on_postgres() {
    an_interrupted_restore(Engine::Postgres);
}

fn an_interrupted_restore(engine: Engine) {
    let (file, _old) = some_backup(engine);
    // The kill may come too late on one try, not on all.
    let half = (0..20).find_map(|_| {
        let place = Place::on(engine);
        kill_when_begun(&place, &file).then_some(place)
    });
    let place = half.expect("a restore is interrupted");
    let said = "a restore into it was not finished";
    for words in [
        &["serve", "--listen", "127.0.0.1:0", "--unsafe-durability"][..],
        &["user", "list"],
        &["migrate"],
        &["backup", "b.db"],
    ] {
        let (good, why) = place.attempt(words);
        assert!(
            !good && why.contains(said) && why.contains("usher restore"),
            "{words:?}: {why}"
        );
    }
    place.run(&["restore", path(&file)]);
    place.run(&["backup", "again.db"]);
    same_rows(&file, &place.folder().join("again.db"));
    place.serve().stop();
}

/// Starts a restore and kills it as soon as it has begun to write; whether it did not come to its end.
fn kill_when_begun(place: &Place, file: &Path) -> bool {
    with_store(&location(place), async |db| {
        let mut command = place.command(&["restore", path(file)]);
        let mut restore = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        while restore.try_wait().expect("its state").is_none() {
            if db.is_half_restored().await.unwrap_or(false) {
                break;
            }
        }
        restore.kill().expect("it is killed");
        restore.wait().expect("it ends");
        db.is_half_restored().await.expect("the store answers")
    })
}

#[test]
fn a_backup_without_room_says_so_and_leaves_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (_, place) = some_backup(engine);
        let words = place.command(&["backup", "full.db"]);
        // Files may be 64 KiB long, and a write beyond that fails as on a full disk.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""]);
        command.arg(binary()).args(words.get_args()).current_dir(place.folder());
        let tried = command.envs(place.environment()).output().expect("it runs");
        let why = String::from_utf8_lossy(&tried.stderr);
        assert_eq!(tried.status.code(), Some(1), "{why}");
        assert!(why.contains("cannot back up into full.db"), "{why}");
        let left = fs::read_dir(place.folder()).expect("the folder is read");
        let left: Vec<_> = left.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
        assert!(
            left.iter().all(|name| !name.to_string_lossy().contains("full")),
            "{left:?}"
        );
    }
}
