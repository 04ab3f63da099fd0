//! Groups, those above first.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;
use db::Db;
use directory::group::GroupPath;
use directory::plan::{Carried, Foreign};

use super::texts::Texts;
use super::{foreign, sql};

/// The group attribute that names the way to join offered first; it is no attribute here.
const DEFAULT: &str = "defaultConfiguration";

const TABLE: &str = "keycloak_group";

/// All of them.
pub(super) async fn all(there: &Db, realm: &str) -> Result<Vec<Foreign>> {
    let mut attributes: HashMap<String, BTreeMap<String, Vec<String>>> = HashMap::new();
    for row in there.scan(sql::GROUP_ATTRIBUTES, &[realm.into()]).await? {
        let row = Texts::of(row)?;
        let (group, name) = (row.text(0), row.text(1));
        if let Some(value) = row.maybe(2).filter(|_| name != DEFAULT) {
            attributes
                .entry(group)
                .or_default()
                .entry(name)
                .or_default()
                .push(value);
        }
    }
    let mut by_parent: BTreeMap<Option<String>, Vec<Texts>> = BTreeMap::new();
    let mut known = HashSet::new();
    for row in there.scan(sql::GROUPS, &[realm.into()]).await? {
        let row = Texts::of(row)?;
        known.insert(row.text(0));
        by_parent.entry(row.maybe(1)).or_default().push(row);
    }
    let mut rows = Vec::new();
    let mut next = vec![(None, GroupPath::default())];
    while let Some((parent, path)) = next.pop() {
        let mut children = by_parent.remove(&parent).unwrap_or_default();
        children.sort_by_key(|row| row.text(2));
        for row in children {
            let (id, name) = (row.text(0), row.text(2));
            let path = path.below(&name);
            let carried = Carried::Group {
                parent: parent.clone(),
                group: name,
                attributes: attributes.remove(&id).unwrap_or_default(),
            };
            rows.push(foreign(&row, TABLE, path.to_string(), Ok(carried)));
            next.push((Some(id), path));
        }
    }
    // What is left hangs on nothing at the top.
    for (parent, children) in by_parent {
        let parent = parent.unwrap_or_default();
        for row in children {
            let why = if known.contains(&parent) {
                "the groups above it do not lead to one at the top".to_owned()
            } else {
                format!("the group {parent} above it is not there")
            };
            rows.push(foreign(&row, TABLE, row.text(2), Err(why)));
        }
    }
    Ok(rows)
}
