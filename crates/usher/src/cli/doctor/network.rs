//! What others answer: the server at its public address, providers of sign-in, the mail server, the collector of traces.

use std::time::Duration;

use directory::Realm;
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

/// The header that every answer of Usher's has.
const REQUEST_ID: &str = "x-request-id";

/// Asks all of them, one after the other.
pub(super) async fn look(config: &Config, realms: &[Realm], findings: &mut Findings) {
    reach_public_url(config, findings).await;
    hosts(realms, findings).await;
    issuers(realms, findings).await;
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
    let mut unknown = 0;
    for (realm, host) in &hosts {
        let found = tokio::time::timeout(PATIENCE, lookup_host((*host, 443))).await;
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

/// Whether the providers of sign-in say who they are.
async fn issuers(realms: &[Realm], findings: &mut Findings) {
    for realm in realms {
        let Some(issuer) = &realm.settings.oidc.issuer else {
            continue;
        };
        match discover(issuer).await {
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
async fn discover(issuer: &str) -> Result<(), String> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let url = Url::parse(&url).map_err(|error| error.to_string())?;
    let answer = Outgoing::get(&url, PATIENCE)
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
