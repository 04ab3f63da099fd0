//! Drives a SCIM 2.0 server on loopback with one phase of load and says what came of it, as one JSON object.
//!
//! - `phases`: what is sent, and what the answer must be; a new phase is a variant there
//! - `drive`: the closed loop of connections
//! - `http`: one connection, `people`: deterministic bodies, `usage`: CPU time and memory

mod drive;
mod http;
mod people;
mod phases;
mod usage;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::phases::{Phase, World};

const USAGE: &str = "\
scimload --base URL --phase P [--token T] [--users N] [--concurrency C] [--seconds S] [--seed N] [--state FILE] [--pid P]

  --base URL        e.g. http://127.0.0.1:8080/scim/v2 (loopback only)
  --phase P         create: tops the server up to N users (those in FILE are there already); get: S seconds of single users
  --state FILE      remembers the ids of users between runs
  --pid P           of the server: CPU time and memory of it and its children are read
";

/// What one run is about.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) host: String,
    pub(crate) prefix: String,
    pub(crate) token: String,
    pub(crate) phase: Phase,
    pub(crate) users: usize,
    pub(crate) concurrency: usize,
    pub(crate) seconds: f64,
    pub(crate) seed: u64,
    state: Option<PathBuf>,
    pid: Option<u32>,
}

fn main() -> ExitCode {
    match run() {
        Ok(good) => ExitCode::from(u8::from(!good)),
        Err(error) => {
            eprintln!("scimload: {error:#}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Whether every answer was right.
fn run() -> Result<bool> {
    let load = Load::read(std::env::args().skip(1))?;
    let world = Arc::new(World::read(load.state.as_deref())?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let ours = std::process::id();
    let before = (load.pid.map(usage::of), usage::of(ours));
    let mut done = runtime.block_on(drive::drive(&load, &world));
    let after = (load.pid.map(usage::of), usage::of(ours));
    world.write(load.state.as_deref())?;

    done.latencies.sort_unstable();
    let requests = done.latencies.len();
    let per_request = |ticks: u64| ticks as f64 * usage::MICROSECONDS_PER_TICK / requests.max(1) as f64;
    let server = before.0.zip(after.0);
    let said = json!({
        "phase": load.phase.name(),
        "concurrency": load.concurrency,
        "requests": requests,
        "errors": done.errors,
        "samples": done.samples,
        "requests_per_s": requests as f64 / done.seconds,
        "p50_ms": done.percentile(0.5),
        "p99_ms": done.percentile(0.99),
        "max_ms": done.percentile(1.0),
        "server_cpu_us": server.map(|(before, after)| per_request(after.ticks.saturating_sub(before.ticks))),
        "server_rss_mib": server.map(|(_, after)| after.rss_kib as f64 / 1024.0),
        "generator_cpu_us": per_request(after.1.ticks.saturating_sub(before.1.ticks)),
    });
    println!("{said}");
    Ok(done.errors == 0 && requests > 0)
}

impl Load {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut base = String::new();
        let mut phase = None;
        let mut load = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            host: String::new(),
            prefix: String::new(),
            token: String::new(),
            phase: Phase::Create,
            users: 1000,
            concurrency: 16,
            seconds: 3.0,
            seed: 1,
            state: None,
            pid: None,
        };
        while let Some(name) = args.next() {
            let value = args.next().with_context(|| format!("{name} needs a value"))?;
            let wrong = || format!("{name} {value}");
            match name.as_str() {
                "--base" => base.clone_from(&value),
                "--token" => load.token.clone_from(&value),
                "--phase" => phase = Some(Phase::parse(&value).with_context(wrong)?),
                "--users" => load.users = value.parse().with_context(wrong)?,
                "--concurrency" => load.concurrency = value.parse().with_context(wrong)?,
                "--seconds" => load.seconds = value.parse().with_context(wrong)?,
                "--seed" => load.seed = value.parse().with_context(wrong)?,
                "--state" => load.state = Some(PathBuf::from(&value)),
                "--pid" => load.pid = Some(value.parse().with_context(wrong)?),
                _ => bail!("unknown option {name}"),
            }
        }
        load.phase = phase.context("which phase?")?;
        let rest = base.strip_prefix("http://").context("--base begins with http://")?;
        let (host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        host.clone_into(&mut load.host);
        prefix.trim_end_matches('/').clone_into(&mut load.prefix);
        let mut addresses = host
            .to_socket_addrs()
            .with_context(|| format!("{host} is no host with a port"))?;
        load.address = addresses.next().context("the host has no address")?;
        if !load.address.ip().is_loopback() {
            bail!("only loopback addresses");
        }
        Ok(load)
    }

    /// The bytes of a request.
    pub(crate) fn request(&self, method: &str, path: &str, body: Option<&serde_json::Value>) -> Vec<u8> {
        let mut head = format!(
            "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nAccept: application/scim+json\r\n",
            self.prefix, self.host
        );
        if !self.token.is_empty() {
            head += &format!("Authorization: Bearer {}\r\n", self.token);
        }
        let body = body.map(ToString::to_string);
        if let Some(body) = &body {
            head += &format!(
                "Content-Type: application/scim+json\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        head += "\r\n";
        head += &body.unwrap_or_default();
        head.into_bytes()
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(60)
    }
}
