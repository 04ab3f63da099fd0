//! `usher doctor`: what it looks at, and what it says to do.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use db::Engine;
use serde_json::{Value, json};

use crate::support::{Place, Sink};

/// What was found, by check; and the exit code.
fn found(place: &Place) -> (Vec<Value>, i32) {
    let mut words = vec!["doctor", "--output", "json"];
    if place
        .environment()
        .iter()
        .any(|(name, _)| name == "USHER_DATABASE__URL")
    {
        // The server of the tests does not wait for its disk, and that is a finding of its own.
        words.push("--unsafe-durability");
    }
    let done = place.command(&words).output().expect("it runs");
    let list: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    (
        list.as_array().expect("a list").clone(),
        done.status.code().expect("a code"),
    )
}

fn of<'a>(list: &'a [Value], check: &str) -> &'a Value {
    let found = list.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("{check} is not in {list:#?}"))
}

fn says(list: &[Value], check: &str, state: &str, text: &str) {
    let fits = |finding: &&Value| {
        finding["check"] == check
            && finding["state"] == state
            && finding["found"].as_str().is_some_and(|found| found.contains(text))
    };
    assert!(
        list.iter().any(|finding| fits(&finding)),
        "no {state} of {check} says {text}: {list:#?}"
    );
}

#[test]
fn a_sound_installation_is_called_so_on_sqlite() {
    a_sound_installation_is_called_so(Engine::Sqlite);
}

#[test]
fn a_sound_installation_is_called_so_on_postgres() {
    a_sound_installation_is_called_so(Engine::Postgres);
}

fn a_sound_installation_is_called_so(engine: Engine) {
    let sink = Sink::start();
    let place = Place::on(engine).with_mail(&sink);
    let usher = place.serve();
    // Its own address, as a proxy would show it.
    let place = place.set("USHER_PUBLIC_URL", &usher.url);
    place.token("hr", "scim:read", &["--expires-in", "400d"]);
    let (list, code) = found(&place);
    for check in [
        "settings",
        "files",
        "database",
        "schema",
        "server",
        "clock",
        "deliveries",
        "jobs",
        "events",
        "tokens",
        "mail",
    ] {
        assert_eq!(of(&list, check)["state"], "ok", "{list:#?}");
        assert_eq!(of(&list, check)["what_to_do"], "");
    }
    let engine = if engine == Engine::Sqlite {
        "SQLite 3."
    } else {
        "PostgreSQL 1"
    };
    says(&list, "database", "ok", engine);
    says(&list, "public_url", "ok", "Usher answers at");
    says(&list, "mail", "ok", "takes the sender");
    if engine.starts_with("SQLite") {
        assert_eq!(code, 0, "{list:#?}");
        says(&list, "rights", "ok", "nobody else");
    }
    usher.stop();
}

#[test]
fn what_is_weak_is_a_warning_and_what_is_broken_a_problem() {
    let place = Place::on(Engine::Sqlite);
    place.run(&["migrate"]);
    place.token("soon", "scim:read", &["--expires-in", "3d"]);
    place.run(&["realm", "create", "acme"]);
    place.run(&["realm", "set", "acme", "hosts=no-such-host.invalid"]);
    let (list, code) = found(&place);
    says(&list, "tokens", "warning", "client soon in the realm default");
    says(&list, "hosts", "warning", "no-such-host.invalid");
    says(&list, "server", "warning", "none runs");
    assert_eq!(code, 0, "warnings are no failure: {list:#?}");
    for finding in list.iter().filter(|finding| finding["state"] != "ok") {
        assert!(
            finding["what_to_do"].as_str().is_some_and(|advice| !advice.is_empty()),
            "{finding}"
        );
    }

    // Others may read the data; the mail server is away; its password stands in a file that all may read.
    let data = place.data().join("usher.db");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o644)).expect("set");
    let secret = place.folder().join("smtp");
    fs::write(&secret, "smtp://127.0.0.1:9?tls=none\n").expect("written");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("set");
    let place = place
        .set("USHER_MAIL__SMTP_FILE", &secret.display().to_string())
        .set("USHER_MAIL__FROM", "usher@example.org")
        .set("USHER_PUBLIC_URL", "http://127.0.0.1:9")
        .set("USHER_HEALTH_LISTEN", "127.0.0.1:9")
        .set("USHER_TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:9")
        .set("USHER_SERVER__CONNECTIONS", "4000000000");
    let (list, code) = found(&place);
    assert_eq!(code, 1);
    says(&list, "rights", "warning", "usher.db");
    says(&list, "rights", "warning", "smtp");
    says(&list, "mail", "problem", "127.0.0.1:9");
    says(&list, "public_url", "warning", "nobody answers");
    says(&list, "health", "warning", "cannot reach");
    says(&list, "traces", "warning", "takes none");
    says(&list, "files", "warning", "4000000000");
}

#[test]
fn a_sender_that_the_mail_server_refuses_is_a_problem() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let mut told = stream.write_all(b"220 there\r\n");
            let mut line = String::new();
            while told.is_ok() && reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                let answer = match line.split([' ', '\r']).next() {
                    Some("MAIL") => "550 5.7.1 not from you",
                    Some("QUIT") => "221 bye",
                    _ => "250 yes",
                };
                told = stream.write_all(format!("{answer}\r\n").as_bytes());
                line.clear();
            }
        }
    });
    let place = Place::on(Engine::Sqlite)
        .set("USHER_MAIL__SMTP", &format!("smtp://127.0.0.1:{port}"))
        .set("USHER_MAIL__FROM", "usher@example.org");
    place.run(&["migrate"]);
    let (list, code) = found(&place);
    says(&list, "mail", "problem", "the sender: 550");
    assert_eq!(code, 1);
}

/// A provider that names itself so, whatever is asked.
fn provider(document: impl Fn(&str) -> Value + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let base = url.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let (status, body) = if head.starts_with("GET /realms/acme/.well-known/openid-configuration ") {
                (200, document(&base).to_string())
            } else {
                (404, String::new())
            };
            let length = body.len();
            let _sent =
                stream.write_all(format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes());
        }
    });
    url
}

#[test]
fn the_provider_of_each_realm_is_asked_who_it_is() {
    let place = Place::on(Engine::Sqlite).set("USHER_SERVER__PROVIDER_NETWORKS", "127.0.0.1");
    place.run(&["migrate"]);
    let issuer = |base: &str| format!("{base}/realms/acme");
    for (document, state, said) in [
        (json!({ "jwks_uri": "https://k" }), "ok", "answers"),
        (json!({}), "problem", "names no keys"),
        (
            json!({ "issuer": "https://other.example" }),
            "problem",
            "calls itself https://other.example",
        ),
    ] {
        let url = provider(move |base| {
            let mut whole = json!({ "issuer": issuer(base) });
            for (key, value) in document.as_object().expect("an object") {
                whole[key] = value.clone();
            }
            whole
        });
        place.run(&["realm", "set", "default", &format!("oidc.issuer={url}/realms/acme")]);
        let (list, code) = found(&place);
        says(&list, "provider", state, said);
        assert_eq!(code, i32::from(state == "problem"), "{list:#?}");
    }
    let away = provider(|_| json!({}));
    place.run(&["realm", "set", "default", &format!("oidc.issuer={away}/realms/nothing")]);
    let (list, _) = found(&place);
    says(&list, "provider", "problem", "answers 404");
}
