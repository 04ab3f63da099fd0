//! A PostgreSQL server for this test run: the one of USHER_TEST_POSTGRES, or a throwaway one.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tempfile::TempDir;
use tokio_postgres::NoTls;

/// Starts a server, with options and keys, and stops it when its input ends: with the test process, however that
/// ends. It sorts text differently than by bytes, on purpose.
const SCRIPT: &str = r#"
set -eu
trap '' INT TERM HUP
bin=$1 options=$2 keys=$3
dir=$(mktemp -d "${TMPDIR:-/tmp}/usher-postgres-XXXXXX")
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    run() { su postgres -s /bin/sh -c "$1"; }
else
    run() { sh -c "$1"; }
fi
run "cd $dir && $bin/initdb -D $dir/data -A trust -U postgres -N --locale-provider=icu --icu-locale=en --locale=C.UTF-8 -E UTF8" >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; exit 1; }
if [ -n "$keys" ]; then
    cp "$keys/cert.pem" "$keys/key.pem" "$dir/data"
    chown "$(stat -c %u "$dir/data")" "$dir/data/key.pem" "$dir/data/cert.pem"
    chmod 600 "$dir/data/key.pem"
fi
run "cd $dir && $bin/pg_ctl -D $dir/data -w -l $dir/log -o '-k $dir $options -c fsync=off -c max_connections=400' start" >/dev/null ||
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

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told of a running server in their environment"
    )]
    let named = std::env::var("USHER_TEST_POSTGRES");
    if let Ok(url) = named {
        return Server { url, _child: None };
    }
    let (folder, child) = start("-c listen_addresses=", None);
    let url = format!("postgres://postgres@{}/postgres", folder.replace('/', "%2F"));
    Server {
        url,
        _child: Some(child),
    }
});

/// Starts a throwaway server; answers with its folder.
fn start(options: &str, keys: Option<&Path>) -> (String, Child) {
    let mut child = Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(binaries().expect(INSTALL))
        .arg(options)
        .arg(keys.unwrap_or(Path::new("")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut output = BufReader::new(child.stdout.take().expect("the server's output"));
    let mut folder = String::new();
    output.read_line(&mut folder).expect("the server says where it is");
    assert!(!folder.is_empty(), "the throwaway PostgreSQL server did not start");
    (folder.trim().to_owned(), child)
}

/// A server that encrypts, always a throwaway one.
pub(crate) struct Encrypted {
    pub(crate) url: String,
    /// Who signed the server's certificate.
    pub(crate) authority: PathBuf,
    pub(crate) other_authority: PathBuf,
    _child: Child,
    _folder: TempDir,
}

impl Encrypted {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (authority, other_authority) = (folder.path().join("cert.pem"), folder.path().join("other.pem"));
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        std::fs::write(&authority, own.cert.pem()).expect("written");
        std::fs::write(folder.path().join("key.pem"), own.signing_key.serialize_pem()).expect("written");
        std::fs::write(&other_authority, other.cert.pem()).expect("written");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port")
            .port();
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c ssl=on -c ssl_cert_file=cert.pem -c ssl_key_file=key.pem"
        );
        let (_, child) = start(&options, Some(folder.path()));
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        Self {
            url,
            authority,
            other_authority,
            _child: child,
            _folder: folder,
        }
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
    let server = tokio::task::spawn_blocking(|| SERVER.url.clone())
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
    command(&SERVER.url, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

async fn command(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    let driver = tokio::runtime::Handle::current().spawn(connection);
    client.batch_execute(sql).await.expect("the server does as told");
    drop(client);
    let _ = driver.await;
}
