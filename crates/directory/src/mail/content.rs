//! What mails say, as values: one variant for each template. The one place where a link's secret stands in clear; erased when
//! the mail server has taken the mail.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::TokenNotice;
use crate::clock::Timestamp;

macro_rules! contents {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $about:ty;)*) => {
        /// What a mail is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Template {
            $($(#[$doc])* $variant,)*
        }

        impl Template {
            /// All templates.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word in tables and on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        /// What one mail tells, by its template.
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(tag = "template")]
        pub(crate) enum Content {
            $($(#[$doc])* #[serde(rename = $name)] $variant($about),)*
        }

        impl Content {
            /// The template that renders it.
            pub(crate) fn template(&self) -> Template {
                match self { $(Self::$variant(_) => Template::$variant,)* }
            }
        }
    };
}

contents! {
    /// The offer of an account, with its link.
    Invitation = "invitation", Link;
    /// The question whether an address is the person's, with its link.
    Confirmation = "confirmation", Link;
    /// The warning that a token will expire.
    TokenExpiry = "token_expiry", ExpiringToken;
    /// A test that an operator asked for.
    Test = "test", Nothing;
}

impl Template {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|template| template.name() == word)
    }
}

/// Nothing beside what every mail has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Nothing {}

/// A link that works once.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Its secret.
    pub(crate) secret: String,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// A token whose time will be over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExpiringToken {
    /// When.
    pub(crate) expires_at: Timestamp,
    /// The token.
    pub(crate) token: TokenNotice,
}

/// All that a mail needs beside its realm.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contents {
    /// Whom the mail greets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What it tells.
    #[serde(flatten)]
    pub(crate) content: Content,
}

impl Contents {
    /// Reads what is stored; rows of before say what they are about in their column `template` alone.
    pub(super) fn stored(template: &str, json: &str) -> Option<Self> {
        let mut value: serde_json::Value = serde_json::from_str(json).ok()?;
        value
            .as_object_mut()?
            .entry("template")
            .or_insert_with(|| template.into());
        serde_json::from_value(value).ok()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({})", self.template().name())
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_templates_stood_in_it_is_read() {
        let old = r#"{"secret":"s","name":"Ann","expires_at":1894608000000}"#;
        let read = Contents::stored("confirmation", old).expect("reads");
        assert_eq!(read.name.as_deref(), Some("Ann"));
        assert!(matches!(read.content, Content::Confirmation(link) if link.secret == "s"));
        let token = r#"{"expires_at":1894608000000,"token":{"id":"1","name":"t","client":"hr"}}"#;
        let read = Contents::stored("token_expiry", token).expect("reads");
        assert!(matches!(read.content, Content::TokenExpiry(expiring) if expiring.token.client == "hr"));
        assert!(matches!(
            Contents::stored("test", "{}").expect("reads").content,
            Content::Test(_)
        ));
        for (template, text) in [
            ("invitation", "{}"),
            ("unheard_of", "{}"),
            ("test", "["),
            ("test", "[]"),
        ] {
            assert!(Contents::stored(template, text).is_none(), "{template} {text}");
        }
    }

    #[test]
    fn what_is_stored_is_read_by_the_program_of_before() {
        #[derive(Deserialize)]
        struct Before {
            secret: Option<String>,
            name: Option<String>,
            expires_at: Option<Timestamp>,
        }
        let contents = Contents {
            name: Some("Ann".into()),
            content: Content::Invitation(Link {
                secret: "s3cret".into(),
                expires_at: Timestamp::from_millis(5),
            }),
        };
        let text = serde_json::to_string(&contents).expect("json");
        let before: Before = serde_json::from_str(&text).expect("reads");
        assert_eq!(before.secret.as_deref(), Some("s3cret"));
        assert_eq!(before.name.as_deref(), Some("Ann"));
        assert_eq!(before.expires_at, Some(Timestamp::from_millis(5)));
        assert!(!format!("{contents:?}").contains("s3cret"));
    }
}
