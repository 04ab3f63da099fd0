//! What is built and started for the benchmark. Everything runs as installed: durable, and built as packages are.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::goals::Engine;
use super::load::{Loaded, Phase, Run};
use crate::postgres::{Durability, Server};
use crate::{components, shell};

/// The built programs.
pub(super) struct Programs {
    usher: PathBuf,
    skeleton: PathBuf,
    scimload: PathBuf,
    next: Cell<u32>,
}

/// A running server and how to speak to it.
pub(super) struct Running {
    child: Child,
    base: String,
    token: String,
    /// Where the generator remembers the ids of its users.
    state: PathBuf,
}

/// Fresh databases for one pair, gone with this value.
pub(super) struct Place {
    pub(super) usher: Running,
    yardstick: Yardstick,
    folder: PathBuf,
}

enum Yardstick {
    Skeleton(Running),
    /// A server on which Usher's database lies too, and the URL of pgbench's.
    Pgbench {
        url: String,
        _server: Server,
    },
}

impl Programs {
    /// Builds the yardsticks, and Usher as packages have it unless a built one is named.
    pub(super) fn build(usher: Option<PathBuf>) -> Result<Self> {
        let usher = if let Some(file) = usher {
            fs::canonicalize(&file).with_context(|| format!("looking for {}", file.display()))?
        } else {
            shell::run(&mut shell::cargo(&[
                "build",
                "--profile",
                "dist",
                "-p",
                "usher",
                "--locked",
            ]))?;
            shell::target().join("dist/usher")
        };
        let target = shell::target().join("bench");
        let manifest = shell::root().join("bench/Cargo.toml");
        let mut yardsticks = shell::cargo(&["build", "--release", "--locked", "--manifest-path"]);
        shell::run(yardsticks.arg(manifest).arg("--target-dir").arg(&target))?;
        Ok(Self {
            usher,
            skeleton: target.join("release/skeleton"),
            scimload: target.join("release/scimload"),
            next: Cell::new(0),
        })
    }

    /// Usher and its yardstick, each on a database without a user.
    pub(super) fn place(&self, engine: Engine) -> Result<Place> {
        let number = self.next.replace(self.next.get() + 1);
        // Beside the build, not in a temporary folder that may lie in memory.
        let folder = shell::target()
            .join("bench/data")
            .join(format!("{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let data = folder.join("usher");
        let mut environment = Vec::new();
        let yardstick = match engine {
            Engine::Sqlite => {
                let mut command = Command::new(&self.skeleton);
                command.arg(folder.join("skeleton.db"));
                Yardstick::Skeleton(Running::start(&mut command, "", "secret", folder.join("skeleton.ids"))?)
            }
            Engine::Postgres => {
                let server = Server::start(Durability::Full)?;
                for database in ["usher", "yardstick"] {
                    psql(&server.url(), &["-c", &format!("CREATE DATABASE {database}")])?;
                }
                let url = named(&server.url(), "yardstick");
                environment.push(("USHER_DATABASE__URL", named(&server.url(), "usher")));
                let schema = shell::root().join("bench/pg/schema.sql");
                psql(&url, &["-f", &schema.display().to_string()])?;
                Yardstick::Pgbench { url, _server: server }
            }
        };
        let usher = |words: &[&str]| {
            let mut command = Command::new(&self.usher);
            command.args(words).envs(environment.clone()).current_dir(&folder);
            if engine == Engine::Sqlite {
                command.arg("--data").arg(&data);
            }
            command
        };
        let mut running = Running::start(
            &mut usher(&["serve", "--listen", "127.0.0.1:0"]),
            "/scim/v2",
            "",
            folder.join("usher.ids"),
        )?;
        let token = shell::output(&mut usher(&[
            "token",
            "create",
            "bench",
            "--scope",
            "scim:read,scim:write",
            "--quiet",
        ]))?;
        token.trim().clone_into(&mut running.token);
        Ok(Place {
            usher: running,
            yardstick,
            folder,
        })
    }

    /// One phase of load on a server.
    pub(super) fn load(&self, server: &Running, run: &Run) -> Result<Loaded> {
        let mut command = Command::new(&self.scimload);
        command
            .args([
                "--base",
                &server.base,
                "--token",
                &server.token,
                "--phase",
                run.phase.name(),
            ])
            .args([
                "--users",
                &run.users.to_string(),
                "--concurrency",
                &run.concurrency.to_string(),
            ])
            .args([
                "--seconds",
                &run.seconds.to_string(),
                "--pid",
                &server.child.id().to_string(),
            ])
            .arg("--state")
            .arg(&server.state);
        let output = command.stderr(Stdio::inherit()).output().context("starting scimload")?;
        Loaded::of_scimload(String::from_utf8_lossy(&output.stdout).trim())
    }
}

impl Place {
    /// The same phase on the yardstick.
    pub(super) fn yardstick(&self, programs: &Programs, run: &Run) -> Result<Loaded> {
        match &self.yardstick {
            Yardstick::Skeleton(running) => programs.load(running, run),
            Yardstick::Pgbench { url, .. } => {
                let script = match run.phase {
                    Phase::Create => "insert_user_one.sql",
                    Phase::Get => "select_key.sql",
                };
                // 16 connections are its best on few cores; more callers than that wait for one.
                let connections = run.concurrency.min(16).to_string();
                let mut command = Command::new(components::require_postgres()?.join("pgbench"));
                command
                    .args([
                        "-n",
                        "-M",
                        "prepared",
                        "-j",
                        &run.concurrency.min(2).to_string(),
                        "-c",
                        &connections,
                    ])
                    .args(["-T", &run.seconds.to_string(), "-f"])
                    .arg(shell::root().join("bench/pg").join(script))
                    .arg(url);
                Loaded::of_pgbench(&shell::output(&mut command)?)
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.usher.end();
        if let Yardstick::Skeleton(running) = &mut self.yardstick {
            running.end();
        }
        // What stays is only in the way of the next look into the target folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Running {
    fn start(command: &mut Command, path: &str, token: &str, state: PathBuf) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting a server")?;
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().context("the server has an output")?);
        output
            .read_line(&mut line)
            .context("reading what the server says first")?;
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            // It did not start; its own words are on the screen.
            let _ = child.kill();
            let _ = child.wait();
            bail!("{command:?} said {line:?} first");
        };
        let base = format!("{url}{path}");
        // Reads to the end, so that the server never waits for us.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Ok(Self {
            child,
            base,
            token: token.to_owned(),
            state,
        })
    }

    fn end(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// The URL of another database on the same server.
fn named(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap_or((url, ""));
    format!("{server}/{database}")
}

fn psql(url: &str, words: &[&str]) -> Result<()> {
    let mut command = Command::new(components::require_postgres()?.join("psql"));
    command.env("PGOPTIONS", "-c client_min_messages=warning");
    command.args(["-q", "-v", "ON_ERROR_STOP=1", url]).args(words);
    shell::run(command.stdout(Stdio::null()))
}
