//! What `usher preview` says of a year is what `usher clock advance` by a year then does, on a realm made at random.
//!
//! `USHER_TEST_PEOPLE` says of how many people (30 by default), `USHER_TEST_SEED` which realm; `cargo xtask test --step 3.6` takes
//! 2,000, and so 300 groups. Each engine has a realm of its own, in another time zone.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use db::Engine;
use directory::{Id, Timestamp};
use serde_json::Value;
use testkit::TestApp;
use testkit::random::Random;
use uuid::Uuid;

use crate::support::{Child, binary, output_of, unset, variable};

#[test]
fn sqlite() {
    a_year(Engine::Sqlite, 0x0036_2030);
}

#[test]
fn postgres() {
    a_year(Engine::Postgres, 0x0036_2031);
}

/// One thing that happens, as far as the log says it a year later. What a mail says of its group is no longer kept then; that is
/// compared from instant to instant in `directory`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    at: i64,
    kind: String,
    /// Of a mail, its template.
    about: String,
    user: String,
    address: String,
    group: String,
    cause: String,
    status: String,
}

/// How often.
type Lines = BTreeMap<Line, usize>;

fn a_year(engine: Engine, seed: u64) {
    let told = |name, default| variable(name).map_or(default, |number| number.parse().expect("a number"));
    let (people, seed) = (told("USHER_TEST_PEOPLE", 30), told("USHER_TEST_SEED", seed));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (app, realm, before, now) = runtime.block_on(async {
        let app = TestApp::on(engine).await;
        let realm = Random::make(&app, seed, people).await;
        let now = app.now();
        app.directory().set_standing_clock(now).await.expect("it stands");
        let before = last(&app).await;
        (app, realm, before, now.to_string())
    });
    let folder = tempfile::tempdir().expect("a folder");
    let usher = |words: &[&str]| output_of(&mut command(&app, folder.path(), words), "");

    let start = Instant::now();
    let said = usher(&["preview", "--until", "+365d", "--output", "json"]);
    let looked = start.elapsed();
    let said: Vec<Value> = serde_json::from_str(&said).expect("a list");
    let mut told = Lines::new();
    for one in &said {
        let word = |name: &str| text(&one[name]).to_owned();
        let mut line = Line {
            at: Timestamp::parse(text(&one["at"])).expect("an instant").millis(),
            kind: word("kind"),
            about: word("subject"),
            user: word("user"),
            address: word("address"),
            group: word("group"),
            cause: word("cause"),
            status: word("status"),
        };
        if one["mail"].is_string() {
            (line.about, line.group) = (word("mail"), String::new());
        }
        *told.entry(line.still_said()).or_default() += 1;
    }
    assert_eq!(runtime.block_on(last(&app)), before, "to look ahead changes nothing");

    // On one engine a server is at work too while the clock is moved.
    let mut server = (engine == Engine::Postgres).then(|| {
        let words = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--unsafe-durability",
            "--clock",
            &now,
        ];
        let log = File::create(folder.path().join("usher.log")).expect("a log");
        let server = Child::start(command(&app, folder.path(), &words).stderr(log));
        let said = server.hear_line(Duration::from_mins(1)).expect("it starts");
        assert!(said.starts_with("listening on "), "{said}");
        server
    });
    let start = Instant::now();
    usher(&["clock", "advance", "365d"]);
    let moved = start.elapsed();
    if let Some(server) = &mut server {
        assert!(server.terminate().success());
    }
    let came = runtime.block_on(happened(&app, before));
    let missed = more(&came, &told);
    let untrue = more(&told, &came);
    let differ: usize = missed.iter().chain(&untrue).map(|(_, times)| times).sum();
    let mails = said.iter().filter(|one| one["mail"].is_string()).count();
    testkit::figure!(
        "{engine:?}: of {} people and {} groups in {} goal every fact and mail of a year foreseen and no other, figure {} facts and {mails} mails, {differ} differ | foreseen in {:.1} s, a year moved in {:.1} s",
        realm.people.len(),
        realm.groups.len(),
        realm.zone,
        said.len() - mails,
        looked.as_secs_f64(),
        moved.as_secs_f64()
    );
    let few = |lines: Vec<_>| lines.into_iter().take(10).collect::<Vec<_>>();
    assert_eq!(
        differ,
        0,
        "not foreseen: {:#?}\nnot so: {:#?}",
        few(missed),
        few(untrue)
    );
    realm.assert_full(said.iter().map(|one| {
        let what = if one["mail"].is_string() { "mail" } else { "kind" };
        (
            text(&one[what]),
            Uuid::parse_str(text(&one["subject"])).unwrap_or_default(),
        )
    }));
}

/// What is more often in the one than in the other, and by how much.
fn more<'a>(one: &'a Lines, other: &Lines) -> Vec<(&'a Line, usize)> {
    let by = |(line, times): (&'a Line, &usize)| (line, times.saturating_sub(other.get(line).copied().unwrap_or(0)));
    one.iter().map(by).filter(|(_, times)| *times > 0).collect()
}

impl Line {
    /// Whose an invitation was is in its row, which is forgotten, and of whoever is erased the log says no more why it was.
    fn still_said(mut self) -> Self {
        if self.kind.starts_with("invitation.") {
            (self.user, self.group) = (String::new(), String::new());
        } else if self.about == self.user {
            self.cause = String::new();
        }
        self
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `usher` with these words on the store of the realm.
fn command(app: &TestApp, folder: &Path, words: &[&str]) -> Command {
    let file = app.file();
    let data = file.as_deref().and_then(Path::parent).unwrap_or(folder);
    let mut command = Command::new(binary());
    unset(&mut command)
        .args(words)
        .arg("--data")
        .arg(data)
        .envs(app.url().map(|url| ("USHER_DATABASE__URL", url)))
        .current_dir(folder);
    command
}

async fn last(app: &TestApp) -> Uuid {
    let rows = app
        .db()
        .scan("SELECT id FROM events ORDER BY id DESC LIMIT 1", &[])
        .await;
    rows.expect("read")[0].take(0).expect("an id")
}

/// What has happened after a fact.
async fn happened(app: &TestApp, after: Uuid) -> Lines {
    let mut lines = Lines::new();
    let text = "SELECT id, kind, subject_type, subject, body, within FROM events WHERE realm = ?1 AND id > ?2";
    let rows = app
        .db()
        .scan(text, &[app.realm("default").await.into(), after.into()])
        .await;
    for mut row in rows.expect("read") {
        let subject = row.take::<Uuid>(3).expect("an id").to_string();
        let body: Option<String> = row.take(4).expect("a text");
        let body: Value = serde_json::from_str(&body.unwrap_or_default()).unwrap_or_default();
        let word = |name: &str| self::text(&body[name]).to_owned();
        let within: Option<Uuid> = row.take(5).expect("an id");
        let mut line = Line {
            at: Id::<()>::new(row.take(0).expect("an id")).made_at().millis(),
            kind: row.take(1).expect("a kind"),
            about: subject.clone(),
            user: word("user"),
            address: word("address"),
            group: word("group"),
            cause: word(if body["cause"].is_null() { "why" } else { "cause" }),
            status: String::new(),
        };
        if line.group.is_empty() || line.group.starts_with('/') {
            line.group = within.map(|group| group.to_string()).unwrap_or_default();
        }
        match row.take::<String>(2).expect("a word").as_str() {
            "membership" => {
                let stands = self::text(&body["after"]["status"]);
                let is_short = stands.is_empty() && line.kind == "member.removed";
                line.status = String::from(if is_short { "ended" } else { stands });
            }
            "user" => line.user = subject,
            "group" => line.group = subject,
            "mail" => (line.about, line.group) = (word("template"), String::new()),
            _ => {}
        }
        *lines.entry(line.still_said()).or_default() += 1;
    }
    lines
}
