//! How text, times and names compare.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use jiff::Timestamp;

use crate::error::Error;

/// How many bytes the comparison key of a userName may have: more would not fit an index.
const USER_NAME_KEY_BYTES: usize = 1024;

/// The key by which text compares where letter case does not count: NFKC, full case folding, NFKC again.
///
/// Full-width and half-width forms, composed and decomposed letters, and `ß` and `ss` have the same key. Equal keys mean
/// equal text; the key is never shown. Taking the key of a key changes nothing.
pub fn key(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let once = fold(text);
    // A folded letter may compose with its neighbour into one that folds again; that ends after one more round.
    let twice = fold(&once);
    if twice == once { once } else { fold(&twice) }
}

fn fold(text: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let normal = nfkc.normalize(text);
    let folded = CaseMapper::new().fold_string(&normal);
    nfkc.normalize(&folded).into_owned()
}

/// The key by which people look for text, and by which lists of names are sorted: as [`key`], and accents do not count either.
///
/// `Muñoz`, `MUNOZ` and `munoz` have the same one. Marks that make another letter of it, as those of kana, stay. Taking the
/// key of a key changes nothing.
pub fn search_key(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Case first: some marks are letters in the other case, as the iota under `ᾀ`.
    let bare = without_accents(&key(text));
    without_accents(&key(&bare))
}

fn without_accents(text: &str) -> String {
    let classes = CanonicalCombiningClassMapBorrowed::new();
    // Classes 6 to 9 are marks that a letter of its script is another one without.
    let is_accent = |letter: &char| !matches!(classes.get_u8(*letter), 0 | 6..=9);
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    decomposed.chars().filter(|letter| !is_accent(letter)).collect()
}

/// Whether two texts are the same by the attribute's rule.
pub fn same(left: &str, right: &str, case_exact: bool) -> bool {
    left == right || (!case_exact && key(left) == key(right))
}

/// Checks a userName, in the spirit of RFC 8265: it is stored as sent, so only what could never be a name is refused.
///
/// # Errors
/// `invalidValue`: empty, blank, too long, or with characters that cannot be seen.
pub fn check_user_name(text: &str) -> Result<(), Error> {
    let refuse = |why: String| Err(Error::invalid_value(format!("userName: {why}")).about("userName"));
    if text.trim().is_empty() {
        return refuse("is required and may not be blank".into());
    }
    if let Some(character) = text.chars().find(|character| is_unseen(*character)) {
        return refuse(format!(
            "may not contain U+{:04X}, which cannot be seen",
            u32::from(character)
        ));
    }
    if key(text).len() > USER_NAME_KEY_BYTES {
        return refuse(format!("may have at most {USER_NAME_KEY_BYTES} bytes"));
    }
    Ok(())
}

/// Controls, line separators, marks of direction, invisible spaces, and what is no character at all. The two joiners are
/// let through: Persian and emoji need them.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FDD0}'..='\u{FDEF}')
        || u32::from(character) & 0xFFFE == 0xFFFE
}

/// The instant of an xsd:dateTime. One without a zone is taken as UTC.
pub fn instant(text: &str) -> Option<Timestamp> {
    let (local, zone) = split_zone(text)?;
    if !is_local_date_time(local) {
        return None;
    }
    // jiff keeps nanoseconds; what a sender has beyond that does not matter for comparing.
    let local = match local.split_once('.') {
        Some((whole, fraction)) if fraction.len() > 9 => Cow::Owned(format!("{whole}.{}", &fraction[..9])),
        _ => Cow::Borrowed(local),
    };
    format!("{local}{}", if zone.is_empty() { "Z" } else { zone })
        .parse()
        .ok()
}

/// A dateTime as it is answered: with the zone `Z`. One that already has it stays as sent.
pub fn date_time(text: &str) -> Option<Cow<'_, str>> {
    let instant = instant(text)?;
    if text.ends_with('Z') {
        return Some(Cow::Borrowed(text));
    }
    match split_zone(text)? {
        (local, "") => Some(Cow::Owned(format!("{local}Z"))),
        _ => Some(Cow::Owned(instant.to_string())),
    }
}

fn split_zone(text: &str) -> Option<(&str, &str)> {
    if let Some(local) = text.strip_suffix('Z') {
        return Some((local, "Z"));
    }
    let at = text.len().checked_sub(6)?;
    match text.as_bytes().get(at..)? {
        [b'+' | b'-', a, b, b':', c, d] if [a, b, c, d].into_iter().all(u8::is_ascii_digit) => {
            text.split_at_checked(at)
        }
        _ => Some((text, "")),
    }
}

/// `YYYY-MM-DDThh:mm:ss[.f…]`; that the numbers are a date is jiff's to see.
fn is_local_date_time(text: &str) -> bool {
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let shape = |(byte, pattern): (u8, u8)| {
        if pattern == b'0' {
            byte.is_ascii_digit()
        } else {
            byte == pattern
        }
    };
    let pattern = b"0000-00-00T00:00:00";
    whole.len() == pattern.len()
        && whole.bytes().zip(pattern.iter().copied()).all(shape)
        && fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
