//! What mails look like.

use uuid::Uuid;

use super::{Message, Rendering};
use crate::id::Id;
use crate::mail::content::sample::{self, Kind};
use crate::mail::content::{Content, Contents, Template};
use crate::mail::{EmailAddress, Language, Mail, MailState};
use crate::realm::Realm;

fn rendered(realm: &Realm, language: Language, name: Option<String>, content: Content) -> Message {
    let mail = Mail {
        id: Id::new(Uuid::from_u128(7)),
        invitation: None,
        recipient: EmailAddress::parse("ann@example.org").expect("valid"),
        template: content.template(),
        language,
        state: MailState::Queued,
        sent_at: None,
        last_error: None,
    };
    let contents = Contents { name, content };
    let rendering = Rendering::new(realm, "https://usher.example", &mail, &contents);
    rendering.message().expect("valid")
}

fn message(realm: &Realm, template: Template, language: Language, name: Option<&str>) -> Message {
    let content = sample::of(template, Kind::Usual).swap_remove(0);
    rendered(realm, language, name.map(str::to_owned), content)
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
        for template in Template::ALL.iter().copied() {
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
            message
                .html
                .contains("usher token create --realm acme --scope scim:read,scim:write &#x27;HR &amp; Söhne&#x27;"),
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

/// All mails with such values, one after the other.
fn all(language: Language, kind: Kind, show: impl Fn(&Message) -> String) -> String {
    let mut out = String::new();
    for template in Template::ALL.iter().copied() {
        for content in sample::of(template, kind) {
            let message = rendered(&realm(), language, kind.greeted(), content);
            out.extend(["======== ", template.name(), "\n", &show(&message), "\n"]);
        }
    }
    out
}

/// The subject and the text, up to what stands below every mail.
fn as_text(message: &Message) -> String {
    let body = message.text.split("\n-- \n").next().unwrap_or_default();
    format!("Subject: {}\n\n{body}", message.subject)
}

/// What the templates put between the greeting and the footer.
fn as_html(message: &Message) -> String {
    let begin = message.html.find("<p style=\"margin:0 0 16px\">").expect("a greeting");
    let end = message
        .html
        .find("</td></tr>\n<tr><td style=\"padding:16px 32px 24px")
        .expect("a footer");
    message.html[begin..end].to_owned()
}

#[test]
fn every_mail_in_every_language() {
    for language in Language::ALL {
        for (kind, word) in [
            (Kind::Usual, "usual"),
            (Kind::Hostile, "hostile"),
            (Kind::Empty, "empty"),
        ] {
            insta::assert_snapshot!(format!("{}_{word}.txt", language.tag()), all(language, kind, as_text));
            insta::assert_snapshot!(format!("{}_{word}.html", language.tag()), all(language, kind, as_html));
        }
    }
}

#[test]
fn no_mail_has_a_gap_a_link_that_is_not_ours_or_markup_that_somebody_typed() {
    for language in Language::ALL {
        for template in Template::ALL.iter().copied() {
            for (kind, content) in Kind::ALL.into_iter().flat_map(|kind| {
                sample::of(template, kind)
                    .into_iter()
                    .map(move |content| (kind, content))
            }) {
                let message = rendered(&realm(), language, kind.greeted(), content);
                let named = format!("{} {kind:?}\n{}\n{}", template.name(), message.text, message.html);
                assert!(
                    !message.subject.is_empty() && !message.subject.contains(['\n', '\r']),
                    "{named}"
                );
                assert!(message.subject.chars().count() <= 150, "{named}");
                // Commands stand indented.
                let gap = if template == Template::TokenExpiry { " ;" } else { "  " };
                for trap in [gap, " .", " ,", "\u{202e}", "\nBcc:", "\n\n\n"] {
                    assert!(!as_text(&message).contains(trap), "{trap:?}: {named}");
                }
                for markup in ["<script", "<img src=x", "<i>", "<b>", "</p><a href=\"http://evil"] {
                    assert!(!message.html.contains(markup), "{markup}: {named}");
                }
                for link in message
                    .html
                    .match_indices("href=\"")
                    .map(|(at, _)| &message.html[at + 6..])
                {
                    let ours = [
                        "https://usher.example/realms/acme/",
                        "https://acme.example/",
                        "mailto:help@acme.example",
                    ];
                    assert!(ours.iter().any(|ours| link.starts_with(ours)), "{link}");
                }
            }
        }
    }
}

#[test]
fn links_lead_to_the_pages_of_the_system_before_where_the_realm_says_so() {
    let mut realm = realm();
    realm.settings.agm.link_url = Some("https://id.example.org/auth/".into());
    let enroll = |realm: &Realm| message(realm, Template::MembershipEnding, Language::En, None).text;
    assert!(enroll(&realm).contains("https://usher.example/realms/acme/enroll?groupPath=/acme/ops"));
    realm.settings.compat.agm_links = true;
    let there = "https://id.example.org/auth/realms/acme/account/#/enroll?groupPath=/acme/ops";
    assert!(enroll(&realm).contains(there), "{}", enroll(&realm));
}

#[test]
fn mails_about_groups_are_signed_as_the_realm_says() {
    let mut realm = realm();
    let text = |realm: &Realm| message(realm, Template::MemberCreated, Language::De, None).text;
    assert!(text(&realm).contains("\n\nIhr Support-Team\n"));
    realm.settings.entitlements.signature = Some("Das Gruppen-Team".into());
    assert!(text(&realm).contains("\n\nDas Gruppen-Team\n"));
}
