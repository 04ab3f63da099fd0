//! A group's members, read in slices and written as JSON as they come. A caller whose policy narrows what it sees gets the
//! members that it sees.

use std::collections::HashSet;
use std::fmt::Write as _;

use scim::filter::Resolved;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::look;
use super::scan::{self, AnyRow};
use crate::Directory;
use crate::access;
use crate::client::ResourceKind;
use crate::error::Error;
use crate::external_id::Comparison;
use crate::group::Group;
use crate::id::Id;
use crate::membership::table;
use crate::principal::Principal;
use crate::user::Sight;

const SLICE: i64 = 2000;

/// The members of a group as JSON elements, and how many there are.
pub(super) async fn of_group(
    directory: &Directory,
    principal: &Principal,
    group: Id<Group>,
    base: &str,
) -> Result<(String, usize), Error> {
    let mut out = String::new();
    let mut count = 0;
    let with_type = principal.client().is_none_or(|client| client.profile.types_members());
    let users = match Sight::of(principal) {
        Sight::All => table::MEMBERS_AFTER,
        Sight::Staying => table::STAYING_MEMBERS_AFTER,
        Sight::Shown => table::SHOWN_MEMBERS_AFTER,
    };
    let kinds = [
        (users, ResourceKind::User, "Users"),
        (table::GROUPS_AFTER, ResourceKind::Group, "Groups"),
    ];
    for (sql, kind, path) in kinds {
        let sees = Sees::of(directory, principal, kind);
        let mut after = Uuid::nil();
        loop {
            let params = [principal.realm.into(), group.into(), after.into(), SLICE.into()];
            let rows = directory.db().query(sql, &params).await?;
            let last = (rows.len() as i64) < SLICE;
            let mut members = Vec::with_capacity(rows.len());
            for mut row in rows {
                after = row.take(0)?;
                members.push((after, row.take::<Option<String>>(1)?));
            }
            for (id, display) in sees.among(directory, principal, kind, members).await? {
                if count > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{{\"value\":\"{id}\",\"$ref\":\"{base}/{path}/{id}\"");
                if with_type {
                    let _ = write!(out, ",\"type\":\"{}\"", kind.name());
                }
                if let Some(display) = display {
                    let _ = write!(out, ",\"display\":{}", Value::from(display));
                }
                out.push('}');
                count += 1;
            }
            if last {
                break;
            }
        }
    }
    Ok((out, count))
}

/// Which resources of a kind are within a caller's policy.
pub(super) struct Sees {
    filter: Option<Resolved>,
}

pub(super) type Member = (Uuid, Option<String>);

impl Sees {
    pub(super) fn of(directory: &Directory, principal: &Principal, kind: ResourceKind) -> Self {
        let filter = access::policy(principal).and_then(|policy| policy.filter(kind));
        Self {
            // A policy that no longer resolves reaches nothing.
            filter: filter.map(|text| {
                directory
                    .schemas()
                    .filter(kind, text)
                    .unwrap_or(Resolved::Constant(false))
            }),
        }
    }

    /// Those among them that the caller sees.
    pub(super) async fn among(
        &self,
        directory: &Directory,
        principal: &Principal,
        kind: ResourceKind,
        members: Vec<Member>,
    ) -> Result<Vec<Member>, Error> {
        if self.filter.is_none() || members.is_empty() {
            return Ok(members);
        }
        let ids: Vec<Uuid> = members.iter().map(|(id, _)| *id).collect();
        let realm = directory.realm_by_id(principal.realm).await?;
        let rows = scan::by_ids(directory, principal.realm, kind, &ids).await?;
        let mut seen = HashSet::new();
        let mut users = Vec::new();
        for row in rows.values() {
            match row {
                AnyRow::User(user) => users.push(user),
                AnyRow::Group(group) if access::group_matches(directory.schemas(), principal, &realm, group) => {
                    seen.insert(group.id.uuid());
                }
                AnyRow::Group(_) => {}
            }
        }
        match &self.filter {
            Some(filter) => {
                let values = look::user_values(directory, principal, filter, &users).await?;
                let comparison = Comparison::of(principal, &realm);
                let filter = comparison.in_filter(filter.clone());
                let matches = |value: &mut Map<String, Value>| {
                    comparison.in_value(value);
                    filter.matches(value)
                };
                seen.extend(
                    users
                        .iter()
                        .zip(values)
                        .filter_map(|(user, mut value)| matches(&mut value).then_some(user))
                        .map(|user| user.id.uuid()),
                );
            }
            None => seen.extend(users.iter().map(|user| user.id.uuid())),
        }
        Ok(members.into_iter().filter(|(id, _)| seen.contains(id)).collect())
    }
}
