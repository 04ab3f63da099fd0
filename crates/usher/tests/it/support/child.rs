//! Other programs: their output is heard line by line with a limit of time, and they end with their handle.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A running program.
#[derive(Debug)]
pub(crate) struct Child {
    child: std::process::Child,
    lines: Mutex<Receiver<String>>,
}

/// What was heard of a program that was waited for.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<String>,
    pub(crate) after: Duration,
}

impl Child {
    /// Starts it; its errors go where the command says.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let output = child.stdout.take().expect("it has an output");
        let (sender, lines) = mpsc::channel();
        // Reads to the end, so that the program never waits for us; ends with the program.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            lines: Mutex::new(lines),
        }
    }

    /// Writes a line to its input.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("it has an input");
        writeln!(input, "{line}").expect("it listens");
    }

    /// Listens until a line satisfies, at most that long.
    pub(crate) fn hear(&self, within: Duration, mut enough: impl FnMut(&[String]) -> bool) -> Heard {
        let start = Instant::now();
        let mut lines = Vec::new();
        loop {
            let left = within.saturating_sub(start.elapsed());
            match self.next_line(left) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("nothing more after {within:?}:\n{}", lines.join("\n")),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended after:\n{}", lines.join("\n")),
            }
            if enough(&lines) {
                let after = start.elapsed();
                return Heard { lines, after };
            }
        }
    }

    fn next_line(&self, within: Duration) -> Result<String, RecvTimeoutError> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.recv_timeout(within)
    }

    /// The next line, waited for at most that long; none when it ended without one.
    pub(crate) fn hear_line(&self, within: Duration) -> Option<String> {
        match self.next_line(within) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no line after {within:?}"),
        }
    }

    /// Waits for another line, at most that long; none when none came.
    pub(crate) fn line_within(&self, within: Duration) -> Option<String> {
        self.next_line(within).ok()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power failure would.
    pub(crate) fn kill(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "it cannot be sent the signal {name}"
        );
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn terminate(&mut self) -> std::process::ExitStatus {
        self.signal("TERM");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a program to its end, which must be a good one, and answers with what it wrote.
pub(crate) fn output_of(command: &mut Command, input: &str) -> String {
    let (good, text) = ended(command, input);
    assert!(good, "{command:?} failed:\n{text}");
    text
}

/// Runs a program to its end: whether it was a good one, and what it wrote (with its errors, when it was not).
pub(crate) fn ended(command: &mut Command, input: &str) -> (bool, String) {
    use std::io::Write;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let mut stdin = child.stdin.take().expect("it has an input");
    // It may end without reading.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let mut errors = child.stderr.take().expect("it has errors");
    let said = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = errors.read_to_string(&mut text);
        text
    });
    let mut text = String::new();
    let mut stdout = child.stdout.take().expect("it has an output");
    stdout.read_to_string(&mut text).expect("its output is text");
    let good = child.wait().expect("it ends").success();
    if !good {
        text.push_str(&said.join().unwrap_or_default());
    }
    (good, text)
}
