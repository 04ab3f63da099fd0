//! Looking at rows one by one: what no index answers of a filter, and sorts by a value. Within a limit.

use std::collections::HashMap;

use scim::filter::{Resolved, SortKey};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::cursor::Position;
use super::list::{EXAMINED, Order, Plan, too_many};
use super::members;
use super::render::{add_entitlements, group_location, group_value, user_location, user_value};
use super::scan::{self, AnyRow, Found, Placed};
use crate::Directory;
use crate::access;
use crate::entitlement;
use crate::error::Error;
use crate::principal::Principal;
use crate::user::User;

const SLICE: usize = 1000;

/// The n-th row on, and how many there are in all.
pub(super) async fn page(
    directory: &Directory,
    principal: &Principal,
    plan: &Plan,
    skip: usize,
    count: usize,
) -> Result<Found, Error> {
    if matches!(plan.order, Order::Evaluated { .. }) {
        let order = sorted(directory, principal, plan).await?;
        let wanted: Vec<Uuid> = order.iter().copied().skip(skip).take(count).collect();
        return Ok(Found {
            total: order.len(),
            rows: load(directory, principal, plan, &wanted).await?,
            groups: None,
        });
    }
    let mut found = Found {
        total: 0,
        rows: Vec::new(),
        groups: None,
    };
    let mut looking = Looking::at(plan);
    while let Some(rows) = looking.next(directory, principal).await? {
        for row in rows {
            if found.total >= skip && found.rows.len() < count {
                found.rows.push(row.row);
            }
            found.total += 1;
        }
    }
    Ok(found)
}

/// The rows after a position.
pub(super) async fn after(
    directory: &Directory,
    principal: &Principal,
    plan: &Plan,
    from: Option<&Position>,
    limit: usize,
) -> Result<Vec<Placed>, Error> {
    if matches!(plan.order, Order::Evaluated { .. }) {
        let order = sorted(directory, principal, plan).await?;
        // The last row tells the place; when it is gone, the count of rows before it does.
        let place = |position: &Position| {
            let found = order.iter().position(|id| *id == position.id);
            found.map_or(position.before.min(order.len()), |place| place + 1)
        };
        let first = from.map_or(0, place);
        let wanted: Vec<Uuid> = order.into_iter().skip(first).take(limit).collect();
        let rows = load(directory, principal, plan, &wanted).await?;
        let placed = |(index, row): (usize, AnyRow)| {
            let position = Position {
                before: first + index,
                ..Position::after(row.id(), None)
            };
            Placed { row, position }
        };
        return Ok(rows.into_iter().enumerate().map(placed).collect());
    }
    let mut placed = Vec::new();
    let mut looking = Looking {
        from: from.cloned(),
        ..Looking::at(plan)
    };
    while placed.len() < limit
        && let Some(rows) = looking.next(directory, principal).await?
    {
        placed.extend(rows);
    }
    placed.truncate(limit);
    Ok(placed)
}

/// A walk over the rows that the index leaves, a slice at a time.
struct Looking<'a> {
    plan: &'a Plan,
    from: Option<Position>,
    examined: usize,
    done: bool,
}

impl<'a> Looking<'a> {
    fn at(plan: &'a Plan) -> Self {
        Self {
            plan,
            from: None,
            examined: 0,
            done: false,
        }
    }

    /// Those of the next slice that match; none at the end.
    async fn next(&mut self, directory: &Directory, principal: &Principal) -> Result<Option<Vec<Placed>>, Error> {
        if self.done {
            return Ok(None);
        }
        if self.examined >= EXAMINED {
            return Err(too_many().into());
        }
        let rows = scan::slice(directory, self.plan, self.from.as_ref(), SLICE).await?;
        self.done = rows.len() < SLICE;
        self.examined += rows.len();
        self.from = rows.last().map(|row| row.position.clone());
        let Some(rest) = &self.plan.rest else {
            return Ok(Some(rows));
        };
        let mut values = values(directory, principal, rest, &rows, &mut self.examined).await?;
        for (row, value) in rows.iter().zip(&mut values) {
            locate(value, &row.row, &self.plan.base);
            self.plan.external_ids.in_value(value);
        }
        Ok(Some(
            rows.into_iter()
                .zip(values)
                .filter(|(_, value)| rest.matches(value))
                .map(|(row, _)| row)
                .collect(),
        ))
    }
}

/// The ids of all that match, in the order of a value. Missing values are last ascending, first descending; ids break ties.
async fn sorted(directory: &Directory, principal: &Principal, plan: &Plan) -> Result<Vec<Uuid>, Error> {
    let Order::Evaluated { by, descending } = &plan.order else {
        return Ok(Vec::new());
    };
    let mut keys: Vec<(bool, Option<SortKey>, Uuid)> = Vec::new();
    let mut looking = Looking::at(plan);
    while let Some(rows) = looking.next(directory, principal).await? {
        keys.extend(rows.iter().map(|placed| {
            let mut value = match &placed.row {
                AnyRow::User(user) => user_value(user, user.attributes(), &[], principal),
                AnyRow::Group(group) => group_value(group, principal),
            };
            locate(&mut value, &placed.row, &plan.base);
            plan.external_ids.in_value(&mut value);
            let key = by.sort_key(&value);
            (key.is_none(), key, placed.row.id())
        }));
    }
    keys.sort();
    if *descending {
        keys.reverse();
    }
    Ok(keys.into_iter().map(|(_, _, id)| id).collect())
}

async fn load(directory: &Directory, principal: &Principal, plan: &Plan, ids: &[Uuid]) -> Result<Vec<AnyRow>, Error> {
    let mut rows = scan::by_ids(directory, principal.realm, plan.kind, ids).await?;
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// Adds the URL of a row, which depends on where the caller came in.
fn locate(value: &mut Map<String, Value>, row: &AnyRow, base: &str) {
    if let Some(meta) = value.get_mut("meta").and_then(Value::as_object_mut) {
        let location = match row {
            AnyRow::User(user) => user_location(base, user.id),
            AnyRow::Group(group) => group_location(base, group.id),
        };
        meta.insert("location".into(), location.into());
    }
}

fn names(filter: &Resolved, top: &str) -> bool {
    filter
        .keys()
        .into_iter()
        .any(|key| key == top || key.strip_prefix(top).is_some_and(|rest| rest.starts_with('.')))
}

/// The rows as values, with groups or members only where the filter names them.
async fn values(
    directory: &Directory,
    principal: &Principal,
    filter: &Resolved,
    rows: &[Placed],
    examined: &mut usize,
) -> Result<Vec<Map<String, Value>>, Error> {
    let users: Vec<&User> = rows.iter().filter_map(|row| row.row.user()).collect();
    let mut users = user_values(directory, principal, filter, &users).await?.into_iter();
    let with_members = names(filter, "members");
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let AnyRow::Group(group) = &row.row else {
            values.extend(users.next());
            continue;
        };
        let mut value = group_value(group, principal);
        if with_members {
            let (members, count) = members::of_group(directory, principal, group.id, "").await?;
            *examined += count;
            if *examined > EXAMINED {
                return Err(too_many().into());
            }
            value.insert(
                "members".into(),
                serde_json::from_str(&format!("[{members}]")).unwrap_or_default(),
            );
        }
        values.push(value);
    }
    Ok(values)
}

/// Users as values, with their groups only where the filter names them.
pub(super) async fn user_values(
    directory: &Directory,
    principal: &Principal,
    filter: &Resolved,
    users: &[&User],
) -> Result<Vec<Map<String, Value>>, Error> {
    let mut groups = HashMap::default();
    if names(filter, "groups") && !users.is_empty() {
        let ids: Vec<Uuid> = users.iter().map(|user| user.id.uuid()).collect();
        groups = directory.groups_of_users(principal.realm, &ids).await?;
    }
    let mut entitlements = HashMap::default();
    if names(filter, "entitlements") && !users.is_empty() {
        let ids: Vec<Uuid> = users.iter().map(|user| user.id.uuid()).collect();
        // What the caller is not shown is not there for its filters either.
        let shown = access::policy(principal).and_then(|policy| policy.entitlements.as_ref());
        entitlements = entitlement::of_users(directory.db(), principal.realm, &ids, shown).await?;
    }
    let value = |user: &&User| {
        let mut value = user_value(
            user,
            user.attributes(),
            &groups.remove(&user.id.uuid()).unwrap_or_default(),
            principal,
        );
        add_entitlements(&mut value, &entitlements.remove(&user.id.uuid()).unwrap_or_default());
        value
    };
    Ok(users.iter().map(value).collect())
}
