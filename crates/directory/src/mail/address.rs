//! Mail addresses.

use std::fmt;

/// An address mail can be sent to: `local@domain`, without a display name, a comment or quotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// RFC 5321 §4.5.3.1: the longest local part, domain and path.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 253;
const MAX_TOTAL: usize = 254;

impl EmailAddress {
    /// Reads an address. Surrounding blanks are dropped; nothing else is changed. Letters beyond ASCII are taken
    /// (RFC 6531), quoted local parts and address literals are not.
    ///
    /// # Errors
    /// What is wrong, in words for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_matches(' ');
        if text.len() > MAX_TOTAL {
            return Err(format!("a mail address has at most {MAX_TOTAL} bytes"));
        }
        let Some((local, domain)) = text.split_once('@') else {
            return Err("not a mail address: there is no @".into());
        };
        if local.is_empty() || local.len() > MAX_LOCAL || !dotted(local, in_local) {
            return Err("not a mail address: the part before the @ is not valid".into());
        }
        let labels = dotted(domain, in_domain)
            && domain
                .split('.')
                .all(|label| label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-'));
        if domain.is_empty() || domain.len() > MAX_DOMAIN || !labels {
            return Err("not a mail address: the part after the @ is not a domain".into());
        }
        Ok(Self(text.to_owned()))
    }

    /// What the directory has checked before.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the @.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// Enough to recognise one's own address, not enough to learn another's: `a***@example.org`.
    pub fn masked(&self) -> String {
        let first: String = self.0.chars().take(1).collect();
        format!("{first}***@{}", self.domain())
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is one or more runs of such characters with single dots between them.
fn dotted(text: &str, takes: fn(char) -> bool) -> bool {
    text.split('.').all(|run| !run.is_empty() && run.chars().all(takes))
}

/// RFC 5322 `atext`, and letters and digits beyond ASCII.
fn in_local(character: char) -> bool {
    character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
}

fn in_domain(character: char) -> bool {
    character.is_alphanumeric() || character == '-'
}

#[cfg(test)]
mod tests {
    use super::EmailAddress;

    #[test]
    fn addresses_are_taken_as_they_are_written() {
        for text in [
            "ann@example.org",
            "Ann.Bee+tag@Example.ORG",
            "o'neill@example.co.uk",
            "root@localhost",
            "jürgen@bücher.example",
            "x_y-z@a-b.example",
        ] {
            assert_eq!(
                EmailAddress::parse(text).map(|address| address.as_str().to_owned()),
                Ok(text.to_owned())
            );
        }
        assert_eq!(
            EmailAddress::parse(" ann@example.org ").expect("valid").as_str(),
            "ann@example.org"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ann",
            "@example.org",
            "ann@",
            "ann@@example.org",
            "ann@example..org",
            ".ann@example.org",
            "ann.@example.org",
            "ann@-example.org",
            "ann@example.org-",
            "ann bee@example.org",
            "ann@example.org\r\nBcc: eve@example.org",
            "ann@example.org\n",
            "Ann <ann@example.org>",
            "ann@example.org,eve@example.org",
            "\"ann\"@example.org",
            "ann@[127.0.0.1]",
            "ann\u{0}@example.org",
            "ann\u{202e}@example.org",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?} was taken");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        assert!(EmailAddress::parse(&long).is_err());
        let long = format!("a@{}", "a.".repeat(130));
        assert!(EmailAddress::parse(&long).is_err());
    }

    #[test]
    fn a_masked_address_keeps_its_first_letter_and_its_domain() {
        assert_eq!(
            EmailAddress::parse("jürgen@example.org").expect("valid").masked(),
            "j***@example.org"
        );
        assert_eq!(
            EmailAddress::parse("a@example.org").expect("valid").masked(),
            "a***@example.org"
        );
    }
}
