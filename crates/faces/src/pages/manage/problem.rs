//! What was wrong with a form, as its page says it to whoever looks after a group.

use directory::{Denial, DenialClass, Error, Refusal};
use serde::Serialize;

/// What was wrong.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Problem {
    /// The sentence.
    key: &'static str,
    /// What it is about, where the sentence names it.
    what: String,
}

impl Problem {
    pub(super) fn new(key: &'static str) -> Self {
        Self {
            key,
            what: String::new(),
        }
    }

    /// What the page can say of it; else the error as it was.
    pub(super) fn out_of(error: Error) -> Result<Self, Error> {
        match &error {
            Error::Refused(refusal) => Self::of(refusal).ok_or(error),
            _ => Err(error),
        }
    }

    /// What a refusal says; none where the form would help nobody.
    pub(super) fn of(refusal: &Refusal) -> Option<Self> {
        match refusal {
            // Somebody who was typed is not there; all else that is not found has no form any more.
            Refusal::Denied(denial) if denial.class() == DenialClass::NotFound && *denial != Denial::NoSuchUser => None,
            Refusal::Denied(denial) => Some(Self {
                key: sentence(denial)?,
                what: match denial {
                    Denial::RoleUnknown { role } => role.clone(),
                    _ => String::new(),
                },
            }),
            Refusal::Invalid { attribute, .. } => Some(Self {
                key: field(attribute).unwrap_or("trouble.invalid"),
                what: String::new(),
            }),
            Refusal::Changed => Some(Self::new("refusal.changed.text")),
            _ => None,
        }
    }
}

/// The sentence of a denial.
fn sentence(denial: &Denial) -> Option<&'static str> {
    Some(match denial.code() {
        "already_admin" => "trouble.already_admin",
        "already_member" => "trouble.already_member",
        "configuration_inactive" => "trouble.way_closed",
        "configuration_is_default" => "trouble.way_is_default",
        "configuration_required" | "configuration_unknown" => "trouble.way",
        "comment_required" | "justification_required" => "trouble.words",
        "email_invalid" | "email_required" => "trouble.address",
        "end_before_start" => "trouble.end_before_start",
        "end_in_past" => "trouble.end_in_past",
        "ends_later" => "trouble.ends_later",
        "group_cycle" => "trouble.cycle",
        "group_has_children" => "trouble.has_subgroups",
        "group_name_blank" => "trouble.name",
        "group_name_taken" => "trouble.name_taken",
        "invitation_open" => "trouble.invitation_open",
        "invitations_open" => "trouble.invitations_open",
        "job_running" => "trouble.running",
        "last_admin" => "trouble.last_admin",
        "last_role" => "trouble.last_role",
        "member_suspended" | "suspended" => "trouble.suspended",
        "membership_pending" | "not_enabled" => "trouble.not_enabled",
        "more_than_own" => "trouble.more_than_own",
        "no_groups_as_members" => "trouble.nested",
        "not_permitted" => "trouble.not_permitted",
        "not_suspended" => "trouble.not_suspended",
        "not_yourself" => "trouble.not_yourself",
        "one_role_only" => "refusal.one_role_only.text",
        "privileged" => "trouble.privileged",
        "request_not_pending" => "trouble.request_decided",
        "role_assigned" | "role_held" => "trouble.role_held",
        "role_taken" => "trouble.role_taken",
        "role_unknown" => "trouble.role_unknown",
        "roles_required" => "refusal.roles_required.text",
        "rule_violated" => "trouble.rule",
        "search_too_short" => "trouble.search_too_short",
        "start_in_past" => "trouble.start_in_past",
        "start_required" => "trouble.start_required",
        "suspended_above" => "trouble.suspended_above",
        "terms_for_member" => "trouble.terms_for_member",
        "too_deep" => "trouble.too_deep",
        "too_many" => "trouble.too_many",
        "user_required" | "user_unknown" => "trouble.nobody",
        _ => return None,
    })
}

/// The sentence of a field that holds what it cannot.
fn field(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "aup" | "url" => "trouble.url",
        "membershipExpirationDays" | "valid_days" | "notice_days" | "grace_days" | "reminder_days" => "trouble.days",
        "valid_from" | "validFrom" | "last_day" | "until" => "trouble.day",
        "name" => "trouble.name",
        "email" | "contact" | "request_mails_to" => "trouble.address",
        "valid_until" => "trouble.end_in_past",
        "text" | "comment" => "trouble.words",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use directory::{Denial, Refusal};

    use super::Problem;

    #[test]
    fn a_refusal_is_a_sentence_where_the_form_can_be_mended() {
        let key = |refusal: Refusal| Problem::of(&refusal).map(|problem| problem.key);
        assert_eq!(key(Denial::LastRole.into()), Some("trouble.last_role"));
        assert_eq!(
            key(Refusal::invalid("membershipExpirationDays", "too many")),
            Some("trouble.days")
        );
        assert_eq!(key(Refusal::invalid("anything", "else")), Some("trouble.invalid"));
        assert_eq!(key(Refusal::Changed), Some("refusal.changed.text"));
        assert_eq!(key(Denial::NoSuchConfiguration.into()), None);
        assert_eq!(key(Refusal::NotFound { what: "group" }), None);
        let named = Problem::of(&Denial::RoleUnknown { role: "x".into() }.into());
        assert_eq!(named.map(|problem| problem.what).as_deref(), Some("x"));
    }
}
