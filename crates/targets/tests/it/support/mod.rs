//! A real mail server as a child process, and its certificate; and one that misbehaves.

mod script;

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

pub(crate) use self::script::{Does, Script, Step};

/// Which server.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Plain,
    Account,
}

/// A running server. It ends when this is dropped.
pub(crate) struct Sink {
    pub(crate) port: u16,
    pub(crate) ca_file: PathBuf,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
    _folder: TempDir,
}

impl Sink {
    pub(crate) async fn start(mode: Mode) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = TempDir::new().unwrap();
        let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/sink.py");
        let word = match mode {
            Mode::Plain => "plain",
            Mode::Account => "account",
        };
        let mut child = Command::new(python())
            .args([script.as_ref(), cert.as_os_str(), key.as_os_str(), word.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines
            .next_line()
            .await
            .unwrap()
            .expect("the sink says its port; is aiosmtpd installed?");
        Self {
            port: first.parse().unwrap(),
            ca_file: cert,
            lines,
            _child: child,
            _folder: folder,
        }
    }

    /// The next mail it took.
    pub(crate) async fn mail(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().expect("the sink is alive");
        serde_json::from_str(&line).unwrap()
    }
}

/// The Python that `cargo xtask` prepared, with aiosmtpd.
fn python() -> PathBuf {
    let prepared = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/test-python/bin/python").into();
    std::env::var_os("USHER_TEST_PYTHON").map_or_else(prepared, PathBuf::from)
}
