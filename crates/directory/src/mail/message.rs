//! Rendering a mail: subject, text and HTML from the catalogue and the templates, which are part of the binary.

use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, Output, State, Value, context, escape_formatter};

use super::catalog::{Catalog, fill};
use super::{EmailAddress, Mail, Template, Variables, text};
use crate::Directory;
use crate::delivery::Delivery;
use crate::error::{Error, Refusal};
use crate::realm::Realm;

/// Longest subject, in characters.
const MAX_SUBJECT: usize = 150;

/// A mail as it goes to a mail server. Header values hold no control characters. Whoever sends it adds the sender, the
/// date and `Auto-Submitted: auto-generated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it goes.
    pub to: EmailAddress,
    /// The language it is written in, for `Content-Language`.
    pub language: &'static str,
    /// The subject: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// `Message-ID`, with its angle brackets; the same at every attempt, so that a repeated mail can be told.
    pub message_id: String,
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    for (name, source) in [
        ("base.html", include_str!("../../templates/html/base.html")),
        ("invitation.html", include_str!("../../templates/html/invitation.html")),
        ("test.html", include_str!("../../templates/html/test.html")),
        ("base.txt", include_str!("../../templates/txt/base.txt")),
        ("invitation.txt", include_str!("../../templates/txt/invitation.txt")),
        ("test.txt", include_str!("../../templates/txt/test.txt")),
    ] {
        environment
            .add_template(name, source)
            .expect("a test renders every template");
    }
    environment.set_formatter(format);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment
});

/// Escapes what goes into HTML. Unlike the engine's own escaping this leaves `/` alone, so that links stay readable for
/// programs that look at mails without parsing them.
fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    if !matches!(state.auto_escape(), AutoEscape::Html) || value.is_safe() {
        return escape_formatter(out, state, value);
    }
    for character in value.to_string().chars() {
        let written = match character {
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '&' => out.write_str("&amp;"),
            '"' => out.write_str("&quot;"),
            '\'' => out.write_str("&#x27;"),
            other => out.write_char(other),
        };
        written?;
    }
    Ok(())
}

/// What a mail is rendered with.
pub(super) struct Rendering<'a> {
    pub(super) realm: &'a Realm,
    pub(super) public_url: &'a str,
    pub(super) mail: &'a Mail,
    pub(super) variables: &'a Variables,
}

/// The address of the page behind a link.
pub(crate) fn link(public_url: &str, realm: &str, secret: &str) -> String {
    format!("{public_url}/realms/{realm}/invitation/{secret}")
}

pub(super) fn render(of: &Rendering<'_>) -> Result<Message, Error> {
    let catalog = Catalog::of(of.mail.language);
    let settings = &of.realm.settings;
    let title = text::one_line(of.realm.title());
    let name = of.variables.name.as_deref().and_then(text::greeting_name);
    let until = of
        .variables
        .expires_at
        .map(|at| catalog.instant(at))
        .unwrap_or_default();
    let values = [
        ("realm", title.as_str()),
        ("name", name.as_deref().unwrap_or_default()),
        ("until", until.as_str()),
        ("address", of.mail.recipient.as_str()),
    ];
    let say = |sentence: &str| fill(sentence, &values);
    let greeting = if name.is_some() {
        catalog.greeting_named
    } else {
        catalog.greeting
    };
    let support = settings.support.as_deref().map(text::one_line);
    let context = context! {
        language => of.mail.language.tag(),
        realm => title.as_str(),
        logo_url => settings.logo_url.as_deref(),
        greeting => say(greeting),
        sent_to => say(catalog.sent_to),
        support_label => catalog.support,
        support_link => support.as_deref().and_then(contact_link),
        support,
        privacy_label => catalog.privacy,
        privacy_url => settings.privacy_url.as_deref(),
        link => of.variables.secret.as_deref().map(|secret| link(of.public_url, &of.realm.name, secret)),
        invitation_intro => say(catalog.invitation_intro),
        invitation_button => say(catalog.invitation_button),
        invitation_copy => say(catalog.invitation_copy),
        invitation_until => say(catalog.invitation_until),
        invitation_decline => say(catalog.invitation_decline),
        invitation_unexpected => say(catalog.invitation_unexpected),
        test_intro => say(catalog.test_intro),
        test_meaning => say(catalog.test_meaning),
        subject => subject(catalog, of.mail.template, &values),
    };
    let render = |kind: &str| -> Result<String, Error> {
        TEMPLATES
            .get_template(&format!("{}.{kind}", of.mail.template.name()))
            .and_then(|template| template.render(&context))
            .map_err(|_| Error::Fault {
                what: "a template of a mail does not render",
            })
    };
    Ok(Message {
        to: of.mail.recipient.clone(),
        language: of.mail.language.tag(),
        subject: subject(catalog, of.mail.template, &values),
        text: render("txt")?,
        html: render("html")?,
        message_id: format!("<{}@{}>", of.mail.id, host(of.public_url)),
    })
}

fn subject(catalog: &Catalog, template: Template, values: &[(&str, &str)]) -> String {
    let sentence = match template {
        Template::Invitation => catalog.invitation_subject,
        Template::Test => catalog.test_subject,
    };
    text::one_line(&fill(sentence, values))
        .chars()
        .take(MAX_SUBJECT)
        .collect()
}

/// How a support contact is reached; none when it is neither a mail address nor a URL.
fn contact_link(contact: &str) -> Option<String> {
    if let Ok(address) = EmailAddress::parse(contact) {
        return Some(format!("mailto:{address}"));
    }
    url::Url::parse(contact)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
        .map(String::from)
}

/// The host of our own address, for message ids.
fn host(public_url: &str) -> String {
    let url = url::Url::parse(public_url).ok();
    url.as_ref()
        .and_then(url::Url::host_str)
        .unwrap_or("usher.invalid")
        .trim_matches(['[', ']'])
        .replace(':', ".")
}

impl Directory {
    /// Renders the mail a delivery is to bring, with its link in clear.
    ///
    /// # Errors
    /// `NotFound` when the delivery names no mail or its contents are erased, because it was sent or dropped: there is
    /// nothing to deliver then. Else the store failed, and a later attempt may succeed.
    pub async fn message_of(&self, delivery: &Delivery) -> Result<Message, Error> {
        let id = delivery.mail().ok_or(Refusal::NotFound { what: "mail" })?;
        let (mail, variables) = super::table::by_id(self.db(), delivery.realm, id)
            .await?
            .ok_or(Refusal::NotFound { what: "mail" })?;
        let variables = variables.ok_or(Refusal::NotFound { what: "mail" })?;
        let realm = self.realm_by_id(delivery.realm).await?;
        self.render_mail(&realm, &mail, &variables)
    }

    pub(super) fn render_mail(&self, realm: &Realm, mail: &Mail, variables: &Variables) -> Result<Message, Error> {
        render(&Rendering {
            realm,
            public_url: &self.settings().public_url,
            mail,
            variables,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Message, Rendering, render};
    use crate::clock::Timestamp;
    use crate::id::Id;
    use crate::mail::{EmailAddress, Language, Mail, MailState, Template, Variables};
    use crate::realm::Realm;

    fn message(realm: &Realm, template: Template, language: Language, name: Option<&str>) -> Message {
        let mail = Mail {
            id: Id::new(Uuid::from_u128(7)),
            invitation: None,
            recipient: EmailAddress::parse("ann@example.org").expect("valid"),
            template,
            language,
            state: MailState::Queued,
            sent_at: None,
            last_error: None,
        };
        let variables = Variables {
            secret: Some("s3cret".into()),
            name: name.map(str::to_owned),
            expires_at: Some(Timestamp::parse("2030-01-22T08:00:00Z").expect("valid")),
        };
        render(&Rendering {
            realm,
            public_url: "https://usher.example",
            mail: &mail,
            variables: &variables,
        })
        .expect("valid")
    }

    fn realm() -> Realm {
        let mut realm = Realm::installation();
        realm.name = "acme".into();
        realm.settings.title = Some("Acme & Söhne".into());
        realm.settings.logo_url = Some("https://acme.example/logo.png?a=1&b=2".into());
        realm.settings.support = Some("help@acme.example".into());
        realm.settings.privacy_url = Some("https://acme.example/privacy".into());
        realm
    }

    #[test]
    fn every_template_renders_in_every_language() {
        for realm in [realm(), Realm::installation()] {
            for template in Template::ALL {
                for language in Language::ALL {
                    let message = message(&realm, template, language, Some("Ann"));
                    assert!(!message.subject.is_empty());
                    assert!(
                        message.html.contains(&format!("lang=\"{}\"", language.tag())),
                        "{}",
                        message.html
                    );
                    for body in [&message.text, &message.html] {
                        assert!(!body.contains('{') || body.contains("style"), "{body}");
                        assert!(body.contains("ann@example.org"), "{body}");
                        assert!(body.contains("Ann"), "{body}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_invitation_says_what_it_is_until_when_and_whom_to_ask() {
        let message = message(&realm(), Template::Invitation, Language::De, Some("Ann Bee"));
        assert_eq!(message.subject, "Ihre Einladung zu Acme & Söhne");
        for part in [
            "Guten Tag Ann Bee,",
            "https://usher.example/realms/acme/invitation/s3cret",
            "bis 22. Januar 2030, 08:00 UTC",
            "help@acme.example",
            "https://acme.example/privacy",
        ] {
            assert!(message.text.contains(part), "{part} is not in\n{}", message.text);
        }
        assert!(
            message
                .html
                .contains("href=\"https://usher.example/realms/acme/invitation/s3cret\"")
        );
        assert!(message.html.contains("Acme &amp; Söhne"));
        assert!(message.html.contains("logo.png?a=1&amp;b=2"));
        assert!(!message.html.contains("<script"));
        assert_eq!(
            message.message_id,
            "<00000000-0000-0000-0000-000000000007@usher.example>"
        );
    }

    #[test]
    fn what_people_typed_stays_text() {
        let mut realm = realm();
        realm.settings.title = Some("Acme\r\nBcc: eve@example.org <script>alert(1)</script>{{ 7*7 }}".into());
        let message = message(
            &realm,
            Template::Invitation,
            Language::En,
            Some("<b>Bob</b>\r\nX: y {{ secret }} \u{202e}"),
        );
        assert_eq!(
            message.subject,
            "Your invitation to Acme Bcc: eve@example.org <script>alert(1)</script>{{ 7*7 }}"
        );
        assert!(!message.html.contains("<script"));
        assert!(!message.html.contains("<b>"));
        assert!(!message.text.contains("\nX: y"));
        assert!(!message.text.contains("\nBcc"));
        assert!(!message.text.contains("49"));
    }
}
