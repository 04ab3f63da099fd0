//! Requests to others whom the operator named: a collector of traces, an OpenID provider, this server's own public address.
//! Short ones: bounded in size and time, no redirects, a connection for each. Certificates are checked against the system's
//! authorities, always.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use axum::body::{Body, to_bytes};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// The largest answer that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// What is asked of somebody.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// How long all of it may take.
    pub(crate) patience: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl<'a> Outgoing<'a> {
    /// A GET.
    pub(crate) fn get(url: &'a Url, patience: Duration) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            patience,
        }
    }

    /// Sends it.
    ///
    /// # Errors
    /// Nobody is there, the certificate does not count, it took too long, or the answer is none; in words for an operator.
    pub(crate) async fn send(self) -> Result<Incoming> {
        let patience = self.patience;
        match tokio::time::timeout(patience, self.exchange()).await {
            Ok(done) => done,
            Err(_) => bail!("no answer within {} s", patience.as_secs()),
        }
    }

    async fn exchange(self) -> Result<Incoming> {
        let host = self.url.host().ok_or_else(|| anyhow!("{} names no host", self.url))?;
        let port = self
            .url
            .port_or_known_default()
            .ok_or_else(|| anyhow!("{} names no port", self.url))?;
        let stream = connect(&host, port).await?;
        if self.url.scheme() != "https" {
            return self.over(stream).await;
        }
        let name = match &host {
            Host::Domain(name) => {
                ServerName::try_from((*name).to_owned()).map_err(|_| anyhow!("{name} is no host name"))?
            }
            Host::Ipv4(address) => ServerName::from(std::net::IpAddr::from(*address)),
            Host::Ipv6(address) => ServerName::from(std::net::IpAddr::from(*address)),
        };
        let stream = TlsConnector::from(encryption()?).connect(name, stream).await;
        let stream = stream.map_err(|error| anyhow!("no encrypted connection to {host}: {error}"))?;
        self.over(stream).await
    }

    async fn over<S>(self, stream: S) -> Result<Incoming>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.url[url::Position::BeforePath..url::Position::AfterQuery].parse()?;
        *request.headers_mut() = self.headers;
        let authority = &self.url[url::Position::BeforeHost..url::Position::AfterPort];
        request.headers_mut().insert(HOST, authority.parse()?);
        let program = concat!("usher/", env!("CARGO_PKG_VERSION"));
        request.headers_mut().insert(USER_AGENT, program.parse()?);
        let answer = async {
            let response = sender.send_request(request).await?;
            let (parts, body) = response.into_parts();
            let body = to_bytes(Body::new(body), MOST_BYTES).await;
            let body = body.with_context(|| format!("the answer is none, or larger than {MOST_BYTES} bytes"))?;
            anyhow::Ok(Incoming {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: body.to_vec(),
            })
        };
        // The connection is worked on until the answer is there, and let go then.
        tokio::pin!(answer);
        tokio::select! {
            answered = &mut answer => answered,
            ended = connection => {
                ended.context("the connection broke")?;
                answer.await
            }
        }
    }
}

/// What encrypted connections are made with. The authorities are read once: there are hundreds of files.
fn encryption() -> Result<Arc<ClientConfig>> {
    static ONCE: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(made) = ONCE.get() {
        return Ok(Arc::clone(made));
    }
    let config = ClientConfig::builder()
        .with_platform_verifier()
        .context("the system's certificate authorities cannot be read")?
        .with_no_client_auth();
    Ok(Arc::clone(ONCE.get_or_init(|| Arc::new(config))))
}

async fn connect(host: &Host<&str>, port: u16) -> Result<TcpStream> {
    let connected = match host {
        Host::Domain(name) => TcpStream::connect((*name, port)).await,
        Host::Ipv4(address) => TcpStream::connect((*address, port)).await,
        Host::Ipv6(address) => TcpStream::connect((*address, port)).await,
    };
    connected.map_err(|error| match error.raw_os_error() {
        None => anyhow!("there is no host {host}"),
        Some(_) => anyhow!("cannot reach {host}:{port}: {error}"),
    })
}
