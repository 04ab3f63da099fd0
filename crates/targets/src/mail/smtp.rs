//! Mail by SMTP: from a rendered message to an outcome the delivery engine can act on.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use directory::Directory;
use directory::delivery::{Delivery, Outcome, Target};
use directory::mail::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::config::{ConfigError, Encryption, SmtpConfig};

/// How long an idle connection to the server is kept. Servers close theirs after minutes.
const IDLE: Duration = Duration::from_secs(30);

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
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
    /// How long a whole mail may take.
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
            transport: transport(config)?,
            from: config.from.clone(),
            server: config.server(),
            patience: config.timeout * 2,
        })
    }

    /// Connects, signs in and asks for a sign of life.
    ///
    /// # Errors
    /// What went wrong, for an operator.
    pub async fn check(config: &SmtpConfig) -> Result<(), String> {
        let transport = transport(config).map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(config.timeout, transport.test_connection()).await;
        transport.shutdown().await;
        match answer {
            Err(_) => Err(format!(
                "{} does not answer within {} s",
                config.server(),
                config.timeout.as_secs()
            )),
            Ok(Err(error)) => Err(format!("{}: {}", config.server(), tell(&error))),
            Ok(Ok(false)) => Err(format!("{} closed the connection", config.server())),
            Ok(Ok(true)) => Ok(()),
        }
    }

    /// Sends one mail.
    pub async fn send(&self, message: &Message) -> Outcome {
        let mail = match self.compose(message) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Park { why },
        };
        match tokio::time::timeout(self.patience, self.transport.send(mail)).await {
            Ok(Ok(_)) => Outcome::Confirmed,
            Ok(Err(error)) => outcome(&error, message.to.as_str()),
            Err(_) => Outcome::Retry {
                why: format!(
                    "{} did not take the mail within {} s",
                    self.server,
                    self.patience.as_secs()
                ),
            },
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

/// What the server's answer means for the mail: a refused recipient does not get better by asking again, everything else may.
fn outcome(error: &SmtpError, to: &str) -> Outcome {
    let refuses_us = error.status().is_some_and(|code| REFUSES_US.contains(&code.into()));
    // The one fault on our side that lasts: a server that cannot take an address in another script.
    let unwritable = error.is_client() && !to.is_ascii();
    let why = if unwritable {
        format!(
            "the server takes no address with letters beyond ASCII (SMTPUTF8): {}",
            tell(error)
        )
    } else {
        tell(error)
    };
    if (error.is_permanent() && !refuses_us) || unwritable {
        Outcome::Park { why }
    } else {
        Outcome::Retry { why }
    }
}

/// The error in one line, without anything a peer could smuggle into a terminal.
fn tell(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(300)
        .collect()
}

fn transport(config: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, ConfigError> {
    let tls = match config.encryption {
        Encryption::Off => Tls::None,
        Encryption::Opportunistic => Tls::Opportunistic(tls(config)?),
        Encryption::Required => Tls::Required(tls(config)?),
        Encryption::Implicit => Tls::Wrapper(tls(config)?),
    };
    let pool = PoolConfig::new().max_size(config.connections).idle_timeout(IDLE);
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
        .port(config.port)
        .tls(tls)
        .timeout(Some(config.timeout))
        .pool_config(pool);
    if let Some(credentials) = &config.credentials {
        builder = builder.credentials(credentials.clone());
    }
    Ok(builder.build())
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, ConfigError> {
    let failed = |error: SmtpError| ConfigError::Tls(tell(&error));
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let unusable = |why: String| ConfigError::CaFile {
            path: path.clone(),
            why,
        };
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(tell(&error)))?;
        builder = builder.add_root_certificate(certificate);
    } else if config.loopback && config.encryption == Encryption::Opportunistic {
        // On this machine a certificate proves nothing, and local servers rarely have one that could be checked.
        builder = builder.dangerous_accept_invalid_certs(true);
    }
    builder.build_rustls().map_err(failed)
}
