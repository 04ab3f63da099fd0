//! A folder or database of its own, the commands that work on it, and a running server.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use db::Engine;
use serde_json::Value;
use tempfile::TempDir;
use testkit::postgres::{self, Database, Server};

use super::child::{Child, ended, output_of};
use super::{Disk, DiskKind, Http, Sink, binary, unset};

/// How long a start may take on a machine that does other things too.
const START: Duration = Duration::from_mins(1);

/// Where one installation lives.
#[derive(Debug)]
pub(crate) struct Place {
    folder: TempDir,
    database: Option<Database>,
    durable: bool,
    environment: Vec<(String, String)>,
    /// The data folder is a small disk.
    disk: Option<Disk>,
    // Last, so that it ends after its database.
    server: Option<Server>,
}

impl Place {
    pub(crate) fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::with(None, None),
            Engine::Postgres => Self::with(Some(Database::fresh()), None),
        }
    }

    /// On a server that writes to the disk what it has promised.
    pub(crate) fn durable(engine: Engine) -> Self {
        let place = match engine {
            Engine::Sqlite => Self::with(None, None),
            Engine::Postgres => {
                let server = postgres::durable();
                Self::with(Some(Database::on(&server)), Some(server))
            }
        };
        Self { durable: true, ..place }
    }

    fn with(database: Option<Database>, server: Option<Server>) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            database,
            durable: false,
            environment: Vec::new(),
            disk: None,
            server,
        }
    }

    /// On SQLite, with a data folder that is a disk of its own; none where the machine does not let us make one.
    pub(crate) fn on_disk(kind: DiskKind) -> Option<Self> {
        let place = Self::on(Engine::Sqlite);
        let disk = Disk::make(kind, place.folder(), &place.data())?;
        Some(Self {
            disk: Some(disk),
            ..place
        })
    }

    /// The disk that the data folder is.
    pub(crate) fn disk(&self) -> &Disk {
        self.disk.as_ref().expect("a place on a disk of its own")
    }

    /// This place's own PostgreSQL.
    pub(crate) fn postgres(&mut self) -> &mut Server {
        self.server.as_mut().expect("a server of its own")
    }

    /// Ends this place's own PostgreSQL as a power failure would.
    pub(crate) fn kill_postgres(&mut self) {
        let server = self.server.as_mut().expect("a server of its own");
        server.kill().expect("PostgreSQL is killed");
    }

    /// Starts it again on its data.
    pub(crate) fn start_postgres(&mut self) {
        let server = self.server.as_mut().expect("a server of its own");
        server.start_again().expect("PostgreSQL starts again");
    }

    /// With a setting in the environment of everything that runs here.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a mail server.
    pub(crate) fn with_mail(self, sink: &Sink) -> Self {
        let sender = "Usher <usher@example.org>";
        self.set("USHER_MAIL__SMTP", &sink.url())
            .set("USHER_MAIL__FROM", sender)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The environment of a command line that means this place.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let database = self.database.iter();
        let url = database.map(|database| ("USHER_DATABASE__URL".to_owned(), database.url().to_owned()));
        // What a test sets comes later and counts.
        url.chain(self.environment.clone()).collect()
    }

    /// `usher` with these words, on this place.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = match &self.disk {
            Some(disk) => disk.command(&binary()),
            None => Command::new(binary()),
        };
        unset(&mut command)
            .args(words)
            .current_dir(self.folder())
            .envs(self.environment());
        if self.database.is_none() {
            command.arg("--data").arg(self.data());
        }
        command
    }

    /// Runs `usher` with these words to a good end; what it wrote, without the last line's end.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        output_of(&mut self.command(words), "").trim_end().to_owned()
    }

    /// Runs `usher` with these words: whether it ended well, and what it said.
    pub(crate) fn attempt(&self, words: &[&str]) -> (bool, String) {
        ended(&mut self.command(words), "")
    }

    /// Runs `usher` with these words: what it said on its error output, and its exit code.
    pub(crate) fn attempt_code(&self, words: &[&str]) -> (String, i32) {
        let done = self.command(words).output().expect("it runs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        (said, done.status.code().unwrap_or(-1))
    }

    /// The same as JSON.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let mut words = words.to_vec();
        words.extend(["--output", "json"]);
        let text = self.run(&words);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?} printed no JSON ({error}): {text}"))
    }

    /// A token of a new client with these scopes and further words.
    pub(crate) fn token(&self, name: &str, scopes: &str, words: &[&str]) -> String {
        let mut all = vec!["token", "create", name, "--scope", scopes, "--quiet"];
        all.extend(words);
        self.run(&all)
    }

    /// Starts the server on a free port.
    pub(crate) fn serve(&self) -> Usher {
        self.serve_with(&[])
    }

    /// Starts the server with further words.
    pub(crate) fn serve_with(&self, words: &[&str]) -> Usher {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        if !self.durable && self.database.is_some() {
            // The server of the tests does not wait for its disk.
            all.push("--unsafe-durability");
        }
        all.extend(words);
        let log = self.folder().join("usher.log");
        let errors = File::options().create(true).append(true).open(&log).expect("a log");
        let child = Child::start(self.command(&all).stderr(errors));
        Usher::new(child, log)
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Usher {
    child: Child,
    pub(crate) url: String,
    log: PathBuf,
    /// How long it took to its first line.
    pub(crate) started_in: Duration,
}

impl Usher {
    fn new(child: Child, log: PathBuf) -> Self {
        let mut usher = Self {
            child,
            url: String::new(),
            log,
            started_in: Duration::ZERO,
        };
        let heard = usher.child.hear(START, |lines| !lines.is_empty());
        let line = &heard.lines[0];
        let url = line.strip_prefix("listening on ");
        url.unwrap_or_else(|| panic!("the first line is {line:?}"))
            .clone_into(&mut usher.url);
        usher.started_in = heard.after;
        usher
    }

    /// A client of it.
    pub(crate) fn http(&self) -> Http {
        Http::new(&self.url)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill();
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Sends it a signal by name: `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        self.child.signal(name);
    }

    /// A client of its second listener, which it was started with.
    pub(crate) fn health(&self) -> Http {
        let log = self.log();
        let address = log.rsplit("health and metrics on ").next();
        let address = address.and_then(|rest| rest.split_whitespace().next());
        Http::new(address.expect("the log names it"))
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks it to end, and sees that it ended well.
    pub(crate) fn stop(mut self) {
        let status = self.child.terminate();
        assert!(status.success(), "the server ended with {status}");
    }
}

impl Drop for Usher {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let from = log.len().saturating_sub(4_000);
            eprintln!("the server's log ends with:\n{}", log.get(from..).unwrap_or(&log));
        }
    }
}
