//! The templates of `crates/directory/templates`, which are part of the binary, and how values are escaped in them.

use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, Output, State, Value, escape_formatter};

pub(super) static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    for (name, source) in [
        ("base.html", include_str!("../../../templates/html/base.html")),
        (
            "invitation.html",
            include_str!("../../../templates/html/invitation.html"),
        ),
        (
            "confirmation.html",
            include_str!("../../../templates/html/confirmation.html"),
        ),
        ("sign_in.html", include_str!("../../../templates/html/sign_in.html")),
        (
            "token_expiry.html",
            include_str!("../../../templates/html/token_expiry.html"),
        ),
        ("notice.html", include_str!("../../../templates/html/notice.html")),
        ("test.html", include_str!("../../../templates/html/test.html")),
        ("base.txt", include_str!("../../../templates/txt/base.txt")),
        ("invitation.txt", include_str!("../../../templates/txt/invitation.txt")),
        (
            "confirmation.txt",
            include_str!("../../../templates/txt/confirmation.txt"),
        ),
        ("sign_in.txt", include_str!("../../../templates/txt/sign_in.txt")),
        (
            "token_expiry.txt",
            include_str!("../../../templates/txt/token_expiry.txt"),
        ),
        ("notice.txt", include_str!("../../../templates/txt/notice.txt")),
        ("test.txt", include_str!("../../../templates/txt/test.txt")),
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
