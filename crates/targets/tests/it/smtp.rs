//! Mail by SMTP against a real server: aiosmtpd.

use std::time::Duration;

use directory::delivery::Outcome;
use directory::mail::{EmailAddress, Message};
use serde_json::Value;
use targets::mail::{Sender, SmtpConfig};
use tokio::net::TcpListener;

use crate::support::{Mode, Sink};

fn message(to: &str) -> Message {
    Message {
        to: EmailAddress::parse(to).unwrap(),
        language: "de",
        subject: "Ihre Einladung zu Acme & Söhne".into(),
        text: "Guten Tag Ann,\n.\nhttps://usher.example/realms/acme/invitation/s3cret\n".into(),
        html: "<p>Guten Tag Ann, ä</p>".into(),
        message_id: "<0197@usher.example>".into(),
    }
}

fn plain(sink: &Sink) -> SmtpConfig {
    config(&format!("smtp://127.0.0.1:{}", sink.port))
}

fn config(url: &str) -> SmtpConfig {
    SmtpConfig::new(url, "Usher für Acme <usher@example.org>")
        .unwrap()
        .timeout(Duration::from_secs(5))
}

fn sender(config: &SmtpConfig) -> Sender {
    Sender::new(config).unwrap()
}

fn header<'a>(mail: &'a Value, name: &str) -> Vec<&'a str> {
    let text = mail["text"].as_str().unwrap();
    let head = text.split("\r\n\r\n").next().unwrap();
    head.split("\r\n")
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .collect()
}

fn why(outcome: Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Confirmed => ("confirmed", String::new()),
        Outcome::Retry { why } => ("retry", why),
        Outcome::Park { why } => ("park", why),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let mut sink = Sink::start(Mode::Plain).await;
    assert_eq!(
        sender(&plain(&sink)).send(&message("ann@example.org")).await,
        Outcome::Confirmed
    );
    let mail = sink.mail().await;
    assert_eq!(mail["to"], serde_json::json!(["ann@example.org"]));
    assert_eq!(mail["from"], "usher@example.org");
    assert_eq!(header(&mail, "Message-ID"), ["<0197@usher.example>"]);
    assert_eq!(header(&mail, "Auto-Submitted"), ["auto-generated"]);
    assert_eq!(header(&mail, "Content-Language"), ["de"]);
    assert_eq!(header(&mail, "Date").len(), 1);
    let kinds = header(&mail, "Content-Type");
    assert!(
        kinds.len() == 1 && kinds[0].starts_with("multipart/alternative"),
        "{kinds:?}"
    );
    let text = mail["text"].as_str().unwrap();
    assert!(
        text.find("text/plain").unwrap() < text.find("text/html").unwrap(),
        "the better form comes last"
    );
    assert!(
        text.contains("https://usher.example/realms/acme/invitation/s3cret"),
        "{text}"
    );
}

#[tokio::test]
async fn with_an_account_it_goes_encrypted() {
    let mut sink = Sink::start(Mode::Account).await;
    let url = format!("smtp://usher:usher-secret@localhost:{}?tls=required", sink.port);
    let config = config(&url).ca_file(Some(&sink.ca_file));
    assert_eq!(
        sender(&config).send(&message("ann@example.org")).await,
        Outcome::Confirmed
    );
    assert_eq!(sink.mail().await["tls"], true);
    Sender::check(&config).await.unwrap();
}

#[tokio::test]
async fn on_this_machine_any_certificate_will_do() {
    let mut sink = Sink::start(Mode::Account).await;
    let config = config(&format!("smtp://usher:usher-secret@127.0.0.1:{}", sink.port));
    assert_eq!(
        sender(&config).send(&message("ann@example.org")).await,
        Outcome::Confirmed
    );
    assert_eq!(sink.mail().await["tls"], true);
}

#[tokio::test]
async fn a_certificate_of_strangers_is_not_trusted() {
    let sink = Sink::start(Mode::Account).await;
    let config = config(&format!(
        "smtp://usher:usher-secret@localhost:{}?tls=required",
        sink.port
    ));
    let (word, why) = why(sender(&config).send(&message("ann@example.org")).await);
    assert_eq!(word, "retry", "{why}");
    assert!(why.contains("certificate"), "{why}");
}

#[tokio::test]
async fn a_server_without_encryption_gets_no_password() {
    let sink = Sink::start(Mode::Plain).await;
    let config = config(&format!(
        "smtp://usher:usher-secret@127.0.0.1:{}?tls=required",
        sink.port
    ));
    let (word, why) = why(sender(&config).send(&message("ann@example.org")).await);
    assert_eq!(word, "retry", "{why}");
    assert!(!why.contains("usher-secret"), "{why}");
}

#[tokio::test]
async fn a_wrong_password_is_ours_to_mend_and_no_bounce() {
    let sink = Sink::start(Mode::Account).await;
    let config = config(&format!("smtp://usher:wrong@127.0.0.1:{}", sink.port));
    let (word, why) = why(sender(&config).send(&message("ann@example.org")).await);
    assert_eq!(word, "retry", "{why}");
    assert!(why.contains("535") && !why.contains("wrong"), "{why}");
    let found = Sender::check(&config).await.unwrap_err();
    assert!(found.contains("535"), "{found}");
}

#[tokio::test]
async fn a_refused_recipient_is_parked_and_a_deferred_one_tried_again() {
    let mut sink = Sink::start(Mode::Plain).await;
    let sender = sender(&plain(&sink));
    let (word, why_bounced) = why(sender.send(&message("bounce@example.org")).await);
    assert_eq!(word, "park");
    assert!(
        why_bounced.contains("550") && why_bounced.contains("no such user"),
        "{why_bounced}"
    );
    let (word, why_deferred) = why(sender.send(&message("defer@example.org")).await);
    assert_eq!(word, "retry");
    assert!(why_deferred.contains("451"), "{why_deferred}");
    // Neither spoils the connection for the next.
    assert_eq!(sender.send(&message("ann@example.org")).await, Outcome::Confirmed);
    assert_eq!(sink.mail().await["to"][0], "ann@example.org");
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_timeout() {
    let sink = Sink::start(Mode::Plain).await;
    let sender = sender(&plain(&sink).timeout(Duration::from_millis(300)));
    let (word, why) = why(sender.send(&message("hang@example.org")).await);
    assert_eq!(word, "retry", "{why}");
}

#[tokio::test]
async fn a_server_that_never_greets_is_left_after_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let config = config(&url).timeout(Duration::from_millis(300));
    assert_eq!(why(sender(&config).send(&message("ann@example.org")).await).0, "retry");
    assert!(Sender::check(&config).await.is_err());
}

#[tokio::test]
async fn a_mail_taken_without_an_answer_comes_again_under_the_same_id() {
    let mut sink = Sink::start(Mode::Plain).await;
    let sender = sender(&plain(&sink));
    let mut ids = Vec::new();
    for _ in 0..2 {
        assert_eq!(why(sender.send(&message("die@example.org")).await).0, "retry");
        ids.push(header(&sink.mail().await, "Message-ID")[0].to_owned());
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn nobody_listening_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(
        why(sender(&config(&url)).send(&message("ann@example.org")).await).0,
        "retry"
    );
}

#[tokio::test]
async fn an_address_the_server_cannot_write_is_parked() {
    let sink = Sink::start(Mode::Plain).await;
    let (word, why) = why(sender(&plain(&sink)).send(&message("änn@example.org")).await);
    assert_eq!(word, "park", "{why}");
}
