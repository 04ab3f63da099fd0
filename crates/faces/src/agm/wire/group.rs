//! A group, in short: as it stands in memberships and requests.

use std::collections::BTreeMap;

use directory::group::Group;
use serde::Serialize;

/// A group without what is below it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct GroupBrief {
    id: String,
    name: String,
    path: String,
    attributes: BTreeMap<String, Vec<String>>,
    /// The predecessor has its children elsewhere; its clients want the list.
    sub_groups: [(); 0],
}

/// The attribute that says how many days before its end a member is first reminded of a membership.
const NOTICE: &str = "expiration-notification-period";

impl GroupBrief {
    /// `above`: the names of the groups above, the root first. `notice_days`: the realm's.
    pub(in crate::agm) fn of(group: &Group, above: &[String], notice_days: u32) -> Self {
        let mut attributes = group.management.attributes.clone();
        let notice = group.management.notice_days.map_or(notice_days, u32::from);
        attributes.insert(NOTICE.to_owned(), vec![notice.to_string()]);
        Self {
            id: group.id.to_string(),
            name: group.name.clone(),
            path: path(above.iter().chain([&group.name])),
            attributes,
            sub_groups: [],
        }
    }
}

/// The names from the root on, each behind a slash; a slash within a name is written `~/`.
fn path<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names
        .flat_map(|name| ["/".to_owned(), name.replace('/', "~/")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_names_from_the_root_on() {
        let names = ["a", "p/q", "c"].map(str::to_owned);
        assert_eq!(path(names.iter()), "/a/p~/q/c");
    }
}
