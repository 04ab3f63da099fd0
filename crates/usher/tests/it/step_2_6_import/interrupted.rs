//! Many people, with a kill in the middle. `cargo xtask import` does the same with 100,000.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use db::Engine;
use serde_json::Value;

use super::{file, id, path};
use crate::support::{Place, variable};

/// How many, unless USHER_TEST_IMPORT_PEOPLE says otherwise.
const PEOPLE: usize = 2000;
/// What a process may take, in KiB.
const MOST_MEMORY: u64 = 100 * 1024;

#[test]
fn sqlite() {
    import(Engine::Sqlite);
}

#[test]
fn postgres() {
    import(Engine::Postgres);
}

fn import(engine: Engine) {
    let people = variable("USHER_TEST_IMPORT_PEOPLE").map_or(PEOPLE, |number| number.parse().expect("a number"));
    let place = Place::on(engine);
    place.run(&["migrate"]);
    let csv = file(&place, "people.csv", &csv(people));
    let start = Instant::now();

    let planning = Watched::of(place.command(&["user", "import", path(&csv), "--output", "json"])).ended();
    let plan: Value = serde_json::from_str(&planning.said).expect("a plan");
    let plan_id = id(&plan);
    assert_eq!(
        (&plan["state"], &plan["counts"]["create"]),
        (&"ready".into(), &people.into()),
        "{plan}"
    );
    assert_eq!(
        place.run(&["user", "list", "--limit", "1", "--quiet"]),
        "",
        "nothing is done before it is approved"
    );
    let planned = start.elapsed();

    place.run(&["plan", "approve", &plan_id]);
    let mut first = Watched::of(place.command(&["plan", "apply", &plan_id]));
    let at_kill = loop {
        let done = done(&place, &plan_id);
        first.look();
        if done > people as u64 / 10 {
            first.kill();
            break done;
        }
    };
    let settled = done(&place, &plan_id);
    assert!(
        settled >= at_kill && settled < people as u64,
        "{settled} of {people} were done when it was killed"
    );

    let applying = Instant::now();
    let second = Watched::of(place.command(&["plan", "apply", &plan_id, "--output", "json"])).ended();
    let rate = u128::from(people as u64 - settled) * 1000 / applying.elapsed().as_millis().max(1);
    let plan: Value = serde_json::from_str(&second.said).expect("a plan");
    assert_eq!(plan["state"], "applied");
    assert_eq!(plan["progress"]["done"], people, "{plan}");

    // Nobody is missing, nobody is there twice, and each was made by one fact that names the plan.
    let names: HashSet<String> = place
        .run(&["user", "list", "--all", "--quiet"])
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(names.len(), people);
    let log = place.folder().join("log.jsonl");
    place.run(&["audit", "export", path(&log)]);
    let log = fs::read_to_string(&log).expect("it is read");
    let made = log.lines().filter(|line| line.contains("\"user.created\""));
    assert_eq!(made.filter(|line| line.contains(&plan_id)).count(), people);
    place.run(&["audit", "verify"]);
    for nothing in ["mail", "delivery", "invite"] {
        assert_eq!(place.run(&[nothing, "list", "--quiet"]), "", "{nothing}");
    }
    let memory = [planning.memory, first.memory, second.memory]
        .into_iter()
        .max()
        .unwrap_or(0);
    assert!(memory > 0 && memory < MOST_MEMORY, "{memory} KiB");
    testkit::figure!(
        "{engine:?}: goal {people} people, figure {} | goal lost 0, twice 0, mails 0, figure 0, 0, 0 | goal below 100 MiB, figure {} MiB | killed at {settled}, planned in {:.1} s, applied at {rate}/s",
        names.len(),
        memory / 1024,
        planned.as_secs_f64(),
    );
}

fn done(place: &Place, plan: &str) -> u64 {
    let shown = place.json(&["plan", "show", plan, "--limit", "1"]);
    shown["progress"]["done"].as_u64().expect("a number")
}

fn csv(people: usize) -> String {
    let mut csv =
        "userName,email,personal_email,given_name,family_name,display_name,department,employee_number,external_id\n"
            .to_owned();
    for index in 0..people {
        let _ = writeln!(
            csv,
            "user{index},user{index}@example.org,user{index}@home.example,Given{g},Family{f},\"Family{f}, Given{g}\",Department {d},{n},hr-{index}",
            g = index % 977,
            f = index % 1999,
            d = index % 50,
            n = 100_000 + index,
        );
    }
    csv
}

/// A command whose memory is watched.
struct Watched {
    child: Child,
    /// The most it has taken, in KiB.
    memory: u64,
}

/// What it came to.
struct Ended {
    said: String,
    memory: u64,
}

impl Watched {
    fn of(mut command: Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        Self { child, memory: 0 }
    }

    fn look(&mut self) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        self.memory = self.memory.max(kib.unwrap_or(0));
    }

    fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it has ended");
    }

    fn ended(mut self) -> Ended {
        while self.child.try_wait().expect("it is there").is_none() {
            self.look();
            thread::yield_now();
        }
        let Self { child, memory } = self;
        let output = child.wait_with_output().expect("it has ended");
        assert!(output.status.success(), "it ended with {}", output.status);
        let said = String::from_utf8(output.stdout).expect("text");
        Ended { said, memory }
    }
}
