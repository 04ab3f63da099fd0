//! Reading rows for lists: by place in an index, or after a position in it.

use std::collections::HashMap;

use db::{Row, Value, statements};
use uuid::Uuid;

use super::cursor::Position;
use super::list::{Order, Plan};
use super::look;
use crate::Directory;
use crate::client::ResourceKind;
use crate::counts;
use crate::error::Error;
use crate::group::{self, Group};
use crate::membership::table::{GroupOfUser, in_list};
use crate::principal::Principal;
use crate::realm::RealmId;
use crate::user::{self, Sight, User};

statements! {
    HIDDEN = "SELECT COUNT(*) FROM users WHERE realm = ?1 AND hidden";
    LEAVING = "SELECT COUNT(*) FROM users WHERE realm = ?1 AND leaves_at IS NOT NULL";
}

/// A user or a group as read.
#[derive(Clone, Debug)]
pub(crate) enum AnyRow {
    User(User),
    Group(Group),
}

impl AnyRow {
    pub(crate) fn id(&self) -> Uuid {
        match self {
            Self::User(user) => user.id.uuid(),
            Self::Group(group) => group.id.uuid(),
        }
    }

    pub(super) fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Group(_) => None,
        }
    }
}

/// Rows by their ids, in few statements.
pub(super) async fn by_ids(
    directory: &Directory,
    realm: RealmId,
    kind: ResourceKind,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, AnyRow>, Error> {
    let (name, alias, columns) = table(kind);
    let head = format!("SELECT {columns} FROM {name} {alias} WHERE {alias}.realm = ?1 AND {alias}.id IN");
    let mut found = HashMap::with_capacity(ids.len());
    for slice in ids.chunks(512) {
        let (sql, params) = in_list(&head, "", realm, slice);
        for mut row in directory.db().query(&sql, &params).await? {
            let row = read(kind, &mut row)?;
            found.insert(row.id(), row);
        }
    }
    Ok(found)
}

/// A row with its place in the order.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) row: AnyRow,
    pub(super) position: Position,
}

/// Rows from a place on, and how many there are in all.
pub(super) struct Found {
    pub(super) total: usize,
    pub(super) rows: Vec<AnyRow>,
    /// The groups of the people in it, where they were read along.
    pub(super) groups: Option<HashMap<Uuid, Vec<GroupOfUser>>>,
}

fn table(kind: ResourceKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ResourceKind::User => ("users", "u", user::table::COLUMNS),
        ResourceKind::Group => ("groups", "g", group::table::COLUMNS),
    }
}

fn read(kind: ResourceKind, row: &mut Row) -> Result<AnyRow, db::Error> {
    Ok(match kind {
        ResourceKind::User => AnyRow::User(user::table::from_row(row)?),
        ResourceKind::Group => AnyRow::Group(group::table::from_row(row)?),
    })
}

impl Plan {
    fn condition(&self) -> String {
        let (_, alias, _) = table(self.kind);
        let hidden = match self.sight {
            Sight::All => "",
            // By the index of the few who leave: what an index answers alone stays so.
            Sight::Staying => {
                " AND NOT EXISTS (SELECT 1 FROM users l /*sqlite: INDEXED BY users_leaving */
                    WHERE l.realm = u.realm AND l.id = u.id AND l.leaves_at IS NOT NULL)"
            }
            Sight::Shown => " AND NOT u.hidden",
        };
        format!("{alias}.realm = ?1 AND {}{hidden}", self.condition.sql)
    }

    /// `ORDER BY` by the index; evaluated sorts are read in the order of ids.
    fn order_by(&self) -> String {
        let (_, alias, _) = table(self.kind);
        match &self.order {
            Order::Id { descending: false } | Order::Evaluated { .. } => format!("{alias}.id"),
            Order::Id { descending: true } => format!("{alias}.id DESC"),
            Order::Column {
                name,
                descending: false,
            } => format!("{alias}.{name}, {alias}.id"),
            Order::Column { name, descending: true } => format!("{alias}.{name} DESC, {alias}.id DESC"),
        }
    }

    /// What comes after a position in that order.
    fn beyond(&self, position: &Position, params: &mut Vec<Value>) -> String {
        let (_, alias, _) = table(self.kind);
        let mut bind = |value: Value| {
            params.push(value);
            format!("?{}", params.len())
        };
        match (&self.order, &position.key) {
            (Order::Column { name, descending }, Some(key)) => {
                let sign = if *descending { "<" } else { ">" };
                let key = match *name {
                    "modified" => bind(key.parse::<i64>().unwrap_or_default().into()),
                    _ => bind(key.as_str().into()),
                };
                let id = bind(position.id.into());
                format!("({alias}.{name}, {alias}.id) {sign} ({key}, {id})")
            }
            (order, _) => {
                let sign = if matches!(order, Order::Id { descending: true }) {
                    "<"
                } else {
                    ">"
                };
                format!("{alias}.id {sign} {}", bind(position.id.into()))
            }
        }
    }

    /// The column behind all others that says a row's place, where that is not its id.
    fn key_column(&self) -> Option<String> {
        let (_, alias, _) = table(self.kind);
        match &self.order {
            Order::Column { name, .. } => Some(format!(", CAST({alias}.{name} AS TEXT)")),
            Order::Id { .. } | Order::Evaluated { .. } => None,
        }
    }

    pub(super) fn looks_at_rows(&self) -> bool {
        self.rest.is_some() || matches!(self.order, Order::Evaluated { .. })
    }
}

/// The total of several lists.
pub(super) async fn total(directory: &Directory, principal: &Principal, plans: &[Plan]) -> Result<usize, Error> {
    let mut sum = 0;
    for plan in plans {
        sum += if plan.looks_at_rows() {
            by_index(directory, principal, plan, 0, 0).await?.total
        } else {
            count(directory, principal, plan).await?
        };
    }
    Ok(sum)
}

async fn count(directory: &Directory, principal: &Principal, plan: &Plan) -> Result<usize, Error> {
    if plan.unfiltered {
        let kind = match plan.kind {
            ResourceKind::User => counts::USERS,
            ResourceKind::Group => counts::GROUPS,
        };
        let mut total = counts::total(directory.db(), principal.realm, kind).await?;
        let unseen = match plan.sight {
            Sight::All => None,
            Sight::Staying => Some(LEAVING),
            Sight::Shown => Some(HIDDEN),
        };
        if let Some(unseen) = unseen {
            let mut rows = directory.db().query(unseen, &[principal.realm.into()]).await?;
            total -= rows.first_mut().map_or(Ok(0), |row| row.take::<i64>(0))?;
        }
        return Ok(usize::try_from(total).unwrap_or(0));
    }
    let (name, alias, _) = table(plan.kind);
    let sql = format!("SELECT COUNT(*) FROM {name} {alias} WHERE {}", plan.condition());
    let mut rows = directory.db().scan(&sql, &plan.condition.params).await?;
    let total: i64 = rows.first_mut().map_or(Ok(0), |row| row.take(0))?;
    Ok(usize::try_from(total).unwrap_or(0))
}

/// The rows from the n-th on.
pub(super) async fn by_index(
    directory: &Directory,
    principal: &Principal,
    plan: &Plan,
    skip: usize,
    count_wanted: usize,
) -> Result<Found, Error> {
    if plan.looks_at_rows() {
        return look::page(directory, principal, plan, skip, count_wanted).await;
    }
    let (name, alias, columns) = table(plan.kind);
    let mut params = plan.condition.params.clone();
    // One row beyond the page tells, for short lists, that the total needs no second look.
    params.push((count_wanted as i64).into());
    let limit = params.len();
    let order = plan.order_by();
    let condition = plan.condition();
    if plan.reads_groups && skip == 0 && count_wanted > 0 {
        let found = directory
            .listed_with_groups(principal.realm, &condition, &order, &params)
            .await?;
        let total = if found.users.len() < count_wanted {
            found.users.len()
        } else {
            count(directory, principal, plan).await?
        };
        return Ok(Found {
            total,
            rows: found.users.into_iter().map(AnyRow::User).collect(),
            groups: Some(found.groups),
        });
    }
    let rows = if count_wanted == 0 {
        Vec::new()
    } else if skip == 0 {
        let sql = format!("SELECT {columns} FROM {name} {alias} WHERE {condition} ORDER BY {order} LIMIT ?{limit}");
        directory.db().query(&sql, &params).await?
    } else {
        // The skipped rows are walked in the index alone.
        params.push((skip as i64).into());
        let offset = params.len();
        let sql = format!(
            "SELECT {columns} FROM {name} {alias} WHERE {alias}.realm = ?1 AND {alias}.id IN
               (SELECT {alias}.id FROM {name} {alias} WHERE {condition} ORDER BY {order} LIMIT ?{limit} OFFSET ?{offset}) ORDER BY {order}"
        );
        directory.db().scan(&sql, &params).await?
    };
    let rows = rows
        .into_iter()
        .map(|mut row| read(plan.kind, &mut row))
        .collect::<Result<Vec<_>, _>>()?;
    let short = skip == 0 && rows.len() < count_wanted;
    let total = if short {
        rows.len()
    } else {
        count(directory, principal, plan).await?
    };
    Ok(Found {
        total,
        rows,
        groups: None,
    })
}

/// The rows after a position.
pub(super) async fn after(
    directory: &Directory,
    principal: &Principal,
    plan: &Plan,
    from: Option<&Position>,
    limit: usize,
) -> Result<Vec<Placed>, Error> {
    if plan.looks_at_rows() {
        return look::after(directory, principal, plan, from, limit).await;
    }
    slice(directory, plan, from, limit).await
}

/// At most so many rows of those that the index leaves, after a position.
pub(super) async fn slice(
    directory: &Directory,
    plan: &Plan,
    from: Option<&Position>,
    limit: usize,
) -> Result<Vec<Placed>, Error> {
    let (name, alias, columns) = table(plan.kind);
    let mut params = plan.condition.params.clone();
    let mut condition = plan.condition();
    if let Some(position) = from {
        condition = format!("{condition} AND {}", plan.beyond(position, &mut params));
    }
    params.push((limit as i64).into());
    let key_column = plan.key_column();
    let sql = format!(
        "SELECT {columns}{} FROM {name} {alias} WHERE {condition} ORDER BY {} LIMIT ?{}",
        key_column.as_deref().unwrap_or_default(),
        plan.order_by(),
        params.len()
    );
    let rows = if plan.looks_at_rows() {
        directory.db().scan(&sql, &params).await?
    } else {
        directory.db().query(&sql, &params).await?
    };
    rows.into_iter()
        .map(|mut row| {
            let last = row.len().saturating_sub(1);
            let key = key_column.is_some().then(|| row.take(last)).transpose()?;
            let any = read(plan.kind, &mut row)?;
            Ok(Placed {
                position: Position::after(any.id(), key),
                row: any,
            })
        })
        .collect()
}
