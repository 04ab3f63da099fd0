//! What a mail about a token tells of it, and the commands it names. Never the token itself.

use serde::{Deserialize, Serialize};

use super::text;
use crate::realm::Realm;

/// A token that a mail is about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TokenNotice {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// The name of the program that carries it.
    pub(crate) client: String,
    /// What it may be used for, where that is less than its program may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scopes: Option<String>,
    /// The id of the person it acts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
}

impl TokenNotice {
    /// The command that makes a second token of the same kind.
    pub(super) fn create_command(&self, realm: &Realm) -> String {
        let scopes = self.scopes.as_deref().unwrap_or_default().replace(' ', ",");
        // A name that begins with a dash is no option.
        let apart = if self.client.starts_with('-') { "--" } else { "" };
        [
            "usher token create".to_owned(),
            option("realm", realm_option(realm)),
            option("scope", &scopes),
            option("user", self.user.as_deref().unwrap_or_default()),
            apart.to_owned(),
            word(&self.client),
        ]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
    }

    /// The command that ends it.
    pub(super) fn revoke_command(&self, realm: &Realm) -> String {
        let in_realm = option("realm", realm_option(realm));
        let apart = if in_realm.is_empty() { "" } else { " " };
        format!("usher token revoke{apart}{in_realm} {}", self.id)
    }
}

/// What `--realm` is given; nothing where it need not be.
fn realm_option(realm: &Realm) -> &str {
    if realm.name == Realm::DEFAULT { "" } else { &realm.name }
}

/// An option with its value; nothing without one.
fn option(name: &str, value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else {
        format!("--{name} {}", word(value))
    }
}

/// A text as one word of a shell.
fn word(text: &str) -> String {
    let line = text::one_line(text);
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.,@:/+".contains(character);
    if !line.is_empty() && line.chars().all(plain) {
        return line;
    }
    format!("'{}'", line.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::TokenNotice;
    use crate::realm::Realm;

    fn notice(client: &str) -> TokenNotice {
        TokenNotice {
            id: "017f22e2".into(),
            client: client.into(),
            ..TokenNotice::default()
        }
    }

    #[test]
    fn commands_are_those_to_type() {
        let mut realm = Realm::installation();
        realm.name = "default".into();
        assert_eq!(notice("hr").create_command(&realm), "usher token create hr");
        assert_eq!(notice("hr").revoke_command(&realm), "usher token revoke 017f22e2");
        realm.name = "acme".into();
        let whole = TokenNotice {
            scopes: Some("scim:read scim:write".into()),
            user: Some("018a".into()),
            ..notice("hr")
        };
        assert_eq!(
            whole.create_command(&realm),
            "usher token create --realm acme --scope scim:read,scim:write --user 018a hr"
        );
        assert_eq!(whole.revoke_command(&realm), "usher token revoke --realm acme 017f22e2");
    }

    #[test]
    fn a_name_is_one_word_whatever_it_holds() {
        let mut realm = Realm::installation();
        realm.name = "default".into();
        for (client, end) in [
            ("Ann's HR; rm -rf /", r"create 'Ann'\''s HR; rm -rf /'"),
            ("$(reboot)\u{202e}", "create '$(reboot)'"),
            ("--help", "create -- --help"),
            ("Größe", "create 'Größe'"),
        ] {
            assert!(notice(client).create_command(&realm).ends_with(end), "{client}");
        }
    }
}
