//! What a realm allows its groups to configure: which fields are required, what is filled in, what is too much.
//!
//! - [`Level`], [`Field`]: what a rule can be about.
//! - [`rules`]: what a rule may say, and what breaks one. Pure.

mod catalog;
pub mod rules;
pub(crate) mod table;

pub use catalog::{Field, FieldKind, Level};
pub use rules::{Fields, Rules, Violation};

use super::configuration::Configuration;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::denial::Denial;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::zone::Zone;

/// A rule of a realm about one field, for one kind of group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: Id<Rule>,
    /// Raised by every change.
    pub version: i64,
    /// What it says.
    pub says: RuleSays,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSays {
    /// For which groups.
    pub level: Level,
    /// About what.
    pub field: Field,
    /// How whoever wrote it spells the field.
    pub spelling: String,
    /// A value has to be given.
    pub required: bool,
    /// What a new way to join begins with.
    pub default_value: Option<String>,
    /// No value may be larger.
    pub max: Option<String>,
}

/// Refuses a way to join that breaks a rule of the realm: it was there before the rule, or whoever saved it put that aside. Nobody
/// comes in by it, or stays, until it fits.
pub(crate) fn check_way(change: &mut Change<'_>, group: &Group, way: &Configuration) -> Result<Rules, Error> {
    let rules = table::for_level(change, Level::of(group.parent))?;
    match rules.broken_by(&way.fields()).into_iter().next() {
        Some(broken) => Err(Denial::from(broken).into()),
        None => Ok(rules),
    }
}

/// What the realm allows instead of a membership of a group from then on until then; none where it may be. What has no beginning
/// begins now.
pub(crate) fn broken_by_time(
    change: &mut Change<'_>,
    group: &Group,
    (begin, end): (Option<Timestamp>, Option<Timestamp>),
) -> Result<Option<Violation>, Error> {
    let rules = table::for_level(change, Level::of(group.parent))?;
    let zone = Zone::of(change.realm());
    let from = zone.day(begin.unwrap_or_else(|| change.now()));
    Ok(rules.broken_by_days(from, end.map(|end| zone.last_day(end))))
}
