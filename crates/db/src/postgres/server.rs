//! Where the server is, and how a connection to it is made and set.

use std::io;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::session::Session;
use super::tls;
use crate::error::Error;
use crate::options::{Durability, Options};

/// How long a server may take to open a socket, and again as long from there to a session that is set up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a peer may leave our packets unanswered before the connection counts as dead.
const SILENCE: Duration = Duration::from_secs(30);

/// A node that hangs in the middle of a transaction gives its locks back after this time.
const IDLE_IN_TRANSACTION_MS: u32 = 60_000;

const OLDEST: i64 = 150_000;

/// Where the server is, and how a connection to it is made and set.
pub(super) struct Server {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    set_up: String,
    /// The runtime that drives the connections.
    runtime: Handle,
}

impl Server {
    pub(super) fn parse(url: &str, options: &Options) -> Result<Self, Error> {
        let (url, trust) = tls::take_settings(url)?;
        let mut config: Config = url.parse().map_err(|_| Error::Configuration {
            why: "the PostgreSQL URL is not one that libpq would read".into(),
        })?;
        if config.get_hosts().is_empty() {
            let why = "the PostgreSQL URL names no host; it looks like postgres://USER:PASSWORD@HOST/DATABASE";
            return Err(Error::Configuration { why: why.into() });
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("usher");
        }
        config.keepalives_idle(SILENCE);
        // After a failover the old primary may still answer, but takes no writes.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(tls::connector(&trust)?),
        };
        Ok(Self {
            config,
            tls,
            set_up: set_up(options),
            runtime: Handle::current(),
        })
    }

    /// Makes a connection. Its socket is driven by the runtime on which the database was opened.
    pub(super) async fn connect(&self) -> Result<Session, Error> {
        self.connect_on(&self.runtime).await
    }

    /// Makes a connection whose socket is driven by that runtime.
    pub(super) async fn connect_on(&self, runtime: &Handle) -> Result<Session, Error> {
        let limit = self.config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT);
        // The driver's own limit ends when the socket is open: a server that hangs opens it and says nothing.
        let limit = 2 * limit * self.config.get_hosts().len().max(1) as u32;
        let connected = tokio::time::timeout(limit, self.connect_and_set_up(runtime)).await;
        connected.unwrap_or_else(|_| {
            Err(Error::unavailable(format!(
                "{} takes connections and does not answer; see that PostgreSQL is not stopped or out of connections",
                self.place()
            )))
        })
    }

    async fn connect_and_set_up(&self, runtime: &Handle) -> Result<Session, Error> {
        let failed = |error: tokio_postgres::Error| Error::unavailable(self.tell(&error));
        let client = match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
                runtime.spawn(connection);
                client
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(failed)?;
                runtime.spawn(connection);
                client
            }
        };
        let session = Session::new(client);
        session.batch(&self.set_up).await?;
        Ok(session)
    }

    /// Why no connection came about, and what to do: whoever reads it has to find the server, the user or the network.
    fn tell(&self, error: &tokio_postgres::Error) -> String {
        let place = self.place();
        let user = self.config.get_user().unwrap_or("?");
        if let Some(said) = error.as_db_error() {
            return match said.code().code() {
                "28P01" => format!("{place} does not take the password of the user {user}; mend it"),
                "3D000" => {
                    let name = self.config.get_dbname().unwrap_or(user);
                    format!("{place} has no database {name}; make it with `createdb -O {user} {name}`, or name another")
                }
                code => format!("{place} says: {} ({code})", said.message()),
            };
        }
        let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
        match io.map(|io| (io.kind(), io.raw_os_error())) {
            Some((io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound, _)) => {
                format!("nothing answers at {place}; see that PostgreSQL runs there, and that host and port are right")
            }
            Some((io::ErrorKind::TimedOut, _)) => {
                format!("{place} does not answer; see that host and port are right, and that no firewall is between")
            }
            // The resolver's errors have no kind of their own.
            Some((_, None)) if io.is_some_and(|io| io.to_string().contains("lookup")) => {
                format!("there is no host {place}; mend it, or see that names are resolved on this machine")
            }
            _ => format!("{place}: {error}"),
        }
    }

    /// The server, as messages name it.
    fn place(&self) -> String {
        let ports = self.config.get_ports();
        let hosts = self.config.get_hosts().iter().enumerate().map(|(index, host)| {
            let port = ports.get(index).or_else(|| ports.first()).unwrap_or(&5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(folder) => folder.display().to_string(),
            }
        });
        hosts.collect::<Vec<_>>().join(", ")
    }

    /// Connects once, and looks whether the server suits.
    pub(super) async fn check(&self) -> Result<(), Error> {
        let session = self.connect().await?;
        let sql = "SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding')";
        for mut row in session.query(sql, &[]).await? {
            let version: i64 = row.take(0)?;
            if version < OLDEST {
                return Err(Error::Configuration {
                    why: format!(
                        "the server is of version {}, and 15 is the oldest that will do; upgrade it",
                        version / 10_000
                    ),
                });
            }
            let encoding: String = row.take(1)?;
            if encoding != "UTF8" {
                return Err(Error::Configuration {
                    why: format!("the database's encoding is {encoding}, and only UTF8 will do"),
                });
            }
        }
        Ok(())
    }
}

/// What every connection is told first. As statements, because connection poolers do not pass options on.
fn set_up(options: &Options) -> String {
    let timeout = options.statement_timeout.as_millis();
    // An operator who chose more than "on" (remote_apply) keeps it.
    let durability = match options.durability {
        Durability::Full => {
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        }
        Durability::Unsafe => "SET synchronous_commit = off",
    };
    format!(
        "SET statement_timeout = {timeout};
         SET idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS};
         SET default_transaction_isolation = 'read committed';
         SET client_min_messages = 'warning';
         {durability}"
    )
}
