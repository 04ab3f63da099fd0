//! What is set about a managed group beside its columns: one JSON object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
}

/// What getting into a privileged group takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Reads the column. What cannot be read counts as nothing set.
    pub(crate) fn from_column(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// The column; null when nothing is set.
    pub(crate) fn to_column(&self) -> Option<String> {
        if *self == Self::default() {
            return None;
        }
        serde_json::to_string(self).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Management, Privileged};

    #[test]
    fn nothing_set_is_null_and_everything_comes_back() {
        assert_eq!(Management::default().to_column(), None);
        assert_eq!(Management::from_column(None), Management::default());
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
        };
        assert_eq!(Management::from_column(all.to_column().as_deref()), all);
        let newer = Management::from_column(Some(r#"{ "notice_days": 7, "mood": "good" }"#));
        assert_eq!(newer.notice_days, Some(7));
    }
}
