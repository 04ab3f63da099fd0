//! The disk refuses what SQLite asks of it: strace makes up the system's answers to a running server, one kind of error after
//! the other.

use db::Engine;

use super::{Told, UNKNOWN, api_unavailable, comes_back, readiness};
use crate::support::{Place, Strace};

/// What the system refuses, and how.
const FAULTS: [(&str, &str); 6] = [
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EROFS"),
    ("pwrite64", "EIO"),
    ("fsync,fdatasync", "EIO"),
    ("fsync,fdatasync", "ENOSPC"),
    ("pwrite64,fsync,fdatasync,ftruncate", "EIO"),
];

#[test]
fn writes_that_the_system_refuses_are_told_and_not_there() {
    let place = Place::on(Engine::Sqlite);
    let mut usher = place.serve_with(&["--health-listen", "127.0.0.1:0"]);
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let admin = place.token("ops", "admin", &[]);
    let mut told = Told::default();
    let mut http = usher.http().bearer(&token);
    told.create(&mut http, "before");
    for (round, (calls, error)) in FAULTS.into_iter().enumerate() {
        let Some(strace) = Strace::refuse(&usher, calls, error) else {
            return;
        };
        for number in 0..3 {
            let status = told.create(&mut http, &format!("r{round}n{number}"));
            assert_eq!(status, 503, "{calls} {error}");
        }
        let detail = api_unavailable(&usher, &admin, &format!("r{round}api"));
        if detail.contains(UNKNOWN) {
            told.open.insert(format!("r{round}api"));
        }
        // Whoever reads does not notice.
        told.compare(&mut http);
        let why = readiness(&usher, false);
        assert!(why.contains("the database takes no writes: "), "{calls} {error}: {why}");
        strace.let_go();
        comes_back(&mut told, &mut http, &format!("r{round}back"));
        readiness(&usher, true);
        told.compare(&mut http);
        // What the disk has by now is what a server finds that starts after a power failure.
        if round % 2 == 1 {
            usher.kill();
            usher = place.serve_with(&["--health-listen", "127.0.0.1:0"]);
            http = usher.http().bearer(&token);
            told.compare(&mut http);
        }
    }
    let log = usher.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("the store failed")).collect();
    for cause in ["disk I/O error", "database or disk is full"] {
        assert!(
            lines.iter().any(|line| line.contains(cause)),
            "{cause} is in no line of\n{}",
            lines.join("\n")
        );
    }
    assert!(place.attempt(&["audit", "verify"]).0);
    testkit::figure!("{} errors of the system made up: {}", FAULTS.len(), told.counts());
    usher.stop();
}
