//! `kill -9` in the middle of concurrent writes, again and again: what was answered with success is there, nothing is there
//! by half, the chain of events verifies, and no invitation mail is lost. On PostgreSQL every tenth round kills PostgreSQL
//! instead, and the server gets through that without a restart.
//!
//! - `ledger`: what the writers were told
//! - `writers`: who writes, over HTTP, until the connection breaks
//! - `checks`: the store compared with the ledger and with itself
//! - `outage`: what the server answers while its database is gone, and when it is back
//!
//! Twenty rounds on each engine; `cargo xtask crash --rounds N --engine E` sets `USHER_TEST_CRASH_ROUNDS`.

pub(crate) mod checks;
pub(crate) mod ledger;
mod outage;
mod writers;

use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use db::Engine;
use serde_json::json;

use self::ledger::{Change, Ledger};
use self::writers::Writer;
use crate::support::{Place, Sink, Usher, variable};

const ROUNDS: usize = 20;
const WRITERS: usize = 8;
const GROUPS: usize = 3;
/// A round ends after a random number of answers up to this one.
const MOST_ANSWERS: u64 = 200;
/// Every so many rounds it is PostgreSQL that is killed.
const POSTGRES_ROUND: usize = 10;
/// Every so many rounds it is said how far it is.
const PROGRESS: usize = 20;
/// How long the last mails may take. Beside PostgreSQL what was on its way when the server died waits until its lease has
/// run out: another node might have it.
const LAST_MAILS: Duration = Duration::from_mins(3);
/// On SQLite a server that starts knows that its predecessor is dead.
const LAST_MAILS_EMBEDDED: Duration = Duration::from_secs(30);

#[test]
fn sqlite() {
    Crash::prepare(Engine::Sqlite).run(rounds());
}

#[test]
fn postgres() {
    Crash::prepare(Engine::Postgres).run(rounds());
}

#[test]
fn the_checks_see_what_is_lost_and_what_is_half() {
    let meddling = [
        ("DELETE FROM users WHERE user_name_key = 'ann'", "is lost"),
        (
            "DELETE FROM events WHERE kind = 'user.created'",
            "without the event of their making",
        ),
        (
            "UPDATE users SET version = version + 1",
            "in a version without its event",
        ),
        (
            "UPDATE counts SET n = n + 1 WHERE kind = 'users'",
            "counted and not there",
        ),
        ("DELETE FROM memberships", "events of memberships that are not there"),
        ("UPDATE groups SET version = version + 1", "member events"),
    ];
    for (sql, seen) in meddling {
        let place = Place::on(Engine::Sqlite);
        let usher = place.serve();
        let mut http = usher.http().bearer(&place.token("hr", "scim:read,scim:write", &[]));
        let user = json!({ "userName": "ann", "displayName": "ann", "emails": [{ "value": "ann@example.org" }] });
        let id = http.post("/scim/v2/Users", &user).expect(201).json()["id"]
            .as_str()
            .map(str::to_owned);
        let id = id.expect("an id");
        let mut ledger = Ledger::default();
        ledger.created("ann", &id, None);
        let group = http
            .post("/scim/v2/Groups", &json!({ "displayName": "all" }))
            .expect(201)
            .json();
        let group = group["id"].as_str().expect("an id").to_owned();
        let add = json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
        let path = format!("/scim/v2/Groups/{group}");
        let added = http
            .try_json("PATCH", &path, &json!({ "Operations": [add] }))
            .expect("an answer");
        assert!(added.status < 300, "{}", added.text);
        ledger.group_created(&group, "all");
        ledger.answered(&id, &Change::Member { group, is: true });
        usher.stop();
        assert_eq!(checks::problems(&place, &ledger, &[]), Vec::<String>::new());
        checks::meddle(&place, sql);
        let problems = checks::problems(&place, &ledger, &[]).join("\n");
        assert!(problems.contains(seen), "after {sql}:\n{problems}");
    }
}

fn rounds() -> usize {
    let named =
        variable("USHER_TEST_CRASH_ROUNDS").map(|rounds| rounds.parse().expect("USHER_TEST_CRASH_ROUNDS is a number"));
    named.unwrap_or(ROUNDS)
}

/// Numbers in no order, the same for the same seed (SplitMix64).
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    /// The seed of `USHER_TEST_CRASH_SEED`, or any.
    fn new() -> Self {
        let named =
            variable("USHER_TEST_CRASH_SEED").map(|seed| seed.parse().expect("USHER_TEST_CRASH_SEED is a number"));
        Self(named.unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish()))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Usher,
    Postgres,
}

/// One installation that is killed.
struct Crash {
    engine: Engine,
    // First, since its log lies in its place.
    usher: Usher,
    place: Place,
    sink: Sink,
    /// Tokens of a program that provisions and of one that invites as Wire does.
    tokens: [String; 2],
    /// A token for the native API.
    admin: String,
    groups: Vec<String>,
    ledger: Mutex<Ledger>,
    dice: Dice,
}

impl Crash {
    fn prepare(engine: Engine) -> Self {
        let sink = Sink::start();
        let place = Place::durable(engine).with_mail(&sink);
        let usher = place.serve();
        let plain = place.token("hr", "scim:read,scim:write", &[]);
        let wire = place.token("wire", "scim:read,scim:write", &["--profile", "wire"]);
        let admin = place.token("ops", "admin", &[]);
        let mut http = usher.http().bearer(&plain);
        let groups = (0..GROUPS)
            .map(|number| {
                let body = json!({ "displayName": format!("hot {number}") });
                let group = http.post("/scim/v2/Groups", &body).expect(201).json();
                group["id"].as_str().expect("an id").to_owned()
            })
            .collect();
        let dice = Dice::new();
        testkit::say(format_args!("seed {}", dice.0));
        Self {
            engine,
            place,
            sink,
            usher,
            tokens: [plain, wire],
            admin,
            groups,
            ledger: Mutex::default(),
            dice,
        }
    }

    fn run(mut self, rounds: usize) {
        let mut slowest = Duration::ZERO;
        let mut outages = Vec::new();
        let began = Instant::now();
        let mut checking = Duration::ZERO;
        for round in 0..rounds {
            if self.engine == Engine::Postgres && (round + 1) % POSTGRES_ROUND == 0 {
                outages.push(self.lose_postgres(round));
            } else {
                self.write_until_killed(round, Victim::Usher);
                self.usher = self.place.serve();
                slowest = slowest.max(self.usher.started_in);
            }
            let checks = Instant::now();
            self.check();
            checking += checks.elapsed();
            if (round + 1) % PROGRESS == 0 && round + 1 < rounds {
                let (took, checking) = (began.elapsed().as_secs(), checking.as_secs());
                testkit::say(format_args!(
                    "round {} of {rounds}, {took} s, {checking} s of them for checks",
                    round + 1
                ));
            }
        }
        self.wait_for_mails();
        self.check();
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = ledger.tally(&self.sink.taken());
        testkit::figure!(
            "{rounds} rounds of kill -9 on {:?}, slowest restart {} ms, {tally}",
            self.engine,
            slowest.as_millis()
        );
        if let Some(longest) = outages.iter().max() {
            testkit::figure!(
                "{} of the rounds killed PostgreSQL, usher answered again after at most {} ms without a restart",
                outages.len(),
                longest.as_millis()
            );
        }
        drop(ledger);
        self.usher.stop();
    }

    /// Lets the writers write, and kills the server, or the database beneath it, after some answer.
    fn write_until_killed(&mut self, round: usize, victim: Victim) {
        let answers = 1 + self.dice.below(MOST_ANSWERS);
        let links = self.links_to_accept();
        let (answered, told) = mpsc::channel();
        let url = self.usher.url.clone();
        std::thread::scope(|scope| {
            for number in 0..WRITERS {
                let writer = Writer {
                    url: &url,
                    tokens: &self.tokens,
                    groups: &self.groups,
                    ledger: &self.ledger,
                    answered: answered.clone(),
                    dice: Dice(self.dice.below(u64::MAX)),
                    name: format!("r{round}w{number}"),
                    victim,
                };
                let links = if number == 0 { links.clone() } else { Vec::new() };
                scope.spawn(move || writer.write(links));
            }
            drop(answered);
            for _ in 0..answers {
                // The writers go on until the server is gone; silence is a fault.
                told.recv_timeout(Duration::from_mins(1)).expect("the server answers");
            }
            match victim {
                Victim::Usher => self.usher.kill(),
                Victim::Postgres => self.place.kill_postgres(),
            }
        });
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(ledger.faults.is_empty(), "{}", ledger.faults.join("\n"));
    }

    /// A few links from mails whose people have not been asked yet.
    fn links_to_accept(&self) -> Vec<(String, String)> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh: Vec<_> = self.sink.taken().into_iter().rev().take(20).collect();
        let mut links = Vec::new();
        for mail in fresh {
            if let (Some(user), Some(link)) = (ledger.ask(&mail.recipient), mail.invitation()) {
                links.push((user, link));
            }
        }
        links.truncate(3);
        links
    }

    /// Compares the store with what the writers were told, and with itself.
    fn check(&self) {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let problems = checks::problems(&self.place, &ledger, &self.groups);
        assert!(
            problems.is_empty(),
            "{} problems:\n{}",
            problems.len(),
            problems.join("\n")
        );
        let (verified, said) = self.place.attempt(&["audit", "verify"]);
        assert!(verified, "the chain of events does not verify: {said}");
        let mut http = self.usher.http().bearer(&self.tokens[0]);
        for id in ledger.some_users(10) {
            http.get(&format!("/scim/v2/Users/{id}")).expect(200);
        }
    }

    /// Waits until every invitation that was answered for has its mail.
    fn wait_for_mails(&self) {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let missing = ledger.without_mail(&self.sink.taken());
            if missing.is_empty() {
                return;
            }
            let came = self.sink.takes_another(match self.engine {
                Engine::Sqlite => LAST_MAILS_EMBEDDED,
                Engine::Postgres => LAST_MAILS,
            });
            assert!(
                came,
                "no mail came to {} invited people, e.g. {}",
                missing.len(),
                missing[0]
            );
        }
    }
}
