//! Servers that run: started, spoken to, stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell;

/// A server on a free port.
pub(super) struct Running {
    child: Child,
    /// As it says itself: `http://127.0.0.1:1234`.
    pub(super) url: String,
    /// From the start to the line that says where it listens.
    pub(super) started: Duration,
}

impl Running {
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let begun = Instant::now();
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
        let started = begun.elapsed();
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            // It did not start; its own words are on the screen.
            let _ = child.kill();
            let _ = child.wait();
            bail!("{command:?} said {line:?} first");
        };
        let url = url.to_owned();
        // Reads to the end, so that the server never waits for us.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Ok(Self { child, url, started })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How long the first answer took: from the start to the status 200.
    pub(super) fn until_ready(&self, path: &str) -> Result<Duration> {
        let asked = Instant::now();
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).context("connecting to the server")?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).context("reading the first answer")?;
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            bail!(
                "{path} answers {}",
                String::from_utf8_lossy(&answer[..answer.len().min(200)])
            );
        }
        Ok(self.started + asked.elapsed())
    }

    /// Resident memory in MiB.
    pub(super) fn rss_mib(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).context("reading /proc")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
        Ok(number.context("memory in /proc")? / 1024.0)
    }

    /// Asks it to stop; how long that takes.
    pub(super) fn stop(mut self) -> Result<Duration> {
        let begun = Instant::now();
        shell::run(Command::new("kill").args(["-TERM", &self.pid().to_string()]))?;
        let status = self.child.wait().context("waiting for the server")?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(begun.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
