//! Many memberships that end in one night, with a kill in the middle. `cargo xtask night` does the same with 100,000.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use db::Engine;
use serde_json::{Value, json};

use crate::support::{Http, Place, Sink, Usher, count, until, variable};

/// How many, unless USHER_TEST_NIGHT says otherwise.
const DUE: usize = 600;
const START: &str = "2030-01-07T08:00:00Z";
/// How many make them members at a time.
const HANDS: usize = 8;
/// What the server may take while they end beyond what it took before, in KiB.
const MORE_MEMORY: u64 = 64 * 1024;
/// How many transactions an item may take, its mail included.
const TRANSACTIONS: usize = 12;
/// How many mails may be on their way at once, so twice after a kill.
const IN_FLIGHT: usize = 64;

const IN_FORCE: &str = "SELECT COUNT(*) FROM memberships WHERE status = 'enabled'";
const COMMITS: &str = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";

#[test]
fn sqlite() {
    night(Engine::Sqlite);
}

#[test]
fn postgres() {
    night(Engine::Postgres);
}

fn night(engine: Engine) {
    let due = variable("USHER_TEST_NIGHT").map_or(DUE, |number| number.parse().expect("a number"));
    let sink = Sink::start();
    let place = Place::on(engine).with_mail(&sink);
    let mut usher = place.serve_with(&["--clock", START]);
    people(&place, due);
    // One mail for each who is out, and one a day to whoever administers the group.
    place.run(&[
        "realm",
        "set",
        "default",
        "agm.admin_digest=true",
        "agm.notices_off=member_create_user_inform",
    ]);
    members(&place, &usher, due);
    assert_eq!(in_force(&place), due);

    let before = memory(usher.pid());
    let commits = commits(&place, engine);
    let began = Instant::now();
    let mut moving = Moving::start(&place);
    until("a third is out", || in_force(&place) < due * 2 / 3);
    let peak_of_first = peak(usher.pid());
    usher.kill();
    moving.kill();
    let left = in_force(&place);
    assert!(left > 0, "all had ended before the kill");
    drop(usher);

    // Whatever is due is done by whoever comes next, without anybody moving the clock.
    let usher = place.serve_with(&["--clock", START]);
    let patience = |what: &str, holds: &mut dyn FnMut() -> bool| {
        let mut seen = usize::MAX;
        while !holds() {
            let now = in_force(&place) + due.saturating_sub(sink.taken().len());
            if now == seen {
                thread::yield_now();
            }
            seen = now;
            assert!(began.elapsed().as_secs() < 60 + due as u64 / 10, "still not: {what}");
        }
    };
    patience("all are out", &mut || in_force(&place) == 0);
    patience("all mails are sent", &mut || sink.taken().len() >= due);
    let took = began.elapsed();
    let peak = peak(usher.pid()).max(peak_of_first);
    until("nothing is on its way", || {
        count(
            &place,
            "SELECT COUNT(*) FROM deliveries WHERE state IN ('queued', 'running', 'retrying')",
        ) == 0
    });

    let mut mails: HashMap<String, usize> = HashMap::new();
    for mail in sink.taken() {
        *mails.entry(mail.recipient).or_default() += 1;
    }
    let told = mails.keys().filter(|to| to.starts_with("due")).count();
    let twice: usize = mails
        .iter()
        .filter(|(to, _)| to.starts_with("due"))
        .map(|(_, times)| times - 1)
        .sum();
    assert_eq!(told, due, "everybody is told");
    assert!(twice <= IN_FLIGHT, "{twice} mails came twice");
    let ended = count(&place, "SELECT COUNT(*) FROM events WHERE kind = 'member.expired'");
    assert_eq!(usize::try_from(ended), Ok(due), "each ended once");
    assert!(peak <= before + MORE_MEMORY, "{before} KiB before, {peak} KiB at most");
    let transactions = match commits {
        None => "not counted here".to_owned(),
        Some(before) => {
            let made = usize::try_from(commits_now(&place) - before)
                .unwrap_or_default()
                .div_ceil(due);
            assert!(made <= TRANSACTIONS, "{made} transactions for each");
            made.to_string()
        }
    };
    testkit::figure!(
        "{engine:?}: goal {due} ended once, figure {ended} | goal lost 0, twice at most {IN_FLIGHT}, figure 0, {twice} | goal at most {TRANSACTIONS} transactions an item, figure {transactions} | goal memory flat, figure {} MiB before, {} MiB at most | killed with {left} left, {:.1} s",
        before / 1024,
        peak / 1024,
        took.as_secs_f64()
    );
    usher.stop();
}

fn people(place: &Place, due: usize) {
    let mut csv = "userName,email\n".to_owned();
    for number in 0..due {
        let _ = writeln!(csv, "due{number},due{number}@example.org");
    }
    let file = place.folder().join("people.csv");
    fs::write(&file, csv).expect("it is written");
    place.run(&["user", "import", file.to_str().expect("a plain path"), "--yes"]);
}

/// Makes them all members of one group until tomorrow, several at a time.
fn members(place: &Place, usher: &Usher, due: usize) {
    let token = place.token("night", "agm:admin", &[]);
    let agm = |path: &str| format!("/realms/default/agm{path}");
    let made = usher
        .http()
        .bearer(&token)
        .post(&agm("/admin/group"), &json!({ "name": "night" }))
        .expect(201);
    let group = made.header("location").rsplit('/').next().expect("an id").to_owned();
    let path = agm(&format!("/account/group-admin/group/{group}/members"));
    thread::scope(|scope| {
        for hand in 0..HANDS {
            let (url, token, path) = (&usher.url, &token, &path);
            scope.spawn(move || {
                let mut http = Http::new(url).bearer(token);
                for number in (hand..due).step_by(HANDS) {
                    let body: Value = json!({ "user": { "username": format!("due{number}") }, "groupRoles": ["member"],
                        "membershipExpiresAt": "2030-01-08" });
                    http.post(path, &body).expect(204);
                }
            });
        }
    });
}

fn in_force(place: &Place) -> usize {
    usize::try_from(count(place, IN_FORCE)).unwrap_or_default()
}

/// How many transactions the database has committed, where it says.
fn commits(place: &Place, engine: Engine) -> Option<i64> {
    (engine == Engine::Postgres).then(|| commits_now(place))
}

fn commits_now(place: &Place) -> i64 {
    count(place, COMMITS)
}

/// What a process takes now, in KiB.
fn memory(pid: u32) -> u64 {
    status(pid, "VmRSS:")
}

/// The most it has taken.
fn peak(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

fn status(pid: u32, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let found = status.lines().find_map(|known| known.strip_prefix(line));
    found
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The command that moves the clock over the night.
struct Moving(Child);

impl Moving {
    fn start(place: &Place) -> Self {
        let mut command: Command = place.command(&["clock", "advance", "2d"]);
        Self(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("it starts"),
        )
    }

    fn kill(&mut self) {
        // It may have ended by itself, since the server it waits for is gone.
        let _ = self.0.kill();
        self.0.wait().expect("it has ended");
    }
}
