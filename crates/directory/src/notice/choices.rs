//! How somebody wants to be told of things that happen in groups. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest;
use crate::error::Refusal;
use crate::mail::Template;

/// How somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// By a mail for each thing.
    Each,
    /// By one mail a day for all of them. Only what administrators are told comes in it.
    Digest,
    /// Not at all.
    Off,
}

impl Choice {
    const ALL: [Self; 3] = [Self::Each, Self::Digest, Self::Off];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Each => "each",
            Self::Digest => "digest",
            Self::Off => "off",
        }
    }
}

/// The name of everything that administrators of groups are told.
pub const ADMINISTRATION: &str = "administration";

/// What somebody has chosen, by the names of mails; [`ADMINISTRATION`] stands for all that administrators are told. What is not
/// named is as the realm has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeChoices(BTreeMap<String, Choice>);

impl NoticeChoices {
    /// Reads names and words.
    ///
    /// # Errors
    /// `Invalid`: there is no such mail, or it cannot be chosen; there is no such word, or that mail does not come in a digest.
    pub fn parse(chosen: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let mut choices = BTreeMap::new();
        for (name, word) in chosen {
            let choice = Choice::ALL.into_iter().find(|choice| choice.name() == word);
            let choice = choice.ok_or_else(|| Refusal::invalid(name.clone(), "each, digest or off"))?;
            let template = Template::parse(name).filter(|template| template.is_notice());
            if name != ADMINISTRATION {
                let template =
                    template.ok_or_else(|| Refusal::invalid(name.clone(), "no mail of this name can be chosen"))?;
                if choice == Choice::Digest && !digest::LISTED.contains(&template) {
                    return Err(Refusal::invalid(
                        name.clone(),
                        "this mail comes in no digest: each or off",
                    ));
                }
            }
            choices.insert(name.clone(), choice);
        }
        Ok(Self(choices))
    }

    /// The names and what was chosen.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Choice)> {
        self.0.iter().map(|(name, choice)| (name.as_str(), *choice))
    }

    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What holds for a mail, where the realm sends administrators a digest or not.
    pub(super) fn of(&self, template: Template, realm_digests: bool) -> Choice {
        if let Some(own) = self.0.get(template.name()) {
            return *own;
        }
        if !digest::LISTED.contains(&template) {
            return Choice::Each;
        }
        let usual = if realm_digests { Choice::Digest } else { Choice::Each };
        self.0.get(ADMINISTRATION).copied().unwrap_or(usual)
    }

    /// Reads the column. What a newer program knows is passed over.
    pub(super) fn from_column(text: &str) -> Self {
        let all: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        let known = |(name, value)| Some((name, serde_json::from_value(value).ok()?));
        Self(all.into_iter().filter_map(known).collect())
    }

    pub(super) fn to_column(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(pairs: &[(&str, &str)]) -> Result<NoticeChoices, Refusal> {
        let owned = pairs
            .iter()
            .map(|(name, word)| ((*name).to_owned(), (*word).to_owned()));
        NoticeChoices::parse(&owned.collect())
    }

    #[test]
    fn the_nearest_choice_counts_and_then_the_realm() {
        let none = NoticeChoices::default();
        let admin = Template::MemberSuspendedAdmin;
        assert_eq!(none.of(admin, false), Choice::Each);
        assert_eq!(none.of(admin, true), Choice::Digest);
        assert_eq!(none.of(Template::MemberSuspended, true), Choice::Each);
        let all = chosen(&[(ADMINISTRATION, "off"), ("suspend_member_group_admins", "each")]).expect("valid");
        assert_eq!(all.of(admin, true), Choice::Each);
        assert_eq!(all.of(Template::MemberLeft, true), Choice::Off);
        assert_eq!(all.of(Template::MemberSuspended, true), Choice::Each);
        assert_eq!(NoticeChoices::from_column(&all.to_column()), all);
        let newer = r#"{"leave_member_admin_inform":"off","x":"later"}"#;
        assert_eq!(NoticeChoices::from_column(newer).iter().count(), 1);
    }

    #[test]
    fn what_carries_a_link_cannot_be_switched_off_and_members_have_no_digest() {
        for (name, word) in [
            ("invitation", "off"),
            ("user_group_invitation", "off"),
            ("nothing", "off"),
            ("suspend_member", "digest"),
            ("suspend_member", "never"),
            ("delete_group_admin_inform", "digest"),
            (ADMINISTRATION, ""),
        ] {
            assert!(chosen(&[(name, word)]).is_err(), "{name} {word}");
        }
        assert!(chosen(&[("suspend_member", "off"), ("leave_member_admin_inform", "digest")]).is_ok());
    }
}
