//! A PostgreSQL server for this test run: the one of USHER_TEST_POSTGRES, or a throwaway one.

use std::path::PathBuf;
use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tempfile::TempDir;
use throwaway::{Address, Durability, Server};
use tokio_postgres::NoTls;

/// The server of this run: its URL, and what ends it with this process.
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

/// A server that encrypts, always a throwaway one.
pub(crate) struct Encrypted {
    pub(crate) url: String,
    /// Who signed the server's certificate.
    pub(crate) authority: PathBuf,
    pub(crate) other_authority: PathBuf,
    _server: Server,
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
        let server = Server::start(Durability::None, Address::EncryptedPort(folder.path())).expect("a server");
        Self {
            url: server.url().to_owned(),
            authority,
            other_authority,
            _server: server,
            _folder: folder,
        }
    }
}

/// A new database; its URL.
pub(super) async fn create_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("usher_db_{}_{}", process::id(), NEXT.fetch_add(1, Relaxed));
    let server = tokio::task::spawn_blocking(|| SERVER.0.clone())
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
    command(&SERVER.0, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

async fn command(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    let driver = tokio::runtime::Handle::current().spawn(connection);
    client.batch_execute(sql).await.expect("the server does as told");
    drop(client);
    let _ = driver.await;
}
