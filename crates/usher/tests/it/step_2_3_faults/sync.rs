//! Between the request and its answer the log is on disk: seen under strace.

use std::collections::HashMap;

use db::Engine;
use serde_json::json;

use crate::support::{Place, Strace};

const CALLS: &str = "read,recvfrom,readv,write,writev,sendto,sendmsg,fsync,fdatasync";
const REQUESTS: usize = 20;

/// How often the log was synced between each request that begins so and its answer, which begins so.
fn syncs(trace: &str, request: &str, answer: &str) -> Vec<usize> {
    let mut all = Vec::new();
    let mut open = None;
    // Calls that have begun, by thread: whether they sync the log.
    let mut begun: HashMap<&str, bool> = HashMap::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        let call = call.trim_start();
        let syncs = (call.starts_with("fdatasync(") || call.starts_with("fsync(")) && call.contains("usher.db-wal");
        let synced = if call.ends_with("<unfinished ...>") {
            begun.insert(thread, syncs);
            false
        } else if call.starts_with("<... ") {
            begun.remove(thread).unwrap_or(false) && call.ends_with("= 0")
        } else {
            syncs && call.ends_with("= 0")
        };
        if call.contains(request) {
            open = Some(0);
        } else if let Some(count) = &mut open {
            if synced {
                *count += 1;
            } else if call.contains(answer) {
                all.push(*count);
                open = None;
            }
        }
    }
    all
}

#[test]
fn what_is_answered_with_success_is_on_disk_before() {
    let place = Place::on(Engine::Sqlite);
    let usher = place.serve();
    let mut http = usher.http().bearer(&place.token("hr", "scim:read,scim:write", &[]));
    // Connected, and known to be.
    http.get("/scim/v2/Users").expect(200);
    let Some(strace) = Strace::watch(&usher, CALLS) else {
        return;
    };
    for _ in 0..REQUESTS {
        http.get("/scim/v2/Users").expect(200);
    }
    for number in 0..REQUESTS {
        http.post("/scim/v2/Users", &json!({ "userName": format!("u{number}") }))
            .expect(201);
    }
    let trace = strace.let_go();
    let reads = syncs(&trace, "\"GET /scim/v2/Users", "\"HTTP/1.1 200");
    let writes = syncs(&trace, "\"POST /scim/v2/Users", "\"HTTP/1.1 201");
    assert_eq!((reads.len(), writes.len()), (REQUESTS, REQUESTS), "{trace}");
    assert!(writes.iter().all(|count| *count > 0), "{writes:?}\n{trace}");
    // A worker may happen to write while somebody reads.
    let beside = reads.iter().filter(|count| **count > 0).count();
    assert!(beside < REQUESTS / 2, "reads sync: {reads:?}\n{trace}");
    testkit::figure!(
        "{REQUESTS} of {REQUESTS} POSTs were answered after the log was synced, {beside} of {REQUESTS} GETs"
    );
    usher.stop();
}

#[test]
fn what_a_command_has_done_is_on_disk_when_it_ends() {
    let place = Place::on(Engine::Sqlite);
    place.run(&["migrate"]);
    let mut command = place.command(&["user", "create", "ann", "--quiet"]);
    let trace = place.folder().join("trace");
    let mut traced = std::process::Command::new("strace");
    traced
        .args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(&trace)
        .arg(command.get_program());
    traced.args(command.get_args()).current_dir(place.folder());
    assert!(traced.output().expect("strace runs").status.success());
    let trace = std::fs::read_to_string(trace).expect("what strace wrote");
    assert!(
        trace
            .lines()
            .any(|line| line.contains("usher.db-wal") && line.contains("sync(")),
        "{trace}"
    );
    // Found once more, and named.
    command = place.command(&["user", "create", "ann", "--quiet"]);
    assert!(!command.output().expect("it runs").status.success());
}

#[test]
fn the_order_of_calls_is_read_from_a_trace() {
    let trace = "\
7 recvfrom(9<TCP:[1]>, \"POST /scim/v2/Users HTTP/1.1\\r\\n\"..., 8192, 0, NULL, NULL) = 300
8 fdatasync(5</d/usher.db-wal> <unfinished ...>
7 recvfrom(9<TCP:[1]>, 0x1, 8192, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
8 <... fdatasync resumed>) = 0
7 writev(9<TCP:[1]>, [{iov_base=\"HTTP/1.1 201 Created\\r\\n\"..., iov_len=500}], 2) = 500
7 recvfrom(9<TCP:[1]>, \"POST /scim/v2/Users HTTP/1.1\\r\\n\"..., 8192, 0, NULL, NULL) = 300
8 fdatasync(5</d/usher.db-wal> <unfinished ...>
7 writev(9<TCP:[1]>, [{iov_base=\"HTTP/1.1 201 Created\\r\\n\"..., iov_len=500}], 2) = 500
8 <... fdatasync resumed>) = 0
8 fdatasync(5</d/usher.db>) = 0
7 recvfrom(9<TCP:[1]>, \"POST /scim/v2/Users HTTP/1.1\\r\\n\"..., 8192, 0, NULL, NULL) = 300
8 fsync(5</d/usher.db-wal>) = -1 EIO (Input/output error)
7 writev(9<TCP:[1]>, [{iov_base=\"HTTP/1.1 201 Created\\r\\n\"..., iov_len=500}], 2) = 500";
    assert_eq!(syncs(trace, "\"POST /scim", "\"HTTP/1.1 201"), [1, 0, 0]);
}
