//! What is set about a managed group beside its columns: one JSON object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::column;

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
    /// For so many days an expired membership may come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u16>,
    /// Getting in takes more than an admin of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileged: Option<Privileged>,
    /// The address that is told what no admin is there to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
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

impl Management {
    pub(crate) fn from_column(text: Option<&str>) -> Result<Self, db::Error> {
        column::read("what is set about a group", text)
    }

    pub(crate) fn to_column(&self) -> Option<String> {
        column::write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Management, Privileged};

    #[test]
    fn nothing_set_is_null_and_everything_comes_back() {
        assert_eq!(Management::default().to_column(), None);
        assert_eq!(Management::from_column(None).expect("read"), Management::default());
        let all = Management {
            attributes: [("description".to_owned(), vec!["Operators".to_owned()])].into(),
            notice_days: Some(14),
            grace_days: Some(0),
            privileged: Some(Privileged {
                roles: vec!["inviter".to_owned()],
            }),
            contact: Some("ops@example.org".to_owned()),
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
