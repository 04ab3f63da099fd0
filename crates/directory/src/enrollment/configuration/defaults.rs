//! The way to join that every new group has. Pure.

use super::super::rule::{Field, Rules};
use super::super::terms::TermsDraft;
use super::Draft;

/// What is asked where nothing else is said.
const LABEL: &str = "Comments";
const PROMPT: &str = "Why do you want to join this group?";

/// The way to join that a new group has, with all its roles: as the realm's rules say, else somebody decides, and those who are
/// no members do not see it.
pub fn default_draft(group_name: &str, roles: &[String], rules: &Rules) -> Draft {
    let said = |field| rules.default_of(field);
    let unless_false = |field| said(field) != Some("false");
    let text = |field, usual: &str| Some(said(field).unwrap_or(usual).to_owned());
    Draft {
        name: format!("Join {group_name}").chars().take(255).collect(),
        active: unless_false(Field::Active),
        visible: said(Field::VisibleToNotMembers) == Some("true"),
        require_approval: unless_false(Field::RequireApproval),
        require_approval_for_extension: unless_false(Field::RequireApprovalForExtension),
        valid_from: None,
        membership_expiration_days: said(Field::MembershipExpirationDays).and_then(|days| days.parse().ok()),
        multiselect_role: unless_false(Field::MultiselectRole),
        roles: roles.to_vec(),
        comments_needed: unless_false(Field::CommentsNeeded),
        comments_label: text(Field::CommentsLabel, LABEL),
        comments_description: text(Field::CommentsDescription, PROMPT),
        terms: said(Field::Terms).map(TermsDraft::at),
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Rules, default_draft};
    use crate::enrollment::rule::{Level, Rule, rules::read};
    use crate::id::Id;

    fn rules(list: &[(&str, &str)]) -> Rules {
        let all: Vec<Rule> = list
            .iter()
            .map(|(field, default)| Rule {
                id: Id::new(uuid::Uuid::nil()),
                version: 1,
                says: read(Level::TopLevel, field, false, Some(default), None).expect("a rule"),
            })
            .collect();
        Rules::for_level(&all, Level::TopLevel)
    }

    #[test]
    fn without_rules_somebody_decides_and_only_members_see_it() {
        let draft = default_draft("ops", &["member".into()], &Rules::default());
        assert_eq!(draft.name, "Join ops");
        assert!(draft.require_approval && draft.require_approval_for_extension && draft.active);
        assert!(draft.multiselect_role && draft.comments_needed && !draft.visible);
        assert_eq!(draft.membership_expiration_days, None);
        assert_eq!(draft.roles, ["member"]);
        assert_eq!(draft.comments_label.as_deref(), Some("Comments"));
        assert!(draft.terms.is_none() && draft.valid_from.is_none());
        assert!(draft.read().is_ok());
    }

    #[test]
    fn rules_fill_in_every_field_but_the_first_day() {
        let all = rules(&[
            ("requireApproval", "false"),
            ("requireApprovalForExtension", "false"),
            ("active", "false"),
            ("visibleToNotMembers", "true"),
            ("multiselectRole", "false"),
            ("commentsNeeded", "false"),
            ("commentsLabel", "Reason"),
            ("commentsDescription", "Say who sent you"),
            ("membershipExpirationDays", "90"),
            ("aupEntity", "https://example.org/terms"),
            ("validFrom", "2031-01-01"),
        ]);
        for field in Field::ALL {
            assert!(all.default_of(*field).is_some(), "{field:?}");
        }
        let draft = default_draft("ops", &[], &all);
        assert!(!draft.require_approval && !draft.require_approval_for_extension && !draft.active);
        assert!(!draft.multiselect_role && !draft.comments_needed && draft.visible);
        assert_eq!(draft.comments_label.as_deref(), Some("Reason"));
        assert_eq!(draft.membership_expiration_days, Some(90));
        assert_eq!(
            draft.terms.map(|terms| terms.url).as_deref(),
            Some("https://example.org/terms")
        );
        assert_eq!(draft.valid_from, None);
    }

    #[test]
    fn the_name_of_a_group_may_be_long() {
        let draft = default_draft(&"x".repeat(400), &[], &Rules::default());
        assert!(draft.read().is_ok());
    }
}
