//! Names of groups and roles, as people give them.

use crate::denial::Denial;
use crate::error::Refusal;

/// The longest name somebody may give, in characters.
const LONGEST: usize = 200;

/// The name of a group: trimmed, of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupName(String);

impl GroupName {
    /// Reads a name.
    ///
    /// # Errors
    /// `group_name_blank`; or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Denial::GroupNameBlank.into());
        }
        check("name", name)?;
        if name.ends_with('~') {
            // In a path it stands twice, which nobody who types one expects.
            return Err(Refusal::invalid("name", "may not end in `~`"));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a role in a group: trimmed, of one line. Every letter counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

impl RoleName {
    /// What every new group has.
    pub(crate) fn member() -> Self {
        Self("member".to_owned())
    }

    /// Reads a name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Refusal::invalid("name", "a role takes a name of at least one letter"));
        }
        check("name", name)?;
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(what: &str, name: &str) -> Result<(), Refusal> {
    if name.chars().count() > LONGEST {
        return Err(Refusal::invalid(what, format!("at most {LONGEST} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Refusal::invalid(what, "letters, digits and signs of one line"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_of_one_line() {
        assert_eq!(GroupName::parse("  ops / eu ").expect("a name").as_str(), "ops / eu");
        assert_eq!(RoleName::parse(" Chair ").expect("a name").as_str(), "Chair");
        assert_eq!(GroupName::parse(" \t "), Err(Denial::GroupNameBlank.into()));
        for text in ["a\nb", "a\0", "a\u{7f}", &"x".repeat(201)] {
            assert!(
                matches!(GroupName::parse(text), Err(Refusal::Invalid { .. })),
                "{text:?}"
            );
            assert!(
                matches!(RoleName::parse(text), Err(Refusal::Invalid { .. })),
                "{text:?}"
            );
        }
        assert!(GroupName::parse("a~").is_err() && RoleName::parse(" ").is_err());
    }
}
