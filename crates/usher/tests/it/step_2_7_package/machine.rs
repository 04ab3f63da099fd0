//! A folder as the root of a machine of its own: its own mounts, processes and network, and nothing of this one's files.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::support::{Child, output_of};

/// Where a machine that serves has its people.
pub(super) const USERS: &str = "http://127.0.0.1:8080/scim/v2/Users";

/// Mounts what a container engine or systemd would, and becomes the program. Arguments: the root, what stays writable below
/// a root that else can only be read (or nothing: all is writable), the program.
const BOOT: &str = r#"
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 kept=$2
shift 2
ip link set lo up
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom; do
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
if [ -n "$kept" ]; then
    mount --bind "$root/$kept" "$root/$kept"
    mount -o remount,bind,ro "$root"
fi
exec "$@"
"#;

/// The root, and how programs run in it.
#[derive(Debug)]
pub(super) struct Machine {
    root: PathBuf,
}

/// As whom, where and with which variables.
#[derive(Clone, Debug, Default)]
pub(super) struct As {
    /// User and group by number; none is root.
    pub(super) user: Option<(u32, u32)>,
    pub(super) folder: String,
    pub(super) environment: Vec<String>,
    /// All else can only be read.
    pub(super) writable: Option<String>,
}

impl As {
    pub(super) fn root() -> Self {
        let environment = [
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL=C",
            "DEBIAN_FRONTEND=noninteractive",
        ];
        Self {
            folder: "/".to_owned(),
            environment: environment.map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    /// `env`, `unshare` or `nsenter`: the words that make a process such a one.
    fn environment(&self) -> Vec<String> {
        let mut words = vec!["env".to_owned(), "-i".to_owned()];
        words.extend(self.environment.clone());
        words
    }

    fn user(&self) -> Vec<String> {
        self.user.map_or_else(Vec::new, |(user, group)| {
            vec![format!("--setuid={user}"), format!("--setgid={group}")]
        })
    }
}

impl Machine {
    pub(super) fn of(root: &Path) -> Self {
        let ours = fs::metadata("/proc/self").expect("/proc is there").uid();
        assert_eq!(
            ours, 0,
            "packages are tried in a root of their own, which takes root; run the tests as root"
        );
        Self { root: root.to_owned() }
    }

    pub(super) fn path(&self, within: &str) -> PathBuf {
        self.root.join(within.trim_start_matches('/'))
    }

    pub(super) fn read(&self, within: &str) -> String {
        let file = self.path(within);
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    /// Runs a program as the first of the machine to a good end; what it printed.
    #[track_caller]
    pub(super) fn run(&self, who: &As, program: &[&str]) -> String {
        output_of(&mut self.command(who, program), "").trim_end().to_owned()
    }

    /// Starts a server as the first process of the machine, and waits for its first line.
    pub(super) fn serve(&self, who: &As, program: &[&str], log: &Path) -> Running {
        let errors = fs::File::create(log).expect("a log");
        let mut command = self.command(who, program);
        let child = Child::start(command.stderr(errors));
        let heard = child.hear(Duration::from_mins(1), |lines| !lines.is_empty());
        let pid = child_of(child.id());
        Running {
            child,
            pid,
            who: who.clone(),
            said: heard.lines[0].clone(),
        }
    }

    fn command(&self, who: &As, program: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command.args([
            "--mount",
            "--pid",
            "--net",
            "--ipc",
            "--uts",
            "--fork",
            "--kill-child",
            "--",
        ]);
        command.args(["sh", "-c", BOOT, "sh"]).arg(&self.root);
        command.arg(who.writable.as_deref().unwrap_or_default());
        command.args(who.environment());
        command.args(["setpriv", "--no-new-privs", "unshare"]).args(who.user());
        command
            .arg("--root")
            .arg(&self.root)
            .arg(format!("--wd={}", who.folder));
        command.arg("--").args(program);
        command
    }
}

/// A server that is the first process of its machine.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    /// Its number on this machine.
    pid: String,
    who: As,
    /// Its first line.
    pub(super) said: String,
}

impl Running {
    /// Runs a program beside it, as the same user with the same variables; what it printed.
    #[track_caller]
    pub(super) fn run(&self, program: &[&str]) -> String {
        let words = self.who.environment();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command.args(["nsenter", "--target", &self.pid, "--mount", "--pid", "--net", "--root"]);
        command.arg("--wd").args(self.who.user()).arg("--").args(program);
        output_of(&mut command, "").trim_end().to_owned()
    }

    /// A request within the machine: status and body.
    #[track_caller]
    pub(super) fn curl(&self, words: &[&str]) -> (String, String) {
        let mut command = Command::new("nsenter");
        command.args([
            "--target",
            &self.pid,
            "--net",
            "--",
            "curl",
            "-sS",
            "-w",
            "\n%{http_code}",
        ]);
        let said = output_of(command.args(words), "");
        let (body, status) = said.rsplit_once('\n').expect("a status");
        (status.to_owned(), body.to_owned())
    }

    /// Lives, is ready, and takes somebody by SCIM with a token made beside it; the header with the token.
    pub(super) fn takes_ann(&self, more: &[&str]) -> String {
        assert_eq!(self.curl(&["http://127.0.0.1:8081/health/live"]).0, "200");
        let (status, ready) = self.curl(&["http://127.0.0.1:8081/health/ready"]);
        assert_eq!(status, "200", "{ready}");
        let create = [
            "/usr/bin/usher",
            "token",
            "create",
            "hr",
            "--scope",
            "scim:read,scim:write",
            "--quiet",
        ];
        let bearer = format!("Authorization: Bearer {}", self.run(&[&create[..], more].concat()));
        let ann = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann" }).to_string();
        let kind = "Content-Type: application/scim+json";
        let (status, made) = self.curl(&["-H", &bearer, "-H", kind, "-d", &ann, USERS]);
        assert_eq!(status, "201", "{made}");
        bearer
    }

    /// Tries to write a file below the machine's root, as root, past the rights of users: what the system says.
    pub(super) fn refuses_to_write(&self, file: &Path) -> String {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.pid, "--mount", "--", "sh", "-c", ": >\"$0\""]);
        let done = command.arg(file).env("LC_ALL", "C").output().expect("it runs");
        assert!(!done.status.success(), "{} was written", file.display());
        String::from_utf8_lossy(&done.stderr).into_owned()
    }

    /// What the system says of the process.
    pub(super) fn status(&self, key: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(&format!("{key}:")));
        line.unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Asks it to end, as an engine does, and waits until it has.
    pub(super) fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        // Whoever waits for it ignores the signal, and answers with how it ended.
        self.child.terminate()
    }

    fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        // It may be gone already.
        let _ = kill.args([name, &self.pid]).stderr(Stdio::null()).status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal("-KILL");
    }
}

/// The one process that another has started.
fn child_of(parent: u32) -> String {
    let entries = fs::read_dir("/proc").expect("/proc is there");
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut children = numbers.filter(|number| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        // After the name, which may hold anything: state, parent.
        let parents = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1));
        parents.is_some_and(|number| number == parent.to_string())
    });
    children.next().expect("it has started the machine")
}
