//! Usher and its yardstick on fresh databases. Everything runs as installed: durable, with default settings but for the limit
//! of requests without credentials, since all invited people of the load come from one address.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::figures::Engine;
use super::load::{Loaded, Run};
use super::phase::Phase;
use super::programs::Programs;
use super::running::Running;
use crate::postgres::{self, Durability, Server};
use crate::{components, shell};

/// Where people come from that no other phase touches.
const FIRST_EXTRA: usize = 20_000_000;

/// More people than a load makes before it is broken off.
const UNKNOWN_EXTRA: usize = 1_000_000;

/// How long mails of one phase may take until the next begins.
const SETTLED_WITHIN: Duration = Duration::from_mins(2);

const LOOKS_EVERY: Duration = Duration::from_millis(200);

/// Databases for one pair, gone with this value.
pub(super) struct Place<'a> {
    programs: &'a Programs,
    engine: Engine,
    pub(super) usher: Option<Running>,
    token: String,
    /// Of a client whose people are invited.
    inviting: String,
    /// Of a client that manages groups.
    managing: String,
    yardstick: Yardstick,
    _sink: Running,
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
    /// How many people of nobody there are.
    extra: Cell<usize>,
}

enum Yardstick {
    Skeleton(Running),
    /// A server on which Usher's database lies too, the URL of pgbench's, and the process to look at.
    Pgbench {
        url: String,
        pid: u32,
        _server: Server,
    },
}

/// Where Usher runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Under {
    Nothing,
    /// Every fsync is written into a file.
    Strace,
    /// The clock stands, and is moved by hand.
    Clock,
}

/// Where it stands then.
const CLOCK: &str = "2030-01-07T08:00:00Z";

impl<'a> Place<'a> {
    pub(super) fn open(programs: &'a Programs, engine: Engine, under: Under) -> Result<Self> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = Programs::data().join(format!("{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let sink = Running::start(Command::new(programs.yardstick("sink")).arg(folder.join("links")))?;
        let mut environment = vec![
            ("USHER_MAIL__SMTP", format!("{}?tls=none", sink.url)),
            ("USHER_MAIL__FROM", "Usher <usher@example.org>".to_owned()),
            ("USHER_LIMITS__ANONYMOUS_PER_SECOND", "1000000".to_owned()),
            ("USHER_LIMITS__ANONYMOUS_BURST", "1000000".to_owned()),
        ];
        let yardstick = match engine {
            Engine::Sqlite => {
                let mut command = Command::new(programs.yardstick("skeleton"));
                Yardstick::Skeleton(Running::start(command.arg(folder.join("skeleton.db")))?)
            }
            Engine::Postgres => {
                let server = postgres::start(Durability::Full)?;
                for database in ["usher", "yardstick"] {
                    psql(server.url(), &["-c", &format!("CREATE DATABASE {database}")])?;
                }
                let url = named(server.url(), "yardstick");
                environment.push(("USHER_DATABASE__URL", named(server.url(), "usher")));
                let schema = shell::root().join("bench/pg/schema.sql");
                psql(&url, &["-f", &schema.display().to_string()])?;
                let first_line = "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)";
                let pid = psql(server.url(), &["-At", "-c", first_line])?;
                let pid = pid.trim().parse().context("the process of PostgreSQL")?;
                Yardstick::Pgbench {
                    url,
                    pid,
                    _server: server,
                }
            }
        };
        let mut place = Self {
            programs,
            engine,
            usher: None,
            token: String::new(),
            inviting: String::new(),
            managing: String::new(),
            yardstick,
            _sink: sink,
            folder,
            environment,
            extra: Cell::new(FIRST_EXTRA),
        };
        place.start(under)?;
        place.token = place.token_of("bench", "scim:read,scim:write", &[])?;
        place.inviting = place.token_of("inviting", "scim:read,scim:write", &["--invite", "unlinked"])?;
        if under == Under::Clock {
            place.managing = place.token_of("managing", "agm:admin", &[])?;
        }
        Ok(place)
    }

    /// Starts Usher on what is there.
    pub(super) fn start(&mut self, under: Under) -> Result<&Running> {
        let mut words = vec!["serve", "--listen", "127.0.0.1:0"];
        let mut command = match under {
            Under::Nothing => Command::new(&self.programs.usher),
            Under::Clock => {
                words.extend(["--clock", CLOCK]);
                Command::new(&self.programs.usher)
            }
            Under::Strace => {
                let mut command = Command::new("strace");
                command
                    .args(["-D", "-f", "--seccomp-bpf", "-q", "-e", "trace=fsync,fdatasync", "-o"])
                    .arg(self.traced())
                    .arg(&self.programs.usher);
                command
            }
        };
        let command = self.set(&mut command, &words);
        Ok(self.usher.insert(Running::start(command)?))
    }

    /// Where strace writes.
    pub(super) fn traced(&self) -> PathBuf {
        self.folder.join("strace")
    }

    fn set<'c>(&self, command: &'c mut Command, words: &[&str]) -> &'c mut Command {
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.args(words).envs(environment).current_dir(&self.folder);
        if self.engine == Engine::Sqlite {
            command.arg("--data").arg(self.folder.join("usher"));
        }
        command
    }

    fn token_of(&self, client: &str, scopes: &str, more: &[&str]) -> Result<String> {
        let mut words = vec!["token", "create", client, "--scope", scopes, "--quiet"];
        words.extend(more);
        Ok(self.said(&words)?.trim().to_owned())
    }

    /// What `usher` says with these words.
    pub(super) fn said(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.programs.usher);
        shell::output(self.set(&mut command, words))
    }

    /// Waits until what the phase before left behind is done: its mails are no part of the next one.
    pub(super) fn settle(&self) -> Result<()> {
        for state in ["queued", "running"] {
            let words = ["delivery", "list", "--state", state, "--limit", "1", "--quiet"];
            let ends = Instant::now() + SETTLED_WITHIN;
            while !self.said(&words)?.trim().is_empty() {
                ensure!(
                    Instant::now() < ends,
                    "deliveries are still {state} after {SETTLED_WITHIN:?}"
                );
                std::thread::sleep(LOOKS_EVERY);
            }
        }
        Ok(())
    }

    pub(super) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    pub(super) fn server(&self) -> Result<&Running> {
        self.usher.as_ref().context("the server runs")
    }

    /// One phase of load on Usher.
    pub(super) fn load(&self, run: &Run) -> Result<Loaded> {
        let loaded = finish(self.begin(run)?)?;
        if run.phase.of_scimload() == "load" {
            self.extra.set(self.extra.get() + loaded.requests as usize);
        }
        Ok(loaded)
    }

    /// The same beside others.
    pub(super) fn begin(&self, run: &Run) -> Result<Child> {
        let server = self.server()?;
        let token = match run.phase {
            Phase::Invite => &self.inviting,
            Phase::Join | Phase::Part => &self.managing,
            _ => &self.token,
        };
        let mut command = self.generator(run, server, "/scim/v2", token, "usher.state");
        if let Yardstick::Pgbench { pid, .. } = &self.yardstick {
            command.args(["--store-pid", &pid.to_string()]);
        }
        command.spawn().context("starting scimload")
    }

    /// Creates in the background until the child is done, beside which something else is measured.
    pub(super) fn begin_extra(&self, seconds: f64) -> Result<Child> {
        let run = Run {
            phase: Phase::Load,
            connections: 16,
            users: 0,
            members: 0,
            seconds,
            most: None,
        };
        self.begin(&run)
    }

    /// Waits for what was begun.
    pub(super) fn end_extra(&self, child: Child) -> Result<Loaded> {
        let loaded = finish(child)?;
        self.extra.set(self.extra.get() + loaded.requests as usize);
        Ok(loaded)
    }

    /// Breaks off what was begun. How far it came is not known, so the next begins far beyond.
    pub(super) fn break_off_extra(&self, mut child: Child) -> Result<()> {
        self.extra.set(self.extra.get() + UNKNOWN_EXTRA);
        // It may have ended.
        let _ = child.kill();
        child.wait().context("waiting for scimload")?;
        Ok(())
    }

    /// The same phase on the yardstick; none where it has nothing like it.
    pub(super) fn yardstick(&self, run: &Run) -> Result<Option<Loaded>> {
        if run.phase != Phase::Limits && !run.phase.yardstick(self.engine) {
            return Ok(None);
        }
        match &self.yardstick {
            Yardstick::Skeleton(running) => {
                let mut command = self.generator(run, running, "", "secret", "skeleton.state");
                let loaded = finish(command.spawn().context("starting scimload")?)?;
                Ok(Some(loaded))
            }
            Yardstick::Pgbench { url, .. } => {
                let script = match run.phase {
                    Phase::Create => "insert_user_one.sql",
                    _ => "select_key.sql",
                };
                // 16 connections are its best on few cores; more callers than that wait for one.
                let connections = run.connections.min(16).to_string();
                let threads = run.connections.min(2).to_string();
                // It knows whole seconds only.
                let seconds = run.seconds.ceil().max(1.0).to_string();
                let mut command = Command::new(components::require_postgres()?.join("pgbench"));
                command
                    .args([
                        "-n",
                        "-M",
                        "prepared",
                        "-j",
                        &threads,
                        "-c",
                        &connections,
                        "-T",
                        &seconds,
                        "-f",
                    ])
                    .arg(shell::root().join("bench/pg").join(script))
                    .arg(url);
                Ok(Some(Loaded::of_pgbench(&shell::output(&mut command)?)?))
            }
        }
    }

    fn generator(&self, run: &Run, server: &Running, path: &str, token: &str, state: &str) -> Command {
        let mut command = Command::new(self.programs.yardstick("scimload"));
        command
            .args(["--base", &format!("{}{path}", server.url), "--token", token])
            .args(["--phase", run.phase.of_scimload(), "--users", &run.users.to_string()])
            .args(["--concurrency", &run.connections.to_string()])
            .args([
                "--seconds",
                &run.seconds.to_string(),
                "--members",
                &run.members.to_string(),
            ])
            .args([
                "--first",
                &self.extra.get().to_string(),
                "--pid",
                &server.pid().to_string(),
            ])
            .arg("--links")
            .arg(self.folder.join("links"));
        if run.phase.of_scimload() != "load" {
            command.arg("--state").arg(self.folder.join(state));
        }
        if let Some(most) = run.most {
            command.args(["--most", &most.to_string()]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }
}

/// Waits for a generator and reads what it says.
fn finish(child: Child) -> Result<Loaded> {
    let output = child.wait_with_output().context("waiting for scimload")?;
    Loaded::of_scimload(String::from_utf8_lossy(&output.stdout).trim())
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.usher = None;
        // What stays is only in the way of the next look into the target folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The URL of another database on the same server.
fn named(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap_or((url, ""));
    format!("{server}/{database}")
}

fn psql(url: &str, words: &[&str]) -> Result<String> {
    let mut command = Command::new(components::require_postgres()?.join("psql"));
    command.env("PGOPTIONS", "-c client_min_messages=warning");
    shell::output(command.args(["-q", "-v", "ON_ERROR_STOP=1", url]).args(words))
}
