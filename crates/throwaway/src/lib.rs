//! A throwaway PostgreSQL server: its data in memory or under the temporary folder, owned by an unprivileged user, gone with the
//! program that started it, however that ends. For tests, crash rounds and the benchmark; it needs nothing but the server's
//! programs.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Starts a server, stops, holds, kills and starts it again when told to, and stops it when its own input ends. The server sorts text otherwise than by bytes, on purpose: what
/// relies on the order of bytes must say so.
const GUARD: &str = r#"
set -eu
trap '' INT TERM HUP
bin=$1 options=$2 keys=$3 memory=$4
under=${TMPDIR:-/tmp}
least() { [ "${1:-0}" -ge 4194304 ]; }
if [ -n "$memory" ] && [ -w "$memory" ] && least "$(df -Pk "$memory" | awk 'NR == 2 { print $4 }')" \
    && least "$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)"; then
    under=$memory
fi
dir=$(mktemp -d "$under/usher-postgres-XXXXXX")
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    owned() { su postgres -s /bin/sh -c "cd $dir && $1"; }
else
    owned() { sh -c "cd $dir && $1"; }
fi
owned "$bin/initdb -D $dir/data -A trust -U postgres -N --locale-provider=icu --icu-locale=en --locale=C.UTF-8 -E UTF8" \
    >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; rm -rf "$dir"; exit 1; }
if [ -n "$keys" ]; then
    cp "$keys/cert.pem" "$keys/key.pem" "$dir/data"
    chown "$(stat -c %u "$dir/data")" "$dir/data/key.pem" "$dir/data/cert.pem"
    chmod 600 "$dir/data/key.pem"
fi
start() { owned "$bin/pg_ctl -D $dir/data -w -l $dir/log -o '-k $dir -c max_connections=400 $options' start" </dev/null >/dev/null; }
start || { cat "$dir/log" >&2; rm -rf "$dir"; exit 1; }
echo "$dir"
children() {
    for stat in /proc/[0-9]*/stat; do
        line=$(cat "$stat" 2>/dev/null) || continue
        pid=${line%% *}
        set -- ${line##*) }
        [ "$2" != "$1" ] && [ "$2" = "$postmaster" ] && echo "$pid"
    done
    true
}
while read -r order; do
    case $order in
    stop)
        said=failed
        owned "$bin/pg_ctl -D $dir/data -m fast -w stop" >/dev/null 2>>"$dir/log" && said=stopped
        echo $said
        ;;
    hang)
        postmaster=$(head -n 1 "$dir/data/postmaster.pid")
        kill -STOP "$postmaster" && kill -STOP $(children) || true
        echo hanging
        ;;
    go_on)
        postmaster=$(head -n 1 "$dir/data/postmaster.pid")
        kill -CONT $(children) "$postmaster" || true
        echo going
        ;;
    kill)
        postmaster=$(head -n 1 "$dir/data/postmaster.pid")
        # Stopped, it makes no new ones.
        kill -STOP "$postmaster" || true
        kill -KILL "$postmaster" $(children) || true
        echo killed
        ;;
    start)
        # What was killed may take a moment to be gone.
        said=failed
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            if start 2>>"$dir/log"; then said=started; break; fi
            sleep 0.5
        done
        [ $said = started ] || tail -n 20 "$dir/log" >&2
        echo $said
        ;;
    esac
done
# One that was left hanging would not hear that it is to end.
postmaster=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null || true)
[ -z "$postmaster" ] || kill -CONT $(children) "$postmaster" 2>/dev/null || true
owned "$bin/pg_ctl -D $dir/data -m immediate -w stop" >/dev/null 2>&1 || true
rm -rf "$dir"
"#;

/// A file system in memory, where there is one.
const MEMORY: &str = "/dev/shm";

/// How much a server cares for power loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As installed.
    Full,
    /// Without fsync, and in memory where 4 GiB of it are free: several times as fast. Each test has a database of its own, of
    /// six hundred files; some file systems are slow at making that many anew.
    None,
}

/// Where a server listens.
#[derive(Clone, Copy, Debug)]
pub enum Address<'a> {
    /// A socket in its folder: nobody else can be in the way.
    Socket,
    /// A free port of the loopback address.
    Port,
    /// The same, encrypted with `cert.pem` and `key.pem` of that folder.
    EncryptedPort(&'a Path),
}

/// A running server, to whose superuser `postgres` it is open without a password. Dropping it stops it and removes its data.
#[derive(Debug)]
pub struct Server {
    url: String,
    guard: Child,
    /// What the guard says: its answers to orders.
    said: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// PostgreSQL is not [`installed`], or did not start; it has said why on the standard error.
    pub fn start(durability: Durability, address: Address<'_>) -> io::Result<Self> {
        let programs = installed().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, INSTALL))?;
        // Another program may take the port between our look and the server's bind.
        for _ in 0..3 {
            if let Some(server) = Self::attempt(&programs, durability, address)? {
                return Ok(server);
            }
        }
        Err(io::Error::other("the throwaway PostgreSQL did not start"))
    }

    fn attempt(programs: &Path, durability: Durability, address: Address<'_>) -> io::Result<Option<Self>> {
        let port = match address {
            Address::Socket => None,
            Address::Port | Address::EncryptedPort(_) => Some(free_port()?),
        };
        let mut options = match port {
            None => "-c listen_addresses=".to_owned(),
            Some(port) => format!("-c listen_addresses=127.0.0.1 -p {port}"),
        };
        let mut keys = None;
        if let Address::EncryptedPort(folder) = address {
            options.push_str(" -c ssl=on -c ssl_cert_file=cert.pem -c ssl_key_file=key.pem");
            keys = Some(folder);
        }
        let mut memory = "";
        if durability == Durability::None {
            options.push_str(" -c fsync=off");
            memory = MEMORY;
        }
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(programs)
            .arg(&options)
            .arg(keys.unwrap_or(Path::new("")))
            .arg(memory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C for us is none for it: it ends when we have.
            .process_group(0)
            .spawn()?;
        let mut folder = String::new();
        let mut said = BufReader::new(guard.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        said.read_line(&mut folder)?;
        let folder = folder.trim();
        if folder.is_empty() {
            guard.wait()?;
            return Ok(None);
        }
        let host = match port {
            None => folder.replace('/', "%2F"),
            Some(port) => format!("127.0.0.1:{port}"),
        };
        let url = format!("postgres://postgres@{host}/postgres");
        Ok(Some(Self { url, guard, said }))
    }

    /// Ends all its processes at once, as a power failure would. Its data stay.
    ///
    /// # Errors
    /// The guard is gone.
    pub fn kill(&mut self) -> io::Result<()> {
        self.order("kill", "killed")
    }

    /// Stops it as an operator does: connections are closed, nothing is lost.
    ///
    /// # Errors
    /// It does not stop.
    pub fn stop(&mut self) -> io::Result<()> {
        self.order("stop", "stopped")
    }

    /// Lets all its processes stand still: connections stay, and nothing answers.
    ///
    /// # Errors
    /// The guard is gone.
    pub fn hang(&mut self) -> io::Result<()> {
        self.order("hang", "hanging")
    }

    /// Lets them go on after [`hang`](Self::hang).
    ///
    /// # Errors
    /// The guard is gone.
    pub fn go_on(&mut self) -> io::Result<()> {
        self.order("go_on", "going")
    }

    /// Starts it on its data after [`kill`](Self::kill) or [`stop`](Self::stop), and waits until it takes connections, at the same address.
    ///
    /// # Errors
    /// It does not start; it has said why on the standard error.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.order("start", "started")
    }

    fn order(&mut self, order: &str, done: &str) -> io::Result<()> {
        let input = self.guard.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{order}")?;
        let mut answer = String::new();
        self.said.read_line(&mut answer)?;
        if answer.trim() == done {
            Ok(())
        } else {
            Err(io::Error::other(format!(
                "the throwaway PostgreSQL was told to {order} and says {answer:?}"
            )))
        }
    }

    /// The URL of its database `postgres`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // A failed wait leaves the guard to finish by itself.
        let _ = self.guard.wait();
    }
}

/// What to do where PostgreSQL is missing.
const INSTALL: &str =
    "PostgreSQL is missing; install it (Debian: apt-get install postgresql) or name a server in USHER_TEST_POSTGRES";

/// The folder of the newest server's programs: as Debian installs them, else the one in PATH.
pub fn installed() -> Option<PathBuf> {
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok().and_then(|versions| {
        let folders = versions.filter_map(|entry| Some(entry.ok()?.path()));
        let complete = folders.filter(|folder| folder.join("bin/initdb").exists());
        complete.max_by_key(number).map(|folder| folder.join("bin"))
    });
    debian.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
    })
}

/// A port of the loopback address that nobody holds now.
///
/// # Errors
/// There is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
