//! The conversation with a mail server, step by step: whoever reads why a mail is late learns at which step it was held up,
//! and a refusal at one step means something else than at another.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::{Instant, timeout_at};

use super::config::SmtpConfig;

/// How long an idle connection is kept. Servers close theirs after minutes.
const IDLE: Duration = Duration::from_secs(30);

/// How long a server may take to say goodbye; nothing depends on it.
const GOODBYE: Duration = Duration::from_secs(1);

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    Encrypt,
    SignIn,
    Sender,
    Recipient,
    Data,
    Content,
}

impl Step {
    /// Whether a refusal for good is one of this mail. Before that it is one of us, and mending the settings lets the mail out.
    pub(super) fn is_about_the_mail(self) -> bool {
        match self {
            Self::Recipient | Self::Data | Self::Content => true,
            Self::Connect | Self::Encrypt | Self::SignIn | Self::Sender => false,
        }
    }

    /// What the server did not take.
    fn what(self) -> &'static str {
        match self {
            Self::Connect => "our connection",
            Self::Encrypt => "to encrypt",
            Self::SignIn => "the user or the password",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Data => "to take a mail",
            Self::Content => "the mail",
        }
    }

    /// When the conversation broke off.
    fn when(self) -> &'static str {
        match self {
            Self::Connect => "after the connection was made",
            Self::Encrypt => "when the connection was to be encrypted",
            Self::SignIn => "after the user and the password",
            Self::Sender => "after the sender",
            Self::Recipient => "after the recipient",
            Self::Data => "when the mail was to come",
            // It may have it all the same.
            Self::Content => "after it got the mail, which comes again and may arrive twice",
        }
    }
}

/// Why a conversation did not end well.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) step: Step,
    /// None when the server was silent for so long that we left.
    error: Option<SmtpError>,
    /// The server cannot write the address.
    pub(super) lacks_smtputf8: bool,
}

/// A mail server, and the connections to it that are idle.
pub(super) struct Peer {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    /// How long one answer may take. All of a conversation may take twice that.
    patience: Duration,
    /// How many idle connections are kept.
    kept: usize,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// How long a conversation may still take.
#[derive(Clone, Copy)]
struct Limits {
    answer: Duration,
    end: Instant,
}

impl Limits {
    async fn step<T>(self, step: Step, work: impl Future<Output = Result<T, SmtpError>>) -> Result<T, Failure> {
        let end = self.end.min(Instant::now() + self.answer);
        match timeout_at(end, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(Failure::at(step, Some(error))),
            Err(_) => Err(Failure::at(step, None)),
        }
    }
}

impl Peer {
    pub(super) fn new(config: &SmtpConfig, tls: Tls) -> Self {
        Self {
            host: config.host.clone(),
            port: config.port,
            tls,
            credentials: config.credentials.clone(),
            patience: config.timeout,
            kept: config.connections as usize,
            idle: Mutex::default(),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            answer: self.patience,
            end: Instant::now() + self.patience * 2,
        }
    }

    /// Hands over one mail. When this answers well, the server has taken it.
    pub(super) async fn send(&self, envelope: &Envelope, content: &str) -> Result<(), Failure> {
        let limits = self.limits();
        let mut connection = match self.idle(limits).await {
            Some(connection) => connection,
            None => self.connect(limits).await?,
        };
        let sent = hand_over(&mut connection, limits, envelope, content).await;
        let usable = match &sent {
            Ok(()) => true,
            // It has answered and may take the next mail, unless it is leaving.
            Err(failure) => {
                let answered = failure.error.as_ref().and_then(SmtpError::status);
                answered.is_some_and(|code| u16::from(code) != 421)
                    && limits.step(failure.step, connection.command(Rset)).await.is_ok()
            }
        };
        if usable {
            self.keep(connection);
        }
        sent
    }

    /// Connects, signs in and asks whether mails from this sender are taken.
    pub(super) async fn check(&self, from: &Address) -> Result<(), Failure> {
        let limits = self.limits();
        let mut connection = self.connect(limits).await?;
        let mail = Mail::new(Some(from.clone()), Vec::new());
        limits.step(Step::Sender, connection.command(mail)).await?;
        let _ = tokio::time::timeout(GOODBYE, connection.command(Quit)).await;
        Ok(())
    }

    /// A connection that is still good.
    async fn idle(&self, limits: Limits) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < IDLE && limits.step(Step::Connect, connection.command(Noop)).await.is_ok() {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.kept {
            idle.push((connection, Instant::now()));
        }
    }

    async fn connect(&self, limits: Limits) -> Result<AsyncSmtpConnection, Failure> {
        let hello = ClientId::default();
        let wrapped = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let made = AsyncSmtpConnection::connect_tokio1(address, None, &hello, wrapped, None);
        let mut connection = limits.step(Step::Connect, made).await?;
        let upgraded = match &self.tls {
            Tls::Opportunistic(parameters) if connection.can_starttls() => Some(parameters),
            Tls::Required(parameters) => Some(parameters),
            _ => None,
        };
        if let Some(parameters) = upgraded {
            limits
                .step(Step::Encrypt, connection.starttls(parameters.clone(), &hello))
                .await?;
        }
        if let Some(credentials) = &self.credentials {
            limits
                .step(Step::SignIn, connection.auth(DEFAULT_MECHANISMS, credentials))
                .await?;
        }
        Ok(connection)
    }
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    limits: Limits,
    envelope: &Envelope,
    content: &str,
) -> Result<(), Failure> {
    let mut options = Vec::new();
    let mut addresses = envelope.from().into_iter().chain(envelope.to());
    if addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure {
                lacks_smtputf8: true,
                ..Failure::at(Step::Sender, None)
            });
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if connection.server_info().supports_feature(Extension::EightBitMime) && !content.is_ascii() {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender: Option<Address> = envelope.from().cloned();
    limits
        .step(Step::Sender, connection.command(Mail::new(sender, options)))
        .await?;
    for recipient in envelope.to() {
        limits
            .step(
                Step::Recipient,
                connection.command(Rcpt::new(recipient.clone(), Vec::new())),
            )
            .await?;
    }
    limits.step(Step::Data, connection.command(Data)).await?;
    // One write with its end: a short one behind it would wait until the server has acknowledged the first, which many put
    // off for 40 ms.
    let content = until_the_point(content);
    limits.step(Step::Content, connection.command(content)).await.map(drop)
}

/// A mail as it goes over the wire, with the lone point that ends it. RFC 5321, section 4.5.2.
fn until_the_point(content: &str) -> String {
    let begin = if content.starts_with('.') { "." } else { "" };
    let end = if content.ends_with("\r\n") {
        ".\r\n"
    } else {
        "\r\n.\r\n"
    };
    format!("{begin}{}{end}", content.replace("\r\n.", "\r\n.."))
}

impl Failure {
    fn at(step: Step, error: Option<SmtpError>) -> Self {
        Self {
            step,
            error,
            lacks_smtputf8: false,
        }
    }

    /// The status the server answered with.
    pub(super) fn status(&self) -> Option<u16> {
        self.error.as_ref()?.status().map(u16::from)
    }

    pub(super) fn is_permanent(&self) -> bool {
        self.error.as_ref().is_some_and(SmtpError::is_permanent)
    }

    /// What happened, in one line without anything a peer could smuggle into a terminal.
    pub(super) fn tell(&self, server: &str, patience: Duration) -> String {
        let text = match (&self.error, self.status()) {
            (None, _) if self.step == Step::Connect => {
                format!("{server} did not answer within {}", seconds(patience))
            }
            (None, _) => format!(
                "{server} did not answer within {} {}",
                seconds(patience),
                self.step.when()
            ),
            (Some(error), Some(code)) => {
                let verb = if error.is_permanent() { "refuses" } else { "puts off" };
                format!("{server} {verb} {}: {code} {}", self.step.what(), causes(error))
            }
            (Some(error), None) if error.is_tls() || self.step == Step::Encrypt && !error.is_response() => {
                format!("the connection to {server} cannot be encrypted: {}", causes(error))
            }
            (Some(error), None) if self.step == Step::Connect && !error.is_response() => {
                format!("{server} cannot be reached: {}", causes(error))
            }
            (Some(error), None) => format!("{server} broke off {}: {}", self.step.when(), causes(error)),
        };
        text.chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(300)
            .collect()
    }
}

fn seconds(span: Duration) -> String {
    if span.subsec_millis() == 0 {
        format!("{} s", span.as_secs())
    } else {
        format!("{} ms", span.as_millis())
    }
}

/// The causes of an error, without its own words for what kind it is.
fn causes(error: &SmtpError) -> String {
    let mut text = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::until_the_point;

    #[test]
    fn a_point_at_the_beginning_of_a_line_does_not_end_a_mail() {
        for (content, sent) in [
            ("To: a\r\n\r\nhello", "To: a\r\n\r\nhello\r\n.\r\n"),
            ("To: a\r\n\r\nhello\r\n", "To: a\r\n\r\nhello\r\n.\r\n"),
            ("\r\n.\r\n..\r\na.b\r\n", "\r\n..\r\n...\r\na.b\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("", "\r\n.\r\n"),
        ] {
            assert_eq!(until_the_point(content), sent);
        }
    }
}
