//! What one run is about, and the bytes of its requests.

use std::io::Write as _;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::drive::Caller;
use crate::phases::Phase;

pub(crate) const USAGE: &str = "\
scimload --base URL --phase P [--token T] [--users N] [--concurrency C] [--seconds S] [--most K] [--state FILE] …

  --base URL        e.g. http://127.0.0.1:8080/scim/v2 (loopback only)
  --phase P         create tops the server up to N users (those in FILE are there already), load creates people that are not
                    remembered; the others are listed in phases/mod.rs
  --seconds S       how long a phase goes on that does not end by itself (3)
  --most K          the most requests of one run
  --first I         the index of the first person of load
  --members K       members of the group `huge` (100000; all users if there are fewer)
  --links FILE      where `sink` writes the links of invitations
  --state FILE      remembers what is on the server between runs
  --pid P           of the server: CPU time and memory of it and its children are read
  --store-pid P     of the database server: its CPU time is read
";

/// What one run is about.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    host: String,
    /// The path of the SCIM face.
    prefix: String,
    pub(crate) token: String,
    pub(crate) phase: Phase,
    pub(crate) users: usize,
    pub(crate) concurrency: usize,
    pub(crate) seconds: f64,
    pub(crate) most: usize,
    pub(crate) first: usize,
    pub(crate) members: usize,
    pub(crate) seed: u64,
    pub(crate) links: Option<PathBuf>,
    pub(crate) state: Option<PathBuf>,
    pub(crate) pid: Option<u32>,
    pub(crate) store_pid: Option<u32>,
}

impl Load {
    pub(crate) fn read(mut args: impl Iterator<Item = String>) -> Result<Self> {
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
            most: usize::MAX,
            first: 0,
            members: 100_000,
            seed: 1,
            links: None,
            state: None,
            pid: None,
            store_pid: None,
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
                "--most" => load.most = value.parse().with_context(wrong)?,
                "--first" => load.first = value.parse().with_context(wrong)?,
                "--members" => load.members = value.parse().with_context(wrong)?,
                "--seed" => load.seed = value.parse().with_context(wrong)?,
                "--links" => load.links = Some(PathBuf::from(&value)),
                "--state" => load.state = Some(PathBuf::from(&value)),
                "--pid" => load.pid = Some(value.parse().with_context(wrong)?),
                "--store-pid" => load.store_pid = Some(value.parse().with_context(wrong)?),
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

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// Writes a request of the SCIM face with the token; the caller's `body` is sent along if it holds anything.
    pub(crate) fn scim(&self, caller: &mut Caller, method: &str, path: std::fmt::Arguments<'_>) {
        let Caller { request, body, .. } = caller;
        request.clear();
        // Writing into memory does not fail.
        let _ = write!(
            request,
            "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nAccept: application/scim+json\r\nAuthorization: Bearer {}\r\n",
            self.prefix, self.host, self.token
        );
        finish(request, body, "application/scim+json");
    }

    /// Writes a request with a path of its own and the token; the caller's `body` is JSON.
    pub(crate) fn json(&self, caller: &mut Caller, method: &str, path: std::fmt::Arguments<'_>) {
        let Caller { request, body, .. } = caller;
        request.clear();
        let _ = write!(
            request,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n",
            self.host, self.token
        );
        finish(request, body, "application/json");
    }

    /// Writes a request with a path of its own. `authorized`: with the token.
    pub(crate) fn plain(&self, caller: &mut Caller, method: &str, path: std::fmt::Arguments<'_>, authorized: bool) {
        let Caller { request, body, .. } = caller;
        request.clear();
        let _ = write!(request, "{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        if authorized {
            let _ = write!(request, "Authorization: Bearer {}\r\n", self.token);
        }
        finish(request, body, "application/x-www-form-urlencoded");
    }
}

fn finish(request: &mut Vec<u8>, body: &mut Vec<u8>, kind: &str) {
    if !body.is_empty() {
        let _ = write!(request, "Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    }
    request.extend_from_slice(b"\r\n");
    request.append(body);
}
