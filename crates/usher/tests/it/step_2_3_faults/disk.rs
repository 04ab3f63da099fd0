//! Real disks: one that is full, and one whose file system becomes read-only.

use std::sync::mpsc;

use super::{NOTHING, Told, api_unavailable, comes_back, readiness, unavailable};
use crate::support::{DiskKind, Place, Usher};

const WRITERS: usize = 4;
const WATCHED: [&str; 2] = ["--health-listen", "127.0.0.1:0"];

fn place_on(kind: DiskKind) -> Option<Place> {
    let place = Place::on_disk(kind);
    if place.is_none() {
        testkit::say(format_args!(
            "{kind:?}: no such disk can be made on this machine, so this is left out"
        ));
    }
    place
}

/// Several write at once, and after some answers something happens to the disk. They end when each was refused.
fn write_until_refused(usher: &Usher, token: &str, name: &str, happens: impl FnOnce()) -> Told {
    let (answered, answers) = mpsc::channel();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let answered = answered.clone();
                scope.spawn(move || {
                    let mut told = Told::default();
                    let mut http = usher.http().bearer(token);
                    for number in 0..2_000 {
                        let status = told.create(&mut http, &format!("{name}{writer}-{number}"));
                        let _ = answered.send(());
                        if status != 201 {
                            return told;
                        }
                    }
                    panic!("nothing is ever refused");
                })
            })
            .collect();
        for _ in 0..5 * WRITERS {
            answers.recv().expect("they write");
        }
        happens();
        let mut all = Told::default();
        for writer in writers {
            let mut told = writer.join().expect("it ends");
            all.made.append(&mut told.made);
            all.not_made.append(&mut told.not_made);
            all.open.append(&mut told.open);
        }
        all
    })
}

/// The log says in one line that nothing can be written and why, and not again for everybody who meets with it.
fn says_once(log: &str, why: &str) {
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("the database takes no writes, and tries again"))
        .collect();
    assert!(
        lines.len() == 1 && lines[0].contains(why),
        "{}\nin\n{log}",
        lines.join("\n")
    );
}

#[test]
fn a_full_disk_is_told_and_costs_nothing_that_was_answered() {
    let Some(place) = place_on(DiskKind::Small(12)) else {
        return;
    };
    let mut usher = place.serve_with(&WATCHED);
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let admin = place.token("ops", "admin", &[]);
    let mut told = write_until_refused(&usher, &token, "a", || place.disk().fill());
    let mut http = usher.http().bearer(&token);

    assert_eq!(told.create(&mut http, "full"), 503);
    let answer = http.post("/scim/v2/Groups", &serde_json::json!({ "displayName": "all" }));
    let detail = unavailable(&answer)["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains("no room left") && detail.contains(NOTHING), "{detail}");
    let detail = api_unavailable(&usher, &admin, "full-too");
    assert!(detail.contains("no room left"), "{detail}");
    told.compare(&mut http);
    let why = readiness(&usher, false);
    assert!(
        why.contains("the database takes no writes: the database has no room left"),
        "{why}"
    );
    let log = usher.log();
    says_once(&log, "no room left");
    let (_, found) = place.attempt(&["doctor"]);
    assert!(
        found.contains("0 MiB free") && found.contains("make room: writes are about to fail"),
        "{found}"
    );

    // When there is room again, it goes on by itself.
    place.disk().make_room();
    let back = comes_back(&mut told, &mut http, "back");
    assert!(usher.log().contains("the database takes writes again"));
    readiness(&usher, true);
    told.compare(&mut http);

    // Full again, and killed: a start says what to do, and with room everything is there.
    let mut more = write_until_refused(&usher, &token, "b", || place.disk().fill());
    told.made.append(&mut more.made);
    told.not_made.append(&mut more.not_made);
    told.open.append(&mut more.open);
    let commands = [
        &["user", "create", "bob", "--email", "bob@example.org"][..],
        &["serve", "--listen", "127.0.0.1:0"],
    ];
    for words in commands {
        if words[0] == "serve" {
            usher.kill();
            place.disk().fill_for_a_start();
        }
        let (said, code) = place.attempt_code(words);
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(
            code == 1 && lines.len() == 1 && lines[0].contains("make room"),
            "exit {code}: {said}"
        );
    }
    place.disk().make_room();
    usher = place.serve_with(&WATCHED);
    http = usher.http().bearer(&token);
    told.compare(&mut http);
    comes_back(&mut told, &mut http, "again");
    told.compare(&mut http);
    assert!(place.attempt(&["audit", "verify"]).0);
    testkit::figure!(
        "a full disk, twice: {}, back after {} ms",
        told.counts(),
        back.as_millis()
    );
    usher.stop();
}

#[test]
fn a_file_system_that_becomes_read_only_is_told_and_costs_nothing_that_was_answered() {
    let Some(place) = place_on(DiskKind::Fragile) else {
        return;
    };
    let mut usher = place.serve_with(&WATCHED);
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let (mut told, mut http) = (Told::default(), usher.http().bearer(&token));
    for number in 0..5 * WRITERS {
        told.create(&mut http, &format!("a{number}"));
    }
    // While nobody writes: ext4 may answer a sync well that its breakdown overtakes, and what it loses then is its own.
    place.disk().break_down();
    assert_eq!(told.create(&mut http, "late"), 503);
    told.compare(&mut http);
    let why = readiness(&usher, false);
    assert!(why.contains("the database takes no writes: "), "{why}");
    let log = usher.log();
    says_once(&log, "disk I/O error");

    usher.kill();
    place.disk().repair();
    usher = place.serve_with(&WATCHED);
    http = usher.http().bearer(&token);
    told.compare(&mut http);
    comes_back(&mut told, &mut http, "again");
    readiness(&usher, true);
    assert!(place.attempt(&["audit", "verify"]).0);
    testkit::figure!("a file system that became read-only: {}", told.counts());
    usher.stop();
}
