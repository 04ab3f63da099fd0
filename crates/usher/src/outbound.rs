//! Requests to others whom the operator named: a collector of traces, an OpenID provider, this server's own public address.
//! Short ones: bounded in size and time, no redirects, a connection for each. Certificates are checked against the system's
//! authorities, always. A provider of sign-in is a realm's, not the installation's: what is inside the network is not asked for
//! its sake unless the configuration says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use axum::body::{Body, to_bytes};
use directory::provider::{Ask, Fetch, Fetching, NotFetched};
use faces::Network;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT};
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
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    /// Networks inside in which they may be.
    pub(crate) inside: Vec<Network>,
}

impl Fetch for Outbound {
    fn ask<'a>(&'a self, ask: Ask<'a>) -> Fetching<'a> {
        Box::pin(async move {
            let fetched = document(ask, &self.inside).await;
            fetched.map_err(|error| NotFetched(format!("{error:#}")))
        })
    }
}

/// The body of an answer that is none but 200: whoever is sent elsewhere is not followed.
async fn document(ask: Ask<'_>, inside: &[Network]) -> Result<Vec<u8>> {
    let url = Url::parse(ask.url).context("the address is no URL")?;
    let mut asked = Outgoing::get(&url, PROVIDERS_PATIENCE).outside(inside);
    asked
        .headers
        .insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(authorization) = &ask.authorization {
        let mut authorization = HeaderValue::from_str(authorization).context("the credentials are no header")?;
        authorization.set_sensitive(true);
        asked.headers.insert(AUTHORIZATION, authorization);
    }
    if let Some(form) = ask.form {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        asked.headers.insert(CONTENT_TYPE, kind);
        asked.method = Method::POST;
        asked.body = form.into_bytes();
    }
    let answer = asked.send().await?;
    match (answer.status, error_of(&answer.body)) {
        (200, _) => Ok(answer.body),
        (other, Some(error)) => bail!("the answer is {other}: {error}"),
        (other, None) => bail!("the answer is {other}"),
    }
}

/// What a provider calls the mistake (RFC 6749 §5.2).
fn error_of(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let error = body.get("error")?.as_str()?;
    let is_one = error.len() <= 100 && error.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then(|| error.to_owned())
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
    /// Whom it may reach.
    pub(crate) reach: Reach<'a>,
}

/// Whom a request may reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach<'a> {
    /// Anybody: the operator named it.
    Anybody,
    /// Addresses that are open to the world, and those in these networks.
    Outside(&'a [Network]),
}

impl Reach<'_> {
    fn covers(self, address: IpAddr) -> bool {
        match self {
            Self::Anybody => true,
            Self::Outside(inside) => is_public(address) || inside.iter().any(|network| network.contains(address)),
        }
    }
}

/// Whether an address is open to the world (IANA's registries of special-purpose addresses): none of this machine, of a network
/// inside, or of no single machine. What stands for an address of IPv4 is judged as that.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || matches!(
            (a, b, c),
            (0 | 224.., ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _)
        );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        // As IPv4 (mapped), and through a translator (RFC 6052, RFC 8215) or 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(v4(high, low))
        }
        // Of what is open to the world 2000::/3 is in use, without Teredo and documentation.
        [0x2001, 0 | 0xdb8, ..] | [0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
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
            reach: Reach::Anybody,
        }
    }

    /// The same, which reaches nobody inside but in these networks.
    pub(crate) fn outside(mut self, inside: &'a [Network]) -> Self {
        self.reach = Reach::Outside(inside);
        self
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
        let stream = connect(&host, port, self.reach).await?;
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

/// Connects to an address that was looked at: asking for the name again could lead elsewhere.
async fn connect(host: &Host<&str>, port: u16, reach: Reach<'_>) -> Result<TcpStream> {
    let found: Vec<SocketAddr> = match host {
        Host::Domain(name) => match tokio::net::lookup_host((*name, port)).await {
            Ok(found) => found.collect(),
            Err(_) => bail!("there is no host {host}"),
        },
        Host::Ipv4(address) => vec![(*address, port).into()],
        Host::Ipv6(address) => vec![(*address, port).into()],
    };
    let reached: Vec<SocketAddr> = found.into_iter().filter(|found| reach.covers(found.ip())).collect();
    if reached.is_empty() {
        bail!("{host} is inside this network, where no provider is asked: see server.provider_networks");
    }
    let connected = TcpStream::connect(reached.as_slice()).await;
    connected.map_err(|error| anyhow!("cannot reach {host}:{port}: {error}"))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// One that asks on this machine.
    fn here() -> Outbound {
        let inside = vec!["127.0.0.1".parse().expect("an address")];
        Outbound { inside }
    }

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
        let here = here();
        let (asked, fetched) = tokio::join!(serving, here.get(&url));
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
    async fn a_form_is_posted_with_its_credentials_and_a_mistake_has_its_name() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/token", listener.local_addr().expect("an address"));
        let serving = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut asked = vec![0; 4096];
            let mut text = String::new();
            while !text.ends_with("a=b&c=d") {
                let read = stream.read(&mut asked).await.expect("a request");
                text.push_str(&String::from_utf8_lossy(&asked[..read]));
            }
            let refused = answer("400 Bad Request", r#"{"error":"invalid_grant"}"#);
            stream.write_all(refused.as_bytes()).await.expect("it is read");
            text
        };
        let ask = Ask {
            url: &url,
            authorization: Some("Basic eA==".to_owned()),
            form: Some("a=b&c=d".to_owned()),
        };
        let here = here();
        let (asked, refused) = tokio::join!(serving, here.ask(ask));
        assert!(asked.starts_with("POST /token HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("authorization: Basic eA==\r\n"), "{asked}");
        assert!(
            asked.contains("content-type: application/x-www-form-urlencoded\r\n"),
            "{asked}"
        );
        assert_eq!(
            refused.expect_err("it is refused").0,
            "the answer is 400: invalid_grant"
        );
        let hostile = br#"{"error":"a\nb"}"#;
        assert_eq!((error_of(b"<html>"), error_of(hostile)), (None, None));
    }

    #[tokio::test]
    async fn what_is_no_address_is_asked_nobody() {
        for url in ["", "keys", "file:///etc/passwd", "data:text/plain,x"] {
            assert!(here().get(url).await.is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn nobody_inside_is_asked_unless_the_configuration_names_where() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let outside = Outbound { inside: Vec::new() };
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"] {
            let refused = outside.get(&format!("http://{host}:{port}/")).await;
            let why = refused.expect_err("nobody is asked").0;
            assert!(why.contains("server.provider_networks"), "{host}: {why}");
        }
        let nobody = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(nobody.is_err(), "somebody came");
    }

    #[test]
    fn an_address_is_open_to_the_world_or_inside() {
        let open = |text: &str| is_public(text.parse().expect("an address"));
        for text in [
            "93.184.216.34",
            "100.63.255.255",
            "2606:2800:220:1::1",
            "64:ff9b::5db8:d822",
            "2002:5db8:d822::1",
        ] {
            assert!(open(text), "{text}");
        }
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!open(text), "{text}");
        }
    }
}
