//! The environment of oCIS's invitations service, and of OpenCloud's: a file with one `NAME=value` a line, as `env` prints it
//! and `docker run --env-file` takes it. Of two names for one setting that of the service wins.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::{Fate, Imported, realm_set};

/// Settings that need nothing, with the reason, without what stands before the first `_`.
const NONE: &[(&str, &str)] = &[
    ("LOG_COLOR", "colours come where a terminal is"),
    (
        "LOG_FILE",
        "the log goes to standard error; let the service manager keep it",
    ),
    (
        "DEBUG_TOKEN",
        "health_listen takes no credentials: let only your monitoring reach it",
    ),
    ("DEBUG_PPROF", "there is no such page"),
    ("DEBUG_ZPAGES", "there is no such page; see telemetry.otlp_endpoint"),
    (
        "CORS_ALLOW_ORIGINS",
        "programs in browsers may call every face but the pages, with a token",
    ),
    (
        "CORS_ALLOW_METHODS",
        "programs in browsers may call every face but the pages, with a token",
    ),
    (
        "CORS_ALLOW_HEADERS",
        "programs in browsers may call every face but the pages, with a token",
    ),
    (
        "CORS_ALLOW_CREDENTIALS",
        "programs in browsers may call every face but the pages, with a token",
    ),
    ("HTTP_ROOT", "in this version the Graph API is not served"),
    (
        "KEYCLOAK_CLIENT_ID",
        "in this version Usher makes no accounts in Keycloak",
    ),
    (
        "KEYCLOAK_CLIENT_SECRET",
        "in this version Usher makes no accounts in Keycloak",
    ),
    (
        "KEYCLOAK_CLIENT_REALM",
        "in this version Usher makes no accounts in Keycloak",
    ),
    (
        "KEYCLOAK_EXECUTE_ACTIONS",
        "in this version Usher makes no accounts in Keycloak",
    ),
    ("BACKEND", "in this version Usher makes no accounts elsewhere"),
    (
        "JWT_SECRET",
        "tokens of oCIS are not taken: give programs tokens with `usher token create`",
    ),
    (
        "MAX_TTL",
        "`usher realm set default invitation_days=…` says how long invitations count",
    ),
    ("PERSISTANCE_STORE", "invitations are kept in the database"),
];

/// Names that are read, and belong to more than this service.
const SHARED: [&str; 2] = ["OCIS", "OC"];

/// Reads the file.
///
/// # Errors
/// A line is none of this form, or nothing in it is of the service.
pub(super) fn read(text: &str) -> Result<Imported> {
    let all = lines(text)?;
    let ours = |name: &String| name.starts_with("INVITATIONS_");
    if !all.keys().any(ours) {
        bail!(
            "no line of it sets an INVITATIONS_… name; take the environment of the service, with one NAME=value a line"
        );
    }
    let mut settings = Settings {
        left: all,
        imported: Imported::default(),
    };
    settings.addresses();
    settings.log();
    settings.tls();
    settings.traces();
    settings.provider();
    Ok(settings.rest())
}

fn lines(text: &str) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            bail!("line {} is no NAME=value", number + 1);
        };
        let value = value.trim();
        let unquoted = ['"', '\'']
            .iter()
            .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        all.insert(name.trim().to_owned(), unquoted.unwrap_or(value).to_owned());
    }
    Ok(all)
}

struct Settings {
    /// What nothing was said of yet.
    left: BTreeMap<String, String>,
    imported: Imported,
}

impl Settings {
    /// The setting under its names, the service's own before those it shares; the name that counts, and its value.
    fn pull(&mut self, name: &str) -> Option<(String, String)> {
        let mut names = vec![format!("INVITATIONS_{name}")];
        names.extend(SHARED.map(|first| format!("{first}_{name}")));
        let found: Vec<_> = names
            .into_iter()
            .filter_map(|name| self.left.remove_entry(&name))
            .collect();
        let mut found = found.into_iter();
        let first = found.next();
        for (other, _) in found {
            let wins = first.as_ref().map_or("", |(name, _)| name.as_str());
            self.imported
                .tell(&other, Fate::None, format!("{wins} counts before it"));
        }
        first
    }

    fn flag(&mut self, name: &str) -> Option<(String, bool)> {
        let (name, value) = self.pull(name)?;
        Some((
            name,
            matches!(value.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True"),
        ))
    }

    fn by_hand(&mut self, from: &str, what: impl Into<String>) {
        self.imported.tell(from, Fate::ByHand, what);
    }

    fn addresses(&mut self) {
        if let Some((name, address)) = self.pull("HTTP_ADDR") {
            self.imported.take(&name, "listen", address);
        }
        if let Some((name, address)) = self.pull("DEBUG_ADDR") {
            self.imported.take(&name, "health_listen", address);
        }
        if let Some(url) = self.left.remove("OCIS_URL").or_else(|| self.left.remove("OC_URL")) {
            self.by_hand(
                "OCIS_URL",
                format!("public_url is the address of Usher itself, with a host name of its own beside {url}"),
            );
        }
    }

    fn log(&mut self) {
        if let Some((name, level)) = self.pull("LOG_LEVEL") {
            match level.to_lowercase().as_str() {
                "" => self
                    .imported
                    .tell(&name, Fate::None, "nothing is set: log.filter is info"),
                "panic" | "fatal" | "error" => self.imported.take(&name, "log.filter", "error"),
                level @ ("warn" | "info" | "debug" | "trace") => self.imported.take(&name, "log.filter", level),
                _ => self.by_hand(&name, "set log.filter to error, warn, info or debug"),
            }
        }
        if let Some((name, pretty)) = self.flag("LOG_PRETTY") {
            self.imported
                .take(&name, "log.format", if pretty { "text" } else { "json" });
        }
    }

    fn tls(&mut self) {
        let on = self.flag("HTTP_TLS_ENABLED");
        let (certificate, key) = (self.pull("HTTP_TLS_CERTIFICATE"), self.pull("HTTP_TLS_KEY"));
        match (on, certificate, key) {
            (Some((name, true)), Some(certificate), Some(key)) if !certificate.1.is_empty() && !key.1.is_empty() => {
                self.imported
                    .take(&certificate.0, "tls.certificate_file", certificate.1);
                self.imported.take(&key.0, "tls.key_file", key.1);
                self.imported.tell(&name, Fate::Taken, "[tls]");
            }
            (Some((name, true)), certificate, key) => {
                let what = "set tls.certificate_file and tls.key_file: Usher makes no certificate of its own";
                self.by_hand(&name, what);
                for (name, _) in certificate.into_iter().chain(key) {
                    self.by_hand(&name, what);
                }
            }
            (off, certificate, key) => {
                let names = off.map(|(name, _)| name).into_iter();
                for name in names.chain(certificate.into_iter().chain(key).map(|(name, _)| name)) {
                    self.imported.tell(
                        &name,
                        Fate::None,
                        "TLS was off, and is: without [tls] a proxy speaks it",
                    );
                }
            }
        }
    }

    fn traces(&mut self) {
        let on = self.flag("TRACING_ENABLED");
        let kind = self.pull("TRACING_TYPE");
        let (endpoint, collector) = (self.pull("TRACING_ENDPOINT"), self.pull("TRACING_COLLECTOR"));
        let is_otlp = kind.as_ref().is_some_and(|(_, kind)| kind == "otlp");
        let is_on = on.as_ref().is_some_and(|(_, on)| *on);
        let base = endpoint
            .as_ref()
            .filter(|(_, url)| url.starts_with("http://") || url.starts_with("https://"));
        if let Some((name, url)) = base.filter(|_| is_on && is_otlp) {
            self.imported.take(name, "telemetry.otlp_endpoint", url.as_str());
            for (name, _) in on.map(|(name, _)| (name, String::new())).into_iter().chain(kind) {
                self.imported.tell(&name, Fate::Taken, "telemetry.otlp_endpoint");
            }
            return;
        }
        let names = on.map(|(name, _)| name).into_iter();
        for name in names.chain([kind, endpoint, collector].into_iter().flatten().map(|(name, _)| name)) {
            if is_on {
                self.by_hand(&name, "set telemetry.otlp_endpoint to a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318");
            } else {
                self.imported.tell(&name, Fate::None, "traces were off, and are");
            }
        }
    }

    fn provider(&mut self) {
        let (base, realm) = (self.pull("KEYCLOAK_BASE_PATH"), self.pull("KEYCLOAK_USER_REALM"));
        match (base, realm) {
            (Some((from, base)), Some((also, realm))) => {
                let issuer = format!("{}/realms/{realm}", base.trim_end_matches('/'));
                self.by_hand(
                    &from,
                    format!("people sign in there: `{}`", realm_set("oidc.issuer", &issuer)),
                );
                self.by_hand(&also, "stands in oidc.issuer");
            }
            (base, realm) => {
                for (name, _) in base.into_iter().chain(realm) {
                    self.by_hand(
                        &name,
                        "`usher realm set default oidc.issuer=https://KEYCLOAK/realms/REALM`",
                    );
                }
            }
        }
        if let Some((name, skips)) = self.flag("KEYCLOAK_INSECURE_SKIP_VERIFY") {
            if skips {
                self.by_hand(
                    &name,
                    "certificates are always checked: let the system trust the provider's authority",
                );
            } else {
                self.imported.tell(&name, Fate::None, "certificates are always checked");
            }
        }
    }

    /// Says of all that is left what is known of it. What other services share is none of ours.
    fn rest(mut self) -> Imported {
        for (known, why) in NONE {
            if let Some((name, _)) = self.pull(known) {
                self.imported.tell(&name, Fate::None, *why);
            }
        }
        for name in self.left.keys().filter(|name| name.starts_with("INVITATIONS_")) {
            self.imported.tell(
                name,
                Fate::Unknown,
                "no setting of the service that is known here; nothing was done with it",
            );
        }
        self.imported
    }
}
