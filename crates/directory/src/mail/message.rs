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
/// Longest name of a program or a token in a sentence, in characters.
const MAX_NAMED: usize = 80;

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
        (
            "confirmation.html",
            include_str!("../../templates/html/confirmation.html"),
        ),
        (
            "token_expiry.html",
            include_str!("../../templates/html/token_expiry.html"),
        ),
        ("test.html", include_str!("../../templates/html/test.html")),
        ("base.txt", include_str!("../../templates/txt/base.txt")),
        ("invitation.txt", include_str!("../../templates/txt/invitation.txt")),
        ("confirmation.txt", include_str!("../../templates/txt/confirmation.txt")),
        ("token_expiry.txt", include_str!("../../templates/txt/token_expiry.txt")),
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
fn link_to(public_url: &str, realm: &str, page: &str, secret: &str) -> String {
    format!("{public_url}/realms/{realm}/{page}/{secret}")
}

/// The page a mail's link leads to.
fn page_of(template: Template) -> &'static str {
    match template {
        Template::Confirmation => "confirmation",
        _ => "invitation",
    }
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
    let date = of.variables.expires_at.map(|at| catalog.date(at)).unwrap_or_default();
    let token = of.variables.token.as_ref();
    let client = token.map(|token| short(&token.client)).unwrap_or_default();
    let token_name = token.map(|token| short(&token.name)).unwrap_or_default();
    let values = [
        ("realm", title.as_str()),
        ("name", name.as_deref().unwrap_or_default()),
        ("until", until.as_str()),
        ("address", of.mail.recipient.as_str()),
        ("date", date.as_str()),
        ("client", client.as_str()),
        ("token", token_name.as_str()),
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
        link => of.variables.secret.as_deref().map(|secret| {
            link_to(of.public_url, &of.realm.name, page_of(of.mail.template), secret)
        }),
        link_copy => say(catalog.link_copy),
        link_until => say(catalog.link_until),
        invitation_intro => say(catalog.invitation_intro),
        invitation_button => say(catalog.invitation_button),
        invitation_decline => say(catalog.invitation_decline),
        invitation_unexpected => say(catalog.invitation_unexpected),
        confirmation_intro => say(catalog.confirmation_intro),
        confirmation_button => say(catalog.confirmation_button),
        confirmation_meaning => say(catalog.confirmation_meaning),
        confirmation_unexpected => say(catalog.confirmation_unexpected),
        token_expiry_intro => say(catalog.token_expiry_intro),
        token_expiry_todo => say(catalog.token_expiry_todo),
        token_expiry_create => say(catalog.token_expiry_create),
        token_expiry_replace => say(catalog.token_expiry_replace),
        token_expiry_revoke => say(catalog.token_expiry_revoke),
        token_expiry_whom => say(catalog.token_expiry_whom),
        create_command => token.map(|token| token.create_command(of.realm)),
        revoke_command => token.map(|token| token.revoke_command(of.realm)),
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
        Template::Confirmation => catalog.confirmation_subject,
        Template::TokenExpiry => catalog.token_expiry_subject,
        Template::Test => catalog.test_subject,
    };
    text::one_line(&fill(sentence, values))
        .chars()
        .take(MAX_SUBJECT)
        .collect()
}

/// A name as it stands within a sentence, and leaves room for the rest of a subject.
fn short(name: &str) -> String {
    let line = text::one_line(name);
    if line.chars().count() <= MAX_NAMED {
        return line;
    }
    line.chars().take(MAX_NAMED - 1).chain(['…']).collect()
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
    use crate::mail::{EmailAddress, Language, Mail, MailState, Template, TokenNotice, Variables};
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
            token: Some(TokenNotice {
                id: "017f22e2-79b0".into(),
                name: "nightly".into(),
                client: "HR & Söhne".into(),
                scopes: Some("scim:read scim:write".into()),
                user: None,
            }),
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
    fn the_warning_of_a_token_names_it_and_says_what_to_do() {
        let english = message(&realm(), Template::TokenExpiry, Language::En, Some("Ann"));
        assert_eq!(english.subject, "The token of HR & Söhne expires on 22 January 2030");
        assert_eq!(
            english.text,
            "Hello Ann,

the token “nightly” of the program HR & Söhne expires on 22 January 2030, 08:00 UTC. From then on Acme & Söhne refuses what \
the program asks with it.

So that the program goes on without a break:

1. Make a second token:
   usher token create --realm acme --scope scim:read,scim:write 'HR & Söhne'
2. Give it to the program, and see that the program works with it.
3. Revoke the old token:
   usher token revoke --realm acme 017f22e2-79b0

The commands are for whoever runs the server. If the program is no longer used, there is nothing to do.

-- 
Acme & Söhne
This mail was sent to ann@example.org.
Questions? help@acme.example
Privacy notice: https://acme.example/privacy
"
        );
        let german = message(&realm(), Template::TokenExpiry, Language::De, None);
        assert_eq!(german.subject, "Das Token von HR & Söhne läuft am 22. Januar 2030 ab");
        for part in [
            "Guten Tag,",
            "das Token „nightly“ des Programms HR & Söhne läuft am 22. Januar 2030, 08:00 UTC, ab.",
            "1. Ein zweites Token anlegen:\n   usher token create --realm acme",
            "3. Das alte Token widerrufen:\n   usher token revoke --realm acme 017f22e2-79b0",
        ] {
            assert!(german.text.contains(part), "{part} is not in\n{}", german.text);
        }
        for message in [&english, &german] {
            assert!(
                message.html.contains(
                    "usher token create --realm acme --scope scim:read,scim:write &#x27;HR &amp; Söhne&#x27;"
                ),
                "{}",
                message.html
            );
            // It carries no link of ours, so no secret.
            assert!(!message.text.contains("s3cret") && !message.html.contains("s3cret"));
        }
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
