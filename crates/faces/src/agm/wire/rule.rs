//! A rule of the realm for ways to join.

use directory::enrollment::rule::{Level, Rule, RuleSays, rules};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::configuration::required;
use crate::agm::error::AgmError;

/// For which groups a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RuleType {
    TopLevel,
    Subgroup,
}

/// The words for the kinds of groups, the usual one first.
pub(in crate::agm) const TYPES: [(&str, Level); 2] = [("TOP_LEVEL", Level::TopLevel), ("SUBGROUP", Level::Subgroup)];

impl From<Level> for RuleType {
    fn from(level: Level) -> Self {
        match level {
            Level::TopLevel => Self::TopLevel,
            Level::Subgroup => Self::Subgroup,
        }
    }
}

impl From<RuleType> for Level {
    fn from(kind: RuleType) -> Self {
        match kind {
            RuleType::TopLevel => Self::TopLevel,
            RuleType::Subgroup => Self::Subgroup,
        }
    }
}

/// A rule.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct RuleBody {
    id: String,
    field: String,
    r#type: RuleType,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<String>,
}

impl RuleBody {
    pub(in crate::agm) fn of(rule: &Rule) -> Self {
        let says = &rule.says;
        Self {
            id: rule.id.to_string(),
            field: says.spelling.clone(),
            r#type: says.level.into(),
            required: says.required,
            default_value: says.default_value.clone(),
            max: says.max.clone(),
        }
    }
}

/// A rule as it is sent: all of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::agm) struct RuleInput {
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    field: Option<String>,
    r#type: Option<RuleType>,
    required: Option<bool>,
    default_value: Option<String>,
    max: Option<String>,
}

impl RuleInput {
    pub(in crate::agm) fn says(&self) -> Result<RuleSays, AgmError> {
        let level = required("type", self.r#type)?.into();
        let field = required("field", self.field.as_deref())?;
        let is_required = required("required", self.required)?;
        let says = rules::read(
            level,
            field,
            is_required,
            self.default_value.as_deref(),
            self.max.as_deref(),
        );
        Ok(says?)
    }
}
