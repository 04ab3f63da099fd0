//! PostgreSQL for tests: databases on the server of `USHER_TEST_POSTGRES`, or on a throwaway one that ends with this process.

use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use db::{Db, Location};
use directory::MIGRATIONS;
pub use throwaway::Server;
use throwaway::{Address, Durability};
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

/// A server that writes to the disk what it has promised, for tests that kill.
pub fn durable() -> Server {
    Server::start(Durability::Full, Address::Socket).expect("a server")
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
    let server = Server::start(Durability::None, Address::Socket).expect("a server");
    (server.url().to_owned(), Some(server))
});

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

    /// A new empty one on that server. Blocks.
    pub fn on(server: &Server) -> Self {
        let url = server.url().to_owned();
        aside(async move { Self::made(&url, "").await })
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
