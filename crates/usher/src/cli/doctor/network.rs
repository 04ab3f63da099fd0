//! What others answer: the server at its public address, providers of sign-in, the mail server, the collector of traces.

use std::time::Duration;

use directory::Realm;
use faces::Network;
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use targets::mail::Sender;
use tokio::net::lookup_host;
use url::Url;

use super::findings::Findings;
use crate::config::Config;
use crate::outbound::Outgoing;
use crate::wiring;

/// How long each of them may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Of those that every realm has, so many are asked at once, and all of a kind for so long.
const AT_ONCE: usize = 16;
const IN_ALL: Duration = Duration::from_secs(15);

/// The header that every answer of Usher's has.
const REQUEST_ID: &str = "x-request-id";

/// Asks all of them, kind by kind.
pub(super) async fn look(config: &Config, realms: &[Realm], findings: &mut Findings) {
    reach_public_url(config, findings).await;
    hosts(realms, findings).await;
    issuers(config, realms, findings).await;
    health(config, findings).await;
    collector(config, findings).await;
    mail(config, findings).await;
}

async fn reach_public_url(config: &Config, findings: &mut Findings) {
    let Some(text) = &config.public_url else { return };
    let Ok(url) = Url::parse(text) else { return };
    match Outgoing::get(&url, PATIENCE).send().await {
        Err(error) => findings.warning(
            "public_url",
            format!("from here nobody answers at {text}: {error:#}"),
            "see that a server runs, that the name leads to it, and that the proxy passes on what it gets",
        ),
        Ok(answer) if answer.headers.contains_key(REQUEST_ID) => {
            findings.good("public_url", format!("Usher answers at {text}"));
        }
        Ok(answer) => findings.warning(
            "public_url",
            format!("something else than Usher answers at {text}, with {}", answer.status),
            "see where the name and the proxy lead",
        ),
    }
}

/// Whether the host names of realms lead anywhere.
async fn hosts(realms: &[Realm], findings: &mut Findings) {
    let hosts: Vec<(&str, &str)> = realms
        .iter()
        .flat_map(|realm| {
            realm
                .settings
                .hosts
                .iter()
                .map(|host| (realm.name.as_str(), host.as_str()))
        })
        .collect();
    let asked = hosts
        .iter()
        .map(|(_, host)| tokio::time::timeout(PATIENCE, lookup_host((*host, 443))));
    let found = side_by_side(asked, IN_ALL).await;
    not_looked_at("hosts", "host names of realms", hosts.len() - found.len(), findings);
    let mut unknown = hosts.len() - found.len();
    for ((realm, host), found) in hosts.iter().zip(found) {
        if !matches!(found, Ok(Ok(_))) {
            unknown += 1;
            findings.warning(
                "hosts",
                format!("the host name {host} of the realm {realm} leads nowhere"),
                format!("set it in the DNS, or take it away with `usher realm set {realm} hosts=…`"),
            );
        }
    }
    if unknown == 0 && !hosts.is_empty() {
        findings.good("hosts", format!("the {} host names of realms are known", hosts.len()));
    }
}

/// What comes of them, in their order, as far as there is time.
async fn side_by_side<A: Future>(asked: impl Iterator<Item = A>, in_all: Duration) -> Vec<A::Output> {
    let over = tokio::time::sleep(in_all);
    let answers = stream::iter(asked).buffered(AT_ONCE).take_until(over);
    answers.collect().await
}

fn not_looked_at(check: &'static str, what: &str, count: usize, findings: &mut Findings) {
    if count > 0 {
        findings.warning(
            check,
            format!("{count} {what} were not looked at: the others took too long"),
            "see those first, then look again",
        );
    }
}

/// Whether the providers of sign-in say who they are.
async fn issuers(config: &Config, realms: &[Realm], findings: &mut Findings) {
    let issuers: Vec<(&Realm, &String)> = realms
        .iter()
        .filter_map(|realm| Some((realm, realm.settings.oidc.issuer.as_ref()?)))
        .collect();
    let inside = config.provider_networks().unwrap_or_default();
    let asked = issuers.iter().map(|(_, issuer)| discover(issuer, &inside));
    let answers = side_by_side(asked, IN_ALL).await;
    not_looked_at("provider", "providers", issuers.len() - answers.len(), findings);
    for ((realm, issuer), answer) in issuers.into_iter().zip(answers) {
        match answer {
            Ok(()) => findings.good("provider", format!("{issuer} of the realm {} answers", realm.name)),
            Err(why) => findings.bad(
                "provider",
                format!("{issuer} of the realm {}: {why}", realm.name),
                format!(
                    "until then nobody signs in there; see the provider, or `usher realm set {} oidc.issuer=…`",
                    realm.name
                ),
            ),
        }
    }
}

/// OpenID Connect Discovery 1.0, section 4: the document names the issuer as it was asked for, to the letter.
async fn discover(issuer: &str, inside: &[Network]) -> Result<(), String> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let url = Url::parse(&url).map_err(|error| error.to_string())?;
    let answer = Outgoing::get(&url, PATIENCE)
        .outside(inside)
        .send()
        .await
        .map_err(|error| format!("{error:#}"))?;
    if answer.status != 200 {
        return Err(format!("{url} answers {}", answer.status));
    }
    let document: Value = serde_json::from_slice(&answer.body).map_err(|_| format!("{url} is no JSON"))?;
    match document["issuer"].as_str() {
        Some(named) if named != issuer => Err(format!(
            "it calls itself {named}; the two have to be equal to the letter"
        )),
        None => Err(format!("{url} names no issuer")),
        Some(_) if !document["jwks_uri"].is_string() => Err(format!("{url} names no keys (jwks_uri)")),
        Some(_) => Ok(()),
    }
}

async fn health(config: &Config, findings: &mut Findings) {
    let Some(address) = &config.health_listen else { return };
    // Who listens everywhere is asked here.
    let asked = address.replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:");
    let Ok(url) = Url::parse(&format!("http://{asked}/health/ready")) else {
        return;
    };
    match Outgoing::get(&url, PATIENCE).send().await {
        Err(error) => findings.warning(
            "health",
            format!("{error:#}"),
            "see that the server runs on this machine, with this health_listen",
        ),
        Ok(answer) => {
            let said = String::from_utf8_lossy(&answer.body);
            let said: Vec<&str> = said.lines().collect();
            match answer.status {
                200 => findings.good("health", said.join("; ")),
                _ => findings.bad(
                    "health",
                    said.join("; "),
                    "until then no requests should be sent to this server",
                ),
            }
        }
    }
}

async fn collector(config: &Config, findings: &mut Findings) {
    let Ok(Some(collector)) = config.collector() else {
        return;
    };
    match collector.send(&json!({ "resourceSpans": [] }), PATIENCE).await {
        Ok(()) => findings.good("traces", format!("{} takes them", collector.url)),
        Err(error) => findings.warning(
            "traces",
            format!("{} takes none: {error:#}", collector.url),
            "see telemetry.otlp_endpoint, and that the collector takes OTLP over HTTP in JSON",
        ),
    }
}

async fn mail(config: &Config, findings: &mut Findings) {
    match config.smtp() {
        Err(error) => findings.bad("mail", format!("{error:#}"), "mend the settings of [mail]"),
        Ok(None) if wiring::settings(config, None).keep_mail => {
            findings.good("mail", "caught and shown by quickstart, nothing leaves this machine");
        }
        Ok(None) => findings.warning(
            "mail",
            "no mail server is set: mails stay queued",
            "set USHER_MAIL__SMTP and USHER_MAIL__FROM",
        ),
        Ok(Some(smtp)) => {
            let smtp = smtp.timeout(Duration::from_secs(config.mail.timeout_seconds.min(10)));
            match Sender::check(&smtp).await {
                Ok(()) => findings.good("mail", format!("{} answers, and takes the sender", smtp.server())),
                Err(why) => findings.bad(
                    "mail",
                    why,
                    "see that the mail server runs and that [mail] has its address and password",
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::future::Either;

    use super::*;

    #[tokio::test]
    async fn many_are_asked_side_by_side_as_long_as_there_is_time() {
        // Nobody answers before so many are asked.
        let together = tokio::sync::Barrier::new(AT_ONCE);
        let asked = (0..2 * AT_ONCE).map(|number| {
            let together = &together;
            async move {
                together.wait().await;
                number
            }
        });
        let answers = side_by_side(asked, Duration::from_secs(20)).await;
        assert_eq!(answers, (0..2 * AT_ONCE).collect::<Vec<_>>());
        let some_hang = (0..40).map(|number| match number {
            0..5 => Either::Left(ready(number)),
            _ => Either::Right(pending()),
        });
        let answers = side_by_side(some_hang, Duration::from_millis(50)).await;
        assert_eq!(answers, [0, 1, 2, 3, 4]);
        let mut findings = Findings::default();
        not_looked_at("hosts", "host names of realms", 0, &mut findings);
        assert_eq!(findings.iter().count(), 0);
        not_looked_at("hosts", "host names of realms", 35, &mut findings);
        assert!(findings.iter().all(|found| found.text.starts_with("35 host names")));
    }
}
