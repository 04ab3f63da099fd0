//! What is known of a membership beside its columns: one JSON object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::column;

/// What is known of a membership beside its columns. A tombstone has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Why somebody gave, suspended or resumed it, in their words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// Who did that: an actor as in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// Reminders that were due until then are settled: sent, or made needless by whoever set the dates at that instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Timestamp>,
    /// The person lets it lapse, and wants no reminders.
    #[serde(skip_serializing_if = "is_unset")]
    pub lapses: bool,
    /// The terms it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermsStanding>,
    /// It gives no entitlements until the terms are accepted again.
    #[serde(skip_serializing_if = "is_unset")]
    pub withheld: bool,
    /// When it expired: its grace counts from then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_at: Option<Timestamp>,
    /// By which eligibility its person has given it to themselves for some hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevation: Option<Uuid>,
    /// Who had ended it before that, by the word in tables: when the hours are over it stands as before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_before: Option<String>,
    /// Given against the group's rules, by a migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagged: Option<String>,
    /// What only a newer version knows: it is kept.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it asks about by reference"
)]
fn is_unset(value: &bool) -> bool {
    !*value
}

/// How a membership stands to the terms it rests on. Where a newer version knows more of it, it is unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsStanding {
    /// Which version was accepted.
    pub version: Uuid,
    /// When.
    pub accepted_at: Timestamp,
    /// The first instant at which the acceptance no longer counts; none = it counts for good.
    pub until: Option<Timestamp>,
    /// What happens then. A version says so, and never changes.
    pub on_lapse: OnLapse,
    /// As for the end of a membership: reminders that were due until then are settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Timestamp>,
    /// The acceptance has lapsed, and that was acted on.
    #[serde(default, skip_serializing_if = "is_unset")]
    pub lapsed: bool,
}

/// What happens to a membership whose terms are no longer accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLapse {
    /// The person is asked to accept them, nothing else.
    Remind,
    /// It gives no entitlements until they are.
    Withhold,
    /// It ends, as if its time were over.
    End,
}

impl OnLapse {
    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Remind => "remind",
            Self::Withhold => "withhold",
            Self::End => "end",
        }
    }

    /// The one of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Remind, Self::Withhold, Self::End]
            .into_iter()
            .find(|on_lapse| on_lapse.name() == word)
    }
}

impl Details {
    pub(crate) fn from_column(text: Option<&str>) -> Result<Self, db::Error> {
        column::read("the details of a membership", text)
    }

    pub(crate) fn to_column(&self) -> Option<String> {
        column::write(self)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Details, OnLapse, TermsStanding};
    use crate::clock::Timestamp;

    #[test]
    fn nothing_is_null_and_everything_comes_back() {
        assert_eq!(Details::default().to_column(), None);
        assert_eq!(Details::from_column(None).expect("read"), Details::default());
        let all = Details {
            justification: Some("covers for Grace".into()),
            changed_by: Some("operator".into()),
            reminded: Some(Timestamp::from_millis(7)),
            lapses: true,
            terms: Some(TermsStanding {
                version: Uuid::from_u128(7),
                accepted_at: Timestamp::from_millis(1),
                until: Some(Timestamp::from_millis(2)),
                on_lapse: OnLapse::Withhold,
                reminded: None,
                lapsed: true,
            }),
            withheld: true,
            expired_at: Some(Timestamp::from_millis(9)),
            elevation: Some(Uuid::from_u128(8)),
            ended_before: Some("import".to_owned()),
            flagged: Some("migration".into()),
            rest: [("mood".to_owned(), "good".into())].into_iter().collect(),
        };
        assert_eq!(Details::from_column(all.to_column().as_deref()).expect("read"), all);
    }

    #[test]
    fn a_way_to_lapse_that_only_a_newer_version_knows_is_not_taken_for_no_terms() {
        let text = r#"{"terms":{"version":"00000000-0000-0000-0000-000000000007","accepted_at":1,"until":2,"on_lapse":"fine"}}"#;
        assert!(Details::from_column(Some(text)).is_err());
        assert!(Details::from_column(Some(&text.replace("fine", "withhold"))).is_ok());
    }
}
