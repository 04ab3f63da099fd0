//! Stands between a client and the server and can hold the server's answers back, to see what a client sends without them;
//! and can cut the connection between a COMMIT and its answer.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// What the client has to send before it hears anything, and what it has sent since that was said.
#[derive(Default)]
struct Held {
    until: Option<&'static str>,
    sent: Vec<u8>,
}

/// Where a connection is cut that sends COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server never gets it.
    Before,
    /// The server has done it, and the client does not hear of it.
    After,
}

#[derive(Clone)]
pub(crate) struct Proxy {
    held: Arc<watch::Sender<Held>>,
    /// The next COMMIT is cut there.
    cut: Arc<Mutex<Option<Cut>>>,
}

impl Proxy {
    /// A proxy for that server; the URL leads through it.
    pub(crate) async fn start(url: &str) -> (Self, String) {
        let target: Config = url.parse().expect("a URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let through = format!(
            "postgres://postgres@127.0.0.1:{port}/{}",
            target.get_dbname().expect("a database")
        );
        let proxy = Self {
            held: Arc::new(watch::Sender::new(Held::default())),
            cut: Arc::default(),
        };
        let ours = proxy.clone();
        Handle::current().spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let port = target.get_ports().first().copied().unwrap_or(5432);
                match &target.get_hosts()[0] {
                    Host::Tcp(host) => {
                        let server = TcpStream::connect((host.as_str(), port))
                            .await
                            .expect("the server answers");
                        ours.pass(client, server.into_split());
                    }
                    Host::Unix(folder) => {
                        let server = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await;
                        ours.pass(client, server.expect("the server answers").into_split());
                    }
                }
            }
        });
        (proxy, through)
    }

    /// From now on the client hears nothing until it has sent these bytes.
    pub(crate) fn hold_until(&self, until: &'static str) {
        self.held.send_replace(Held {
            until: Some(until),
            sent: Vec::new(),
        });
    }

    /// Cuts the connection that sends the next COMMIT.
    pub(crate) fn cut_commit(&self, cut: Cut) {
        self.cut.lock().expect("a lock").replace(cut);
    }

    /// Whether this is a COMMIT that is to be cut, and where.
    fn cuts(&self, chunk: &[u8]) -> Option<Cut> {
        let commits = chunk.windows(7).any(|bytes| bytes == b"COMMIT\0");
        if commits {
            self.cut.lock().expect("a lock").take()
        } else {
            None
        }
    }

    fn pass<R, W>(&self, client: TcpStream, (mut from_server, mut to_server): (R, W))
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let (mut from_client, mut to_client) = client.into_split();
        let held = Arc::clone(&self.held);
        let ours = self.clone();
        let (silence, mut silent) = watch::channel(false);
        Handle::current().spawn(async move {
            let mut chunk = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = from_client.read(&mut chunk).await {
                match ours.cuts(&chunk[..length]) {
                    Some(Cut::Before) => break,
                    Some(Cut::After) => {
                        silence.send_replace(true);
                    }
                    None => {}
                }
                held.send_modify(|held| {
                    held.sent.extend_from_slice(&chunk[..length]);
                    let until = held.until.unwrap_or_default().as_bytes();
                    if until.is_empty() || held.sent.windows(until.len()).any(|bytes| bytes == until) {
                        *held = Held::default();
                    }
                });
                if to_server.write_all(&chunk[..length]).await.is_err() {
                    break;
                }
            }
        });
        let mut held = self.held.subscribe();
        Handle::current().spawn(async move {
            let mut chunk = vec![0; 64 * 1024];
            let mut unheard = Vec::new();
            loop {
                let length = tokio::select! {
                    // The client's side is closed: so is this.
                    () = async { while silent.changed().await.is_ok() {} } => break,
                    read = from_server.read(&mut chunk) => match read {
                        Ok(length @ 1..) => length,
                        _ => break,
                    },
                };
                if *silent.borrow() {
                    unheard.extend_from_slice(&chunk[..length]);
                    if unheard.windows(7).any(|bytes| bytes == b"COMMIT\0") {
                        break;
                    }
                    continue;
                }
                let free = held.wait_for(|held| held.until.is_none()).await.is_ok();
                if !free || to_client.write_all(&chunk[..length]).await.is_err() {
                    break;
                }
            }
        });
    }
}
