//! Where the mail server is, read from one URL: `smtp://user:password@host:587`, `smtps://host`.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// The settings of mail by SMTP that cannot work, and what would.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The URL of the server.
    #[error("mail.smtp: {0}; it looks like smtp://user:password@host:587 or smtps://host")]
    Url(String),
    /// The sender.
    #[error("mail.from: `{0}` is no sender such as Usher <usher@example.org>")]
    From(String),
    /// The file with certificates of the server's authority.
    #[error("mail.ca_file: {path}: {why}")]
    CaFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS could not be set up.
    #[error("mail: TLS could not be set up: {0}")]
    Tls(String),
}

/// How the connection to the server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, or no mail (`?tls=required`). The default as soon as a password is to be sent to another machine.
    Required,
    /// STARTTLS where the server offers it (`?tls=opportunistic`). The default without a password.
    Opportunistic,
    /// None (`?tls=none`).
    Off,
}

impl Encryption {
    fn parse(word: &str) -> Result<Self, ConfigError> {
        match word {
            "implicit" => Ok(Self::Implicit),
            "required" => Ok(Self::Required),
            "opportunistic" => Ok(Self::Opportunistic),
            "none" => Ok(Self::Off),
            _ => Err(ConfigError::Url(format!(
                "tls={word} is unknown; known are required, opportunistic, none, implicit"
            ))),
        }
    }
}

/// How mail leaves.
#[derive(Clone)]
pub struct SmtpConfig {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    /// The server is this machine: who could listen on the way could read the memory too.
    pub(super) loopback: bool,
    pub(super) credentials: Option<Credentials>,
    pub(super) from: Mailbox,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) timeout: Duration,
    pub(super) connections: u32,
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl SmtpConfig {
    /// Reads the server's URL and the sender.
    ///
    /// # Errors
    /// One of the two does not fit.
    pub fn new(url: &str, from: &str) -> Result<Self, ConfigError> {
        let from = from.parse().map_err(|_| ConfigError::From(from.to_owned()))?;
        // The URL may carry a password, so it is in no message.
        let url = Url::parse(url).map_err(|error| ConfigError::Url(error.to_string()))?;
        let implicit = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            scheme => return Err(ConfigError::Url(format!("the scheme is `{scheme}`"))),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Domain(_)) | None => return Err(ConfigError::Url("the host is missing".into())),
        };
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let credentials = credentials(&url)?;
        let default = match (implicit, &credentials) {
            (true, _) => Encryption::Implicit,
            (false, Some(_)) if !loopback => Encryption::Required,
            (false, _) => Encryption::Opportunistic,
        };
        let mut encryption = default;
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "tls" => encryption = Encryption::parse(&value)?,
                other => {
                    return Err(ConfigError::Url(format!(
                        "the option `{other}` is unknown; the one option is tls"
                    )));
                }
            }
        }
        if implicit && encryption != Encryption::Implicit {
            return Err(ConfigError::Url(
                "smtps:// is encrypted from the first byte and takes no tls option".into(),
            ));
        }
        if credentials.is_some() && !loopback && matches!(encryption, Encryption::Opportunistic | Encryption::Off) {
            return Err(ConfigError::Url(
                "a password goes to another machine only with tls=required or smtps://".into(),
            ));
        }
        let default_port = match (encryption, &credentials) {
            (Encryption::Implicit, _) => 465,
            (_, Some(_)) => 587,
            (_, None) => 25,
        };
        let port = url.port().unwrap_or(default_port);
        Ok(Self {
            host,
            port,
            encryption,
            loopback,
            credentials,
            from,
            ca_file: None,
            timeout: Duration::from_secs(30),
            connections: 16,
        })
    }

    /// Trusts the authorities in this PEM file too.
    pub fn ca_file(mut self, path: Option<&Path>) -> Self {
        self.ca_file = path.map(Path::to_path_buf);
        self
    }

    /// How long the server may take for one answer. A whole mail may take twice that.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many connections are kept at most.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// The server, as messages name it: `host:port`.
    pub fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether what goes to the server stays between the two: it is this machine, or the connection is encrypted where the
    /// server can.
    pub fn is_private(&self) -> bool {
        self.loopback || self.encryption != Encryption::Off
    }

    /// How the connection is kept private.
    pub fn encryption(&self) -> Encryption {
        self.encryption
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, ConfigError> {
    let text = |part: &str| {
        percent_decode_str(part)
            .decode_utf8()
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| ConfigError::Url("user and password are not UTF-8".into()))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(ConfigError::Url("there is a password without a user".into())),
        (_, None) => Err(ConfigError::Url("there is a user without a password".into())),
        (user, Some(password)) => Ok(Some(Credentials::new(text(user)?, text(password)?))),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<(String, Encryption), String> {
        let config = SmtpConfig::new(url, "usher@example.org").map_err(|error| error.to_string())?;
        Ok((config.server(), config.encryption()))
    }

    #[test]
    fn a_password_for_another_machine_is_never_sent_in_clear() {
        assert_eq!(
            read("smtp://u:p@mail.example.org"),
            Ok(("mail.example.org:587".into(), Encryption::Required))
        );
        assert!(read("smtp://u:p@mail.example.org?tls=none").is_err());
        assert!(read("smtp://u:p@mail.example.org?tls=opportunistic").is_err());
        assert_eq!(
            read("smtp://u:p@127.0.0.1:2525"),
            Ok(("127.0.0.1:2525".into(), Encryption::Opportunistic))
        );
        assert_eq!(
            read("smtp://u:p@localhost?tls=none"),
            Ok(("localhost:587".into(), Encryption::Off))
        );
    }

    #[test]
    fn ports_follow_the_scheme() {
        assert_eq!(
            read("smtps://mail.example.org"),
            Ok(("mail.example.org:465".into(), Encryption::Implicit))
        );
        assert_eq!(
            read("smtp://mail.example.org"),
            Ok(("mail.example.org:25".into(), Encryption::Opportunistic))
        );
        assert_eq!(
            read("smtp://mail.example.org?tls=required"),
            Ok(("mail.example.org:25".into(), Encryption::Required))
        );
        assert_eq!(
            read("smtp://[::1]:1025"),
            Ok(("::1:1025".into(), Encryption::Opportunistic))
        );
    }

    #[test]
    fn what_does_not_fit_is_said_without_the_password() {
        for url in [
            "http://h",
            "smtp://",
            "smtp://u:geheim@h?tls=maybe",
            "smtp://u:geheim@h?tsl=none",
            "smtp://u@h",
            "smtps://h?tls=none",
            "x",
        ] {
            let error = read(url).unwrap_err();
            assert!(
                error.starts_with("mail.smtp: ") && !error.contains("geheim"),
                "{url}: {error}"
            );
        }
        let error = SmtpConfig::new("smtp://h", "nobody").unwrap_err().to_string();
        assert!(error.contains("mail.from"), "{error}");
    }

    #[test]
    fn users_and_passwords_may_be_percent_encoded() {
        let config = SmtpConfig::new("smtps://a%40b:p%3A%2F@h", "Usher <usher@example.org>").unwrap();
        assert_eq!(config.credentials, Some(Credentials::new("a@b".into(), "p:/".into())));
        assert!(!format!("{config:?}").contains("p:/"));
    }
}
