//! PostgreSQL is stopped, hangs, and comes back. (Killed it is in the rounds of `step_1_8_crash`.)

use std::time::{Duration, Instant};

use db::Engine;

use super::{BACK, Told, api_unavailable, comes_back, readiness};
use crate::step_1_8_crash::checks;
use crate::step_1_8_crash::ledger::Ledger;
use crate::support::{Place, Usher};

/// More than there are connections to PostgreSQL.
const CALLERS: usize = 40;
/// How long a request may take here.
const REQUEST_SECONDS: u64 = 2;

/// All ask at once; how long the last had to wait.
fn ask_at_once(usher: &Usher, token: &str, name: &str, told: &mut Told) -> Duration {
    let began = Instant::now();
    let all = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let mut told = Told::default();
                    let mut http = usher.http().bearer(token);
                    let status = told.create(&mut http, &format!("{name}{caller}"));
                    assert_eq!(status, 503, "{name}{caller}");
                    told
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().expect("it ends"))
            .collect::<Vec<_>>()
    });
    for mut one in all {
        told.not_made.append(&mut one.not_made);
        told.open.append(&mut one.open);
    }
    began.elapsed()
}

/// No change without its event, no event without its change.
fn nothing_is_half(place: &Place, told: &Told) {
    let mut ledger = Ledger::default();
    for name in told.made.union(&told.open) {
        ledger.creation_sent(name);
    }
    assert_eq!(checks::problems(place, &ledger, &[]), Vec::<String>::new());
    assert!(place.attempt(&["audit", "verify"]).0);
}

#[test]
fn postgresql_goes_and_comes_back() {
    let mut place = Place::durable(Engine::Postgres).set("USHER_LIMITS__REQUEST_SECONDS", &REQUEST_SECONDS.to_string());
    let usher = place.serve_with(&["--health-listen", "127.0.0.1:0"]);
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let admin = place.token("ops", "admin", &[]);
    let mut http = usher.http().bearer(&token);
    let mut told = Told::default();
    told.create(&mut http, "before");
    readiness(&usher, true);

    // Stopped as an operator stops it.
    place.postgres().stop().expect("it is stopped");
    let took = ask_at_once(&usher, &token, "stopped", &mut told);
    assert!(took < BACK, "the last was told after {took:?}");
    api_unavailable(&usher, &admin, "stopped");
    readiness(&usher, false);
    place.start_postgres();
    let stopped = comes_back(&mut told, &mut http, "back");
    readiness(&usher, true);
    told.compare(&mut http);
    nothing_is_half(&place, &told);

    // It hangs: connections stand, and nothing answers.
    place.postgres().hang().expect("it hangs");
    let took = ask_at_once(&usher, &token, "hung", &mut told);
    // All wait for the same time: one after the other they would take more than a minute.
    assert!(took < BACK, "the last was told after {took:?}");
    let why = readiness(&usher, false);
    assert!(why.contains("does not answer within"), "{why}");
    place.postgres().go_on().expect("it goes on");
    let hung = comes_back(&mut told, &mut http, "on");
    readiness(&usher, true);
    // What was on its way may have been done meanwhile, once and whole.
    told.compare(&mut http);
    nothing_is_half(&place, &told);

    // It hangs, and is killed: what waited for it is free again.
    place.postgres().hang().expect("it hangs");
    ask_at_once(&usher, &token, "killed", &mut told);
    place.kill_postgres();
    place.start_postgres();
    let killed = comes_back(&mut told, &mut http, "alive");
    readiness(&usher, true);
    told.compare(&mut http);
    nothing_is_half(&place, &told);
    testkit::figure!(
        "PostgreSQL stopped, hung, killed while it hung: {}; back after {}, {} and {} ms",
        told.counts(),
        stopped.as_millis(),
        hung.as_millis(),
        killed.as_millis()
    );
    usher.stop();
}
