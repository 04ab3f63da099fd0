//! What people write into forms: trimmed, of bounded length, without what no database holds.

use crate::error::Refusal;

/// The longest comment, justification or message, in characters.
pub(crate) const COMMENT: usize = 2000;
/// The longest text that introduces or concludes something.
pub(crate) const DESCRIPTION: usize = 4000;
/// The longest name of a way to join.
pub(crate) const NAME: usize = 255;
/// The longest label or prompt of a comment.
pub(crate) const LABEL: usize = 256;
/// The longest address of terms.
pub(crate) const URL: usize = 2000;

/// A text as it is kept: none when nothing is left of it.
///
/// # Errors
/// It is too long, or holds the character U+0000.
pub(crate) fn read(attribute: &str, text: Option<&str>, most: usize) -> Result<Option<String>, Refusal> {
    let text = text.unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains('\0') {
        return Err(Refusal::invalid(attribute, "text may not contain the character U+0000"));
    }
    if text.chars().count() > most {
        return Err(Refusal::invalid(attribute, format!("at most {most} characters")));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn text_is_trimmed_and_nothing_is_none() {
        let kept = |text| read("comments", text, 5).expect("it is taken");
        assert_eq!(kept(Some("  hello\n")).as_deref(), Some("hello"));
        assert_eq!(kept(Some("größe")).as_deref(), Some("größe"));
        assert_eq!(kept(Some(" \t\n")), None);
        assert_eq!(kept(None), None);
    }

    #[test]
    fn what_is_too_long_or_cannot_be_kept_is_refused() {
        for text in ["longer", "a\0b"] {
            assert!(read("comments", Some(text), 5).is_err(), "{text:?}");
        }
    }
}
