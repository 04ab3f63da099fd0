//! What people, programs and peers wrote, made harmless before it is shown to others.

/// Longest explanation kept of a failure, in characters.
const MAX_WHY: usize = 300;
/// Longest name a mail greets with, in characters.
const MAX_NAME: usize = 80;
/// A run of letters and digits this long may be a secret.
const SECRET_RUN: usize = 32;

/// One line without control characters, without marks that turn the direction of text, and with single blanks.
pub(crate) fn one_line(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|character| !is_invisible(*character))
        .map(blank_for_control)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn blank_for_control(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// Marks that change how the text around them is read: direction, joining, byte order, tags.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// A person's name for the greeting of a mail; none when it could pass for something to click on.
pub(crate) fn greeting_name(text: &str) -> Option<String> {
    let name = one_line(text);
    let lower = name.to_lowercase();
    let clickable = ["://", "www.", "@", "mailto:", "/"]
        .iter()
        .any(|mark| lower.contains(mark))
        || looks_like_a_host(&lower);
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME;
    (fits && !clickable).then_some(name)
}

/// Mail programs make a link of `evil.example`, though not of `J. R. Doe` or `St.Clair`.
fn looks_like_a_host(lower: &str) -> bool {
    lower.split(' ').any(is_like_a_host)
}

fn is_like_a_host(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    word.rsplit_once('.').is_some_and(|(before, last)| {
        !before.is_empty()
            && last.chars().count() >= 2
            && last.chars().all(char::is_alphabetic)
            && before.chars().count() >= 3
    })
}

/// A line of which no mail program makes a link: what looks like a host or an address of the web is written `evil[.]example`,
/// `http[:]//`. A mail address stays as it is.
pub(crate) fn unlinked(line: &str) -> String {
    let one = |word: &str| {
        let lower = word.to_lowercase();
        let parts = lower.split(['/', '(', '[', '<', '"', '\'', ',', ';', '?', '#']);
        let clickable = lower.contains("://") || lower.contains("www.") || parts.into_iter().any(is_like_a_host);
        if !clickable || super::EmailAddress::parse(word).is_ok() {
            return word.to_owned();
        }
        word.replace("://", "[:]//").replace('.', "[.]")
    };
    line.split(' ').map(one).collect::<Vec<_>>().join(" ")
}

/// What went wrong, as it may be kept and shown: one line, cut, and without anything that could be a secret.
pub(crate) fn why(text: &str) -> String {
    let line = one_line(text);
    let mut out = String::new();
    let mut run = String::new();
    for character in line.chars().chain(['\n']) {
        if character.is_ascii_alphanumeric() {
            run.push(character);
            continue;
        }
        out.push_str(if run.len() >= SECRET_RUN { "…" } else { &run });
        run.clear();
        if character != '\n' {
            out.push(character);
        }
    }
    if out.chars().count() > MAX_WHY {
        out = out.chars().take(MAX_WHY - 1).collect();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{greeting_name, one_line, unlinked, why};

    #[test]
    fn lines_are_made_of_what_can_be_seen() {
        assert_eq!(one_line("a\r\nBcc: b\t c\u{202e}d\u{0}e"), "a Bcc: b cd e");
        assert_eq!(one_line("\u{feff} \u{200b}"), "");
    }

    #[test]
    fn names_that_could_be_clicked_are_not_greeted() {
        for name in ["Ann Bee", "J. R. Doe", "Dr. Ann O'Neill", "名前", "Anna-Lena"] {
            assert_eq!(greeting_name(name).as_deref(), Some(name));
        }
        for name in [
            "",
            " ",
            "http://evil.example",
            "win at evil.example now",
            "WWW.EVIL.EXAMPLE",
            "a@b",
            "evil.example.",
        ] {
            assert_eq!(greeting_name(name), None, "{name}");
        }
        assert_eq!(greeting_name(&"a".repeat(81)), None);
    }

    #[test]
    fn nothing_in_a_name_can_be_clicked() {
        for (name, shown) in [
            ("/acme/R&D v1.2", "/acme/R&D v1.2"),
            ("J. R. Doe", "J. R. Doe"),
            ("ann@example.org", "ann@example.org"),
            ("/a/www.evil.example/b", "/a/www[.]evil[.]example/b"),
            ("/a/evil.example/b", "/a/evil[.]example/b"),
            ("WWW.EVIL", "WWW[.]EVIL"),
            ("to https://x.example/?a=1 now", "to https[:]//x[.]example/?a=1 now"),
        ] {
            assert_eq!(unlinked(name), shown);
        }
    }

    #[test]
    fn explanations_carry_no_secret() {
        let secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
        let said = why(&format!("550 no thanks: http://x/invitation/{secret}\r\nreally"));
        assert_eq!(said, "550 no thanks: http://x/invitation/… really");
        assert_eq!(why(secret), "…");
        assert_eq!(why(&"ab ".repeat(500)).chars().count(), 300);
    }
}
