//! What a rule may say, and what breaks one. Pure.

use super::super::{last_day, written};
use super::{Field, FieldKind, Level, Rule, RuleSays};
use crate::denial::Denial;
use crate::error::Refusal;
use crate::zone::Day;

/// The most days there are: a hundred years.
pub const MOST_DAYS: u32 = 36_500;

/// Reads a rule as it was written.
///
/// # Errors
/// `Invalid`: there is no such field, or a value is not one that it can have.
pub fn read(
    level: Level,
    spelling: &str,
    required: bool,
    default_value: Option<&str>,
    max: Option<&str>,
) -> Result<RuleSays, Refusal> {
    let Some(field) = Field::parse(spelling) else {
        let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        return Err(Refusal::invalid(
            "field",
            format!("there are rules for {}", known.join(", ")),
        ));
    };
    let default_value = written::read("defaultValue", default_value, written::URL)?;
    if let Some(value) = &default_value {
        check_default(field, value)?;
    }
    let max = written::read("max", max, written::LABEL)?;
    if let Some(max) = &max {
        if !field.is_bounded() {
            return Err(Refusal::invalid("max", "only membershipExpirationDays has a limit"));
        }
        let most =
            days(max).ok_or_else(|| Refusal::invalid("max", format!("a number of days from 1 to {MOST_DAYS}")))?;
        if default_value.as_deref().and_then(days).is_some_and(|days| days > most) {
            return Err(Refusal::invalid(
                "defaultValue",
                format!("at most {most} days, which is the limit"),
            ));
        }
    }
    Ok(RuleSays {
        level,
        field,
        spelling: spelling.to_owned(),
        required,
        default_value,
        max,
    })
}

fn check_default(field: Field, value: &str) -> Result<(), Refusal> {
    let right = match field.kind() {
        FieldKind::Days => days(value).is_some(),
        FieldKind::Day => Day::parse(value).is_ok(),
        FieldKind::Url => is_url(value),
        FieldKind::Flag => matches!(value, "true" | "false"),
        FieldKind::Text => value.chars().count() <= written::LABEL,
    };
    let wanted = match field.kind() {
        _ if right => return Ok(()),
        FieldKind::Days => format!("a number of days from 1 to {MOST_DAYS}"),
        FieldKind::Day => "a day such as 2030-12-31".into(),
        FieldKind::Url => "a URL that begins with https://".into(),
        FieldKind::Flag => "true or false".into(),
        FieldKind::Text => format!("at most {} characters", written::LABEL),
    };
    Err(Refusal::invalid("defaultValue", wanted))
}

/// Whether a text is an address on the web.
pub(crate) fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

fn days(text: &str) -> Option<u32> {
    let days = text.parse().ok()?;
    (1..=MOST_DAYS).contains(&days).then_some(days)
}

/// What rules look at in a way to join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// For how many days a membership lasts; none = for good.
    pub membership_expiration_days: Option<u32>,
    /// Whether a first day is set.
    pub has_valid_from: bool,
    /// Whether there are terms.
    pub has_terms: bool,
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// By which field.
    pub field: Field,
    /// What the rule allows.
    pub allowed: String,
}

impl From<Violation> for Denial {
    fn from(violation: Violation) -> Self {
        Self::RuleViolated {
            field: violation.field.name().to_owned(),
            allowed: violation.allowed,
        }
    }
}

/// The rules for one kind of group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<RuleSays>);

impl Rules {
    /// Those of a realm that are for groups of that kind.
    pub fn for_level(all: &[Rule], level: Level) -> Self {
        let own = all.iter().filter(|rule| rule.says.level == level);
        Self(own.map(|rule| rule.says.clone()).collect())
    }

    fn about(&self, field: Field) -> Option<&RuleSays> {
        self.0.iter().find(|rule| rule.field == field)
    }

    /// What a new way to join begins with.
    pub fn default_of(&self, field: Field) -> Option<&str> {
        self.about(field)?.default_value.as_deref()
    }

    fn requires(&self, field: Field) -> bool {
        self.about(field).is_some_and(|rule| rule.required)
    }

    fn most_days(&self) -> Option<u32> {
        days(self.about(Field::MembershipExpirationDays)?.max.as_deref()?)
    }

    /// What is wrong with a way to join, in a fixed order.
    pub fn broken_by(&self, fields: &Fields) -> Vec<Violation> {
        let mut broken = Vec::new();
        if let Some(allowed) = self.broken_duration(fields.membership_expiration_days) {
            broken.push(Violation {
                field: Field::MembershipExpirationDays,
                allowed,
            });
        }
        for (field, given) in [
            (Field::ValidFrom, fields.has_valid_from),
            (Field::Terms, fields.has_terms),
        ] {
            broken.extend(self.demanded(field).filter(|_| !given));
        }
        broken
    }

    /// A limit means that nothing lasts for good.
    fn broken_duration(&self, given: Option<u32>) -> Option<String> {
        match (given, self.most_days()) {
            (None, Some(most)) => Some(format!("1 to {most} days")),
            (Some(given), Some(most)) if given > most => Some(format!("1 to {most} days")),
            (None, None) if self.requires(Field::MembershipExpirationDays) => {
                Some("no membership that lasts for good".into())
            }
            _ => None,
        }
    }

    fn demanded(&self, field: Field) -> Option<Violation> {
        self.requires(field).then(|| Violation {
            field,
            allowed: "no way to join without it".into(),
        })
    }

    /// What would be wrong with a membership of somebody who has accepted no terms.
    pub fn demand_terms(&self) -> Option<Violation> {
        self.demanded(Field::Terms)
    }

    /// What would be wrong with a membership that lasts for good, limits apart.
    pub fn demand_an_end(&self) -> Option<Violation> {
        let required = self.requires(Field::MembershipExpirationDays);
        required.then(|| Violation {
            field: Field::MembershipExpirationDays,
            allowed: "no membership that lasts for good".into(),
        })
    }

    /// What is wrong with the days of one membership. `from` is the first day that the limit counts from.
    pub fn broken_by_days(&self, from: Day, last: Option<Day>) -> Option<Violation> {
        let allowed = match (last, self.most_days()) {
            (None, Some(most)) => format!("a last day until {}", last_day(from, most)),
            (Some(last), Some(most)) if last > last_day(from, most) => {
                format!("a last day until {}", last_day(from, most))
            }
            (None, None) if self.requires(Field::MembershipExpirationDays) => {
                "no membership that lasts for good".into()
            }
            _ => return None,
        };
        Some(Violation {
            field: Field::MembershipExpirationDays,
            allowed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Fields, Level, Rules, read};
    use crate::zone::Day;

    fn rules(list: &[(&str, bool, Option<&str>, Option<&str>)]) -> Rules {
        let each = list.iter().map(|(field, required, default, max)| {
            read(Level::TopLevel, field, *required, *default, *max).expect("a rule")
        });
        Rules(each.collect())
    }

    fn fields(days: Option<u32>, from: bool, terms: bool) -> Fields {
        Fields {
            membership_expiration_days: days,
            has_valid_from: from,
            has_terms: terms,
        }
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn a_rule_says_only_what_its_field_can_be() {
        let says = |field, default, max| read(Level::Subgroup, field, true, default, max).is_ok();
        for (field, default, max) in [
            ("membershipExpirationDays", Some("365"), Some("730")),
            ("membershipExpirationDays", Some(" 30 "), None),
            ("aupEntity", Some("https://example.org/terms"), None),
            ("validFrom", Some("2030-01-01"), None),
            ("commentsNeeded", Some("false"), None),
            ("commentsLabel", Some("Why?"), None),
            ("active", Some(" "), Some("")),
        ] {
            assert!(says(field, default, max), "{field} {default:?} {max:?}");
        }
        let long = "x".repeat(257);
        for (field, default, max) in [
            ("nonsense", None, None),
            ("membershipExpirationDays", Some("a year"), None),
            ("membershipExpirationDays", Some("0"), None),
            ("membershipExpirationDays", None, Some("many")),
            ("membershipExpirationDays", None, Some("-1")),
            ("aup", Some("javascript:alert(1)"), None),
            ("aup", Some("terms"), None),
            ("validFrom", Some("2030-02-31"), None),
            ("commentsNeeded", Some("yes"), None),
            ("commentsLabel", Some(long.as_str()), None),
            ("active", None, Some("1")),
        ] {
            assert!(!says(field, default, max), "{field} {default:?} {max:?}");
        }
    }

    #[test]
    fn a_way_to_join_breaks_rules_in_a_fixed_order() {
        use Field::{MembershipExpirationDays as Days, Terms, ValidFrom};
        let all = rules(&[
            ("aup", true, None, None),
            ("validFrom", true, None, None),
            ("membershipExpirationDays", true, None, Some("100")),
        ]);
        let broken =
            |fields: Fields| -> Vec<Field> { all.broken_by(&fields).into_iter().map(|one| one.field).collect() };
        assert_eq!(broken(fields(None, false, false)), [Days, ValidFrom, Terms]);
        assert_eq!(broken(fields(Some(101), true, false)), [Days, Terms]);
        assert_eq!(broken(fields(Some(100), true, true)), []);
        assert_eq!(Rules::default().broken_by(&fields(None, false, false)), []);
    }

    #[test]
    fn a_limit_or_a_requirement_means_that_nothing_lasts_for_good() {
        let (first, limit) = (day("2030-01-01"), day("2030-01-11"));
        let table = [
            (vec![], None, true),
            (vec![("membershipExpirationDays", true, None, None)], None, false),
            (
                vec![("membershipExpirationDays", true, None, None)],
                Some("2099-01-01"),
                true,
            ),
            (vec![("membershipExpirationDays", false, None, Some("10"))], None, false),
            (
                vec![("membershipExpirationDays", false, None, Some("10"))],
                Some("2030-01-11"),
                true,
            ),
            (
                vec![("membershipExpirationDays", false, None, Some("10"))],
                Some("2030-01-12"),
                false,
            ),
        ];
        for (list, last, holds) in table {
            let broken = rules(&list).broken_by_days(first, last.map(day));
            assert_eq!(broken.is_none(), holds, "{list:?} {last:?}");
        }
        let bounded = rules(&[("membershipExpirationDays", false, None, Some("10"))]);
        let broken = bounded.broken_by_days(first, None).expect("it is broken");
        assert!(broken.allowed.contains(&limit.to_string()), "{}", broken.allowed);
    }
}
