//! A real mail server that keeps what it takes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::child::Child;
use super::python_program;

/// Each mail lands whole in a file `NUMBER.eml`, which begins with its recipients. It ends when its input does. To recipients
/// called so it does this the first time: `later…` puts off, `hang…` never answers, `drop…` closes, `die…` closes after it has
/// taken the mail.
const SCRIPT: &str = r#"
import asyncio, os, sys
from aiosmtpd.smtp import SMTP

class Sink:
    taken = 0
    seen = set()
    def first(self, local):
        new = local not in Sink.seen
        Sink.seen.add(local)
        return new
    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local.startswith("later") and self.first(local): return "450 4.2.1 try again later"
        if local.startswith("hang") and self.first(local): await asyncio.Event().wait()
        if local.startswith("drop") and self.first(local):
            server.transport.abort()
            return "250 OK"
        if local.startswith("bounce"): return "550 5.1.1 no such user"
        if local.startswith("defer"): return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        Sink.taken += 1
        name = os.path.join(sys.argv[1], "%06d" % Sink.taken)
        with open(name + ".tmp", "wb") as file:
            file.write(("X-Recipients: " + ", ".join(envelope.rcpt_tos) + "\r\n").encode())
            file.write(envelope.original_content)
        os.rename(name + ".tmp", name + ".eml")
        print(", ".join(envelope.rcpt_tos), flush=True)
        local = envelope.rcpt_tos[0].split("@")[0]
        if local.startswith("die") and self.first(local):
            server.transport.abort()
        return "250 taken"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), hostname="localhost"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"#;

/// The running mail server.
#[derive(Debug)]
pub(crate) struct Sink {
    child: Child,
    folder: TempDir,
    port: u16,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) recipient: String,
    /// As it came, with quoted-printable soft breaks undone.
    pub(crate) text: String,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(python_program("USHER_TEST_PYTHON", "python"));
        command.args(["-c", SCRIPT]).arg(folder.path());
        let child = Child::start(&mut command);
        let heard = child.hear(Duration::from_mins(1), |lines| !lines.is_empty());
        let port = heard.lines[0].parse().expect("the mail server says its port");
        Self { child, folder, port }
    }

    /// Its address for `USHER_MAIL__SMTP`.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Waits until a mail for that recipient has been taken; the latest one.
    pub(crate) fn mail_for(&self, recipient: &str) -> Taken {
        let latest = || self.taken().into_iter().rfind(|mail| mail.recipient == recipient);
        if let Some(mail) = latest() {
            return mail;
        }
        self.child.hear(Duration::from_mins(1), |lines| {
            lines.last().is_some_and(|line| line == recipient)
        });
        latest().expect("the mail was taken")
    }

    /// Waits for the next mail, at most that long; false when none came.
    pub(crate) fn takes_another(&self, within: Duration) -> bool {
        self.next_recipient(within).is_some()
    }

    /// The recipient of the next mail, waited for at most that long.
    pub(crate) fn next_recipient(&self, within: Duration) -> Option<String> {
        self.child.line_within(within)
    }

    /// Everything taken so far, in order.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder is read");
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "eml"));
        files.sort();
        files
            .iter()
            .map(|file| read(&fs::read(file).expect("a mail is read")))
            .collect()
    }
}

fn read(bytes: &[u8]) -> Taken {
    let text = String::from_utf8_lossy(bytes);
    let recipient = text.lines().next().unwrap_or_default();
    Taken {
        recipient: recipient.trim_start_matches("X-Recipients: ").trim().to_owned(),
        text: text.replace("=\r\n", "").replace("=3D", "="),
    }
}

impl Taken {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.lines().take_while(|line| !line.is_empty());
        let mut found = head.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.next()
    }

    /// The first link to an invitation.
    pub(crate) fn invitation(&self) -> Option<String> {
        let end = |letter: char| letter.is_whitespace() || "\"'<>".contains(letter);
        let words = self.text.split(end);
        words
            .filter(|word| word.starts_with("http"))
            .find(|word| word.contains("/invitation/"))
            .map(str::to_owned)
    }
}
