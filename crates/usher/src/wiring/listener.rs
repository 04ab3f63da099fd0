//! Accepts connections and hands their requests to whoever answers them, until it is told to stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use super::unparsed::Worded;

/// How long a peer may take for the head of a request, and how long a connection may be idle between two.
const HEAD_PATIENCE: Duration = Duration::from_secs(75);

/// How long to wait before accepting again when the system has no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// How long a peer may take to agree on encryption.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);

/// How long a peer may leave a question unanswered whether it is still there (HTTP/2).
const ANSWER_PATIENCE: Duration = Duration::from_secs(20);

/// How a listener serves.
pub(super) struct Serving {
    /// Connections at the same time at most.
    pub(super) most: usize,
    /// How long requests that run may take after `stop`.
    pub(super) patience: Duration,
    /// Encryption, if it is ours to do.
    pub(super) tls: Option<Arc<ServerConfig>>,
}

/// Who answers the requests of a listener. Cheap to clone.
pub(super) trait Answers: Clone + Send + Sync + 'static {
    /// The answer to a request on a connection with that peer.
    fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> impl Future<Output = Response> + Send;
}

impl Answers for Router {
    async fn answer(&self, request: Request<Incoming>, _: SocketAddr) -> Response {
        let Ok(response) = self.clone().call(request).await;
        response
    }
}

/// Serves until `stop`, then lets running requests end, for as long as patience allows.
pub(super) async fn serve(listener: TcpListener, answers: impl Answers, serving: Serving, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(serving.most));
    let acceptor = serving.tls.map(TlsAcceptor::from);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let slot = tokio::select! {
            () = stop.cancelled() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot,
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%peer, %error, "a connection keeps Nagle's delay");
                }
                let answers = answers.clone();
                let watcher = graceful.watcher();
                match acceptor.clone() {
                    None => {
                        let connection = watcher.watch(http1(stream, service(answers, peer)));
                        connections.spawn(async move {
                            let _slot = slot;
                            ended(peer, connection.await);
                        });
                    }
                    Some(acceptor) => {
                        let stop = stop.clone();
                        connections.spawn(async move {
                            let _slot = slot;
                            // Whoever has not agreed yet has asked for nothing.
                            let stream = tokio::select! {
                                () = stop.cancelled() => return,
                                stream = tokio::time::timeout(HANDSHAKE_PATIENCE, acceptor.accept(stream)) => stream,
                            };
                            encrypted(peer, stream, answers, watcher).await;
                        });
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(NO_ROOM).await;
            }
        }
    }
    drop(listener);
    let patience = serving.patience;
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            "requests were still running after {} s and are cut off",
            patience.as_secs()
        );
    }
}

type Agreed = Result<std::io::Result<TlsStream<TcpStream>>, tokio::time::error::Elapsed>;

/// Serves a connection in the protocol that both sides agreed on.
async fn encrypted(peer: SocketAddr, agreed: Agreed, answers: impl Answers, watcher: Watcher) {
    let stream = match agreed {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "a connection did not agree on encryption");
            return;
        }
        Err(_) => {
            tracing::debug!(%peer, "a connection did not agree on encryption in time");
            return;
        }
    };
    let service = service(answers, peer);
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        ended(peer, watcher.watch(http2(stream, service)).await);
    } else {
        ended(peer, watcher.watch(http1(stream, service)).await);
    }
}

fn ended(peer: SocketAddr, outcome: hyper::Result<()>) {
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "a connection ended with an error");
    }
}

/// What HTTP calls: nothing stands between it and who answers.
fn service<A: Answers>(
    answers: A,
    peer: SocketAddr,
) -> impl Service<
    Request<Incoming>,
    Response = Response,
    Error = Infallible,
    Future = impl Future<Output = Result<Response, Infallible>> + Send + 'static,
> + Clone {
    service_fn(move |request| {
        let answers = answers.clone();
        async move { Ok(answers.answer(request, peer).await) }
    })
}

fn http1<S, V>(stream: S, service: V) -> http1::Connection<TokioIo<Worded<S>>, V>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    V: Service<Request<Incoming>, Response = Response, Error = Infallible>,
{
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE);
    builder.serve_connection(TokioIo::new(Worded::new(stream)), service)
}

fn http2<S, V>(stream: S, service: V) -> http2::Connection<TokioIo<S>, V, TokioExecutor>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    V: Service<Request<Incoming>, Response = Response, Error = Infallible>,
    V::Future: Send + 'static,
{
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(HEAD_PATIENCE))
        .keep_alive_timeout(ANSWER_PATIENCE);
    builder.serve_connection(TokioIo::new(stream), service)
}
