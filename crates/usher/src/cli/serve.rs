//! `usher serve`: the server.

use std::io::ErrorKind;

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use directory::Timestamp;
use tokio::net::TcpListener;

use super::span::instant;
use super::{Common, context};
use crate::config;
use crate::output;
use crate::telemetry::Telemetry;
use crate::wiring::{Reread, Server, Start};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// The base of every link Usher writes [default: where it listens]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where to answer /health/live, /health/ready and /metrics [default: nowhere]
    #[arg(long, value_name = "HOST:PORT")]
    health_listen: Option<String>,
    /// A clock that stands: only `usher clock` moves it. To try out what happens when
    #[arg(long, value_name = "TIME", value_parser = instant)]
    clock: Option<Timestamp>,
}

impl Serve {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let mut flags = context::flags(common);
        flags.extend(self.listen.map(|listen| ("listen", listen)));
        flags.extend(self.public_url.map(|url| ("public_url", url)));
        flags.extend(self.health_listen.map(|listen| ("health_listen", listen)));
        let loaded = config::load(common.config.as_deref(), &flags).context("the settings do not fit")?;
        let config = loaded.config;
        let telemetry = Telemetry::of_server(&config)?;
        let listener = bind(&config.listen, "--listen").await?;
        let health = match &config.health_listen {
            Some(address) => {
                let listener = bind(address, "--health-listen").await?;
                tracing::info!("health and metrics on http://{}", listener.local_addr()?);
                Some(listener)
            }
            None => None,
        };
        let start = Start {
            config,
            listener,
            health,
            durability: common.durability(),
            clock: self.clock,
            catch_mail: false,
            reread: Some(Reread {
                file: common.config.clone(),
                flags,
                telemetry: telemetry.lines,
                known: loaded.values,
            }),
            exporter: telemetry.exporter,
        };
        let server = Server::start(start).await?;
        // A server serves, also when nobody reads this.
        let _ = output::line(&format!("listening on {}", server.url()));
        Box::pin(server.run()).await
    }
}

/// Takes a socket, or says what to do.
pub(super) async fn bind(address: &str, flag: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let why = match error.kind() {
            ErrorKind::AddrInUse => "another program does; stop that one, or take another port".to_owned(),
            ErrorKind::AddrNotAvailable => format!("{host} is no address of this machine; 0.0.0.0 means all it has"),
            ErrorKind::PermissionDenied => {
                "only root may below port 1024; take a higher one, or give the right with AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit".to_owned()
            }
            ErrorKind::InvalidInput => "it is no HOST:PORT such as 127.0.0.1:8080".to_owned(),
            _ if error.raw_os_error().is_none() => format!("there is no host {host}"),
            _ => error.to_string(),
        };
        anyhow!("cannot listen on {address}: {why} ({flag})")
    })
}
