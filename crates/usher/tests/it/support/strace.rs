//! What a running server asks the system for, as strace sees it; and refusals of the system that strace makes up.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::Usher;
use super::child::Child;

/// strace on all threads of a server.
#[derive(Debug)]
pub(crate) struct Strace {
    child: Child,
    folder: TempDir,
}

impl Strace {
    /// Notes calls of these names. None where this machine lets nobody look at a server that runs.
    pub(crate) fn watch(usher: &Usher, calls: &str) -> Option<Self> {
        Self::attach(usher, &["-y", "-s", "80", "-e", &format!("trace={calls}")])
    }

    /// From now on, and until this is let go, calls of these names fail with that error.
    pub(crate) fn refuse(usher: &Usher, calls: &str, error: &str) -> Option<Self> {
        let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:error={error}"));
        Self::attach(usher, &["-e", &trace, "-e", &inject])
    }

    fn attach(usher: &Usher, words: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec strace \"$@\" 2>&1", "sh", "-f", "-o"])
            .arg(folder.path().join("trace"))
            .args(words)
            .args(["-p", &usher.pid().to_string()]);
        let child = Child::start(&mut command);
        let mut said = String::new();
        while !said.contains(" attached") {
            let line = child.hear_line(Duration::from_mins(1));
            let line = line.unwrap_or_else(|| panic!("strace does not start: {said}"));
            if line.contains("Operation not permitted") {
                testkit::say(format_args!(
                    "no running server can be looked at on this machine, so this is left out: {line}"
                ));
                return None;
            }
            said.push_str(&line);
        }
        Some(Self { child, folder })
    }

    /// Lets go of the server; what was seen, a call a line.
    pub(crate) fn let_go(mut self) -> String {
        // It ends by the signal, once every thread is free again.
        self.child.terminate();
        std::fs::read_to_string(self.trace()).expect("what strace wrote")
    }

    fn trace(&self) -> PathBuf {
        self.folder.path().join("trace")
    }
}
