//! One server: its store, its router, its workers, from the first moment to the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::response::Response;
use db::{Db, Durability};
use directory::delivery::Target;
use directory::{Directory, Opening, Timestamp};
use faces::{App, Entry, FacesConfig};
use hyper::Request;
use hyper::body::Incoming;
use targets::mail::{CatchMail, SmtpMail};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::health::Health;
use super::listener::{Answers, Serving};
use super::lock::{Lock, Moving, Running};
use super::metrics::{Metrics, method_name};
use super::reread::Reread;
use super::tls::Certificates;
use super::trouble::explain;
use super::{files, health, listener, store, trust};
use crate::config::Config;
use crate::outbound::Outbound;
use crate::telemetry::Exporter;
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
    /// How the settings are read again, if they are.
    pub(crate) reread: Option<Reread>,
    /// Where traces go, if they do.
    pub(crate) exporter: Option<Exporter>,
}

/// A server that is ready, and does not answer yet.
pub(crate) struct Server {
    pub(crate) directory: Directory,
    pub(crate) address: SocketAddr,
    pub(crate) public_url: String,
    config: Config,
    listener: TcpListener,
    health: Option<TcpListener>,
    certificates: Option<Arc<Certificates>>,
    targets: Vec<Arc<dyn Target>>,
    catch_mail: bool,
    reread: Option<Reread>,
    exporter: Option<Exporter>,
    durability: Durability,
    /// How many clients may be connected.
    connections: usize,
    signals: Signals,
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
            reread,
            exporter,
        } = start;
        let address = listener.local_addr().context("the socket has no address")?;
        let certificates = config.tls()?.map(Certificates::open).transpose()?;
        let connections = files::connections(config.server.connections)?;
        let scheme = if certificates.is_some() { "https" } else { "http" };
        let public_url = config.public_url.clone().unwrap_or_else(|| own_url(scheme, address));
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
        for unchecked in trust::unchecked(&config) {
            tracing::warn!("{}: {}", unchecked.what, unchecked.advice);
        }
        store::refuse_newer(&db).await?;
        let directory = open_directory(&db, &config, &public_url, clock, catch_mail).await?;
        store::ensure_default_realm(&directory).await?;
        if clock.is_none()
            && let Some(newest) = directory.events_ahead().await?
        {
            tracing::warn!(
                "this machine's clock is behind: it says {}, and the newest event is of {newest}",
                directory.real_now()
            );
        }
        if lock.is_some()
            && let Some(_moving) = Moving::by_nobody(&config.data)
        {
            // The locks are ours, so whoever was at work is dead, and nobody need wait for their leases to run out.
            directory.take_over().await.map_err(|error| explain(&config, error))?;
        }
        // What a look ahead has left that was killed is as secret as the database.
        directory::preview::clear(&store::copies(&config));

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
            encrypted: certificates.is_some(),
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
            certificates,
            targets,
            catch_mail,
            reread,
            exporter,
            durability,
            connections,
            signals: Signals::listen(catch_mail)?,
            _lock: lock,
        })
    }

    /// Where it listens, as its first line says it.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
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
        let metrics = Metrics::new();
        let front = Front {
            entry: Entry::new(app),
            metrics: Arc::clone(&metrics),
            wake,
        };
        let health = Health {
            directory: self.directory.clone(),
            durability: self.durability,
            metrics,
            certificates: self.certificates.clone(),
            warnings: trust::unchecked(&self.config)
                .into_iter()
                .map(|found| found.what)
                .collect(),
        };
        let health = health_server(self.health, health, stop.clone());
        let mut signals = self.signals;
        let serving = Serving {
            most: self.connections,
            patience,
            tls: self.certificates.as_ref().map(Certificates::config),
        };
        let serving = listener::serve(self.listener, front, serving, stop.clone());
        let hangup = Arc::new(Notify::new());
        let certificates = async {
            if let Some(certificates) = self.certificates {
                certificates.follow(Arc::clone(&hangup), stop.clone()).await;
            }
        };
        let rereading = reread(self.reread, signals.hangup.take(), &hangup, stop.clone());
        let (traced, exporter) = (CancellationToken::new(), self.exporter);
        let exporting = async {
            if let Some(exporter) = exporter {
                exporter.run(traced.clone()).await;
            }
        };
        let working = async {
            tokio::join!(serving, health, certificates, rereading);
            workers.stop(patience).await;
            self.directory.close().await;
            traced.cancel();
        };
        let work = async {
            tokio::join!(working, exporting);
        };
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
fn own_url(scheme: &str, address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("{scheme}://127.0.0.1:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

/// Reads the settings again at each hang-up until `stop`, and has the certificate read again.
async fn reread(mut reread: Option<Reread>, signal: Option<Signal>, hangup: &Notify, stop: CancellationToken) {
    let Some(mut signal) = signal else { return };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            heard = signal.recv() => if heard.is_none() { return },
        }
        tracing::info!("SIGHUP: reading settings and certificate again");
        if let Some(reread) = &mut reread {
            reread.run();
        }
        hangup.notify_one();
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
            fetch: Arc::new(Outbound {
                inside: config.provider_networks().unwrap_or_default(),
            }),
            ..Opening::default()
        }
    };
    let directory = Directory::open(db.clone(), opening())
        .await
        .map_err(|error| explain(config, error))?;
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

/// What a server's listener asks for answers. They are counted, and after every one that may have changed something the
/// workers are woken, so that a mail goes out at once.
#[derive(Clone, Debug)]
struct Front {
    entry: Entry,
    metrics: Arc<Metrics>,
    wake: Wake,
}

impl Answers for Front {
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response {
        let (method, safe) = (method_name(request.method()), request.method().is_safe());
        let answered = self.entry.answer(request, peer).await;
        self.metrics.count(method, &answered);
        if !safe && !answered.response.status().is_client_error() {
            self.wake.all();
        }
        answered.response
    }
}

async fn health_server(listener: Option<TcpListener>, health: Health, stop: CancellationToken) {
    let Some(listener) = listener else { return };
    let serving = Serving {
        most: 64,
        patience: Duration::from_secs(1),
        tls: None,
    };
    listener::serve(listener, health::router(health), serving, stop).await;
}

/// The signals that a server follows. Heard from before it says that it listens: whoever read that may already send one.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Files are to be read again. Quickstart, which runs in a terminal, ends with that instead.
    hangup: Option<Signal>,
}

impl Signals {
    fn listen(in_terminal: bool) -> Result<Self> {
        let heard = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: heard(SignalKind::terminate())?,
            interrupt: heard(SignalKind::interrupt())?,
            hangup: if in_terminal {
                None
            } else {
                Some(heard(SignalKind::hangup())?)
            },
        })
    }

    /// Waits for the next that stops, and names it.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "interrupt",
        }
    }
}
