//! The configuration: the reference, `usher.toml`, the environment and the command line, in this order.
//!
//! `usher.default.toml` is the reference, compiled in. [`keys`] lists what there is, [`sources`] reads it, [`mod@show`] prints
//! the result without its secrets. [`mod@holds`] says what holds for any file, [`mod@import`] reads the files of
//! others.

mod holds;
mod import;
mod keys;
mod show;
mod sources;

pub use holds::holds;
pub(crate) use import::{Fate, Line, System, import};
pub(crate) use show::show;
pub(crate) use sources::{Flags, changed, load, take_over};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use directory::WorkSettings;
use faces::{FacesConfig, Network};
use serde::Deserialize;
use targets::mail::SmtpConfig;

use crate::telemetry::Collector;
use crate::wiring::{TlsFiles, user};

/// The reference: every setting with its meaning and default.
pub(crate) const REFERENCE: &str = include_str!("../../usher.default.toml");

/// What Usher runs by. The reference says what each setting means.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) public_url: Option<String>,
    pub(crate) listen: String,
    pub(crate) health_listen: Option<String>,
    pub(crate) data: PathBuf,
    pub(crate) database: Database,
    pub(crate) mail: Mail,
    pub(crate) log: Log,
    pub(crate) telemetry: Telemetry,
    pub(crate) scim: Scim,
    pub(crate) server: Server,
    pub(crate) tls: Tls,
    pub(crate) limits: Limits,
    pub(crate) work: Work,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: Option<Secret>,
    pub(crate) url_file: Option<PathBuf>,
    pub(crate) readers: usize,
    pub(crate) connections: usize,
    pub(crate) statement_timeout_seconds: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) smtp: Option<Secret>,
    pub(crate) smtp_file: Option<PathBuf>,
    pub(crate) from: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) timeout_seconds: u64,
    pub(crate) connections: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) filter: String,
    pub(crate) format: LogFormat,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Telemetry {
    pub(crate) otlp_endpoint: Option<String>,
    pub(crate) otlp_headers: Option<Secret>,
    pub(crate) service_name: String,
    pub(crate) sample_percent: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Scim {
    pub(crate) user_extensions: Vec<PathBuf>,
    pub(crate) group_extensions: Vec<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) stop_seconds: u64,
    pub(crate) connections: usize,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) provider_networks: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) body_bytes: usize,
    pub(crate) bulk_bytes: usize,
    pub(crate) bulk_operations: usize,
    pub(crate) request_seconds: u64,
    pub(crate) concurrent_requests: usize,
    pub(crate) anonymous_per_second: u32,
    pub(crate) anonymous_burst: u32,
    pub(crate) refused_per_second: u32,
    pub(crate) refused_burst: u32,
    pub(crate) person_per_minute: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: None,
            listen: "127.0.0.1:8080".into(),
            health_listen: None,
            data: "./usher-data".into(),
            database: Database::default(),
            mail: Mail::default(),
            log: Log::default(),
            telemetry: Telemetry::default(),
            scim: Scim::default(),
            server: Server::default(),
            tls: Tls::default(),
            limits: Limits::default(),
            work: Work::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            url_file: None,
            readers: 4,
            connections: 16,
            statement_timeout_seconds: 30,
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            smtp: None,
            smtp_file: None,
            from: None,
            ca_file: None,
            timeout_seconds: 30,
            connections: 16,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".into(),
            format: LogFormat::Text,
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            otlp_headers: None,
            service_name: "usher".into(),
            sample_percent: 100,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            stop_seconds: 10,
            connections: 4096,
            trusted_proxies: Vec::new(),
            provider_networks: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Work {
    pub(crate) attempts: u32,
    pub(crate) first_retry_seconds: i64,
    pub(crate) longest_retry_seconds: i64,
    pub(crate) settled_days: u32,
    pub(crate) jobs_at_once: usize,
}

impl Default for Work {
    fn default() -> Self {
        let work = WorkSettings::default();
        Self {
            attempts: work.attempts,
            first_retry_seconds: work.first_retry_seconds,
            longest_retry_seconds: work.longest_retry_seconds,
            settled_days: work.settled_days,
            jobs_at_once: work.jobs_at_once,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let faces = FacesConfig::default();
        Self {
            body_bytes: faces.max_body_bytes,
            bulk_bytes: faces.bulk_max_bytes,
            bulk_operations: faces.bulk_max_operations,
            request_seconds: faces.request_timeout.as_secs(),
            concurrent_requests: faces.max_concurrent,
            anonymous_per_second: faces.anonymous_per_second,
            anonymous_burst: faces.anonymous_burst,
            refused_per_second: faces.refused_per_second,
            refused_burst: faces.refused_burst,
            person_per_minute: faces.person_per_minute,
        }
    }
}

fn networks(key: &str, texts: &[String]) -> Result<Vec<Network>> {
    let one = |text: &String| {
        let network = text.parse();
        network.map_err(|_| anyhow!("{key}: `{text}` is no address and no network such as 10.0.0.0/8 or fd00::/8"))
    };
    texts.iter().map(one).collect()
}

/// A text that does not print.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Config {
    /// Reads what stands in files of its own, and checks what can be checked without the outside world.
    fn settle(mut self) -> Result<Self> {
        from_file("database.url", &mut self.database.url, self.database.url_file.as_ref())?;
        from_file("mail.smtp", &mut self.mail.smtp, self.mail.smtp_file.as_ref())?;
        if let Some(url) = &mut self.public_url {
            *url = url.trim_end_matches('/').to_owned();
            let parsed = url::Url::parse(url)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            let parsed =
                parsed.ok_or_else(|| anyhow!("public_url: `{url}` is no URL such as https://usher.example.org"))?;
            if parsed.query().is_some() || parsed.fragment().is_some() {
                bail!("public_url: `{url}` may have no query and no fragment");
            }
            if !parsed.username().is_empty() || parsed.password().is_some() {
                bail!("public_url: may have no user and no password; it stands in every link");
            }
            if parsed.path() != "/" {
                bail!("public_url: `{url}` may have no path: the pages stand at the root of a host name of their own");
            }
        }
        if let Some(url) = &self.database.url
            && let Some((scheme, _)) = url.reveal().split_once("://")
            && !matches!(scheme, "postgres" | "postgresql")
        {
            bail!("database.url: takes postgres://USER:PASSWORD@HOST/DATABASE; for SQLite leave it out and set --data");
        }
        for (key, zero) in [
            ("database.readers", self.database.readers == 0),
            ("database.connections", self.database.connections == 0),
            (
                "database.statement_timeout_seconds",
                self.database.statement_timeout_seconds == 0,
            ),
            ("mail.timeout_seconds", self.mail.timeout_seconds == 0),
            ("server.connections", self.server.connections == 0),
            ("work.attempts", self.work.attempts == 0),
            ("work.jobs_at_once", self.work.jobs_at_once == 0),
            ("work.first_retry_seconds", self.work.first_retry_seconds == 0),
            ("limits.body_bytes", self.limits.body_bytes == 0),
            ("limits.request_seconds", self.limits.request_seconds == 0),
            ("limits.concurrent_requests", self.limits.concurrent_requests == 0),
            ("limits.person_per_minute", self.limits.person_per_minute == 0),
        ] {
            if zero {
                bail!("{key}: 0 would let nothing through; take a number from 1");
            }
        }
        self.smtp()?;
        self.extensions()?;
        self.tls()?;
        self.trusted_proxies()?;
        self.provider_networks()?;
        self.collector()?;
        Ok(self)
    }

    /// Where traces go, if they do.
    pub(crate) fn collector(&self) -> Result<Option<Collector>> {
        let set = self.telemetry.otlp_endpoint.as_deref().filter(|text| !text.is_empty());
        let Some(endpoint) = set else { return Ok(None) };
        let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let url = url::Url::parse(&url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none())
            .ok_or_else(|| {
                anyhow!("telemetry.otlp_endpoint (OTEL_EXPORTER_OTLP_ENDPOINT): takes the base of a collector such as http://127.0.0.1:4318; credentials go into telemetry.otlp_headers")
            })?;
        if self.telemetry.sample_percent > 100 {
            bail!("telemetry.sample_percent: takes 0 to 100");
        }
        let headers = self.telemetry.otlp_headers.as_ref().map_or("", Secret::reveal);
        Ok(Some(Collector {
            url,
            headers: crate::telemetry::headers(headers)
                .ok_or_else(|| anyhow!("telemetry.otlp_headers: takes name=value, separated by commas"))?,
            service: match self.telemetry.service_name.as_str() {
                "" => Telemetry::default().service_name,
                name => name.to_owned(),
            },
            percent: self.telemetry.sample_percent,
        }))
    }

    /// Where the certificate lies that the server shows, if it speaks TLS by itself.
    pub(crate) fn tls(&self) -> Result<Option<TlsFiles>> {
        match (&self.tls.certificate_file, &self.tls.key_file) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
            })),
            (Some(_), None) => bail!("tls.key_file is missing: tls.certificate_file needs the key beside it"),
            (None, Some(_)) => bail!("tls.certificate_file is missing: tls.key_file needs the certificate beside it"),
        }
    }

    /// The networks whose word on a caller's address is believed.
    fn trusted_proxies(&self) -> Result<Vec<Network>> {
        networks("server.trusted_proxies", &self.server.trusted_proxies)
    }

    /// The networks that are not open to the world and in which providers may be asked all the same.
    pub(crate) fn provider_networks(&self) -> Result<Vec<Network>> {
        networks("server.provider_networks", &self.server.provider_networks)
    }

    /// The mail server, if one is set.
    pub(crate) fn smtp(&self) -> Result<Option<SmtpConfig>> {
        let Some(url) = &self.mail.smtp else { return Ok(None) };
        let Some(from) = &self.mail.from else {
            bail!(
                "mail.from is missing: mail.smtp needs a sender such as USHER_MAIL__FROM=\"Usher <usher@example.org>\""
            );
        };
        let config = SmtpConfig::new(url.reveal(), from)?
            .ca_file(self.mail.ca_file.as_deref())
            .timeout(Duration::from_secs(self.mail.timeout_seconds))
            .connections(self.mail.connections);
        Ok(Some(config))
    }

    /// How work is repeated and given up. A mail may take as long as the mail server's patience, so work waits for longer.
    pub(crate) fn work(&self) -> WorkSettings {
        let default = WorkSettings::default();
        let answer_seconds = default.answer_seconds.max(self.mail.timeout_seconds * 2 + 5);
        WorkSettings {
            answer_seconds,
            lease_seconds: default.lease_seconds.max(answer_seconds as i64 * 2),
            attempts: self.work.attempts,
            first_retry_seconds: self.work.first_retry_seconds,
            longest_retry_seconds: self.work.longest_retry_seconds,
            settled_days: self.work.settled_days,
            jobs_at_once: self.work.jobs_at_once,
        }
    }

    /// What the faces are told.
    pub(crate) fn faces(&self) -> FacesConfig {
        FacesConfig {
            max_body_bytes: self.limits.body_bytes,
            bulk_max_bytes: self.limits.bulk_bytes,
            bulk_max_operations: self.limits.bulk_operations,
            request_timeout: Duration::from_secs(self.limits.request_seconds),
            max_concurrent: self.limits.concurrent_requests,
            anonymous_per_second: self.limits.anonymous_per_second,
            anonymous_burst: self.limits.anonymous_burst,
            refused_per_second: self.limits.refused_per_second,
            refused_burst: self.limits.refused_burst,
            person_per_minute: self.limits.person_per_minute,
            trusted_proxies: self.trusted_proxies().unwrap_or_default(),
            ..FacesConfig::default()
        }
    }

    /// The extension schemas of users and of groups.
    pub(crate) fn extensions(&self) -> Result<(Schemas, Schemas)> {
        let all = |key: &str, paths: &[PathBuf]| -> Result<Schemas> {
            let one = |path: &PathBuf| {
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("{key}: cannot read {}", path.display()))?;
                let value =
                    serde_json::from_str(&text).with_context(|| format!("{key}: {} is no JSON", path.display()))?;
                let schema =
                    scim::schema::Schema::from_json(&value).with_context(|| format!("{key}: {}", path.display()))?;
                Ok(Arc::new(schema))
            };
            paths.iter().map(one).collect()
        };
        Ok((
            all("scim.user_extensions", &self.scim.user_extensions)?,
            all("scim.group_extensions", &self.scim.group_extensions)?,
        ))
    }
}

type Schemas = Vec<Arc<scim::schema::Schema>>;

fn from_file(key: &str, value: &mut Option<Secret>, path: Option<&PathBuf>) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    if value.is_some() {
        bail!("{key} and {key}_file are both set; keep one of them");
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        let what_to_do = match error.kind() {
            std::io::ErrorKind::NotFound => "it is not there; the file holds the value alone, on one line".to_owned(),
            std::io::ErrorKind::PermissionDenied => user::advice(path),
            _ => error.to_string(),
        };
        anyhow!("{key}_file: cannot read {}: {what_to_do}", path.display())
    })?;
    let text = text.trim();
    if text.is_empty() {
        bail!("{key}_file: {} is empty", path.display());
    }
    *value = Some(Secret(text.to_owned()));
    Ok(())
}
