//! `scim2 test` against a fresh realm and a generic client: no error, nothing skipped, at least 130 successes.

use db::Engine;

use crate::support::{Place, Scim2};

const AT_LEAST: usize = 130;

#[test]
fn on_sqlite() {
    checks_out(Engine::Sqlite);
}

#[test]
fn on_postgres() {
    checks_out(Engine::Postgres);
}

fn checks_out(engine: Engine) {
    let place = Place::on(engine);
    let usher = place.serve();
    let token = place.token("checker", "scim:read,scim:write", &[]);
    let checked = Scim2::new(&format!("{}/scim/v2", usher.url), &token).test();
    testkit::figure!(
        "scim2 test on {engine:?}: {} successes, {} others",
        checked.successes,
        checked.others.len()
    );
    assert!(checked.others.is_empty(), "{}", checked.others.join("\n"));
    assert!(checked.good, "scim2 itself says that it does not hold");
    assert!(checked.successes >= AT_LEAST, "only {} successes", checked.successes);
    usher.stop();
}
