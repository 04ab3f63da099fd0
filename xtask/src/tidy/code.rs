//! Just enough of Rust's grammar to look at code without its comments and texts.

/// The same text with every comment, string and character literal blanked; lines stay where they are.
pub(crate) fn without_texts(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment(bytes, at);
        if end > at {
            out.extend(
                bytes[at..end]
                    .iter()
                    .map(|&byte| if byte == b'\n' { b'\n' } else { b' ' }),
            );
            at = end;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The end of the comment or literal that begins here; `at` itself when none does.
fn literal_or_comment(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let after_word = at > 0 && is_word(bytes[at - 1]);
    match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment(bytes, at),
        [b'"', ..] => quoted(bytes, at, b'"'),
        [b'b' | b'c', b'"', ..] if !after_word => quoted(bytes, at + 1, b'"'),
        [b'r', b'"' | b'#', ..] if !after_word => raw(bytes, at, 1),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if !after_word => raw(bytes, at, 2),
        // A character, not a lifetime: `'x'`, `'\…'`, or one of several bytes.
        [b'\'', b'\\', ..] => quoted(bytes, at, b'\''),
        [b'\'', first, ..] => {
            let width = match first {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            if rest.get(1 + width) == Some(&b'\'') {
                at + width + 2
            } else {
                at
            }
        }
        _ => at,
    }
}

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => {
                (at, depth) = (at + 2, depth - 1);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of a literal whose opening quote stands at `open`.
fn quoted(bytes: &[u8], open: usize, quote: u8) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of a raw string, `prefix` letters before its hashes; `start` when it is a raw identifier.
fn raw(bytes: &[u8], start: usize, prefix: usize) -> usize {
    let hashes = bytes[start + prefix..].iter().take_while(|&&byte| byte == b'#').count();
    let open = start + prefix + hashes;
    if bytes.get(open) != Some(&b'"') {
        return start;
    }
    let mut closing = vec![b'"'];
    closing.resize(1 + hashes, b'#');
    let found = bytes[open + 1..]
        .windows(closing.len())
        .position(|window| window == closing);
    found.map_or(bytes.len(), |found| open + 1 + found + closing.len())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Each identifier or keyword of blanked code with its line, from 1.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = code.lines().enumerate();
    lines.flat_map(|(line, text)| {
        let words = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        words.filter(|word| !word.is_empty()).map(move |word| (line + 1, word))
    })
}

/// The names that follow `prefix::` anywhere in blanked code, also in groups: `crate::{api::X, scim}`.
pub(crate) fn names_below<'a>(code: &'a str, prefix: &str) -> Vec<(usize, &'a str)> {
    let path = format!("{prefix}::");
    let mut names = Vec::new();
    for (at, _) in code.match_indices(&path) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + path.len()..];
        if rest.trim_start().starts_with('{') {
            names.extend(first_names_of_group(rest).into_iter().map(|name| (line, name)));
        } else {
            names.push((line, leading_name(rest)));
        }
    }
    names
}

/// The first name of each element of the group that begins here.
fn first_names_of_group(group: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut depth, mut expects_name) = (0_usize, false);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => {
                depth += 1;
                expects_name = depth == 1;
            }
            '}' if depth <= 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => expects_name = true,
            _ if expects_name && !letter.is_whitespace() => {
                names.push(leading_name(&group[at..]));
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let source =
            "a // Tx\n/* Tx /* Tx */\n*/ b \"Tx \\\" Tx\" r#\"Tx \" Tx\"# b\"Tx\" 'T' '\\'' '√' &'a str r#type";
        let code = without_texts(source);
        assert!(!code.contains("Tx"));
        let words: Vec<_> = words(&code).collect();
        assert_eq!(words, [(1, "a"), (3, "b"), (3, "a"), (3, "str"), (3, "r"), (3, "type")]);
    }

    #[test]
    fn unfinished_texts_end_with_the_file() {
        for source in ["\"Tx", "/* Tx", "r##\"Tx\"#", "'\\", "b\"Tx\\"] {
            assert!(!without_texts(source).contains("Tx"), "{source}");
        }
    }

    #[test]
    fn names_are_found_alone_and_in_groups() {
        let code = "use crate::api::Y;\nuse crate::{scim::{Z, pages}, cc,\n graph as g};\nlet x = mycrate::no;";
        assert_eq!(
            names_below(code, "crate"),
            [(1, "api"), (2, "scim"), (2, "cc"), (2, "graph")]
        );
    }
}
