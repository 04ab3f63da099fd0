//! Accepts connections and hands their requests to the router, until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

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

/// Serves until `stop`, then lets running requests end, for as long as patience allows.
pub(super) async fn serve(listener: TcpListener, router: Router, serving: Serving, stop: CancellationToken) {
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
                let service = service(&router, peer);
                let watcher = graceful.watcher();
                match acceptor.clone() {
                    None => {
                        let connection = watcher.watch(http1(stream, service));
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
                            encrypted(peer, stream, service, watcher).await;
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

type Service = TowerToHyperService<
    tower::util::BoxCloneService<Request<Incoming>, axum::response::Response, std::convert::Infallible>,
>;

type Agreed = Result<std::io::Result<TlsStream<TcpStream>>, tokio::time::error::Elapsed>;

/// Serves a connection in the protocol that both sides agreed on.
async fn encrypted(peer: SocketAddr, agreed: Agreed, service: Service, watcher: Watcher) {
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

fn service(router: &Router, peer: SocketAddr) -> Service {
    let service = router.clone().map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(Body::new)
    });
    TowerToHyperService::new(service.boxed_clone())
}

fn http1<S>(stream: S, service: Service) -> http1::Connection<TokioIo<Worded<S>>, Service>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE);
    builder.serve_connection(TokioIo::new(Worded::new(stream)), service)
}

fn http2<S>(stream: S, service: Service) -> http2::Connection<TokioIo<S>, Service, TokioExecutor>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(HEAD_PATIENCE))
        .keep_alive_timeout(ANSWER_PATIENCE);
    builder.serve_connection(TokioIo::new(stream), service)
}
