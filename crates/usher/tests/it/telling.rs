//! What a server tells of its requests: a client's log, its own log, traces.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use db::Engine;
use serde_json::{Value, json};

use crate::support::{Place, Sink, Usher, until};

#[test]
fn a_client_log_is_read_beside_the_server_on_sqlite() {
    a_client_log_is_read_beside_the_server(Engine::Sqlite);
}

#[test]
fn a_client_log_is_read_beside_the_server_on_postgres() {
    a_client_log_is_read_beside_the_server(Engine::Postgres);
}

fn a_client_log_is_read_beside_the_server(engine: Engine) {
    let place = Place::on(engine);
    let usher = place.serve();
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let said = place.run(&["client", "log", "hr"]);
    assert!(!said.contains("/scim"), "{said}");
    let mut http = usher.http().bearer(&token).header("X-Request-Id", "mine");
    http.post("/scim/v2/Users", &json!({ "userName": "ann" })).expect(201);
    http.post("/scim/v2/Users", &json!({ "userName": "ann" })).expect(409);
    let log = |words: &[&str]| -> Vec<Value> {
        let list = place.json(&[&["client", "log", "hr"], words].concat());
        list.as_array().expect("a list").clone()
    };
    // Written down within a second, while the server runs.
    until("both are written down", || log(&[]).len() == 2);
    let both = log(&[]);
    assert_eq!((&both[0]["status"], &both[1]["status"]), (&json!(201), &json!(409)));
    assert_eq!(
        (&both[1]["request_id"], &both[1]["address"]),
        (&json!("mine"), &json!("127.0.0.1"))
    );
    assert!(
        both[1]["refusal"]
            .as_str()
            .is_some_and(|text| text.starts_with("uniqueness: ")),
        "{both:?}"
    );
    assert_eq!(log(&["--refused"]).len(), 1);
    let table = place.run(&["client", "log", "hr", "--limit", "1"]);
    assert!(table.contains("409") && !table.contains("201"), "{table}");
    // What was noted last is written down before the server ends.
    http.get("/scim/v2/Users").expect(200);
    drop(http);
    usher.stop();
    assert_eq!(log(&[]).len(), 3);
    let (done, said) = place.attempt(&["client", "log", "nobody"]);
    assert!(!done && said.contains("client list"), "{said}");
    place.run(&["client", "delete", "hr"]);
    place.token("hr", "scim:read", &[]);
    assert!(log(&[]).is_empty(), "another client of that name has its own");
}

#[test]
fn a_rate_limit_is_set_by_command_and_counted() {
    let place = Place::on(Engine::Sqlite);
    let token = place.token("hr", "scim:read", &["--rate-limit", "2"]);
    let usher = place.serve_with(&["--health-listen", "127.0.0.1:0"]);
    let mut http = usher.http().bearer(&token);
    let mut statuses: Vec<u16> = (0..3).map(|_| http.get("/scim/v2/Users").status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    let mut watch = crate::support::Http::new(&health_of(&usher));
    let metrics = watch.get("/metrics").expect(200).text;
    assert!(
        metrics.contains("usher_requests_limited_total{limit=\"client\"} 1\n"),
        "{metrics}"
    );
    place.run(&["client", "set", "hr", "--rate-limit", ""]);
    until("the limit is gone", || http.get("/scim/v2/Users").status == 200);
    statuses = (0..9).map(|_| http.get("/scim/v2/Users").status).collect();
    assert_eq!(statuses, [200; 9]);
    usher.stop();
}

fn health_of(usher: &Usher) -> String {
    let log = usher.log();
    let address = log
        .split("health and metrics on ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    address.expect("the log names it").to_owned()
}

#[test]
fn a_log_for_machines_is_one_object_a_line() {
    let place = Place::on(Engine::Sqlite).set("USHER_LOG__FORMAT", "json");
    let usher = place.serve();
    usher.signal("HUP");
    until("the signal is told", || usher.log().contains("SIGHUP"));
    let log = usher.log();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        assert!(line["fields"]["message"].is_string(), "{line}");
    }
    usher.stop();
}

#[test]
fn the_log_level_changes_while_the_server_runs() {
    let place = Place::on(Engine::Sqlite);
    let settings = place.folder().join("usher.toml");
    fs::write(&settings, "[log]\nfilter = \"info\"\n").expect("written");
    let usher = place.serve();
    let mut http = usher.http();
    http.get("/scim/v2/Schemas").expect(200);
    assert!(!usher.log().contains("GET /scim/v2/Schemas answered"));
    fs::write(
        &settings,
        "[log]\nfilter = \"info,faces=debug\"\n\n[limits]\nanonymous_burst = 7\n",
    )
    .expect("written");
    usher.signal("HUP");
    until("the change is told", || usher.log().contains("taken up: log.filter"));
    http.get("/scim/v2/Schemas").expect(200);
    until("requests are in the log", || {
        usher.log().contains("GET /scim/v2/Schemas answered 200")
    });
    assert!(
        usher.log().contains("after a restart: limits.anonymous_burst"),
        "{}",
        usher.log()
    );
    // What does not fit changes nothing.
    fs::write(&settings, "[log]\nfilter = \"info\"\nfilterr = 1\n").expect("written");
    usher.signal("HUP");
    until("the mistake is told", || {
        usher.log().contains("the settings stay as they were")
    });
    http.get("/scim/v2/ResourceTypes").expect(200);
    until("requests are still in the log", || {
        usher.log().contains("GET /scim/v2/ResourceTypes answered 200")
    });
    drop(http);
    usher.stop();
}

/// A collector that takes whatever comes: the batches, in order.
fn collector() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, taken) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let _told = reader
                .get_mut()
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (url, taken)
}

/// The spans of the batches that came.
fn spans(batches: &[(String, Value)]) -> Vec<Value> {
    let of_batch = |(_, body): &(String, Value)| {
        let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array();
        spans.cloned().unwrap_or_default()
    };
    batches.iter().flat_map(of_batch).collect()
}

fn attribute<'a>(span: &'a Value, key: &str) -> &'a Value {
    let attributes = span["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    found.map_or(&Value::Null, |attribute| &attribute["value"])
}

#[test]
fn a_collector_gets_the_spans_of_a_request_below_those_of_its_caller() {
    let (url, taken) = collector();
    let place = Place::on(Engine::Sqlite)
        .set("OTEL_EXPORTER_OTLP_ENDPOINT", &url)
        .set("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20geheim")
        .set("USHER_TELEMETRY__SERVICE_NAME", "usher-test");
    let usher = place.serve();
    let token = place.token("hr", "scim:read,scim:write", &[]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let called = |flags: &str| {
        let parent = format!("00-{trace}-00f067aa0ba902b7-{flags}");
        usher.http().bearer(&token).header("traceparent", &parent)
    };
    called("01")
        .post("/scim/v2/Users?x=geheim", &json!({ "userName": "ann" }))
        .expect(201);
    called("00").get("/scim/v2/ResourceTypes").expect(200);
    usher.http().get("/scim/v2/Schemas").expect(200);
    usher.stop();
    let batches: Vec<_> = taken.try_iter().collect();
    let (head, body) = batches.first().expect("a batch");
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    assert!(head.contains("authorization: Basic geheim"), "{head}");
    assert_eq!(
        body["resourceSpans"][0]["resource"]["attributes"][0],
        json!({ "key": "service.name", "value": { "stringValue": "usher-test" } })
    );
    let spans = spans(&batches);
    let named = |name: &str| {
        let found = spans.iter().find(|span| span["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not among {spans:#?}"))
    };
    let request = named("POST /scim/v2/Users");
    assert_eq!(
        (&request["traceId"], &request["parentSpanId"]),
        (&json!(trace), &json!("00f067aa0ba902b7"))
    );
    assert_eq!(request["kind"], 2);
    assert_eq!(attribute(request, "http.response.status_code")["intValue"], "201");
    assert_eq!(attribute(request, "http.route")["stringValue"], "/scim/v2/Users");
    let command = named("CreateUser");
    assert_eq!(
        (&command["traceId"], &command["parentSpanId"]),
        (&json!(trace), &request["spanId"])
    );
    let transaction = spans.iter().find(|span| span["parentSpanId"] == command["spanId"]);
    assert_eq!(transaction.expect("its transaction")["name"], "transaction");
    let time = |span: &Value, key: &str| {
        span[key]
            .as_str()
            .and_then(|text| text.parse::<u64>().ok())
            .expect("a time")
    };
    assert!(time(request, "startTimeUnixNano") <= time(command, "startTimeUnixNano"));
    assert!(time(command, "endTimeUnixNano") <= time(request, "endTimeUnixNano"));
    // A trace that its caller does not record is not sent; one that nobody began begins here.
    assert!(spans.iter().all(|span| span["name"] != "GET /scim/v2/ResourceTypes"));
    let own = named("GET /scim/v2/Schemas");
    assert!(own["traceId"] != trace && own["parentSpanId"].is_null(), "{own}");
    for (_, body) in &batches {
        let text = body.to_string();
        assert!(
            !text.contains("geheim") && !text.contains(&token) && !text.contains("ann"),
            "{text}"
        );
    }
}

#[test]
fn a_delivery_is_a_trace_of_its_own() {
    let (url, taken) = collector();
    let sink = Sink::start();
    let place = Place::on(Engine::Sqlite)
        .with_mail(&sink)
        .set("USHER_TELEMETRY__OTLP_ENDPOINT", &url);
    let usher = place.serve();
    let token = place.token("hr", "scim:read,scim:write", &["--invite", "unlinked"]);
    let ann = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org", "primary": true }] });
    usher.http().bearer(&token).post("/scim/v2/Users", &ann).expect(201);
    let mut batches = Vec::new();
    let delivery = loop {
        batches.push(taken.recv_timeout(Duration::from_secs(30)).expect("a batch"));
        let found = spans(&batches).into_iter().find(|span| span["name"] == "delivery");
        if let Some(found) = found {
            break found;
        }
    };
    assert_eq!(
        (&delivery["kind"], delivery["parentSpanId"].is_null()),
        (&json!(3), true)
    );
    assert_eq!(attribute(&delivery, "usher.delivery.target")["stringValue"], "mail");
    assert_eq!(attribute(&delivery, "usher.delivery.state")["stringValue"], "confirmed");
    usher.stop();
    batches.extend(taken.try_iter());
    let all = spans(&batches);
    let below = all.iter().find(|span| span["parentSpanId"] == delivery["spanId"]);
    assert_eq!(below.expect("what it wrote")["name"], "Settle");
    // Looking for work is no trace.
    let roots = all.iter().filter(|span| span["parentSpanId"].is_null());
    for root in roots {
        let name = root["name"].as_str().expect("a name");
        assert!(
            name == "delivery" || name.starts_with("POST ") || name.contains('_'),
            "{root}"
        );
    }
    assert!(batches.iter().all(|(_, body)| !body.to_string().contains("ann@")));
}

#[test]
fn a_collector_that_is_away_keeps_nobody_waiting() {
    let place = Place::on(Engine::Sqlite).set("USHER_TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:9");
    let usher = place.serve();
    usher.http().get("/scim/v2/Schemas").expect(200);
    until("the log tells of it", || {
        usher.log().contains("did not get to the collector")
    });
    usher.stop();
    let (done, said) = Place::on(Engine::Sqlite)
        .set("USHER_TELEMETRY__OTLP_ENDPOINT", "collector:4318")
        .attempt(&["config", "check"]);
    assert!(!done && said.contains("telemetry.otlp_endpoint"), "{said}");
}

/// A collector that takes connections and says nothing: the connections, as they come.
fn silent_collector() -> (String, Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, taken) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if sender.send(stream).is_err() {
                return;
            }
        }
    });
    (url, taken)
}

#[test]
fn a_collector_that_hangs_does_not_keep_a_server_from_stopping() {
    let (url, taken) = silent_collector();
    let place = Place::on(Engine::Sqlite).set("USHER_TELEMETRY__OTLP_ENDPOINT", &url);
    let usher = place.serve();
    let mut http = usher.http();
    for _ in 0..1_500 {
        http.get("/scim/v2/Schemas").expect(200);
    }
    drop(http);
    let _first = taken.recv_timeout(Duration::from_secs(30)).expect("a connection");
    let began = Instant::now();
    usher.stop();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(6), "stopping took {took:?}");
}

#[test]
fn the_most_talkative_log_has_no_mails() {
    let sink = Sink::start();
    let place = Place::on(Engine::Sqlite)
        .with_mail(&sink)
        .set("USHER_LOG__FILTER", "trace,lettre=trace");
    let usher = place.serve();
    let token = place.token("hr", "scim:read,scim:write", &["--invite", "unlinked"]);
    let ann = json!({ "userName": "ann", "emails": [{ "value": "ann@example.org", "primary": true }] });
    usher.http().bearer(&token).post("/scim/v2/Users", &ann).expect(201);
    let mail = sink.mail_for("ann@example.org");
    let link = mail.invitation().expect("a link");
    let secret = link.rsplit('/').next().expect("a secret");
    usher.stop();
    let log = fs::read_to_string(place.folder().join("usher.log")).expect("a log");
    assert!(log.contains("DEBUG"), "{log}");
    assert!(!log.contains(secret), "the log has the secret of {link}");
}
