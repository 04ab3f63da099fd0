//! What things of another system come to: taken over, noted under their ids, or left because they are here.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::setting::{self, Planned};
use super::{Carried, Foreign};
use crate::Directory;
use crate::change::{Change, Command};
use crate::error::Error;
use crate::legacy;
use crate::plan::people::SLICE;
use crate::plan::{Action, Draft, Plan, PlanKind, commands, rules};
use crate::principal::{Permission, Principal, Scope};
use crate::token::TokenHash;
use crate::user::{self, User};

/// The member of an item's `after` that is the id in the other system.
pub(super) const ORIGINAL: &str = "original";

impl Directory {
    /// Adds what things of another system come to, whatever others name before them. `has` says how many items the plan has,
    /// from the call before; the answer is for the next one.
    ///
    /// # Errors
    /// The plan is not one of management that is being made, the scope `admin` is missing, or the store failed.
    pub async fn plan_management(
        &self,
        principal: &Principal,
        plan: &Plan,
        has: i64,
        rows: Vec<Foreign>,
    ) -> Result<i64, Error> {
        let mut has = has;
        for slice in rows.chunks(SLICE) {
            let command = AddForeign {
                plan: plan.clone(),
                has,
                rows: Arc::new(slice.to_vec()),
            };
            has = self.execute(principal, command).await?;
        }
        Ok(has)
    }
}

/// The member of an item that is the value of a setting.
pub(super) const VALUE: &str = "value";

/// Adds a slice of things to a plan.
struct AddForeign {
    plan: Plan,
    has: i64,
    rows: Arc<Vec<Foreign>>,
}

impl Command for AddForeign {
    /// How many items the plan has now.
    type Output = i64;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<i64, Error> {
        commands::check_made(&self.plan, PlanKind::Management)?;
        let mut drafts = Vec::with_capacity(self.rows.len());
        for row in self.rows.iter() {
            drafts.push(draft(change, row)?);
        }
        commands::add(change, &self.plan, self.has, &drafts)
    }
}

fn draft(change: &mut Change<'_>, row: &Foreign) -> Result<Draft, Error> {
    let (place, name) = (rules::without_nul(&row.place), rules::without_nul(&row.name));
    let draft = |action| Draft::new(action, &place, &name);
    let carried = match &row.carried {
        Ok(carried) => carried,
        Err(why) => return Ok(draft(Action::Refused).because(rules::without_nul(why))),
    };
    let Ok(Value::Object(mut after)) = serde_json::to_value(carried) else {
        return Ok(draft(Action::Refused).because("cannot be read"));
    };
    after.insert(ORIGINAL.into(), row.original.as_str().into());
    if after.values().any(rules::holds_nul) {
        return Ok(draft(Action::Refused).because(rules::NUL));
    }
    if let Some(id) = legacy::table::find(change, carried.kind(), &row.original)? {
        let mut nothing = draft(Action::Nothing).because("was taken over already");
        nothing.subject = Some(id);
        return Ok(nothing);
    }
    let mut made = draft(carried.action());
    match carried {
        Carried::Person { document, make } => match present(change, document)? {
            Found::One(user) => {
                made.action = Action::Adopt;
                made.subject = Some(user.id.uuid());
            }
            Found::Several => return Ok(draft(Action::Refused).because("several people have that address")),
            Found::Nobody if *make => {}
            Found::Nobody => return Ok(draft(Action::Refused).because("nobody of that name or address is here")),
        },
        Carried::Setting { setting, value } => match setting::planned(change, setting, value)? {
            Planned::Same => return Ok(draft(Action::Nothing).because("is set so already")),
            Planned::Refused(why) => return Ok(draft(Action::Refused).because(why)),
            Planned::Changes { before, after: value } => {
                made.before = before.map(|before| Map::from_iter([(VALUE.to_owned(), before.into())]));
                after.insert(VALUE.into(), value.unwrap_or_default().into());
            }
        },
        // Whoever has the secret may answer: it stands in no plan.
        Carried::Invitation(_) if TokenHash::of_hex(&row.original).is_none() => {
            return Ok(draft(Action::Refused).because("its link is not told by a hash"));
        }
        Carried::Group { .. }
        | Carried::Role { .. }
        | Carried::Rule { .. }
        | Carried::Way(_)
        | Carried::Admin { .. }
        | Carried::Member(_)
        | Carried::Request(_)
        | Carried::Invitation(_) => {}
    }
    made.after = Some(after);
    Ok(made)
}

enum Found {
    One(Box<User>),
    Several,
    Nobody,
}

/// Whoever has the userName, else the address.
fn present(change: &mut Change<'_>, document: &Map<String, Value>) -> Result<Found, Error> {
    let name = document.get("userName").and_then(Value::as_str).unwrap_or_default();
    if let Some(user) = user::table::read_named(change, name)? {
        return Ok(Found::One(Box::new(user)));
    }
    let Some(address) = user::rules::address(document) else {
        return Ok(Found::Nobody);
    };
    let mut found = user::table::many_at(change, &[user::rules::key(&address)])?;
    Ok(match (found.pop(), found.is_empty()) {
        (Some((_, user)), true) => Found::One(Box::new(user)),
        (Some(_), false) => Found::Several,
        (None, _) => Found::Nobody,
    })
}
