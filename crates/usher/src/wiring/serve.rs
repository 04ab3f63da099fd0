//! One server: its store, its router, its workers, from the first moment to the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use db::{Db, Durability};
use directory::delivery::Target;
use directory::{Directory, Opening, Timestamp};
use faces::{App, FacesConfig};
use targets::mail::{CatchMail, SmtpMail};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::lock::{Lock, Running};
use super::{health, listener, store};
use crate::config::Config;
use crate::workers::{Pace, Wake, Workers};

/// What a server is started with.
pub(crate) struct Start {
    pub(crate) config: Config,
    /// The socket, bound already.
    pub(crate) listener: TcpListener,
    pub(crate) health: Option<TcpListener>,
    pub(crate) durability: Durability,
    /// Where the clock stands, if it is to stand.
    pub(crate) clock: Option<Timestamp>,
    /// Mails are kept for reading and go nowhere.
    pub(crate) catch_mail: bool,
}

/// A server that is ready, and does not answer yet.
pub(crate) struct Server {
    pub(crate) directory: Directory,
    pub(crate) address: SocketAddr,
    pub(crate) public_url: String,
    config: Config,
    listener: TcpListener,
    health: Option<TcpListener>,
    targets: Vec<Arc<dyn Target>>,
    catch_mail: bool,
    stop: StopSignals,
    /// Held for as long as the server lives.
    _lock: Option<Lock>,
}

impl Server {
    /// Opens everything, so that what can fail has failed before the first request.
    pub(crate) async fn start(start: Start) -> Result<Self> {
        let Start {
            config,
            listener,
            health,
            durability,
            clock,
            catch_mail,
        } = start;
        let address = listener.local_addr().context("the socket has no address")?;
        let public_url = config.public_url.clone().unwrap_or_else(|| own_url(address));
        let embedded = config.database.url.is_none();
        let mut lock = if embedded {
            Some(Lock::take(&config.data)?)
        } else {
            None
        };

        let db = store::open_db(&config, durability, store::Missing::Make).await?;
        let found = db.durability().await?;
        match store::check_durability(db.engine(), &found) {
            Err(weak) if durability == Durability::Full => {
                bail!(
                    "the database could lose what was answered with success: {weak} (--unsafe-durability starts anyway, for tests only)"
                )
            }
            Err(weak) => tracing::warn!("writes that were answered may be lost: {weak}"),
            Ok(()) => {}
        }
        let directory = open_directory(&db, &config, &public_url, clock, catch_mail).await?;
        store::ensure_default_realm(&directory).await?;

        let mut targets: Vec<Arc<dyn Target>> = Vec::new();
        if catch_mail {
            targets.push(Arc::new(CatchMail));
        } else if let Some(smtp) = config.smtp()? {
            targets.push(Arc::new(SmtpMail::new(directory.clone(), &smtp)?));
        } else {
            tracing::warn!("no mail server is set (mail.smtp): mails stay queued until there is one");
        }
        let running = Running {
            pid: std::process::id(),
            listen: address.to_string(),
            public_url: public_url.clone(),
            keeps_mail: catch_mail,
        };
        if let Some(lock) = &mut lock {
            lock.announce(&running)?;
        }
        Ok(Self {
            directory,
            address,
            public_url,
            config,
            listener,
            health,
            targets,
            catch_mail,
            stop: StopSignals::listen()?,
            _lock: lock,
        })
    }

    /// Answers and works until the process is told to stop.
    pub(crate) async fn run(self) -> Result<()> {
        let stop = CancellationToken::new();
        let patience = Duration::from_secs(self.config.server.stop_seconds);
        let wake = Wake::default();
        let close = self.catch_mail || self.directory.standing_clock().await?.is_some();
        let pace = if close { Pace::Close } else { Pace::Usual };
        let mut workers = Workers::start(&self.directory, self.targets, &wake, pace).await?;
        let config = FacesConfig {
            caught_mail: self.catch_mail,
            ..self.config.faces()
        };
        let app = App {
            directory: self.directory.clone(),
            public_url: self.public_url.as_str().into(),
            config: Arc::new(config),
        };
        let router = waking(faces::router(app), wake);
        let health = health_server(self.health, &self.directory, stop.clone());
        let serving = listener::serve(
            self.listener,
            router,
            self.config.server.connections,
            stop.clone(),
            patience,
        );
        let work = async {
            tokio::join!(serving, health);
            workers.stop(patience).await;
            self.directory.close().await;
        };
        let mut signals = self.stop;
        let told_twice = async {
            let name = signals.next().await;
            tracing::info!("{name}: stopping");
            stop.cancel();
            signals.next().await
        };
        tokio::select! {
            () = work => {}
            name = told_twice => tracing::warn!("{name} again: ending at once; what was answered is safe"),
        }
        Ok(())
    }
}

/// The base of links when none is set: where a browser on this machine finds the server.
fn own_url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

async fn open_directory(
    db: &Db,
    config: &Config,
    public_url: &str,
    clock: Option<Timestamp>,
    keep_mail: bool,
) -> Result<Directory> {
    let opening = || {
        let mut settings = store::settings(config, Some(public_url));
        settings.keep_mail = keep_mail;
        Opening {
            settings,
            ..Opening::default()
        }
    };
    let directory = Directory::open(db.clone(), opening()).await?;
    let stands = directory.standing_clock().await?;
    match (clock, stands) {
        (None, None) => return Ok(directory),
        (None, Some(_)) => directory.remove_standing_clock().await?,
        // A clock that was moved on stays there: what happened since would lie in the future.
        (Some(clock), stands) => {
            directory
                .set_standing_clock(stands.map_or(clock, |stands| stands.max(clock)))
                .await?;
        }
    }
    Ok(Directory::open_migrated(db.clone(), opening()).await?)
}

/// Wakes the workers after every request that may have changed something, so that a mail goes out at once.
fn waking(router: Router, wake: Wake) -> Router {
    async fn layer(State(wake): State<Wake>, request: Request, next: Next) -> Response {
        let safe = request.method().is_safe();
        let response = next.run(request).await;
        if !safe && !response.status().is_client_error() {
            wake.all();
        }
        response
    }
    router.layer(from_fn_with_state(wake, layer))
}

async fn health_server(listener: Option<TcpListener>, directory: &Directory, stop: CancellationToken) {
    let Some(listener) = listener else { return };
    listener::serve(
        listener,
        health::router(directory.clone()),
        64,
        stop,
        Duration::from_secs(1),
    )
    .await;
}

/// The signals that stop a server. Heard from before it says that it listens: whoever read that may already send one.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self> {
        let heard = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: heard(SignalKind::terminate())?,
            interrupt: heard(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one, and names it.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "interrupt",
        }
    }
}
