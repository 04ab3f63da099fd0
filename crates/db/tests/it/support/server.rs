//! A PostgreSQL server for this test run: the one of USHER_TEST_POSTGRES, or a throwaway one.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tokio_postgres::NoTls;

/// Starts a server that only its own socket reaches, and stops it when its input ends: with the test process, however that
/// ends. It sorts text differently than by bytes, on purpose.
const SERVER: &str = r#"
set -eu
trap '' INT TERM HUP
bin=$1
dir=$(mktemp -d "${TMPDIR:-/tmp}/usher-postgres-XXXXXX")
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    run() { su postgres -s /bin/sh -c "$1"; }
else
    run() { sh -c "$1"; }
fi
run "cd $dir && $bin/initdb -D $dir/data -A trust -U postgres -N --locale-provider=icu --icu-locale=en --locale=C.UTF-8 -E UTF8" >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; exit 1; }
run "cd $dir && $bin/pg_ctl -D $dir/data -w -l $dir/log -o '-k $dir -c listen_addresses= -c fsync=off -c max_connections=400' start" >/dev/null ||
    { cat "$dir/log" >&2; exit 1; }
echo "$dir"
cat >/dev/null
run "cd / && $bin/pg_ctl -D $dir/data -m immediate -w stop" >/dev/null 2>&1 || true
rm -rf "$dir"
"#;

const INSTALL: &str =
    "PostgreSQL is missing; install it (Debian: apt-get install postgresql) or name a server in USHER_TEST_POSTGRES";

struct Server {
    url: String,
    /// Its input ends with this process.
    _child: Option<Child>,
}

static SERVER_URL: LazyLock<Server> = LazyLock::new(|| match std::env::var("USHER_TEST_POSTGRES") {
    Ok(url) => Server { url, _child: None },
    Err(_) => start(),
});

fn start() -> Server {
    let mut child = Command::new("sh")
        .args(["-c", SERVER, "sh"])
        .arg(binaries().expect(INSTALL))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut output = BufReader::new(child.stdout.take().expect("the server's output"));
    let mut folder = String::new();
    output.read_line(&mut folder).expect("the server says where it is");
    let folder = folder.trim();
    if folder.is_empty() {
        let mut rest = String::new();
        let _ = output.read_to_string(&mut rest);
        panic!("the throwaway PostgreSQL server did not start {rest}");
    }
    Server {
        url: format!("postgres://postgres@{}/postgres", folder.replace('/', "%2F")),
        _child: Some(child),
    }
}

/// The newest server installed.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("bin/initdb").exists());
    Some(newest.max_by_key(number)?.join("bin"))
}

/// A new database; its URL.
pub(super) async fn create_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("usher_db_{}_{}", process::id(), NEXT.fetch_add(1, Relaxed));
    let server = tokio::task::spawn_blocking(|| SERVER_URL.url.clone())
        .await
        .expect("the server is there");
    command(&server, &format!("CREATE DATABASE {name}")).await;
    let (address, settings) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = address.rsplit_once('/').expect("a URL with a database");
    format!("{host}/{name}?{settings}")
}

pub(super) async fn drop_database(url: &str) {
    let (address, _) = url.split_once('?').unwrap_or((url, ""));
    let (_, name) = address.rsplit_once('/').expect("a URL with a database");
    command(&SERVER_URL.url, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

async fn command(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    let driver = tokio::runtime::Handle::current().spawn(connection);
    client.batch_execute(sql).await.expect("the server does as told");
    drop(client);
    let _ = driver.await;
}
