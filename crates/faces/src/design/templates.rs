//! The templates, compiled in. Everything that goes into one is escaped; texts come from the catalogue of the language.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter};

use super::asset_url;
use super::language::Language;

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// Every template by its name.
        pub(crate) const TEMPLATES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../templates/", $name)))),*];
    };
}

templates![
    "layout.html",
    "start.html",
    "invitation.html",
    "confirmation.html",
    "sign_in.html",
    "sign_in_link.html",
    "matter.html",
    "message.html",
    "expired.html",
    "parts.html",
    "home.html",
    "groups.html",
    "group.html",
    "leave.html",
    "find.html",
    "enroll.html",
    "requests.html",
    "request.html",
    "offer.html",
    "sessions.html",
    "profile.html",
    "signing_out.html",
    "managed.html",
    "managed_base.html",
    "managed_members.html",
    "managed_member.html",
    "managed_remove.html",
    "managed_extend.html",
    "managed_add.html",
    "managed_let_in.html",
    "managed_invitations.html",
    "managed_admins.html",
    "managed_ways.html",
    "managed_way.html",
    "managed_roles.html",
    "managed_details.html",
    "managed_delete.html",
    "managed_subgroups.html",
    "managed_history.html",
    "queue.html",
    "review.html",
    "mails.html",
    "mail.html",
    "design.html",
    "reference.html",
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(escaped);
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are distinct"));
    environment.add_function("t", text);
    environment.add_function("asset", |name: &str| {
        asset_url(name).ok_or_else(|| missing("no asset", name))
    });
    environment.add_filter("ticked", |text: &str| Value::from_safe_string(ticked(text)));
    environment.add_filter("date", |state: &State<'_, '_>, millis: i64| {
        language(state).date(millis, "date.long")
    });
    environment.add_filter("short_date", |state: &State<'_, '_>, millis: i64| {
        language(state).date(millis, "date.short")
    });
    environment.add_filter("day", |state: &State<'_, '_>, millis: i64| {
        language(state).date(millis, "date.day")
    });
    for (name, source) in TEMPLATES {
        environment
            .add_template(name, source)
            .expect("a test renders every template");
    }
    environment
});

/// Escapes what goes into a page. Unlike the engine's own escaping this leaves `/` alone, so that links stay readable for
/// programs that look at pages without parsing them.
fn escaped(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => Ok(out.write_str(&escape(text))?),
        _ => escape_formatter(out, state, value),
    }
}

fn escape(text: &str) -> String {
    let texts = [
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("\"", "&quot;"),
        ("'", "&#x27;"),
    ];
    texts
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Escaped text in which what stands between backticks is code.
fn ticked(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    for (index, part) in text.split('`').enumerate() {
        let (before, after) = if index % 2 == 1 {
            ("<code>", "</code>")
        } else {
            ("", "")
        };
        html.push_str(before);
        html.push_str(&escape(part));
        html.push_str(after);
    }
    html
}

/// Renders a template.
///
/// # Errors
/// The template names what it was not given: a fault of ours.
pub(crate) fn render(name: &str, values: Value) -> Result<String, Error> {
    ENVIRONMENT.get_template(name)?.render(values)
}

/// `t("invitation.title", realm=…)`: a text of the catalogue, its holes filled. Escaped where it is printed.
fn text(state: &State<'_, '_>, key: &str, holes: Kwargs) -> Result<String, Error> {
    let mut text = language(state)
        .text(key)
        .ok_or_else(|| missing("no text", key))?
        .to_owned();
    for name in holes.args() {
        let value: Value = holes.get(name)?;
        text = text.replace(&format!("{{{name}}}"), &value.to_string());
    }
    Ok(text)
}

fn language(state: &State<'_, '_>) -> Language {
    let code = state.lookup("lang");
    code.as_ref()
        .and_then(Value::as_str)
        .and_then(Language::of_code)
        .unwrap_or_else(Language::first)
}

fn missing(what: &str, name: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{what} `{name}`"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use minijinja::context;

    use super::*;
    use crate::design::samples::samples;

    #[test]
    fn every_template_renders_in_every_language() {
        // One holds only what others have in common.
        for (name, source) in TEMPLATES.iter().filter(|(name, _)| *name != "parts.html") {
            for lang in ["en", "de"] {
                for sample in samples(name) {
                    let link = context! { href => "https://example.org/", label => "example.org" };
                    let full = context! { title => "Acme & Söhne", start => "/", logo => "https://example.org/l.png", support => link.clone(), privacy => "https://example.org/p", home => link };
                    let bare = context! { title => "Acme", start => "/", logo => (), support => (), privacy => (), home => () };
                    for brand in [full, bare] {
                        let viewer = context! { name => "Ann <b>", user_name => "ann", home => "/", groups => "/g", requests => "/r", enroll => "/e", managed => "/m", queue => "/q", profile => "/p", sessions => "/sessions", sign_out => "/sign-out", form_token => "f" };
                        let seen = match brand.get_attr("logo") {
                            Ok(logo) if logo.is_none() && !source.contains("viewer") => {
                                context! { viewer => (), sign_in => "/sign-in" }
                            }
                            _ => context! { viewer, sign_in => () },
                        };
                        let frame = context! { lang, brand, usher => "0.1.0", ..seen };
                        let page = render(name, context! { ..sample.clone(), ..frame })
                            .unwrap_or_else(|error| panic!("{name}: {error:#}"));
                        assert!(page.starts_with("<!doctype html>"), "{name}");
                        assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{name}");
                        assert!(
                            page.contains("<h1") && page.contains("</html>") || *name == "layout.html",
                            "{name}"
                        );
                        for forbidden in ["<script", "style=\"", " onclick", "<style", "<b>"] {
                            assert!(!page.contains(forbidden), "{name} has {forbidden}");
                        }
                        assert!(
                            !page.contains("{realm}") && !page.contains("{host}") && !page.contains("{address}"),
                            "{name}: {page}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(ticked("a `b<c>` d & e"), "a <code>b&lt;c&gt;</code> d &amp; e");
        assert_eq!(ticked("plain / path"), "plain / path");
    }

    #[test]
    fn a_text_that_is_not_there_fails_the_page() {
        let mut environment = ENVIRONMENT.clone();
        environment.add_template("x", "{{ t('no.such.key') }}").unwrap();
        assert!(environment.get_template("x").unwrap().render(context! {}).is_err());
    }
}
