//! The keys there are, how the environment spells them, and which was probably meant.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    List,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Dotted, as messages name it: `mail.smtp`.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// It may carry a password: `config show` hides that.
    pub(crate) secret: bool,
}

const fn text(name: &'static str) -> Key {
    Key {
        name,
        kind: Kind::Text,
        secret: false,
    }
}

const fn number(name: &'static str) -> Key {
    Key {
        name,
        kind: Kind::Number,
        secret: false,
    }
}

const fn list(name: &'static str) -> Key {
    Key {
        name,
        kind: Kind::List,
        secret: false,
    }
}

const fn secret(name: &'static str) -> Key {
    Key {
        name,
        kind: Kind::Text,
        secret: true,
    }
}

/// All settings, in the order of the reference.
pub(crate) const KEYS: &[Key] = &[
    text("public_url"),
    text("listen"),
    text("health_listen"),
    text("data"),
    secret("database.url"),
    text("database.url_file"),
    number("database.readers"),
    number("database.connections"),
    number("database.statement_timeout_seconds"),
    secret("mail.smtp"),
    text("mail.smtp_file"),
    text("mail.from"),
    text("mail.ca_file"),
    number("mail.timeout_seconds"),
    number("mail.connections"),
    text("log.filter"),
    text("log.format"),
    text("telemetry.otlp_endpoint"),
    secret("telemetry.otlp_headers"),
    text("telemetry.service_name"),
    number("telemetry.sample_percent"),
    list("scim.user_extensions"),
    list("scim.group_extensions"),
    number("server.stop_seconds"),
    number("server.connections"),
    list("server.trusted_proxies"),
    list("server.provider_networks"),
    text("tls.certificate_file"),
    text("tls.key_file"),
    number("limits.body_bytes"),
    number("limits.bulk_bytes"),
    number("limits.bulk_operations"),
    number("limits.request_seconds"),
    number("limits.concurrent_requests"),
    number("limits.anonymous_per_second"),
    number("limits.anonymous_burst"),
    number("limits.refused_per_second"),
    number("limits.refused_burst"),
    number("limits.person_per_minute"),
    number("work.attempts"),
    number("work.first_retry_seconds"),
    number("work.longest_retry_seconds"),
    number("work.settled_days"),
    number("work.jobs_at_once"),
];

/// The names that others give: oCIS its invitations service, for those who move from it, and OpenTelemetry what sends traces.
/// One line here for each setting that has the same meaning in Usher.
const ALIASES: &[(&str, &str)] = &[
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "telemetry.otlp_headers"),
    ("OTEL_SERVICE_NAME", "telemetry.service_name"),
    ("INVITATIONS_HTTP_ADDR", "listen"),
    ("INVITATIONS_LOG_LEVEL", "log.filter"),
    ("OCIS_LOG_LEVEL", "log.filter"),
];

impl Key {
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// As the environment spells it: `USHER_MAIL__SMTP`.
    pub(crate) fn variable(&self) -> String {
        format!("USHER_{}", self.name.replace('.', "__").to_uppercase())
    }
}

/// What a variable of the environment is to Usher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// It sets this key.
    Sets(&'static str),
    /// It sets this key if nothing else does.
    Alias(&'static str),
    /// It looks like one of ours, but there is no such key.
    Unknown,
    /// It is none of our business.
    Foreign,
}

/// Looks at the name of a variable.
pub(crate) fn variable(name: &str) -> Variable {
    if let Some((_, key)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
        return Variable::Alias(key);
    }
    if !name.starts_with("USHER_") {
        return Variable::Foreign;
    }
    match KEYS.iter().find(|key| key.variable() == name) {
        Some(key) => Variable::Sets(key.name),
        None if is_of_others(name) => Variable::Foreign,
        None => Variable::Unknown,
    }
}

/// Variables that others name so: our own tests, and Kubernetes, which tells every container of a service called `usher`.
fn is_of_others(name: &str) -> bool {
    let rest = name.trim_start_matches("USHER_");
    name == "USHER_CONFIG"
        || rest.starts_with("TEST_")
        || rest.starts_with("SERVICE_")
        || rest == "PORT"
        || rest.starts_with("PORT_")
}

/// The known name that is nearest to one that is not known.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let last = |dotted: &str| dotted.rsplit('.').next().unwrap_or_default().to_owned();
    // The same key in another section is nearer than any spelling.
    known
        .into_iter()
        .min_by_key(|candidate| (last(candidate) != last(name), directory::edit_distance(name, candidate)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_spelled_with_two_underscores() {
        assert_eq!(variable("USHER_MAIL__SMTP"), Variable::Sets("mail.smtp"));
        assert_eq!(variable("USHER_PUBLIC_URL"), Variable::Sets("public_url"));
        assert_eq!(variable("USHER_MAIL_SMTP"), Variable::Unknown);
        assert_eq!(variable("INVITATIONS_HTTP_ADDR"), Variable::Alias("listen"));
        for foreign in [
            "PATH",
            "USHER_TEST_POSTGRES",
            "USHER_SERVICE_HOST",
            "USHER_PORT",
            "USHER_PORT_8080_TCP",
            "USHER_CONFIG",
        ] {
            assert_eq!(variable(foreign), Variable::Foreign, "{foreign}");
        }
    }

    #[test]
    fn the_nearest_key_is_the_one_that_was_meant() {
        let names = || KEYS.iter().map(|key| key.name);
        assert_eq!(nearest("mail.smpt", names()), Some("mail.smtp"));
        assert_eq!(nearest("publicurl", names()), Some("public_url"));
        assert_eq!(nearest("smtp", names()), Some("mail.smtp"));
        assert_eq!(nearest("db.url", names()), Some("database.url"));
    }
}
