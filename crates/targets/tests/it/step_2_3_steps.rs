//! A mail server that hangs, refuses, closes, dawdles or raves at any step of the conversation: the mail is tried again, or
//! parked where that is no use, with a reason that names the step; and as soon as the server behaves the mail goes out.

use std::time::{Duration, Instant};

use directory::delivery::Outcome;
use directory::mail::{EmailAddress, Message};
use targets::mail::{Sender, SmtpConfig};
use tokio::task::JoinSet;

use crate::support::{Does, Script, Step};

const PATIENCE: Duration = Duration::from_millis(400);

/// A step, what the server does there, and what is to come of the mail, with words of the reason.
type Row = (Step, Does, &'static str, &'static str);

const HUNG: &str = "did not answer within 400 ms";
const BROKE: &str = "broke off";

fn table() -> Vec<Row> {
    use Does::{Closes, Drips, Hangs, Says, SaysAndRaves};
    let steps = [
        Step::Connected,
        Step::Ehlo,
        Step::StartTls,
        Step::Mail,
        Step::Rcpt,
        Step::Data,
        Step::Content,
    ];
    let mut rows: Vec<Row> = Vec::new();
    for step in steps {
        rows.push((step, Hangs, "retry", HUNG));
        rows.push((step, Drips, "retry", HUNG));
        rows.push((step, Closes, "retry", if step == Step::Connected { "" } else { BROKE }));
        rows.push((step, Says("421 4.3.2 going down"), "retry", "puts off"));
        rows.push((step, Says("451 4.3.0 later"), "retry", "451 4.3.0 later"));
        rows.push((step, Says("what do you want"), "retry", ""));
    }
    rows.extend([
        // What the server has against us, mending the settings lets out; what it has against the mail stays.
        (
            Step::Connected,
            Says("554 5.7.1 not you"),
            "retry",
            "refuses our connection: 554 5.7.1 not you",
        ),
        (
            Step::Ehlo,
            Says("550 5.7.1 not you"),
            "retry",
            "refuses our connection: 550",
        ),
        (Step::StartTls, Says("502 5.5.1 no"), "retry", "refuses to encrypt: 502"),
        (
            Step::Mail,
            Says("553 5.7.1 not from you"),
            "retry",
            "refuses the sender: 553 5.7.1 not from you",
        ),
        (
            Step::Rcpt,
            Says("550 5.1.1 nobody"),
            "park",
            "refuses the recipient: 550 5.1.1 nobody",
        ),
        (Step::Rcpt, Says("530 5.7.0 sign in"), "retry", "530 5.7.0 sign in"),
        (Step::Data, Says("554 5.5.1 no"), "park", "refuses to take a mail: 554"),
        (
            Step::Content,
            Says("554 5.6.0 spam"),
            "park",
            "refuses the mail: 554 5.6.0 spam",
        ),
        (
            Step::StartTls,
            SaysAndRaves("220 go on"),
            "retry",
            "cannot be encrypted",
        ),
        (Step::Mail, Hangs, "retry", "after the sender"),
        (Step::Rcpt, Hangs, "retry", "after the recipient"),
        (Step::Data, Hangs, "retry", "when the mail was to come"),
        (Step::Content, Hangs, "retry", "may arrive twice"),
        (Step::Content, Closes, "retry", "may arrive twice"),
    ]);
    rows
}

fn message() -> Message {
    Message {
        to: EmailAddress::parse("ann@example.org").unwrap(),
        language: "en",
        subject: "Your invitation".into(),
        text: "https://usher.example/realms/acme/invitation/s3cret\n".into(),
        html: "<p>Hello</p>".into(),
        message_id: "<0197@usher.example>".into(),
    }
}

fn said(outcome: Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Confirmed => ("confirmed", String::new()),
        Outcome::Retry { why } => ("retry", why),
        Outcome::Park { why } => ("park", why),
    }
}

/// What is not as the row wants it, and how often the server got the mail.
async fn try_row((step, does, word, words): Row) -> (Option<String>, usize) {
    let server = Script::start(step, does).await;
    let config = SmtpConfig::new(&format!("smtp://127.0.0.1:{}", server.port), "usher@example.org").unwrap();
    let sender = Sender::new(&config.timeout(PATIENCE)).unwrap();
    let began = Instant::now();
    let (found, why) = said(sender.send(&message()).await);
    let took = began.elapsed();
    let mut wrong = Vec::new();
    if (found, why.contains(words)) != (word, true) {
        wrong.push(format!("{found}: {why}"));
    }
    if why.contains("s3cret") || why.contains("ann@") || why.len() > 300 || why.chars().any(char::is_control) {
        wrong.push(format!("not fit to be shown: {why:?}"));
    }
    // A silent server costs one time-out, never the sum of all steps; the machine may be busy.
    if took > 20 * PATIENCE {
        wrong.push(format!("it took {took:?}"));
    }
    server.behave();
    let (again, why) = said(sender.send(&message()).await);
    if again != "confirmed" {
        wrong.push(format!("when the server behaves: {again}: {why}"));
    }
    let taken = server.taken();
    let ids = taken
        .iter()
        .filter(|mail| mail.contains("Message-ID: <0197@usher.example>"));
    if ids.count() != taken.len() || taken.is_empty() {
        wrong.push(format!("{} mails came", taken.len()));
    }
    let wrong = (!wrong.is_empty()).then(|| format!("{step:?} {does:?}: {}", wrong.join("; ")));
    (wrong, taken.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_server_does_at_any_step_the_mail_is_not_lost() {
    let rows: JoinSet<_> = table().into_iter().map(try_row).collect();
    let tried = rows.join_all().await;
    let rows = tried.len();
    let twice = tried.iter().filter(|(_, taken)| *taken > 1).count();
    let wrong: Vec<String> = tried.into_iter().filter_map(|(wrong, _)| wrong).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    println_figure(rows, twice);
}

#[expect(clippy::print_stdout, reason = "what a test prints is its report")]
fn println_figure(rows: usize, twice: usize) {
    println!("figure: {rows} ways to misbehave, 0 mails lost, {twice} came twice under one Message-ID");
}
