//! Requests to others whom the operator named: a collector of traces, an OpenID provider, this server's own public address.
//! Short ones: bounded in size and time, no redirects, a connection for each. Certificates are checked against the system's
//! authorities, always.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use axum::body::{Body, to_bytes};
use directory::provider::{Fetch, Fetching, NotFetched};
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

/// How long a provider may take to answer.
const PROVIDERS_PATIENCE: Duration = Duration::from_secs(5);

/// What the directory asks realms' OpenID providers for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outbound;

impl Fetch for Outbound {
    fn get<'a>(&'a self, url: &'a str) -> Fetching<'a> {
        Box::pin(async move { document(url).await.map_err(|error| NotFetched(format!("{error:#}"))) })
    }
}

/// The body of an answer that is none but 200: whoever is sent elsewhere is not followed.
async fn document(url: &str) -> Result<Vec<u8>> {
    let url = Url::parse(url).context("the address is no URL")?;
    let answer = Outgoing::get(&url, PROVIDERS_PATIENCE).send().await?;
    match answer.status {
        200 => Ok(answer.body),
        other => bail!("the answer is {other}"),
    }
}

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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// What comes of an answer that is sent to whoever asks.
    async fn fetched(answer: String) -> Result<Vec<u8>, NotFetched> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/keys?a=b", listener.local_addr().expect("an address"));
        let serving = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut asked = vec![0; 4096];
            let read = stream.read(&mut asked).await.expect("a request");
            // Whoever hangs up in the middle of a long answer does so on purpose.
            let _sent = stream.write_all(answer.as_bytes()).await;
            String::from_utf8_lossy(&asked[..read]).into_owned()
        };
        let (asked, fetched) = tokio::join!(serving, Outbound.get(&url));
        assert!(asked.starts_with("GET /keys?a=b HTTP/1.1\r\n"), "{asked}");
        fetched
    }

    fn answer(head: &str, body: &str) -> String {
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_document_is_what_comes_with_200_and_is_not_too_large() {
        assert_eq!(fetched(answer("200 OK", "{}")).await, Ok(b"{}".to_vec()));
        for other in [
            "404 Not Found",
            "204 No Content",
            "302 Found\r\nlocation: http://127.0.0.1/",
        ] {
            let refused = fetched(answer(other, "")).await.expect_err("no document");
            assert_eq!(refused.0, format!("the answer is {}", &other[..3]));
        }
        let large = fetched(answer("200 OK", &"x".repeat(MOST_BYTES + 1))).await;
        assert!(large.is_err());
        let broken = fetched("no HTTP\r\n\r\n".to_owned()).await;
        assert!(broken.is_err());
    }

    #[tokio::test]
    async fn what_is_no_address_is_asked_nobody() {
        for url in ["", "keys", "file:///etc/passwd", "data:text/plain,x"] {
            assert!(Outbound.get(url).await.is_err(), "{url}");
        }
    }
}
