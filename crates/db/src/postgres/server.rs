//! Where the server is, and how a connection to it is made and set.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::session::Session;
use super::tls;
use crate::error::Error;
use crate::options::{Durability, Options};

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

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Makes a connection. Its socket is driven by the runtime on which the database was opened.
    pub(super) async fn connect(&self) -> Result<Session, Error> {
        let failed = |error: tokio_postgres::Error| match error.as_db_error() {
            Some(said) => Error::unavailable(format!("{} ({})", said.message(), said.code().code())),
            None => Error::Unavailable {
                source: Arc::new(error),
            },
        };
        let client = match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
                self.runtime.spawn(connection);
                client
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(failed)?;
                self.runtime.spawn(connection);
                client
            }
        };
        let session = Session::new(client);
        session.batch(&self.set_up).await?;
        Ok(session)
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
                        "the server is of version {}, and 15 is the oldest that will do",
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
