//! The connection to PostgreSQL breaks in COMMIT: the client is told that nobody knows, and asking again leads to the same end
//! whether it was done or not.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use db::Engine;
use serde_json::{Value, json};

use super::UNKNOWN;
use crate::step_1_8_crash::checks;
use crate::step_1_8_crash::ledger::Ledger;
use crate::support::{Http, Place};

/// Where a connection is cut that sends COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The server never gets it.
    Before,
    /// The server has done it, and usher does not hear of it.
    After,
}

/// Stands between usher and PostgreSQL.
#[derive(Clone)]
struct Proxy {
    /// The next transaction that names this is cut there.
    armed: Arc<Mutex<Option<(String, Cut)>>>,
}

/// A connection to the server, of either kind.
#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn to(address: &str) -> Self {
        let folder = address.replace("%2F", "/").replace("%2f", "/");
        if folder.starts_with('/') {
            Self::Unix(UnixStream::connect(format!("{folder}/.s.PGSQL.5432")).expect("the server answers"))
        } else {
            Self::Tcp(TcpStream::connect(address).expect("the server answers"))
        }
    }

    fn again(&self) -> Self {
        match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone().expect("a handle")),
            Self::Unix(stream) => Self::Unix(stream.try_clone().expect("a handle")),
        }
    }

    fn read(&mut self, chunk: &mut [u8]) -> usize {
        let read = match self {
            Self::Tcp(stream) => stream.read(chunk),
            Self::Unix(stream) => stream.read(chunk),
        };
        read.unwrap_or(0)
    }

    fn write(&mut self, bytes: &[u8]) -> bool {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes).is_ok(),
            Self::Unix(stream) => stream.write_all(bytes).is_ok(),
        }
    }

    fn close(&self) {
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Self::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

impl Proxy {
    /// A proxy for the server of that URL; the URL that leads through it.
    fn start(url: &str) -> (Self, String) {
        let (before, after) = url.split_once('@').expect("a user");
        let (address, database) = after.split_once('/').expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let proxy = Self { armed: Arc::default() };
        let (ours, address) = (proxy.clone(), address.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = client.set_nodelay(true);
                ours.pass(Stream::Tcp(client), Stream::to(&address));
            }
        });
        (proxy, format!("{before}@127.0.0.1:{port}/{database}"))
    }

    fn arm(&self, names: &str, cut: Cut) {
        self.armed.lock().expect("a lock").replace((names.to_owned(), cut));
    }

    /// Whether what was sent since the last COMMIT is to be cut, and where.
    fn cuts(&self, sent: &[u8]) -> Option<Cut> {
        let mut armed = self.armed.lock().expect("a lock");
        let (names, _) = armed.as_ref()?;
        if !holds(sent, names.as_bytes()) {
            return None;
        }
        armed.take().map(|(_, cut)| cut)
    }

    fn pass(&self, client: Stream, server: Stream) {
        let silent = Arc::new(AtomicBool::new(false));
        let (mut from_client, mut to_server) = (client.again(), server.again());
        let (ours, silence) = (self.clone(), Arc::clone(&silent));
        std::thread::spawn(move || {
            let (mut chunk, mut sent) = (vec![0; 64 * 1024], Vec::new());
            loop {
                let length = from_client.read(&mut chunk);
                if length == 0 {
                    break;
                }
                sent.extend_from_slice(&chunk[..length]);
                if holds(&sent, b"COMMIT\0") {
                    let cut = ours.cuts(&sent);
                    sent.clear();
                    match cut {
                        Some(Cut::Before) => break,
                        Some(Cut::After) => silence.store(true, SeqCst),
                        None => {}
                    }
                }
                if !to_server.write(&chunk[..length]) {
                    break;
                }
            }
            if !silence.load(SeqCst) {
                from_client.close();
                to_server.close();
            }
        });
        let (mut from_server, mut to_client) = (server, client);
        std::thread::spawn(move || {
            let (mut chunk, mut unheard) = (vec![0; 64 * 1024], Vec::new());
            loop {
                let length = from_server.read(&mut chunk);
                if length == 0 {
                    break;
                }
                if silent.load(SeqCst) {
                    unheard.extend_from_slice(&chunk[..length]);
                    if holds(&unheard, b"COMMIT\0") {
                        break;
                    }
                } else if !to_client.write(&chunk[..length]) {
                    break;
                }
            }
            from_server.close();
            to_client.close();
        });
    }
}

/// How many people of that name there are.
fn count(http: &mut Http, name: &str) -> Value {
    let path = format!("/scim/v2/Users?filter=userName%20eq%20%22{name}%22");
    http.get(&path).expect(200).json()["totalResults"].clone()
}

#[test]
fn a_commit_without_an_answer_is_told_as_open_and_asking_again_converges() {
    let place = Place::on(Engine::Postgres);
    let environment = place.environment();
    let (_, url) = environment.first().expect("its URL");
    let (proxy, through) = Proxy::start(url);
    let place = place.set("USHER_DATABASE__URL", &through);
    let usher = place.serve();
    let mut scim = usher.http().bearer(&place.token("hr", "scim:read,scim:write", &[]));
    let admin = place.token("ops", "admin", &[]);
    let mut adopting = {
        let words = ["--post-conflict", "adopt_same_external_id"];
        usher
            .http()
            .bearer(&place.token("sync", "scim:read,scim:write", &words))
    };
    for (number, cut) in [Cut::Before, Cut::After, Cut::After, Cut::Before]
        .into_iter()
        .enumerate()
    {
        let was_done = json!(u8::from(cut == Cut::After));
        // The native API, under a key.
        let name = format!("api-{number}");
        let mut http = usher.http().bearer(&admin).header("Idempotency-Key", &name);
        proxy.arm(&name, cut);
        let body = json!({ "userName": name, "emails": [{ "value": format!("{name}@example.org") }] });
        let answer = http.post("/api/v1/users", &body).expect(503);
        assert!(
            answer.text.contains(UNKNOWN) && answer.text.contains("Idempotency-Key"),
            "{}",
            answer.text
        );
        assert_eq!(count(&mut scim, &name), was_done, "{cut:?}");
        let again = http.post("/api/v1/users", &body).expect(201);
        assert_eq!(
            again.header("idempotency-replayed") == "true",
            cut == Cut::After,
            "{again:?}"
        );
        assert_eq!(count(&mut scim, &name), 1, "{cut:?}");

        // SCIM by externalId: who was made is found, or adopted.
        let name = format!("scim-{number}");
        let body =
            json!({ "userName": name, "externalId": name, "emails": [{ "value": format!("{name}@example.org") }] });
        proxy.arm(&name, cut);
        let answer = adopting.post("/scim/v2/Users", &body).expect(503);
        assert!(
            super::unavailable(&answer)["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(UNKNOWN)),
            "{}",
            answer.text
        );
        assert_eq!(count(&mut adopting, &name), was_done, "{cut:?}");
        let again = adopting.post("/scim/v2/Users", &body);
        assert_eq!(
            again.status,
            if cut == Cut::After { 200 } else { 201 },
            "{}",
            again.text
        );
        assert_eq!(count(&mut adopting, &name), 1, "{cut:?}");
    }
    usher.stop();
    // No event without change, no change without event.
    let mut all = Ledger::default();
    for number in 0..4 {
        all.creation_sent(&format!("api-{number}"));
        all.creation_sent(&format!("scim-{number}"));
    }
    assert_eq!(checks::problems(&place, &all, &[]), Vec::<String>::new());
    assert!(place.attempt(&["audit", "verify"]).0);
    testkit::figure!(
        "8 connections cut in COMMIT, half of them after it was done: 0 done twice, 0 lost when asked again"
    );
}
