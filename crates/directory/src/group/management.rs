//! What is set about a managed group beside its columns: one JSON object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::column;
use crate::error::Refusal;

/// What is set about a managed group. Whatever is none or empty is as the realm says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Management {
    /// Free attributes, each with its values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// So many days before the end of a membership people are reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_days: Option<u16>,
    /// All days before the end at which they are reminded, the first first. They come before what `notice_days` makes of itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminder_days: Vec<u16>,
    /// For so many days an expired membership may come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u16>,
    /// Getting in takes more than an admin of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileged: Option<Privileged>,
    /// The address that is told what no admin is there to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Addresses that are told of requests beside those who review them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_mails_to: Vec<String>,
    /// Reviewers may accept what they asked for themselves.
    #[serde(skip_serializing_if = "is_unset")]
    pub self_approval: bool,
    /// Members need no role.
    #[serde(skip_serializing_if = "is_unset")]
    pub plain_members: bool,
    /// What only a newer version knows: it is kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What getting into a privileged group takes. Where a newer version asks for more than this one knows, it is unreadable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privileged {
    /// Whoever has all these roles of the realm may let people in.
    pub roles: Vec<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it asks about by reference"
)]
fn is_unset(value: &bool) -> bool {
    !*value
}

/// So many reminders of the end of one membership at most.
const MOST_REMINDERS: usize = 10;

impl Management {
    /// So many days before the end of a membership people are first reminded; none: as the realm says.
    pub fn first_reminder(&self) -> Option<u16> {
        self.reminder_days.first().copied().or(self.notice_days)
    }

    pub(crate) fn from_column(text: Option<&str>) -> Result<Self, db::Error> {
        column::read("what is set about a group", text)
    }

    pub(crate) fn to_column(&self) -> Option<String> {
        column::write(self)
    }
}

/// Refuses numbers of days that no group can be set to, and puts those of reminders in order, the first first.
pub(in crate::group) fn check_days(
    notice: Option<u16>,
    grace: Option<u16>,
    reminders: &[u16],
) -> Result<Vec<u16>, Refusal> {
    if notice.is_some_and(|days| !(1..=3650).contains(&days)) {
        return Err(Refusal::invalid("notice_days", "a number of days from 1 to 3650"));
    }
    if grace.is_some_and(|days| days > 3650) {
        return Err(Refusal::invalid("grace_days", "a number of days from 0 to 3650"));
    }
    if reminders.len() > MOST_REMINDERS || reminders.iter().any(|days| !(1..=3650).contains(days)) {
        let why = format!("at most {MOST_REMINDERS} numbers of days, each from 1 to 3650");
        return Err(Refusal::invalid("reminder_days", why));
    }
    let mut reminders = reminders.to_vec();
    reminders.sort_unstable_by(|one, other| other.cmp(one));
    reminders.dedup();
    Ok(reminders)
}

#[cfg(test)]
mod tests {
    use super::{Management, Privileged, check_days};

    #[test]
    fn reminders_are_in_order_and_the_first_of_them_is_the_first() {
        assert_eq!(check_days(None, None, &[1, 30, 7, 30]).expect("days"), [30, 7, 1]);
        for bad in [[0; 1].as_slice(), &[3651], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]] {
            assert!(check_days(None, None, bad).is_err(), "{bad:?}");
        }
        let set = |notice_days, reminder_days| Management {
            notice_days,
            reminder_days,
            ..Management::default()
        };
        assert_eq!(set(None, vec![]).first_reminder(), None);
        assert_eq!(set(Some(21), vec![]).first_reminder(), Some(21));
        assert_eq!(set(Some(21), vec![30, 1]).first_reminder(), Some(30));
    }

    #[test]
    fn nothing_set_is_null_and_everything_comes_back() {
        assert_eq!(Management::default().to_column(), None);
        assert_eq!(Management::from_column(None).expect("read"), Management::default());
        let all = Management {
            attributes: [("description".to_owned(), vec!["Operators".to_owned()])].into(),
            notice_days: Some(14),
            reminder_days: vec![30, 7],
            grace_days: Some(0),
            privileged: Some(Privileged {
                roles: vec!["inviter".to_owned()],
            }),
            contact: Some("ops@example.org".to_owned()),
            request_mails_to: vec!["desk@example.org".to_owned()],
            self_approval: true,
            plain_members: true,
            rest: [("mood".to_owned(), "good".into())].into_iter().collect(),
        };
        assert_eq!(Management::from_column(all.to_column().as_deref()).expect("read"), all);
    }

    #[test]
    fn a_group_whose_column_is_unreadable_is_not_taken_for_one_that_is_open_to_all() {
        for privileged in [r#"{"roles":"inviter"}"#, r#"{"roles":[],"two_of":["a","b"]}"#] {
            let text = format!(r#"{{"privileged":{privileged}}}"#);
            assert!(Management::from_column(Some(&text)).is_err(), "{text}");
        }
    }
}
