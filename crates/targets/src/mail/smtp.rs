//! Mail by SMTP: from a rendered message to an outcome the delivery engine can act on.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use directory::Directory;
use directory::delivery::{Delivery, Outcome, Target};
use directory::mail::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};

use super::config::{ConfigError, Encryption, SmtpConfig};
use super::exchange::{Failure, Peer};

/// Replies that refuse us, not the recipient: what is wrong is the configuration, and mending it lets the mail out.
const REFUSES_US: [u16; 5] = [502, 530, 534, 535, 538];

/// The mail target: renders what a delivery names and sends it.
#[derive(Debug)]
pub struct SmtpMail {
    directory: Directory,
    sender: Sender,
}

impl SmtpMail {
    /// Prepares the connections. None is opened before the first mail.
    ///
    /// # Errors
    /// The file of certificates cannot be used.
    pub fn new(directory: Directory, config: &SmtpConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            directory,
            sender: Sender::new(config)?,
        })
    }
}

impl Target for SmtpMail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async move {
            match self.directory.message_of(delivery).await {
                Ok(message) => self.sender.send(&message).await,
                Err(directory::Error::Refused(refusal)) => Outcome::Park {
                    why: format!("the mail cannot be rendered: {refusal}"),
                },
                Err(error) => Outcome::Retry { why: error.to_string() },
            }
        })
    }
}

/// Hands mails to a mail server.
pub struct Sender {
    peer: Peer,
    from: Mailbox,
    server: String,
    patience: Duration,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Sender {
    /// Prepares the connections. None is opened before the first mail.
    ///
    /// # Errors
    /// The file of certificates cannot be used.
    pub fn new(config: &SmtpConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            peer: peer(config)?,
            from: config.from.clone(),
            server: config.server(),
            patience: config.timeout,
        })
    }

    /// Connects, signs in and asks whether mails from the sender are taken.
    ///
    /// # Errors
    /// What went wrong, for an operator.
    pub async fn check(config: &SmtpConfig) -> Result<(), String> {
        let peer = peer(config).map_err(|error| error.to_string())?;
        let answer = peer.check(&config.from.email).await;
        answer.map_err(|failure| failure.tell(&config.server(), config.timeout))
    }

    /// Sends one mail.
    pub async fn send(&self, message: &Message) -> Outcome {
        let mail = match self.compose(message) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Park { why },
        };
        let Ok(content) = String::from_utf8(mail.formatted()) else {
            let why = "the mail cannot be composed: it is no text".to_owned();
            return Outcome::Park { why };
        };
        match self.peer.send(mail.envelope(), &content).await {
            Ok(()) => Outcome::Confirmed,
            Err(failure) => self.outcome(&failure, message.to.as_str()),
        }
    }

    /// What the server's answer means for the mail: a refused recipient does not get better by asking again, everything else
    /// may.
    fn outcome(&self, failure: &Failure, to: &str) -> Outcome {
        let refuses_us = failure.status().is_some_and(|code| REFUSES_US.contains(&code));
        let why = failure.tell(&self.server, self.patience);
        // The one fault on our side that lasts: a server that cannot take an address in another script.
        if failure.lacks_smtputf8 && !to.is_ascii() {
            let why = format!("{} takes no address with letters beyond ASCII (SMTPUTF8)", self.server);
            return Outcome::Park { why };
        }
        if failure.is_permanent() && failure.step.is_about_the_mail() && !refuses_us {
            Outcome::Park { why }
        } else {
            Outcome::Retry { why }
        }
    }

    fn compose(&self, message: &Message) -> Result<lettre::Message, String> {
        let to = message
            .to
            .as_str()
            .parse()
            .map_err(|error| format!("the address cannot be written to: {error}"))?;
        // The builder gets no Content-Type of its own: the mail would have two.
        let builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.clone())
            .message_id(Some(self.message_id(&message.message_id)))
            .raw_header(header("Content-Language", message.language))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply"));
        builder
            .multipart(MultiPart::alternative_plain_html(
                message.text.clone(),
                message.html.clone(),
            ))
            .map_err(|error| format!("the mail cannot be composed: {error}"))
    }

    /// The same for every attempt, so that a mail that went out twice is recognised.
    fn message_id(&self, id: &str) -> String {
        let bare = id.trim_matches(['<', '>']);
        if bare.contains('@') {
            format!("<{bare}>")
        } else {
            format!("<{bare}@{}>", self.from.email.domain())
        }
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn peer(config: &SmtpConfig) -> Result<Peer, ConfigError> {
    let tls = match config.encryption {
        Encryption::Off => Tls::None,
        Encryption::Opportunistic => Tls::Opportunistic(tls(config)?),
        Encryption::Required => Tls::Required(tls(config)?),
        Encryption::Implicit => Tls::Wrapper(tls(config)?),
    };
    Ok(Peer::new(config, tls))
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, ConfigError> {
    let failed = |error: SmtpError| ConfigError::Tls(error.to_string());
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let unusable = |why: String| ConfigError::CaFile {
            path: path.clone(),
            why,
        };
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    } else if config.loopback && config.encryption == Encryption::Opportunistic {
        // On this machine a certificate proves nothing, and local servers rarely have one that could be checked.
        builder = builder.dangerous_accept_invalid_certs(true);
    }
    builder.build_rustls().map_err(failed)
}
