//! The free attributes of a group.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::{Group, manage, table};
use crate::change::{Change, Command};
use crate::delegation::{Capability, reach};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::membership;
use crate::principal::Permission;
use crate::view::IfMatch;

/// What the group is for: an attribute like others, shown with the group.
pub(in crate::group) const DESCRIPTION: &str = "description";
/// Shown among the attributes, and no attribute.
const DEFAULT_CONFIGURATION: &str = "defaultConfiguration";
/// Shown among the attributes and written with them, and kept as a number.
const NOTICE_DAYS: &str = "expiration-notification-period";

/// So many attributes at most.
const MOST: usize = 100;
/// So many bytes of names and values at most.
const MOST_BYTES: usize = 64 * 1024;
/// The longest name, in characters.
const LONGEST_NAME: usize = 255;

/// Replaces all free attributes of a group.
#[derive(Clone, Debug)]
pub struct ReplaceAttributes {
    /// Which group.
    pub group: Id<Group>,
    /// All there are from now on, each with its values.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// The versions the caller accepts.
    pub if_match: IfMatch,
}

impl Command for ReplaceAttributes {
    type Output = Group;

    fn needs(&self) -> Permission {
        Permission::Manage
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Group, Error> {
        let (mut group, _) = reach::hold_group(change, self.group, Capability::AttributesWrite)?;
        if !self.if_match.allows(group.version) {
            return Err(Refusal::Changed.into());
        }
        let accepted = accept(&self.attributes)?;
        let before = group.management.clone();
        let same_notice = before.first_reminder() == accepted.notice_days;
        if before.attributes == accepted.attributes && same_notice {
            return Ok(group);
        }
        manage(change, &mut group)?;
        group.management.attributes = accepted.attributes;
        if !same_notice {
            group.management.notice_days = accepted.notice_days;
            group.management.reminder_days.clear();
        }
        group.version = table::set_management(change, &group)?;
        group.modified = change.now();
        let mut body = json!({ "before": before.attributes, "after": group.management.attributes });
        if !same_notice {
            body["notice_days"] = json!({ "before": before.first_reminder(), "after": accepted.notice_days });
        }
        change.record(Event::new(
            EventKind::GroupAttributesReplaced,
            group.id.uuid(),
            group.version,
            body,
        ))?;
        membership::follow_group(change, group.id, &before, &group.management)?;
        Ok(group)
    }
}

/// Attributes as they are kept.
pub(super) struct Accepted {
    pub(super) attributes: BTreeMap<String, Vec<String>>,
    pub(super) notice_days: Option<u16>,
}

/// Takes what is no free attribute out of what was given, and refuses what cannot be kept.
pub(super) fn accept(given: &BTreeMap<String, Vec<String>>) -> Result<Accepted, Refusal> {
    let mut attributes = given.clone();
    attributes.remove(DEFAULT_CONFIGURATION);
    let notice_days = match attributes.remove(NOTICE_DAYS) {
        Some(values) => notice_days(&values)?,
        None => None,
    };
    attributes.retain(|_, values| !values.is_empty());
    if attributes.len() > MOST {
        return Err(Refusal::TooLarge {
            what: "attributes of a group",
            limit: MOST,
        });
    }
    let mut bytes = 0;
    for (name, values) in &attributes {
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let why = format!("an attribute takes a name of one line, of at most {LONGEST_NAME} characters");
            return Err(Refusal::invalid("attributes", why));
        }
        if values.iter().any(|value| value.contains('\0')) {
            return Err(Refusal::invalid(
                name.clone(),
                "text may not contain the character U+0000",
            ));
        }
        bytes += name.len() + values.iter().map(String::len).sum::<usize>();
    }
    if bytes > MOST_BYTES {
        return Err(Refusal::TooLarge {
            what: "bytes of attributes of a group",
            limit: MOST_BYTES,
        });
    }
    Ok(Accepted {
        attributes,
        notice_days,
    })
}

/// Free attributes alone, as they are kept.
pub(in crate::group) fn check_attributes(
    given: &BTreeMap<String, Vec<String>>,
) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
    Ok(accept(given)?.attributes)
}

/// Days before the end; nothing written means that the realm says it.
fn notice_days(values: &[String]) -> Result<Option<u16>, Refusal> {
    let Some(first) = values
        .first()
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
    else {
        return Ok(None);
    };
    match first.parse::<u16>() {
        Ok(days) if (1..=3650).contains(&days) => Ok(Some(days)),
        _ => Err(Refusal::invalid(NOTICE_DAYS, "a number of days from 1 to 3650")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        pairs
            .iter()
            .map(|(name, list)| ((*name).to_owned(), values(list)))
            .collect()
    }

    #[test]
    fn what_is_no_free_attribute_is_kept_elsewhere_or_not_at_all() {
        let all = given(&[
            ("description", &["Operators"]),
            (DEFAULT_CONFIGURATION, &["x"]),
            (NOTICE_DAYS, &["14"]),
            ("empty", &[]),
        ]);
        let accepted = accept(&all).expect("accepted");
        assert_eq!(accepted.attributes, given(&[("description", &["Operators"])]));
        assert_eq!(accepted.notice_days, Some(14));
        assert_eq!(accept(&given(&[])).expect("accepted").notice_days, None);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for days in ["0", "3651", "soon", "-1"] {
            assert!(accept(&given(&[(NOTICE_DAYS, &[days])])).is_err(), "{days}");
        }
        let long = "x".repeat(MOST_BYTES);
        for bad in [
            given(&[(" ", &["x"])]),
            given(&[("a\nb", &["x"])]),
            given(&[("a", &["\0"])]),
            given(&[("a", &[&long])]),
        ] {
            assert!(accept(&bad).is_err(), "{:?}", bad.keys());
        }
        let many: BTreeMap<_, _> = (0..=MOST).map(|n| (n.to_string(), vec!["x".to_owned()])).collect();
        assert!(accept(&many).is_err());
    }
}
