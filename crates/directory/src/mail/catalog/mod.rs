//! What mails say, one catalogue per language. A catalogue is a struct, so that no language can lack a sentence.
//!
//! - `topics`: which sentences about groups every language has.
//! - `en`, `de`: the languages, a file for each topic.
//!
//! `{realm}`, `{name}`, `{until}`, `{date}`, `{address}`, `{client}` and `{token}` are filled in before the text is escaped for its place.

mod de;
mod en;
mod topics;

pub(super) use topics::{Admins, Enrollment, Lines, Membership, Offers, Reviews, Say, Words};

use jiff::civil::Date;

use super::language::Language;
use crate::clock::Timestamp;

/// All sentences of one language.
pub(super) struct Catalog {
    pub(super) frame: Frame,
    pub(super) words: Words,
    pub(super) account: Account,
    pub(super) enrollment: Enrollment,
    pub(super) offers: Offers,
    pub(super) membership: Membership,
    pub(super) admins: Admins,
    pub(super) reviews: Reviews,
    months: [&'static str; 12],
    day_ends_with_dot: bool,
}

/// What stands around what a mail tells.
pub(super) struct Frame {
    pub(super) greeting_named: &'static str,
    pub(super) greeting: &'static str,
    pub(super) link_copy: &'static str,
    pub(super) link_until: &'static str,
    pub(super) sent_to: &'static str,
    pub(super) support: &'static str,
    pub(super) privacy: &'static str,
}

/// Accounts, addresses and tokens.
pub(super) struct Account {
    pub(super) invitation_subject: &'static str,
    pub(super) invitation_intro: &'static str,
    pub(super) invitation_button: &'static str,
    pub(super) invitation_decline: &'static str,
    pub(super) invitation_unexpected: &'static str,
    pub(super) confirmation_subject: &'static str,
    pub(super) confirmation_intro: &'static str,
    pub(super) confirmation_button: &'static str,
    pub(super) confirmation_meaning: &'static str,
    pub(super) confirmation_unexpected: &'static str,
    pub(super) sign_in_subject: &'static str,
    pub(super) sign_in_intro: &'static str,
    pub(super) sign_in_button: &'static str,
    pub(super) sign_in_unexpected: &'static str,
    pub(super) token_expiry_subject: &'static str,
    pub(super) token_expiry_intro: &'static str,
    pub(super) token_expiry_todo: &'static str,
    pub(super) token_expiry_create: &'static str,
    pub(super) token_expiry_replace: &'static str,
    pub(super) token_expiry_revoke: &'static str,
    pub(super) token_expiry_whom: &'static str,
    pub(super) test_subject: &'static str,
    pub(super) test_intro: &'static str,
    pub(super) test_meaning: &'static str,
}

impl Catalog {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &en::CATALOG,
            Language::De => &de::CATALOG,
        }
    }

    /// The day of an instant, in UTC: `18 December 2030`, `18. Dezember 2030`.
    pub(super) fn date(&self, at: Timestamp) -> String {
        self.day(in_utc(at).date())
    }

    /// A day, spelt out.
    pub(super) fn day(&self, at: Date) -> String {
        let dot = if self.day_ends_with_dot { "." } else { "" };
        let month = usize::try_from(at.month())
            .ok()
            .and_then(|month| self.months.get(month.wrapping_sub(1)));
        format!("{}{dot} {} {}", at.day(), month.unwrap_or(&""), at.year())
    }

    /// An instant to the minute, in UTC: `18 December 2030, 08:00 UTC`, `18. Dezember 2030, 08:00 UTC`.
    pub(super) fn instant(&self, at: Timestamp) -> String {
        let (date, at) = (self.date(at), in_utc(at));
        format!("{date}, {:02}:{:02} UTC", at.hour(), at.minute())
    }
}

/// A day, spelt out in a language.
pub(crate) fn spelt_out(day: Date, language: Language) -> String {
    Catalog::of(language).day(day)
}

fn in_utc(at: Timestamp) -> jiff::Zoned {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::MAX);
    at.to_zoned(jiff::tz::TimeZone::UTC)
}

/// Puts values in the place of their names. A value is never looked at again, so it cannot name another.
pub(super) fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let Some(length) = rest[open..].find('}') else { break };
        let name = &rest[open + 1..open + length];
        out.push_str(
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map_or("", |(_, value)| value),
        );
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{Catalog, fill};
    use crate::clock::Timestamp;
    use crate::mail::Language;

    #[test]
    fn instants_are_written_as_the_language_does() {
        let at = Timestamp::parse("2030-12-08T08:05:59Z").expect("valid");
        assert_eq!(Catalog::of(Language::En).instant(at), "8 December 2030, 08:05 UTC");
        assert_eq!(Catalog::of(Language::De).instant(at), "8. Dezember 2030, 08:05 UTC");
        assert_eq!(Catalog::of(Language::En).date(at), "8 December 2030");
        assert_eq!(Catalog::of(Language::De).date(at), "8. Dezember 2030");
    }

    #[test]
    fn a_value_cannot_name_another() {
        let filled = fill("{name} of {realm}!", &[("name", "{realm}"), ("realm", "Acme")]);
        assert_eq!(filled, "{realm} of Acme!");
    }
}
