//! What a way to join may be like. Pure.

use super::super::rule::rules::{MOST_DAYS, is_url};
use super::super::rule::{Fields, Rules, Violation};
use super::super::terms::TermsDraft;
use super::super::written;
use super::{Contract, ExtendFrom};
use crate::error::Refusal;
use crate::zone::Day;

/// The most ways to join a group has.
pub const MOST_CONFIGURATIONS: usize = 100;
/// The most roles that one of them names.
const MOST_ROLES: usize = 200;

/// A way to join as somebody writes it: complete, since it replaces what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Whether it can be used.
    pub active: bool,
    /// Whether those see it who are no members.
    pub visible: bool,
    /// Somebody decides about those who are no members.
    pub require_approval: bool,
    /// Somebody decides about members who want to stay.
    pub require_approval_for_extension: bool,
    /// No membership begins before that day.
    pub valid_from: Option<Day>,
    /// For so many days one lasts; none = for good.
    pub membership_expiration_days: Option<i64>,
    /// From when one goes on that is renewed.
    pub extend_from: ExtendFrom,
    /// One may ask for several roles.
    pub multiselect_role: bool,
    /// The roles that can be had by it, by their names.
    pub roles: Vec<String>,
    /// One has to say why.
    pub comments_needed: bool,
    /// What stands above that; kept only where it is asked.
    pub comments_label: Option<String>,
    /// What is asked there; likewise.
    pub comments_description: Option<String>,
    /// What people read before they ask.
    pub enrollment_introduction: Option<String>,
    /// What they read after.
    pub enrollment_conclusion: Option<String>,
    /// What people read before they answer an invitation.
    pub invitation_introduction: Option<String>,
    /// What they read after.
    pub invitation_conclusion: Option<String>,
    /// Its terms; none takes them away.
    pub terms: Option<TermsDraft>,
}

/// What was read of a draft: everything but its roles, which are known by id only in the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    /// Its name.
    pub name: String,
    /// What it agrees with people, without roles.
    pub contract: Contract,
    /// The names of its roles, each once.
    pub roles: Vec<String>,
    /// Its terms.
    pub terms: Option<TermsDraft>,
}

impl Draft {
    /// Reads it.
    ///
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn read(&self) -> Result<Drafted, Refusal> {
        let name = written::read("name", Some(&self.name), written::NAME)?
            .ok_or_else(|| Refusal::invalid("name", "is required and may not be blank"))?;
        let text = |field: &str, text: &Option<String>, most| written::read(field, text.as_deref(), most);
        let (label, description) = if self.comments_needed {
            (
                text("commentsLabel", &self.comments_label, written::LABEL)?,
                text("commentsDescription", &self.comments_description, written::LABEL)?,
            )
        } else {
            (None, None)
        };
        let contract = Contract {
            require_approval: self.require_approval,
            require_approval_for_extension: self.require_approval_for_extension,
            valid_from: self.valid_from.map(|day| day.to_string()),
            membership_expiration_days: self.membership_expiration_days.map(read_days).transpose()?,
            extend_from: self.extend_from,
            multiselect_role: self.multiselect_role,
            roles: Vec::new(),
            comments_needed: self.comments_needed,
            comments_label: label,
            comments_description: description,
            requests_from_version: None,
            enrollment_introduction: text(
                "enrollmentIntroduction",
                &self.enrollment_introduction,
                written::DESCRIPTION,
            )?,
            enrollment_conclusion: text(
                "enrollmentConclusion",
                &self.enrollment_conclusion,
                written::DESCRIPTION,
            )?,
            invitation_introduction: text(
                "invitationIntroduction",
                &self.invitation_introduction,
                written::DESCRIPTION,
            )?,
            invitation_conclusion: text(
                "invitationConclusion",
                &self.invitation_conclusion,
                written::DESCRIPTION,
            )?,
        };
        let mut roles = self.roles.clone();
        roles.sort_unstable();
        roles.dedup();
        if roles.len() > MOST_ROLES {
            return Err(Refusal::invalid("groupRoles", format!("at most {MOST_ROLES} roles")));
        }
        let terms = self.terms.as_ref().map(TermsDraft::read).transpose()?;
        Ok(Drafted {
            name,
            contract,
            roles,
            terms,
        })
    }
}

impl Drafted {
    /// What of the realm's rules it breaks.
    pub fn broken(&self, rules: &Rules) -> Vec<Violation> {
        rules.broken_by(&Fields {
            membership_expiration_days: self.contract.membership_expiration_days,
            has_valid_from: self.contract.valid_from.is_some(),
            has_terms: self.terms.is_some(),
        })
    }
}

fn read_days(days: i64) -> Result<u32, Refusal> {
    u32::try_from(days)
        .ok()
        .filter(|days| (1..=MOST_DAYS).contains(days))
        .ok_or_else(|| {
            Refusal::invalid(
                "membershipExpirationDays",
                format!("a number of days from 1 to {MOST_DAYS}, or none for memberships that do not end"),
            )
        })
}

/// Reads the address of terms.
///
/// # Errors
/// `Invalid`: it is none.
pub(crate) fn read_url(url: &str) -> Result<String, Refusal> {
    let wrong = || Refusal::invalid("aup", "a URL that begins with https://");
    let url = written::read("aup", Some(url), written::URL)?.ok_or_else(wrong)?;
    if is_url(&url) { Ok(url) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::{Draft, Rules};
    use crate::enrollment::terms::TermsDraft;

    fn draft() -> Draft {
        Draft {
            name: " Join ops ".into(),
            comments_needed: true,
            comments_label: Some("Comments".into()),
            membership_expiration_days: Some(365),
            roles: vec!["member".into(), "curator".into(), "member".into()],
            ..Draft::default()
        }
    }

    #[test]
    fn what_is_read_is_trimmed_and_names_each_role_once() {
        let read = draft().read().expect("it is read");
        assert_eq!(read.name, "Join ops");
        assert_eq!(read.roles, ["curator", "member"]);
        assert_eq!(read.contract.membership_expiration_days, Some(365));
        assert_eq!(read.broken(&Rules::default()), []);
    }

    #[test]
    fn labels_are_kept_only_where_something_is_asked() {
        let quiet = Draft {
            comments_needed: false,
            comments_label: Some("x".repeat(300)),
            ..draft()
        };
        assert_eq!(quiet.read().expect("it is read").contract.comments_label, None);
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_field() {
        let terms = |url: &str| Draft {
            terms: Some(TermsDraft::at(url)),
            ..draft()
        };
        let table = [
            (
                "name",
                Draft {
                    name: " ".into(),
                    ..draft()
                },
            ),
            (
                "name",
                Draft {
                    name: "x".repeat(256),
                    ..draft()
                },
            ),
            (
                "name",
                Draft {
                    name: "a\0b".into(),
                    ..draft()
                },
            ),
            (
                "membershipExpirationDays",
                Draft {
                    membership_expiration_days: Some(0),
                    ..draft()
                },
            ),
            (
                "membershipExpirationDays",
                Draft {
                    membership_expiration_days: Some(-3),
                    ..draft()
                },
            ),
            (
                "membershipExpirationDays",
                Draft {
                    membership_expiration_days: Some(i64::MAX),
                    ..draft()
                },
            ),
            (
                "commentsLabel",
                Draft {
                    comments_label: Some("x".repeat(257)),
                    ..draft()
                },
            ),
            (
                "commentsDescription",
                Draft {
                    comments_description: Some("x".repeat(257)),
                    ..draft()
                },
            ),
            (
                "enrollmentIntroduction",
                Draft {
                    enrollment_introduction: Some("x".repeat(4001)),
                    ..draft()
                },
            ),
            (
                "groupRoles",
                Draft {
                    roles: (0..201).map(|role| role.to_string()).collect(),
                    ..draft()
                },
            ),
            ("aup", terms("")),
            ("aup", terms("/terms")),
            ("aup", terms("ftp://example.org/terms")),
        ];
        for (field, draft) in table {
            let refusal = draft.read().expect_err("it is refused");
            assert!(refusal.to_string().starts_with(field), "{field}: {refusal}");
        }
    }
}
