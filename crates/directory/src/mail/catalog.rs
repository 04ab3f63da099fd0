//! What mails say, one catalogue per language. A catalogue is a struct, so that no language can lack a sentence.
//!
//! `{realm}`, `{name}`, `{until}`, `{date}`, `{address}`, `{client}` and `{token}` are filled in before the text is escaped for its place.

use super::language::Language;
use crate::clock::Timestamp;

/// All sentences of one language.
pub(super) struct Catalog {
    pub(super) greeting_named: &'static str,
    pub(super) greeting: &'static str,
    pub(super) invitation_subject: &'static str,
    pub(super) invitation_intro: &'static str,
    pub(super) invitation_button: &'static str,
    pub(super) link_copy: &'static str,
    pub(super) link_until: &'static str,
    pub(super) invitation_decline: &'static str,
    pub(super) invitation_unexpected: &'static str,
    pub(super) confirmation_subject: &'static str,
    pub(super) confirmation_intro: &'static str,
    pub(super) confirmation_button: &'static str,
    pub(super) confirmation_meaning: &'static str,
    pub(super) confirmation_unexpected: &'static str,
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
    pub(super) sent_to: &'static str,
    pub(super) support: &'static str,
    pub(super) privacy: &'static str,
    months: [&'static str; 12],
    day_ends_with_dot: bool,
}

static EN: Catalog = Catalog {
    greeting_named: "Hello {name},",
    greeting: "Hello,",
    invitation_subject: "Your invitation to {realm}",
    invitation_intro: "an account at {realm} has been prepared for you. Accept the invitation to use it.",
    invitation_button: "Open the invitation",
    link_copy: "If the button does not work, copy this address into your browser:",
    link_until: "The link works once, until {until}.",
    invitation_decline: "You can also decline on the page that opens.",
    invitation_unexpected: "If you do not know what this is about, ignore this mail: without your consent nothing happens.",
    confirmation_subject: "Confirm your address for {realm}",
    confirmation_intro: "{address} was entered as your address at {realm}. Confirm that it is yours.",
    confirmation_button: "Confirm the address",
    confirmation_meaning: "It is used from then on; an earlier one stays in use until then.",
    confirmation_unexpected: "If you do not know what this is about, ignore this mail: without your click the address is not used.",
    token_expiry_subject: "The token of {client} expires on {date}",
    token_expiry_intro: "the token “{token}” of the program {client} expires on {until}. From then on {realm} refuses what the program asks with it.",
    token_expiry_todo: "So that the program goes on without a break:",
    token_expiry_create: "Make a second token:",
    token_expiry_replace: "Give it to the program, and see that the program works with it.",
    token_expiry_revoke: "Revoke the old token:",
    token_expiry_whom: "The commands are for whoever runs the server. If the program is no longer used, there is nothing to do.",
    test_subject: "Test mail from {realm}",
    test_intro: "this is the test mail that was asked for.",
    test_meaning: "It has come, so mail from {realm} is sent.",
    sent_to: "This mail was sent to {address}.",
    support: "Questions?",
    privacy: "Privacy notice",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    day_ends_with_dot: false,
};

static DE: Catalog = Catalog {
    greeting_named: "Guten Tag {name},",
    greeting: "Guten Tag,",
    invitation_subject: "Ihre Einladung zu {realm}",
    invitation_intro: "bei {realm} ist ein Konto für Sie vorbereitet. Nehmen Sie die Einladung an, um es zu nutzen.",
    invitation_button: "Einladung öffnen",
    link_copy: "Falls sich nichts öffnet, kopieren Sie diese Adresse in Ihren Browser:",
    link_until: "Der Link gilt einmal, bis {until}.",
    invitation_decline: "Auf der Seite, die sich öffnet, können Sie auch ablehnen.",
    invitation_unexpected: "Wenn Sie damit nichts anfangen können, beachten Sie diese E-Mail nicht: Ohne Ihre Zustimmung geschieht nichts.",
    confirmation_subject: "Bestätigen Sie Ihre Adresse für {realm}",
    confirmation_intro: "{address} wurde bei {realm} als Ihre Adresse eingetragen. Bestätigen Sie, dass es Ihre ist.",
    confirmation_button: "Adresse bestätigen",
    confirmation_meaning: "Erst dann gilt sie; eine frühere Adresse bleibt bis dahin in Gebrauch.",
    confirmation_unexpected: "Wenn Sie damit nichts anfangen können, beachten Sie diese E-Mail nicht: Ohne Ihren Klick wird die Adresse nicht verwendet.",
    token_expiry_subject: "Das Token von {client} läuft am {date} ab",
    token_expiry_intro: "das Token „{token}“ des Programms {client} läuft am {until}, ab. Von da an weist {realm} ab, was das Programm damit anfragt.",
    token_expiry_todo: "Damit das Programm ohne Unterbrechung weiterarbeitet:",
    token_expiry_create: "Ein zweites Token anlegen:",
    token_expiry_replace: "Es dem Programm geben und prüfen, dass das Programm damit arbeitet.",
    token_expiry_revoke: "Das alte Token widerrufen:",
    token_expiry_whom: "Die Befehle sind für die Person, die den Server betreibt. Wird das Programm nicht mehr gebraucht, ist nichts zu tun.",
    test_subject: "Test-E-Mail von {realm}",
    test_intro: "dies ist die angeforderte Test-E-Mail.",
    test_meaning: "Sie ist angekommen: E-Mails von {realm} werden versandt.",
    sent_to: "Diese E-Mail ging an {address}.",
    support: "Fragen?",
    privacy: "Datenschutzhinweise",
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    day_ends_with_dot: true,
};

impl Catalog {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::De => &DE,
        }
    }

    /// The day of an instant, in UTC: `18 December 2030`, `18. Dezember 2030`.
    pub(super) fn date(&self, at: Timestamp) -> String {
        let at = in_utc(at);
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
