//! Canaille's configuration, a TOML file with the sections `[CANAILLE]`, `[CANAILLE_SCIM]`, … (canaille.readthedocs.io,
//! configuration reference). Canaille stays the OpenID provider; Usher takes over provisioning and invitations.

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::{Fate, Imported, realm_set};

/// Settings that need nothing, with the reason; a name stands for all below it.
const NONE: &[(&str, &str)] = &[
    ("SECRET_KEY", "Usher makes its own keys"),
    ("TRUSTED_HOSTS", "links are made from public_url, never from a request"),
    (
        "BROKER_URL",
        "jobs and deliveries are kept in the database; no broker is needed",
    ),
    (
        "BROKER",
        "jobs and deliveries are kept in the database; no broker is needed",
    ),
    ("CACHE_TYPE", "what is remembered is Usher's own affair"),
    ("PERMANENT_SESSION_LIFETIME", "signing in is the provider's"),
    ("CANAILLE.FAVICON", "pages have one of their own"),
    ("CANAILLE.THEME", "pages take logo_url and title of a realm"),
    ("CANAILLE.TIMEZONE", "times are shown with their offset"),
    (
        "CANAILLE.SENTRY_DSN",
        "faults are in the log and, with telemetry.otlp_endpoint, in traces",
    ),
    (
        "CANAILLE.FORCE_HTTPS",
        "public_url says https://; the redirect is the proxy's",
    ),
    ("CANAILLE.JAVASCRIPT", "pages do without"),
    ("CANAILLE.HTMX", "pages do without"),
    (
        "CANAILLE.ENABLE_REGISTRATION",
        "in this version people come by invitation or from programs",
    ),
    ("CANAILLE.LOGIN_ATTRIBUTES", "signing in is the provider's"),
    (
        "CANAILLE.HIDE_INVALID_LOGINS",
        "no answer tells whether somebody is known",
    ),
    ("CANAILLE.ENABLE_PASSWORD_RECOVERY", "Usher holds no passwords"),
    (
        "CANAILLE.ENABLE_INTRUDER_LOCKOUT",
        "signing in is the provider's; limits.refused_per_second guards tokens",
    ),
    ("CANAILLE.AUTHENTICATION_FACTORS", "signing in is the provider's"),
    ("CANAILLE.OTP_METHOD", "signing in is the provider's"),
    ("CANAILLE.TOTP_LIFETIME", "signing in is the provider's"),
    ("CANAILLE.OTP_LIFETIME", "signing in is the provider's"),
    ("CANAILLE.MIN_PASSWORD_LENGTH", "Usher holds no passwords"),
    ("CANAILLE.MAX_PASSWORD_LENGTH", "Usher holds no passwords"),
    ("CANAILLE.PASSWORD_LIFETIME", "Usher holds no passwords"),
    (
        "CANAILLE.ENABLE_PASSWORD_COMPROMISSION_CHECK",
        "Usher holds no passwords",
    ),
    (
        "CANAILLE.PASSWORD_COMPROMISSION_CHECK_API_URL",
        "Usher holds no passwords",
    ),
    ("CANAILLE.CAPTCHA_ENABLED", "whoever comes has a link or a token"),
    ("CANAILLE.SMPP", "Usher sends no text messages"),
    (
        "CANAILLE_LDAP",
        "in this version Usher reads no LDAP; programs and files bring people",
    ),
    ("CANAILLE_OIDC", "Canaille stays the provider"),
    (
        "CANAILLE_HYPERCORN",
        "Usher has a server of its own: listen, [tls] and [server]",
    ),
];

/// Settings that are set elsewhere, with what to do.
const BY_HAND: &[(&str, &str)] = &[
    (
        "CANAILLE.DATABASE",
        "Usher keeps people in a database of its own; they come over by SCIM, or by `usher user import FILE.csv`",
    ),
    (
        "CANAILLE_SQL",
        "Usher takes a database of its own: database.url, or none for the embedded one",
    ),
    (
        "CANAILLE.ACL",
        "people get roles with `usher user grant`; what a program may do is said with `usher client set --scope`, `--policy`",
    ),
];

/// Reads the file.
///
/// # Errors
/// It is no TOML, or holds nothing of Canaille's.
pub(super) fn read(text: &str) -> Result<Imported> {
    let whole: Table = text.parse().context("it is no TOML")?;
    let ours = |name: &String| name.starts_with("CANAILLE");
    if !whole.keys().any(ours) && !whole.contains_key("SERVER_NAME") {
        bail!("it is no configuration of Canaille: there is no section [CANAILLE]");
    }
    let mut settings = Settings {
        left: Vec::new(),
        imported: Imported::default(),
    };
    settings.flatten("", whole);
    settings.addresses();
    settings.log();
    settings.mail();
    settings.realm();
    settings.scim();
    Ok(settings.rest())
}

struct Settings {
    /// What nothing was said of yet.
    left: Vec<(String, Value)>,
    imported: Imported,
}

impl Settings {
    fn flatten(&mut self, above: &str, table: Table) {
        for (name, value) in table {
            let name = if above.is_empty() {
                name
            } else {
                format!("{above}.{name}")
            };
            match value {
                Value::Table(table) => self.flatten(&name, table),
                value => self.left.push((name, value)),
            }
        }
    }

    fn pull(&mut self, name: &str) -> Option<Value> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.remove(at).1)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.pull(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    }

    /// Whether something is switched on; none when nothing is said.
    fn flag(&mut self, name: &str) -> Option<bool> {
        self.pull(name).map(|value| match value {
            Value::Boolean(flag) => flag,
            other => other.to_string().trim_matches('"').eq_ignore_ascii_case("true"),
        })
    }

    fn by_hand(&mut self, from: &str, what: impl Into<String>) {
        self.imported.tell(from, Fate::ByHand, what);
    }

    /// Where Canaille is: there people sign in from now on too. Usher has an address of its own.
    fn addresses(&mut self) {
        let scheme = self.text("PREFERRED_URL_SCHEME");
        if scheme.is_some() {
            self.imported
                .tell("PREFERRED_URL_SCHEME", Fate::None, "stands in the provider's address");
        }
        let scheme = scheme.unwrap_or_else(|| "https".to_owned());
        let server = self.text("SERVER_NAME");
        let named = self
            .text("CANAILLE_OIDC.JWT.ISS")
            .map(|issuer| ("CANAILLE_OIDC.JWT.ISS", issuer));
        if let Some(server) = &server {
            self.by_hand(
                "SERVER_NAME",
                format!("public_url is the address of Usher itself, such as https://usher.{server}; set it before anybody is invited"),
            );
        }
        let issuer = named.or_else(|| Some(("SERVER_NAME", format!("{scheme}://{}", server?))));
        if let Some((from, issuer)) = issuer {
            self.by_hand(
                from,
                format!(
                    "people go on signing in at Canaille: `{}`",
                    realm_set("oidc.issuer", &issuer)
                ),
            );
        }
    }

    fn log(&mut self) {
        let level = self
            .text("CANAILLE.LOGGING.root.level")
            .map(|level| level.to_lowercase());
        let filter = match level.as_deref() {
            Some("critical" | "error") => Some("error"),
            Some("warning" | "warn") => Some("warn"),
            Some("info") => Some("info"),
            Some("debug") => Some("debug"),
            _ => None,
        };
        match filter {
            Some(filter) => self.imported.take("CANAILLE.LOGGING.root.level", "log.filter", filter),
            None if level.is_some() => self.by_hand(
                "CANAILLE.LOGGING.root.level",
                "set log.filter to error, warn, info or debug",
            ),
            None => {}
        }
        match (self.flag("DEBUG"), filter) {
            (Some(true), None) => self.imported.take("DEBUG", "log.filter", "debug"),
            (Some(_), _) => self
                .imported
                .tell("DEBUG", Fate::None, "log.filter says how much is logged"),
            (None, _) => {}
        }
        let had = self.left.len();
        self.left
            .retain(|(name, _)| name != "CANAILLE.LOGGING" && !name.starts_with("CANAILLE.LOGGING."));
        if self.left.len() < had {
            let why = "the log goes to standard error, as text or JSON (log.format); let the service manager keep it";
            self.imported.tell("CANAILLE.LOGGING", Fate::None, why);
        }
    }

    fn mail(&mut self) {
        let at = |name: &str| format!("CANAILLE.SMTP.{name}");
        let (host, port) = (self.text(&at("HOST")), self.text(&at("PORT")));
        let (starttls, implicit) = (self.flag(&at("TLS")), self.flag(&at("SSL")));
        let (login, password) = (self.text(&at("LOGIN")), self.text(&at("PASSWORD")));
        let from = self.text(&at("FROM_ADDR"));
        let said = [
            ("HOST", host.is_some()),
            ("PORT", port.is_some()),
            ("TLS", starttls.is_some()),
            ("SSL", implicit.is_some()),
            ("LOGIN", login.is_some()),
            ("PASSWORD", password.is_some()),
        ];
        let said: Vec<&str> = said.iter().filter(|(_, said)| *said).map(|(name, _)| *name).collect();
        if said.is_empty() {
            if let Some(from) = from {
                self.imported.take(&at("FROM_ADDR"), "mail.from", from);
            }
            return;
        }
        let Some(from) = from else {
            for name in said {
                self.by_hand(
                    &at(name),
                    "set mail.smtp together with mail.from: Usher needs a sender, and FROM_ADDR is not set",
                );
            }
            return;
        };
        let encoded = |text: &str| {
            url::form_urlencoded::byte_serialize(text.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        let credentials = match (&login, &password) {
            (Some(login), Some(password)) => format!("{}:{}@", encoded(login), encoded(password)),
            _ => String::new(),
        };
        let implicit = implicit.unwrap_or(false);
        let (scheme, usual, query) = match (implicit, starttls.unwrap_or(false)) {
            (true, _) => ("smtps", "465", ""),
            (false, true) => ("smtp", "25", "?tls=required"),
            // Encryption where the server has it; with a password always, unless the server is this machine.
            (false, false) => ("smtp", "25", ""),
        };
        let host = host.unwrap_or_else(|| "localhost".to_owned());
        let port = port.unwrap_or_else(|| usual.to_owned());
        let url = format!("{scheme}://{credentials}{host}:{port}{query}");
        self.imported.take(&at(said[0]), "mail.smtp", url);
        for name in &said[1..] {
            self.imported.tell(&at(name), Fate::Taken, "mail.smtp");
        }
        if !credentials.is_empty() && !implicit && starttls != Some(true) && host != "localhost" {
            self.by_hand(
                &at("TLS"),
                "Usher sends a password to another machine only over an encrypted connection: see that the server offers STARTTLS",
            );
        }
        self.imported.take(&at("FROM_ADDR"), "mail.from", from);
    }

    /// What belongs to the realm that stands for Canaille's organisation.
    fn realm(&mut self) {
        if let Some(name) = self.text("CANAILLE.NAME") {
            self.by_hand("CANAILLE.NAME", format!("`{}`", realm_set("title", &name)));
        }
        if let Some(logo) = self.text("CANAILLE.LOGO") {
            let what = if logo.starts_with("https://") {
                format!("`{}`", realm_set("logo_url", &logo))
            } else {
                "put the picture where https:// reaches it, then `usher realm set default logo_url=https://…`"
                    .to_owned()
            };
            self.by_hand("CANAILLE.LOGO", what);
        }
        if let Some(language) = self.text("CANAILLE.LANGUAGE") {
            let known = matches!(language.as_str(), "en" | "de");
            let what = if known {
                format!("`{}`", realm_set("language", &language))
            } else {
                format!(
                    "pages and mails speak English and German, not yet `{language}`: `usher realm set default language=en`"
                )
            };
            self.by_hand("CANAILLE.LANGUAGE", what);
        }
        if let Some(address) = self.text("CANAILLE.ADMIN_EMAIL") {
            self.by_hand("CANAILLE.ADMIN_EMAIL", format!("`{}`", realm_set("support", &address)));
        }
        if let Some(confirms) = self.flag("CANAILLE.EMAIL_CONFIRMATION") {
            let value = if confirms { "true" } else { "false" };
            self.by_hand(
                "CANAILLE.EMAIL_CONFIRMATION",
                format!("`{}`", realm_set("oidc.validate_emails", value)),
            );
        }
        if let Some(seconds) = self.text("CANAILLE.INVITATION_EXPIRATION") {
            // Whole days, and no invitation ends earlier than it did.
            let days = seconds
                .parse::<u64>()
                .map_or(2, |seconds| seconds.div_ceil(86_400).max(1));
            self.by_hand(
                "CANAILLE.INVITATION_EXPIRATION",
                format!("`{}`", realm_set("invitation_days", &days.to_string())),
            );
        }
    }

    fn scim(&mut self) {
        match self.flag("CANAILLE_SCIM.ENABLE_SERVER") {
            Some(true) => self.imported.tell(
                "CANAILLE_SCIM.ENABLE_SERVER",
                Fate::None,
                "every realm serves SCIM; programs that spoke to Canaille get `--profile canaille` with `usher client create`",
            ),
            Some(false) => self.by_hand(
                "CANAILLE_SCIM.ENABLE_SERVER",
                "`usher realm set default faces_off=scim`: Usher serves SCIM unless told otherwise",
            ),
            None => {}
        }
        if let Some(pushes) = self.flag("CANAILLE_SCIM.ENABLE_CLIENT") {
            let why = if pushes {
                "in this version Usher tells no other program by SCIM; those that need to know go on hearing it from Canaille"
            } else {
                "nobody is told, as before"
            };
            self.imported.tell("CANAILLE_SCIM.ENABLE_CLIENT", Fate::None, why);
        }
    }

    /// Says of all that is left what is known of it.
    fn rest(mut self) -> Imported {
        let mut told: Vec<&str> = Vec::new();
        for (name, _) in std::mem::take(&mut self.left) {
            let below =
                |known: &str| name == known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'));
            let by_hand = BY_HAND.iter().map(|(known, what)| (known, Fate::ByHand, what));
            let none = NONE.iter().map(|(known, what)| (known, Fate::None, what));
            match by_hand.chain(none).find(|(known, ..)| below(known)) {
                Some((known, ..)) if told.contains(known) => {}
                Some((known, fate, what)) => {
                    told.push(known);
                    self.imported.tell(known, fate, *what);
                }
                None => self.imported.tell(
                    &name,
                    Fate::Unknown,
                    "no setting of Canaille that is known here; nothing was done with it",
                ),
            }
        }
        self.imported
    }
}
