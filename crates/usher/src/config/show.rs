//! The configuration as it came out, for reading: TOML again, each line with where it came from, secrets hidden.

use std::fmt::Write;

use toml::Value;

use super::keys::KEYS;
use super::sources::{Loaded, get};

/// Writes the settings that were set, section by section.
pub(crate) fn show(loaded: &Loaded) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in KEYS {
        let Some(value) = get(&loaded.values, key.name) else {
            continue;
        };
        let (own_section, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if own_section != section {
            section = own_section;
            let _ = write!(text, "\n[{section}]\n");
        }
        let shown = match value {
            Value::String(secret) if key.secret => Value::String(hide(secret)),
            other => other.clone(),
        };
        let origin = loaded.origins.get(key.name).map_or("", String::as_str);
        let _ = writeln!(text, "{name} = {shown}  # {origin}");
    }
    if text.is_empty() {
        "# nothing is set; `usher config reference` lists what there is\n".into()
    } else {
        text.trim_start().to_owned()
    }
}

/// A URL without its password; anything else is hidden whole.
fn hide(secret: &str) -> String {
    const HIDDEN: &str = "(hidden)";
    let Ok(mut url) = url::Url::parse(secret) else {
        return HIDDEN.into();
    };
    if !url.has_host() {
        return HIDDEN.into();
    }
    // A password may also stand among the options.
    if url.query_pairs().any(|(name, _)| name.contains("password")) {
        url.set_query(Some("hidden"));
    }
    if url.password().is_none() {
        return url.to_string();
    }
    match url.set_password(Some("hidden")) {
        Ok(()) => url.to_string().replacen(":hidden@", ":(hidden)@", 1),
        Err(()) => HIDDEN.into(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::super::sources::read;
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_is_toml_with_its_origin() {
        let environment = [
            (
                "USHER_DATABASE__URL",
                "postgres://usher:geheim@db:5432/usher?sslmode=require",
            ),
            ("USHER_MAIL__SMTP", "smtp://u:geheim@h?tls=required"),
            ("USHER_MAIL__FROM", "Usher <usher@example.org>"),
            ("USHER_PUBLIC_URL", "https://usher.example.org/"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let text = show(&read(None, &environment, &Vec::new()).unwrap());
        assert!(!text.contains("geheim"), "{text}");
        assert!(
            text.contains("url = \"postgres://usher:(hidden)@db:5432/usher?sslmode=require\"  # USHER_DATABASE__URL"),
            "{text}"
        );
        assert!(text.contains("[mail]\nsmtp = "), "{text}");
        assert!(toml::from_str::<toml::Table>(&text).is_ok(), "{text}");
    }

    #[test]
    fn what_is_no_url_is_hidden_whole() {
        assert_eq!(hide("host=db password=geheim"), "(hidden)");
        assert!(!hide("postgres://db/usher?user=u&password=geheim").contains("geheim"));
    }
}
