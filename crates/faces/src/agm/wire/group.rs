//! A group: in short, as it stands in memberships and requests, with all that is below it, or with everything about it.

use std::collections::{BTreeMap, HashMap};

use directory::delegation::Subject;
use directory::entitlement::Form;
use directory::group::{FirstOwner, Group, GroupName, GroupNode, GroupPath, NewGroup, WholeGroup};
use directory::user::User;
use directory::{Id, Realm, Refusal};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::configuration::ConfigurationBody;
use super::user::UserBody;

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
        let notice = group.management.first_reminder().map_or(notice_days, u32::from);
        attributes.insert(NOTICE.to_owned(), vec![notice.to_string()]);
        Self {
            id: group.id.to_string(),
            name: group.name.clone(),
            path: GroupPath::of_names(above.to_vec()).below(&group.name).to_string(),
            attributes,
            sub_groups: [],
        }
    }
}

/// The attribute that says which way to join is offered first.
const DEFAULT_CONFIGURATION: &str = "defaultConfiguration";

/// A group with all that is below it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct GroupBody {
    id: String,
    name: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    attributes: BTreeMap<String, Vec<String>>,
    sub_groups: [(); 0],
    extra_sub_groups: Vec<GroupBody>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<More>,
}

/// What is said of one group alone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct More {
    /// The groups above, the root first.
    parents: Vec<ParentBody>,
    /// To what each role entitles.
    group_roles: BTreeMap<String, String>,
    enrollment_configuration_list: Vec<ConfigurationBody>,
    admins: Vec<AdminBody>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ParentBody {
    id: String,
    name: String,
    sub_groups: [(); 0],
}

/// A person who administers a group: by a delegation on it, or on one above.
#[derive(Clone, Debug, Serialize)]
struct AdminBody {
    user: UserBody,
    direct: bool,
}

impl GroupBody {
    pub(in crate::agm) fn of(node: &GroupNode) -> Self {
        let group = &node.group;
        let mut attributes = group.management.attributes.clone();
        if let Some(days) = group.management.first_reminder() {
            attributes.insert(NOTICE.to_owned(), vec![days.to_string()]);
        }
        if let Some(first) = group.default_configuration {
            attributes.insert(DEFAULT_CONFIGURATION.to_owned(), vec![first.to_string()]);
        }
        Self {
            id: group.id.to_string(),
            name: group.name.clone(),
            path: node.path.to_string(),
            parent_id: group.parent.map(|parent| parent.to_string()),
            attributes,
            sub_groups: [],
            extra_sub_groups: node.below.iter().map(Self::of).collect(),
            more: None,
        }
    }

    /// Everything about a group; `configurations` are its ways to join, as they are written by themselves.
    pub(in crate::agm) fn whole(whole: &WholeGroup, realm: &Realm, configurations: Vec<ConfigurationBody>) -> Self {
        let parent = |(id, name): &(Id<Group>, String)| ParentBody {
            id: id.to_string(),
            name: name.clone(),
            sub_groups: [],
        };
        let roles = whole.roles.iter();
        let roles = roles.map(|role| (role.name.clone(), entitlement(realm, &whole.node.path, &role.name)));
        Self {
            more: Some(More {
                parents: whole.parents.iter().map(parent).collect(),
                group_roles: roles.collect(),
                enrollment_configuration_list: configurations,
                admins: admins(whole),
            }),
            ..Self::of(&whole.node)
        }
    }
}

/// The people who administer the group now. Groups whose people do have no form here.
fn admins(whole: &WholeGroup) -> Vec<AdminBody> {
    let people: HashMap<Id<User>, &User> = whole.people.iter().map(|person| (person.id, person)).collect();
    let now = whole.admins.iter().filter(|admin| admin.counts);
    now.filter_map(|admin| {
        let Subject::User(id) = admin.delegation.subject else {
            return None;
        };
        let person = people.get(&id)?;
        Some(AdminBody {
            user: UserBody::of(person, whole.verified.contains(&id)),
            direct: admin.direct,
        })
    })
    .collect()
}

/// To what a role of a group entitles; below a name of our own where the realm has none.
pub(in crate::agm) fn entitlement(realm: &Realm, path: &GroupPath, role: &str) -> String {
    Form::shown(realm).value(path.names(), Some(role))
}

/// A group that is to be made or moved. Whole groups are sent back: what is not written here is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::agm) struct GroupDraft {
    pub(in crate::agm) id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    attributes: Option<Attributes>,
    #[serde(rename = "path")]
    _path: IgnoredAny,
    #[serde(rename = "parentId")]
    _parent_id: IgnoredAny,
    #[serde(rename = "subGroups")]
    _sub_groups: IgnoredAny,
    #[serde(rename = "extraSubGroups")]
    _extra_sub_groups: IgnoredAny,
    #[serde(rename = "parents")]
    _parents: IgnoredAny,
    #[serde(rename = "groupRoles")]
    _group_roles: IgnoredAny,
    #[serde(rename = "enrollmentConfigurationList")]
    _enrollment_configuration_list: IgnoredAny,
    #[serde(rename = "admins")]
    _admins: IgnoredAny,
}

/// Attributes as they are sent; null is none.
pub(in crate::agm) type Attributes = BTreeMap<String, Option<Vec<String>>>;

/// Attributes as they are meant.
pub(in crate::agm) fn attributes(sent: Attributes) -> BTreeMap<String, Vec<String>> {
    sent.into_iter()
        .map(|(name, values)| (name, values.unwrap_or_default()))
        .collect()
}

impl GroupDraft {
    /// The group to make.
    pub(in crate::agm) fn new_group(self, owner: FirstOwner) -> Result<NewGroup, Refusal> {
        Ok(NewGroup {
            attributes: attributes(self.attributes.unwrap_or_default()),
            description: self.description,
            owner,
            ..NewGroup::named(GroupName::parse(self.name.as_deref().unwrap_or_default())?)
        })
    }
}
