//! Connections on which nobody would notice a stranger in the other's place, because no certificate is checked.

use url::{Host, Url};

use crate::config::Config;

/// One such connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unchecked {
    pub(crate) what: String,
    pub(crate) advice: &'static str,
}

/// All of them, by the settings.
pub(crate) fn unchecked(config: &Config) -> Vec<Unchecked> {
    let database = config.database.url.as_ref();
    let database = database.and_then(|url| of_database(url.reveal()));
    let mail = config.smtp().ok().flatten().filter(|smtp| !smtp.is_private());
    let mail = mail.map(|smtp| Unchecked {
        what: format!("mails go to {} in clear", smtp.server()),
        advice: "take tls=none out of mail.smtp, or use smtps://",
    });
    database.into_iter().chain(mail).collect()
}

fn of_database(url: &str) -> Option<Unchecked> {
    let url = Url::parse(url).ok()?;
    let setting = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    // A host in the query is a socket's folder, or one the URL cannot write.
    let named = setting("host").unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned());
    let here = named.is_empty()
        || named.starts_with('/')
        || named == "localhost"
        || match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            // Of a scheme that is not the web's, addresses are read as names.
            _ => named
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback()),
        };
    if here {
        return None;
    }
    let what = match setting("sslmode").as_deref() {
        Some("disable") => format!("the connection to the database server {named} is not encrypted"),
        _ if setting("sslrootcert").is_some() => return None,
        _ => format!("the certificate of the database server {named} is not checked"),
    };
    Some(Unchecked {
        what,
        advice: "add sslmode=verify-full and sslrootcert=system, or the file of its authority, to database.url",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_elsewhere_is_asked_for_its_certificate() {
        for (url, said) in [
            ("postgres://u:p@127.0.0.1/usher", None),
            ("postgres://u:p@[::1]:5433/usher", None),
            ("postgres://u:p@localhost/usher?sslmode=disable", None),
            ("postgres:///usher?host=/run/postgresql", None),
            ("postgres://u:p@db/usher?sslmode=verify-full&sslrootcert=system", None),
            ("postgres://u:p@db/usher?sslmode=require&sslrootcert=/ca.pem", None),
            ("postgres://u:p@db/usher", Some("not checked")),
            ("postgres://u:p@db/usher?sslmode=require", Some("not checked")),
            ("postgres://u:p@10.0.0.5/usher?sslmode=disable", Some("not encrypted")),
        ] {
            let found = of_database(url);
            match said {
                None => assert_eq!(found, None, "{url}"),
                Some(said) => assert!(
                    found.is_some_and(|found| found.what.contains(said) && !found.what.contains("u:p")),
                    "{url}"
                ),
            }
        }
    }
}
