//! Saying what a realm allows its groups to configure.

use serde_json::{Map, Value, json};

use super::super::rule::{Rule, RuleSays, table};
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, RealmRight};
use crate::realm;

/// Adds a rule.
#[derive(Clone, Debug)]
pub struct SetRule {
    /// What it says.
    pub says: RuleSays,
}

impl Command for SetRule {
    type Output = Rule;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Rule, Error> {
        let rule = Rule {
            id: change.new_id(),
            version: 1,
            says: self.says.clone(),
        };
        if !table::insert(change, &rule)? {
            return Err(Denial::RuleTaken.into());
        }
        let body = json!({ "rule": rule.id.to_string(), "after": described(&rule.says) });
        record(change, EventKind::RuleCreated, body)?;
        Ok(rule)
    }
}

/// Replaces a rule.
#[derive(Clone, Debug)]
pub struct ChangeRule {
    /// Which one.
    pub id: Id<Rule>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
    /// What it says from now on.
    pub says: RuleSays,
}

impl Command for ChangeRule {
    type Output = Rule;

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Rule, Error> {
        let before = load(change, self.id, self.if_version)?;
        if before.says == self.says {
            return Ok(before);
        }
        let mut after = Rule {
            says: self.says.clone(),
            ..before.clone()
        };
        if !table::update(change, &after)? {
            return Err(Denial::RuleTaken.into());
        }
        after.version += 1;
        let body = json!({
            "rule": after.id.to_string(),
            "before": described(&before.says),
            "after": described(&after.says),
        });
        record(change, EventKind::RuleChanged, body)?;
        Ok(after)
    }
}

/// Takes a rule away.
#[derive(Clone, Debug)]
pub struct RemoveRule {
    /// Which one.
    pub id: Id<Rule>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
}

impl Command for RemoveRule {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let rule = load(change, self.id, self.if_version)?;
        table::delete(change, rule.id)?;
        let body = json!({ "rule": rule.id.to_string(), "before": described(&rule.says) });
        record(change, EventKind::RuleDeleted, body)
    }
}

fn load(change: &mut Change<'_>, id: Id<Rule>, if_version: Option<i64>) -> Result<Rule, Error> {
    let rule = table::lock(change, id)?.ok_or(Refusal::NotFound { what: "rule" })?;
    if if_version.is_some_and(|version| version != rule.version) {
        return Err(Refusal::Changed.into());
    }
    Ok(rule)
}

fn described(says: &RuleSays) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("level".into(), says.level.name().into());
    map.insert("field".into(), says.spelling.as_str().into());
    map.insert("required".into(), says.required.into());
    map.insert("default".into(), says.default_value.clone().into());
    map.insert("max".into(), says.max.clone().into());
    map
}

fn record(change: &mut Change<'_>, kind: EventKind, body: Value) -> Result<(), Error> {
    let realm = change.realm();
    let subject = realm::subject(realm.id.number());
    change.record(Event::new(kind, subject, realm.version, body))?;
    Ok(())
}
