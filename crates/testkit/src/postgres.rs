//! PostgreSQL for tests: databases on the server of `USHER_TEST_POSTGRES`, or on a throwaway one that ends with this process.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use db::{Db, Location};
use directory::MIGRATIONS;
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

/// Starts a server and stops it when its own input ends: with the test process, however that ends. It sorts text otherwise
/// than by bytes, on purpose.
const SCRIPT: &str = r#"
set -eu
trap '' INT TERM HUP
bin=$1 options=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/usher-postgres-XXXXXX")
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    run() { su postgres -s /bin/sh -c "$1"; }
else
    run() { sh -c "$1"; }
fi
run "cd $dir && $bin/initdb -D $dir/data -A trust -U postgres -N --locale-provider=icu --icu-locale=en --locale=C.UTF-8 -E UTF8" >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; exit 1; }
run "cd $dir && $bin/pg_ctl -D $dir/data -w -l $dir/log -o '-k $dir -c listen_addresses= -c max_connections=400 $options' start" >/dev/null ||
    { cat "$dir/log" >&2; exit 1; }
echo "$dir"
cat >/dev/null
run "cd / && $bin/pg_ctl -D $dir/data -m immediate -w stop" >/dev/null 2>&1 || true
rm -rf "$dir"
"#;

const INSTALL: &str =
    "PostgreSQL is missing; install it (Debian: apt-get install postgresql) or name a server in USHER_TEST_POSTGRES";

/// A throwaway server. Its input ends with this process.
#[derive(Debug)]
pub struct Server {
    url: String,
    guard: Child,
}

impl Server {
    /// One that writes to the disk what it has promised, for tests that kill.
    pub fn durable() -> Self {
        Self::start("")
    }

    fn fast() -> Self {
        Self::start("-c fsync=off")
    }

    fn start(options: &str) -> Self {
        let mut guard = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(binaries().expect(INSTALL))
            .arg(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut folder = String::new();
        BufReader::new(guard.stdout.take().expect("the shell has an output"))
            .read_line(&mut folder)
            .expect("the server says where it is");
        assert!(!folder.is_empty(), "the throwaway PostgreSQL server did not start");
        let url = format!("postgres://postgres@{}/postgres", folder.trim().replace('/', "%2F"));
        Self { url, guard }
    }

    /// The URL of its database `postgres`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A new empty database on it. Blocks.
    pub fn database(&self) -> Database {
        let url = self.url.clone();
        aside(async move { Database::made(&url, "").await })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // A failed wait leaves the guard to finish by itself.
        let _ = self.guard.wait();
    }
}

/// The server of this run.
static SERVER: LazyLock<(String, Option<Server>)> = LazyLock::new(|| {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told of a running server in their environment"
    )]
    let named = std::env::var("USHER_TEST_POSTGRES");
    if let Ok(url) = named {
        return (url, None);
    }
    let server = Server::fast();
    (server.url.clone(), Some(server))
});

/// The newest server installed.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("bin/initdb").exists());
    Some(newest.max_by_key(number)?.join("bin"))
}

/// A database of one test, dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// A new empty one on this run's server. Blocks.
    pub fn fresh() -> Self {
        aside(async { Self::made(&server().await, "").await })
    }

    /// A new one with all migrations applied.
    pub(crate) async fn migrated() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let server = server().await;
        let template = TEMPLATE.get_or_init(|| template(&server)).await;
        // Without fsync copying the files takes a tenth of what writing every page to the log takes.
        Self::made(&server, &format!("TEMPLATE {template} STRATEGY FILE_COPY")).await
    }

    async fn made(server: &str, how: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("usher_test_{}_{}", process::id(), NEXT.fetch_add(1, Relaxed));
        command(server, &format!("CREATE DATABASE {name} {how}")).await;
        Self {
            server: server.to_owned(),
            url: url_of(server, &name),
            name,
        }
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, drop) = (
            self.server.clone(),
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
        aside(async move {
            // The server may be gone before its databases.
            if let Ok((client, connection)) = tokio_postgres::connect(&server, NoTls).await {
                let driver = tokio::runtime::Handle::current().spawn(connection);
                let _ = client.batch_execute(&drop).await;
                std::mem::drop(client);
                let _ = driver.await;
            }
        });
    }
}

/// Runs this on a thread and a runtime of its own, wherever the caller stands.
fn aside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work)
    });
    thread.join().expect("the work ends")
}

async fn server() -> String {
    tokio::task::spawn_blocking(|| SERVER.0.clone())
        .await
        .expect("the server is there")
}

fn url_of(server: &str, database: &str) -> String {
    let (address, settings) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').expect("a URL with a database");
    format!("{host}/{database}?{settings}")
}

/// The migrated database that others are copied from. It is named after the migrations, shared by all test binaries and stays
/// on the server for the next run.
async fn template(server: &str) -> String {
    let mut sum = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for migration in MIGRATIONS {
        sum.update(migration.sql.as_bytes());
    }
    let sum = sum.finish();
    let sum = sum
        .as_ref()
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let (name, making) = (format!("usher_template_{sum:016x}"), format!("usher_making_{sum:016x}"));
    let (client, connection) = tokio_postgres::connect(server, NoTls)
        .await
        .expect("the server answers");
    let driver = tokio::runtime::Handle::current().spawn(connection);
    // One process makes it, the others wait. The lock ends with the connection.
    let said = "the server does as told";
    client
        .batch_execute("SELECT pg_advisory_lock(6296131019)")
        .await
        .expect(said);
    let known = client
        .query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await
        .expect(said);
    if known.is_empty() {
        client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {making}"))
            .await
            .expect(said);
        client
            .batch_execute(&format!("CREATE DATABASE {making}"))
            .await
            .expect(said);
        let location = Location::Postgres(url_of(server, &making));
        let db = Db::open(&location, &crate::store::options())
            .await
            .expect("the new database opens");
        db.migrate(MIGRATIONS).await.expect("the migrations run");
        db.close().await;
        drop(db);
        // Sessions may still be on their way out.
        let end = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{making}'");
        client.batch_execute(&end).await.expect(said);
        client
            .batch_execute(&format!("ALTER DATABASE {making} RENAME TO {name}"))
            .await
            .expect(said);
    }
    drop(client);
    let _ = driver.await;
    name
}

async fn command(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    let driver = tokio::runtime::Handle::current().spawn(connection);
    client.batch_execute(sql).await.expect("the server does as told");
    drop(client);
    let _ = driver.await;
}
