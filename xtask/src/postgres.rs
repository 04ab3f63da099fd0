//! A throwaway PostgreSQL server: its data under the temporary folder, owned by an unprivileged user, on a free port of
//! the loopback address, gone when we are.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{components, usage};

/// Starts a server and stops it when its own input ends: with us, however we end. It sorts text otherwise than by bytes,
/// on purpose: what relies on the order of bytes must say so.
const GUARD: &str = r#"
set -eu
trap '' INT TERM HUP
bin=$1 port=$2 options=$3
dir=$(mktemp -d "${TMPDIR:-/tmp}/usher-postgres-XXXXXX")
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    owned() { su postgres -s /bin/sh -c "cd $dir && $1"; }
else
    owned() { sh -c "cd $dir && $1"; }
fi
owned "$bin/initdb -D $dir/data -A trust -U postgres -N --locale-provider=icu --icu-locale=en --locale=C.UTF-8 -E UTF8" \
    >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; rm -rf "$dir"; exit 1; }
owned "$bin/pg_ctl -D $dir/data -w -l $dir/log -o '-p $port -k $dir -c listen_addresses=127.0.0.1 -c max_connections=400 $options' start" \
    >/dev/null || { cat "$dir/log" >&2; rm -rf "$dir"; exit 1; }
echo ready
cat >/dev/null
owned "$bin/pg_ctl -D $dir/data -m immediate -w stop" >/dev/null 2>&1 || true
rm -rf "$dir"
"#;

/// How much a server cares for power loss.
#[derive(Clone, Copy)]
pub(crate) enum Durability {
    /// As installed: what crash rounds and the benchmark run on.
    Full,
    /// Without fsync: what tests run on.
    None,
}

/// A running server. Dropping it stops it and removes its data.
pub(crate) struct Server {
    guard: Child,
    port: u16,
}

impl Server {
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let binaries = components::require_postgres()?;
        let options = match durability {
            Durability::Full => "",
            Durability::None => "-c fsync=off",
        };
        // Another program may take the port between our look and the server's bind.
        for _ in 0..3 {
            let port = free_port()?;
            let mut guard = Command::new("sh")
                .args(["-c", GUARD, "sh"])
                .arg(&binaries)
                .args([&port.to_string(), options])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .process_group(0)
                .spawn()
                .context("starting a shell for PostgreSQL")?;
            let output = guard.stdout.take().context("the shell has an output")?;
            let mut word = String::new();
            BufReader::new(output)
                .read_line(&mut word)
                .context("waiting for PostgreSQL")?;
            if word.trim() == "ready" {
                return Ok(Self { guard, port });
            }
            guard.wait().context("waiting for the shell of PostgreSQL")?;
        }
        bail!("the throwaway PostgreSQL did not start");
    }

    /// The URL of its database `postgres`, open to its superuser without a password.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // A failed wait leaves the guard to finish by itself.
        let _ = self.guard.wait();
    }
}

/// A port of the loopback address that nobody holds now.
pub(crate) fn free_port() -> Result<u16> {
    let socket = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(socket.local_addr()?.port())
}

/// `cargo xtask postgres [--durable]`: a server until Ctrl-C.
pub(crate) fn main(args: &[&str]) -> Result<()> {
    let durability = match args {
        [] => Durability::None,
        ["--durable"] => Durability::Full,
        _ => return Err(usage("postgres takes --durable or nothing")),
    };
    let server = Server::start(durability)?;
    println!("{}", server.url());
    eprintln!("Ctrl-C ends it; to use it: export USHER_TEST_POSTGRES={}", server.url());
    loop {
        std::thread::park();
    }
}
