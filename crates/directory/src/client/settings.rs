//! What is rarely set of a client: how it deviates from its profile. Pure.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Profile;
use crate::error::Refusal;

/// What becomes of an attribute that no schema has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownAttributes {
    /// It is left out, in PATCH too, and the answer says so in a `Warning`.
    Ignore,
    /// The request is refused, naming all of them.
    Reject,
}

/// What is made of a userName before anything looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserNameTransform {
    /// What stands before the first `@`.
    LocalPart,
    /// Characters that the profile does not allow become `_`.
    ReplaceInvalid,
}

/// What a POST answers whose externalId somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PostConflict {
    /// A conflict, as RFC 7644 has it.
    #[serde(rename = "409")]
    Refuse,
    /// Success, with the person who is there.
    #[serde(rename = "adopt_same_external_id")]
    AdoptSameExternalId,
}

/// What is rarely set of a client. What is unset is as the profile has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSettings {
    /// What becomes of an attribute that no schema has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_attributes: Option<UnknownAttributes>,
    /// What is made of a userName before anything looks at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name_transform: Option<UserNameTransform>,
    /// What a POST answers whose externalId somebody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_conflict: Option<PostConflict>,
    /// For how many days a DELETE suspends before it deletes; 0 = it deletes at once, the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend_before_delete_days: Option<u32>,
    /// How many requests a minute it may send to one server, so many at once too; unset = as many as it likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<NonZeroU32>,
}

/// What a setting may be, beside unset.
enum Kind {
    Words(&'static [&'static str]),
    Number { from: u64, to: u64, unit: &'static str },
}

const KEYS: [(&str, Kind); 5] = [
    ("unknown_attributes", Kind::Words(&["ignore", "reject"])),
    ("user_name_transform", Kind::Words(&["local_part", "replace_invalid"])),
    ("post_conflict", Kind::Words(&["409", "adopt_same_external_id"])),
    (
        "suspend_before_delete_days",
        Kind::Number {
            from: 0,
            to: 3650,
            unit: "days",
        },
    ),
    (
        "rate_limit",
        Kind::Number {
            from: 1,
            to: 10_000_000,
            unit: "requests a minute",
        },
    ),
];

impl ClientSettings {
    /// Whether nothing is set.
    pub fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// These settings with some changed: null unsets one, what is absent stays.
    ///
    /// # Errors
    /// `Invalid` for an unknown setting or a value that does not fit, naming those there are.
    pub fn merged(&self, changes: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut whole = match serde_json::to_value(self) {
            Ok(Value::Object(whole)) => whole,
            _ => Map::new(),
        };
        for (key, value) in changes {
            let Some((_, kind)) = KEYS.iter().find(|(known, _)| known == key) else {
                let known: Vec<&str> = KEYS.iter().map(|(known, _)| *known).collect();
                let why = format!("no such setting of a client; there are {}", known.join(", "));
                return Err(Refusal::invalid(key.clone(), why));
            };
            if value.is_null() {
                whole.remove(key);
            } else {
                kind.check(key, value)?;
                whole.insert(key.clone(), value.clone());
            }
        }
        serde_json::from_value(Value::Object(whole)).map_err(|error| Refusal::invalid("settings", error.to_string()))
    }

    /// The change that a text asks for, as the command line takes it: an empty text unsets.
    pub fn value_of(key: &str, text: &str) -> Value {
        let number = || {
            KEYS.iter()
                .any(|(known, kind)| *known == key && matches!(kind, Kind::Number { .. }))
        };
        match text {
            "" => Value::Null,
            _ if number() => text.parse::<u64>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        }
    }

    /// Whether the settings go with a profile.
    pub(super) fn check(&self, profile: Profile) -> Result<(), Refusal> {
        let replaces = self.user_name_transform == Some(UserNameTransform::ReplaceInvalid);
        if replaces && !profile.has_wire_rules() {
            let why = format!(
                "`replace_invalid` is for the profile wire: to the profile {} no character of a userName is invalid",
                profile.name()
            );
            return Err(Refusal::invalid("user_name_transform", why));
        }
        Ok(())
    }
}

impl Kind {
    fn check(&self, key: &str, value: &Value) -> Result<(), Refusal> {
        match self {
            Self::Words(words) => {
                if value.as_str().is_some_and(|word| words.contains(&word)) {
                    return Ok(());
                }
                let mut why = format!("{value} is unknown; known are {}", words.join(", "));
                if key == "unknown_attributes" && value == "store" {
                    why.push_str("; to store attributes of your own, declare an extension schema");
                }
                Err(Refusal::invalid(key.to_owned(), why))
            }
            Self::Number { from, to, unit } => match value.as_u64() {
                Some(number) if (*from..=*to).contains(&number) => Ok(()),
                _ => Err(Refusal::invalid(key.to_owned(), format!("{from} to {to} {unit}"))),
            },
        }
    }
}
