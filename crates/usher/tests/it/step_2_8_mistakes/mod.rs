//! The mistakes that operators make: each is answered by one line that says what to do, and by its exit code.
//!
//! - `made`: the mistakes, each with its answer
//! - `peers`: servers that refuse

mod made;
mod peers;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{binary, unset};

/// Where mistakes are made.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
}

/// What was said: the line, and the exit code.
type Answer = (String, i32);

impl Scene {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        // Other users may look.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its mode is set");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// `usher` with these words, in the folder.
    fn usher(&self, words: &[&str]) -> Command {
        self.program(&binary(), words)
    }

    fn program(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        unset(&mut command).args(words).current_dir(self.folder.path());
        command
    }

    /// The same by a shell, which has first set the scene.
    fn after(&self, scene: &str, words: &[&str]) -> Command {
        let mut command = self.program(Path::new("sh"), &["-c", &format!("{scene}; exec \"$0\" \"$@\"")]);
        command.arg(binary()).args(words);
        command
    }

    /// Does what has to go well.
    fn prepare(&self, words: &[&str]) {
        let done = self.usher(words).output().expect("it runs");
        assert!(
            done.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// The one line of a command that fails; log lines may stand before it.
    fn said(&self, command: &mut Command) -> Answer {
        let (_, errors, code) = ended(command);
        let lines: Vec<&str> = errors.lines().filter(|line| !is_logged(line)).collect();
        (self.without_places(&lines.join("\n")), code)
    }

    /// What `usher doctor` finds wrong, as one line.
    fn diagnosed(&self, command: &mut Command) -> Answer {
        let (found, errors, code) = ended(command);
        assert!(errors.lines().all(is_logged), "{errors}");
        let lines = found.lines().filter(|line| line.contains(" problem "));
        let lines: Vec<String> = lines
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        (self.without_places(&lines.join("\n")), code)
    }

    fn without_places(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "DIR")
    }
}

fn is_logged(line: &str) -> bool {
    line.starts_with("20") && line.contains('T')
}

/// Runs a command to its end: its output, its errors, its code.
fn ended(command: &mut Command) -> (String, String, i32) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let mut pipe = child.stderr.take().expect("it has errors");
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = pipe.read_to_string(&mut text);
        text
    });
    let mut output = String::new();
    let mut pipe = child.stdout.take().expect("it has an output");
    // A server that started after all ends here, and not with the last of its threads.
    let mut first = [0; 1];
    while pipe.read(&mut first).expect("it is heard") == 1 {
        output.push(first[0] as char);
        if output.starts_with("listening on ") && output.ends_with('\n') {
            let _ = child.kill();
        }
    }
    let code = child.wait().expect("it ends").code().unwrap_or(-1);
    (output, errors.join().unwrap_or_default(), code)
}

#[test]
fn each_mistake_is_answered_by_one_line_that_says_what_to_do() {
    let mistakes = made::all();
    let mut wrong = Vec::new();
    for (name, (line, code), (expected, expected_code)) in &mistakes {
        if line != expected || code != expected_code {
            wrong.push(format!(
                "{name}\n  exit {code}: {line}\n  goal {expected_code}: {expected}"
            ));
        }
    }
    testkit::figure!("{} mistakes, {} answered otherwise", mistakes.len(), wrong.len());
    assert!(mistakes.len() >= 24);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
