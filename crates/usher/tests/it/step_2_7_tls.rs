//! A server that speaks TLS itself: which protocols, and a certificate that is exchanged while people use it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use db::Engine;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SerialNumber};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::{Place, Usher, until};

type Tls = BufReader<StreamOwned<ClientConnection, TcpStream>>;

/// An authority of our own, and certificates of it for 127.0.0.1.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// A certificate with that number, and its key, in PEM.
    pub(crate) fn certify(&self, number: u64, set: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("parameters");
        params.serial_number = Some(SerialNumber::from(number));
        set(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }

    fn client(&self, protocols: &[&str]) -> Client {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("an authority");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config.resumption = rustls::client::Resumption::disabled();
        Client(Arc::new(config))
    }
}

#[derive(Clone)]
struct Client(Arc<ClientConfig>);

impl Client {
    /// A connection on which both have agreed, and the certificate that was shown.
    fn connect(&self, usher: &Usher) -> std::io::Result<(Tls, CertificateDer<'static>)> {
        let address = usher.url.strip_prefix("https://").expect("an https URL");
        let mut socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(30)))?;
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        let mut connection = ClientConnection::new(Arc::clone(&self.0), name).map_err(std::io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket)?;
        }
        let shown = connection.peer_certificates().and_then(|chain| chain.first());
        let shown = shown.expect("a certificate").clone().into_owned();
        Ok((BufReader::new(StreamOwned::new(connection, socket)), shown))
    }
}

/// One request whose answer must be 200.
fn get(stream: &mut Tls, path: &str, token: &str) -> std::io::Result<()> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes())?;
    let (mut status, mut length) = (String::new(), 0);
    stream.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().map_err(std::io::Error::other)?;
        }
    }
    stream.read_exact(&mut vec![0; length])?;
    if status.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(std::io::Error::other(status))
    }
}

fn serve(folder: &Path) -> (Place, Usher) {
    let path = |name: &str| folder.join(name).display().to_string();
    let place = Place::on(Engine::Sqlite)
        .set("USHER_TLS__CERTIFICATE_FILE", &path("chain.pem"))
        .set("USHER_TLS__KEY_FILE", &path("key.pem"));
    let usher = place.serve();
    (place, usher)
}

fn write(folder: &Path, (certificate, key): &(String, String)) {
    fs::write(folder.join("chain.pem"), certificate).expect("written");
    fs::write(folder.join("key.pem"), key).expect("written");
}

#[test]
fn a_certificate_is_exchanged_under_load_and_no_request_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new();
    write(folder.path(), &authority.certify(1, |_| {}));
    let (place, usher) = serve(folder.path());
    let token = place.token("hr", "scim:read", &[]);
    let client = authority.client(&["http/1.1"]);
    let (done, requests) = (AtomicBool::new(false), AtomicUsize::new(0));
    let path = "/scim/v2/Users?count=1";

    std::thread::scope(|scope| {
        for kept_open in [true, true, false, false] {
            let (client, usher, token) = (client.clone(), &usher, &token);
            let (done, requests) = (&done, &requests);
            scope.spawn(move || {
                let mut open = None;
                while !done.load(Relaxed) {
                    let mut stream = open.take().unwrap_or_else(|| client.connect(usher).expect("agreed").0);
                    get(&mut stream, path, token).expect("an answer");
                    requests.fetch_add(1, Relaxed);
                    open = kept_open.then_some(stream);
                }
            });
        }
        let shown = || client.connect(&usher).expect("agreed").1;
        let mut before = shown();
        for number in 2..=6 {
            write(folder.path(), &authority.certify(number, |_| {}));
            // The first is noticed without a word.
            if number > 2 {
                usher.signal("HUP");
            }
            until("the new certificate is shown", || shown() != before);
            before = shown();
        }
        // A bad one changes nothing but the log.
        fs::write(folder.path().join("key.pem"), "no key").expect("written");
        usher.signal("HUP");
        until("the log says so", || {
            usher.log().contains("the certificate stays as it was")
        });
        assert_eq!(shown(), before);
        done.store(true, Relaxed);
    });
    let requests = requests.into_inner();
    assert!(requests > 100, "{requests}");
    testkit::figure!("5 certificates exchanged under {requests} requests, 0 failed");
    usher.stop();
}

#[test]
fn http_2_is_spoken_with_who_offers_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new();
    write(folder.path(), &authority.certify(1, |_| {}));
    let (_place, usher) = serve(folder.path());
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let (stream, _) = authority.client(offered).connect(&usher).expect("agreed");
        assert_eq!(stream.get_ref().conn.alpn_protocol(), agreed, "{offered:?}");
    }

    let (mut stream, _) = authority.client(&["h2"]).connect(&usher).expect("agreed");
    let mut said = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    said.extend(frame(4, 0, 0, &[]));
    // From HPACK's static table: GET, https, a path and an authority by value.
    let mut headers = vec![0x82, 0x87];
    for (index, value) in [(0x04, "/scim/v2/ServiceProviderConfig"), (0x01, "127.0.0.1")] {
        headers.extend([index, value.len() as u8]);
        headers.extend(value.as_bytes());
    }
    // End of headers, end of stream.
    said.extend(frame(1, 0x05, 1, &headers));
    stream.get_mut().write_all(&said).expect("sent");
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).expect("a frame");
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).expect("its payload");
        if head[3] == 1 {
            // `:status: 200` is entry 8 of the static table, after a possible change of the dynamic one's size.
            let status = payload.iter().find(|byte| **byte & 0xe0 != 0x20);
            assert_eq!(status, Some(&0x88), "{payload:?}");
            break;
        }
    }
    usher.stop();
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
    frame.extend(payload);
    frame
}
