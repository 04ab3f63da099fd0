//! What the value of a setting must be like.

use std::fmt::Display;
use std::ops::RangeInclusive;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::RealmSettings;
use super::oidc::KNOWN_ALGORITHMS;
use crate::error::Refusal;
use crate::mail::Template;
use crate::zone::Zone;

/// The most that `rich_info_limit` may be: well within what a request may carry.
const MAX_RICH_INFO: u32 = 100_000;

/// The faces that can be switched off.
const FACES: [&str; 5] = ["scim", "oauth", "api", "agm", "pages"];

/// Settings that are objects.
const OBJECTS: [&str; 7] = [
    "/oidc",
    "/oidc/roles",
    "/agm",
    "/agm/roles",
    "/entitlements",
    "/compat",
    "/compat/invitation",
];

/// The most items of a list of names.
const MOST_ITEMS: usize = 100;

impl RealmSettings {
    /// Reads settings from JSON, as the native API takes them.
    ///
    /// # Errors
    /// `Invalid` for unknown keys and values that do not fit.
    pub fn from_value(value: Value) -> Result<Self, Refusal> {
        // A list in the place of an object would be read as its members in their order.
        let objects = OBJECTS.iter().map(|path| (&path[1..], value.pointer(path)));
        for (key, object) in std::iter::once(("settings", Some(&value))).chain(objects) {
            if object.is_some_and(|object| !object.is_object()) {
                return Err(Refusal::invalid(key.replace('/', "."), "an object"));
            }
        }
        let mut settings: Self = serde_json::from_value(value.clone()).map_err(|error| misfit(&value, &error))?;
        check_texts(&settings)?;
        check_numbers(&settings)?;
        check_names(&settings)?;
        check_provider(&settings)?;
        if let Some(namespace) = &settings.entitlements.namespace {
            settings.entitlements.namespace = Some(urn("entitlements.namespace", namespace)?);
        }
        Ok(settings)
    }
}

fn check_texts(settings: &RealmSettings) -> Result<(), Refusal> {
    let (agm, entitlements) = (&settings.agm, &settings.entitlements);
    let texts = [
        ("title", &settings.title),
        ("support", &settings.support),
        ("oidc.audience", &settings.oidc.audience),
        ("oidc.client_id", &settings.oidc.client_id),
        ("oidc.acr", &settings.oidc.acr),
        ("oidc.name_id_claim", &settings.oidc.name_id_claim),
        ("agm.assurance_attribute", &agm.assurance_attribute),
        ("agm.identifier_attribute", &agm.identifier_attribute),
        ("agm.actor_attribute", &agm.actor_attribute),
        ("agm.roles.manage", &agm.roles.manage),
        ("agm.roles.manage_extended", &agm.roles.manage_extended),
        ("entitlements.attribute", &entitlements.attribute),
        ("entitlements.authority", &entitlements.authority),
        ("entitlements.signature", &entitlements.signature),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            check_text(key, text)?;
        }
    }
    if let Some(secret) = &settings.oidc.client_secret {
        check_text("oidc.client_secret", secret.reveal())?;
    }
    if let Some(authority) = &entitlements.authority {
        check_authority(authority)?;
    }
    let urls = [
        ("home_url", &settings.home_url),
        ("logo_url", &settings.logo_url),
        ("privacy_url", &settings.privacy_url),
        ("agm.link_url", &agm.link_url),
    ];
    for (key, url) in urls {
        if let Some(url) = url {
            check_url(key, url)?;
        }
    }
    settings.oidc.issuer.as_deref().map_or(Ok(()), check_issuer)
}

fn check_numbers(settings: &RealmSettings) -> Result<(), Refusal> {
    let agm = &settings.agm;
    let days = [
        ("invitation_days", 1..=366, settings.invitation_days),
        ("expired_invitation_days", 1..=3650, settings.expired_invitation_days),
        ("ask_anew_days", 0..=3650, settings.ask_anew_days),
        ("retention_days", 0..=36_500, settings.retention_days),
        ("agm.notice_days", 1..=3650, agm.notice_days),
        ("agm.grace_days", 0..=3650, agm.grace_days),
        ("agm.request_reminder_days", 1..=3650, agm.request_reminder_days),
        ("agm.request_close_days", 1..=3650, agm.request_close_days),
        ("agm.request_retention_days", 1..=36_500, agm.request_retention_days),
    ];
    for (key, range, days) in days {
        check_range(key, &range, days, "days")?;
    }
    check_range(
        "oidc.role_token_hours",
        &(1..=8760),
        settings.oidc.role_token_hours,
        "hours",
    )?;
    check_range("session_hours", &(1..=720), settings.session_hours, "hours")?;
    check_range("agm.invitation_hours", &(1..=8760), agm.invitation_hours, "hours")?;
    check_range(
        "rich_info_limit",
        &(1..=MAX_RICH_INFO),
        settings.rich_info_limit,
        "characters",
    )?;
    check_count("agm.reminder_days", agm.reminder_days.len(), 10)?;
    for day in &agm.reminder_days {
        check_range("agm.reminder_days", &(1..=3650), Some(*day), "days")?;
    }
    Ok(())
}

fn check_names(settings: &RealmSettings) -> Result<(), Refusal> {
    if let Some(language) = settings.language.as_deref()
        && !matches!(language, "en" | "de")
    {
        return Err(Refusal::invalid("language", "`en` or `de`"));
    }
    if let Some(zone) = settings.time_zone.as_deref()
        && (zone.len() > 100 || Zone::named(zone).is_err())
    {
        let why = "a name of the time zone database such as Europe/Berlin";
        return Err(Refusal::invalid("time_zone", why));
    }
    if let Some(profile) = &settings.profile {
        crate::client::Profile::parse(profile)?;
    }
    let hosts = &settings.hosts;
    if let Some(host) = hosts.iter().find(|host| super::super::host_key(host).is_none()) {
        let why = format!("`{host}` is no host name such as id.example.org");
        return Err(Refusal::invalid("hosts", why));
    }
    let wrong_domain =
        |domain: &&String| domain.is_empty() || domain.starts_with('.') || **domain != domain.to_lowercase();
    if let Some(domain) = settings.blocked_domains.iter().find(wrong_domain) {
        let why = format!("`{domain}` is no domain in lower case such as example.org");
        return Err(Refusal::invalid("blocked_domains", why));
    }
    check_known("faces_off", &settings.faces_off, &FACES)?;
    check_count("agm.user_attributes", settings.agm.user_attributes.len(), MOST_ITEMS)?;
    for attribute in &settings.agm.user_attributes {
        check_text("agm.user_attributes", attribute)?;
    }
    let notices = Template::ALL.iter().filter(|template| template.is_notice());
    let notices: Vec<&str> = notices.map(|template| template.name()).chain(["none"]).collect();
    check_known("agm.notices_off", &settings.agm.notices_off, &notices)?;
    Ok(())
}

fn check_provider(settings: &RealmSettings) -> Result<(), Refusal> {
    check_known("oidc.algorithms", &settings.oidc.algorithms, &KNOWN_ALGORITHMS)?;
    for (role, entries) in settings.oidc.roles.each() {
        let key = format!("oidc.roles.{role}");
        check_count(&key, entries.len(), MOST_ITEMS)?;
        for entry in entries {
            check_text(&key, entry)?;
            let parts = entry.split_once('=');
            let fits =
                parts.is_some_and(|(path, value)| !value.is_empty() && path.split('.').all(|name| !name.is_empty()));
            if !fits {
                let why = format!("`{entry}` is no CLAIM=VALUE such as resource_access.account.roles=manager");
                return Err(Refusal::invalid(key, why));
            }
        }
    }
    Ok(())
}

fn check_text(key: &str, text: &str) -> Result<(), Refusal> {
    if text.chars().count() > 500 || text.chars().any(char::is_control) {
        let why = "at most 500 characters without control characters";
        return Err(Refusal::invalid(key, why));
    }
    Ok(())
}

/// It ends the values of entitlements, behind their `#` (AARC-G069).
fn check_authority(text: &str) -> Result<(), Refusal> {
    if text
        .chars()
        .all(|letter| letter.is_ascii_graphic() && !"#<>\"\\^`{|}".contains(letter))
    {
        return Ok(());
    }
    let why = "a name such as aai.example.org: letters, digits and signs of a URN, without a blank or `#`";
    Err(Refusal::invalid("entitlements.authority", why))
}

fn check_url(key: &str, text: &str) -> Result<(), Refusal> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(()),
        _ => Err(Refusal::invalid(key, "a URL that begins with https://")),
    }
}

/// Its keys decide who people are: nobody may be on the way to them.
fn check_issuer(text: &str) -> Result<(), Refusal> {
    const KEY: &str = "oidc.issuer";
    check_url(KEY, text)?;
    let Ok(url) = url::Url::parse(text) else { return Ok(()) };
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "http" && !is_here {
        let why = "a URL that begins with https://; http:// is for a provider on this machine";
        return Err(Refusal::invalid(KEY, why));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::invalid(KEY, "a URL without query, fragment and user"));
    }
    Ok(())
}

fn check_range<N: PartialOrd + Display>(
    key: &str,
    range: &RangeInclusive<N>,
    number: Option<N>,
    unit: &str,
) -> Result<(), Refusal> {
    if number.is_some_and(|number| !range.contains(&number)) {
        let why = format!("{} to {} {unit}", range.start(), range.end());
        return Err(Refusal::invalid(key, why));
    }
    Ok(())
}

fn check_count(key: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if count > most {
        return Err(Refusal::invalid(key, format!("at most {most} of them")));
    }
    Ok(())
}

fn check_known(key: &str, given: &[String], known: &[&str]) -> Result<(), Refusal> {
    if let Some(unknown) = given.iter().find(|given| !known.contains(&given.as_str())) {
        let why = format!("`{unknown}` is unknown; known are {}", known.join(", "));
        return Err(Refusal::invalid(key, why));
    }
    Ok(())
}

/// A URN (RFC 8141), without percent signs where it was written with them.
fn urn(key: &str, text: &str) -> Result<String, Refusal> {
    let wrong = || Refusal::invalid(key, "a URN such as urn:mace:example.org");
    check_text(key, text)?;
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| wrong())?;
    let mut parts = decoded.splitn(3, ':');
    let (scheme, space, rest) = (parts.next(), parts.next(), parts.next());
    let is_space = |name: &str| {
        (2..=32).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-')
    };
    let is_rest = |rest: &str| {
        let fits = |letter: char| !letter.is_whitespace() && !letter.is_control() && !"#?\"<>\\^`{|}".contains(letter);
        !rest.is_empty() && !rest.starts_with(['/', ':']) && !rest.ends_with(':') && rest.chars().all(fits)
    };
    let fits = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"))
        && space.is_some_and(is_space)
        && rest.is_some_and(is_rest);
    if fits { Ok(decoded.into_owned()) } else { Err(wrong()) }
}

/// Names the setting whose value does not fit, or the object that has no such setting.
fn misfit(settings: &Value, error: &serde_json::Error) -> Refusal {
    let mut path = Vec::new();
    let found = first_misfit(settings, &mut path);
    let why = found.as_ref().unwrap_or(error).to_string();
    if why.starts_with("unknown field") {
        path.pop();
    }
    let place = if path.is_empty() {
        "settings".into()
    } else {
        path.join(".")
    };
    Refusal::invalid(place, why)
}

/// The innermost member that does not fit by itself; `path` leads to it.
fn first_misfit<'v>(value: &'v Value, path: &mut Vec<&'v str>) -> Option<serde_json::Error> {
    for (name, value) in value.as_object().into_iter().flatten() {
        path.push(name);
        let wrapped = path
            .iter()
            .rev()
            .fold(value.clone(), |inner, name| json!({ *name: inner }));
        if let Err(error) = serde_json::from_value::<RealmSettings>(wrapped) {
            return Some(first_misfit(value, path).unwrap_or(error));
        }
        path.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(key: &str, value: &str) -> String {
        match RealmSettings::default().with(key, value) {
            Err(Refusal::Invalid { attribute, why }) => format!("{attribute}: {why}"),
            other => panic!("{key}={value}: {other:?}"),
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused_with_what_would() {
        for (key, value, says) in [
            ("time_zone", "Mars/Olympus", "Europe/Berlin"),
            ("time_zone", "/etc/passwd", "Europe/Berlin"),
            ("entitlements.authority", "a b", "without a blank"),
            ("entitlements.authority", "aai#b", "without a blank"),
            ("agm.invitation_hours", "0", "1 to 8760 hours"),
            ("agm.notice_days", "3651", "1 to 3650 days"),
            ("agm.reminder_days", "30,0", "1 to 3650 days"),
            ("agm.reminder_days", "1,2,x", "a whole number"),
            ("agm.reminder_days", "1,2,3,4,5,6,7,8,9,10,11", "at most 10"),
            ("agm.link_url", "ftp://x", "https://"),
            ("oidc.algorithms", "RS256,none", "`none` is unknown"),
            ("oidc.algorithms", "HS256", "`HS256` is unknown"),
            ("oidc.roles.auditor", "auditor", "CLAIM=VALUE"),
            ("oidc.roles.auditor", "a..b=c", "CLAIM=VALUE"),
            ("oidc.roles.auditor", "a=", "CLAIM=VALUE"),
            ("compat.suspend_404", "yes", "`true` or `false`"),
            ("agm.notices_off", "invitation", "`invitation` is unknown"),
            ("entitlements.namespace", "mace:example.org", "a URN"),
            ("entitlements.namespace", "urn:mace:exa mple", "a URN"),
            ("entitlements.signature", "a\nb", "control characters"),
        ] {
            let told = refused(key, value);
            assert!(told.starts_with(&format!("{key}: ")) && told.contains(says), "{told}");
        }
    }

    #[test]
    fn a_namespace_with_percent_signs_is_kept_without() {
        let set = |value| {
            let settings = RealmSettings::default().with("entitlements.namespace", value);
            settings.expect("set").entitlements.namespace
        };
        let plain = Some("urn:mace:example.org".to_owned());
        assert_eq!(set("urn%3Amace%3aexample.org"), plain);
        assert_eq!(set("urn:mace:example.org"), plain);
    }

    #[test]
    fn the_member_that_does_not_fit_is_named_however_deep_it_is() {
        let place = |value| match RealmSettings::from_value(value) {
            Err(Refusal::Invalid { attribute, .. }) => attribute,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            place(json!({ "compat": { "invitation": { "any_account": 1 } } })),
            "compat.invitation.any_account"
        );
        assert_eq!(
            place(json!({ "compat": { "invitation": { "any": true } } })),
            "compat.invitation"
        );
        assert_eq!(
            place(json!({ "compat": { "invitation": [true] } })),
            "compat.invitation"
        );
        assert_eq!(place(json!({ "oidc": { "roles": { "owner": [] } } })), "oidc.roles");
        assert_eq!(
            place(json!({ "agm": { "reminder_days": [1, "2"] } })),
            "agm.reminder_days"
        );
        assert_eq!(place(json!({ "agm": [] })), "agm");
        assert_eq!(place(json!({ "agn": {} })), "settings");
    }
}
