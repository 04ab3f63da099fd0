//! Number 1 of Canaille's list: the checker and the models that Canaille 0.3.6 pins, against a fresh realm and a client of its
//! profile. The current checker runs in `step_1_3_scim2`.

use std::process::Command;

use db::Engine;

use crate::support::{Place, ended, old_python};

/// Prints a line for each check: how it ended, its name, why.
const SCRIPT: &str = r#"
import sys
import httpx
from scim2_client.engines.httpx import SyncSCIMClient
from scim2_tester import check_server

base, token = sys.argv[1:]
client = SyncSCIMClient(httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}))
client.discover()
for result in check_server(client):
    print(result.status.name, result.title, (result.reason or "").replace("\n", " "))
"#;

const AT_LEAST: usize = 100;

const NOTHING_OF_A_GROUP: [&str; 5] = [
    "SKIPPED object_query_with_attributes No suitable attributes to test filtering on Group",
    "SKIPPED object_list_with_attributes No suitable attributes to test filtering on Group",
    "SKIPPED search_with_attributes No suitable attributes to test filtering on Group",
    "SKIPPED check_add_attribute No addable attributes found for Group",
    "SKIPPED check_remove_attribute No removable attributes found for Group",
];

#[test]
fn c_01_the_pinned_checker_finds_nothing_on_sqlite() {
    checks_out(Engine::Sqlite);
}

#[test]
fn c_01_the_pinned_checker_finds_nothing_on_postgres() {
    checks_out(Engine::Postgres);
}

fn checks_out(engine: Engine) {
    let place = Place::on(engine);
    let usher = place.serve();
    let token = place.token("checker", "scim:read,scim:write", &["--profile", "canaille"]);
    let base = format!("{}/scim/v2", usher.url);
    let (good, said) = ended(Command::new(old_python()).args(["-c", SCRIPT, &base, &token]), "");
    assert!(good, "{said}");
    let (successes, others): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("SUCCESS "));
    // Canaille's own flags, required and immutable, leave nothing of a group to add, remove or leave out.
    let (nothing_there, others): (Vec<&str>, Vec<&str>) =
        others.into_iter().partition(|line| NOTHING_OF_A_GROUP.contains(line));
    testkit::figure!(
        "the pinned checker on {engine:?}: {} successes, {} with nothing of a group to check, {} others",
        successes.len(),
        nothing_there.len(),
        others.len()
    );
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert!(successes.len() >= AT_LEAST, "{said}");
    usher.stop();
}
