//! Which attribute stands in which column, and so is answered by an index.

use crate::client::ResourceKind;

/// The names of the attributes that an index answers, for messages and documentation.
pub(crate) const INDEXED: &str = "id, userName, externalId, emails.value, displayName, name.familyName, name.givenName, active, userType, \
    employeeNumber, department, manager, groups.value, members.value, meta.created, meta.lastModified, meta.resourceType";

/// How an attribute stands in the table.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// NOT NULL with a full index: answers filters and sorts.
    Sort(&'static str),
    /// The same, and the index holds all of it.
    UserName,
    /// With a partial index: answers filters.
    Optional(&'static str),
    Active,
    Modified,
    Created,
    Id,
    ResourceType,
}

pub(crate) fn column(kind: ResourceKind, key: &str) -> Option<Column> {
    Some(match (kind, key) {
        (_, "id") => Column::Id,
        (_, "meta.created") => Column::Created,
        (_, "meta.lastModified") => Column::Modified,
        (_, "meta.resourceType") => Column::ResourceType,
        (_, "displayName") => Column::Sort("display_name_key"),
        (ResourceKind::User, "userName") => Column::UserName,
        (ResourceKind::User, "name.familyName") => Column::Sort("family_name_key"),
        (ResourceKind::User, "name.givenName") => Column::Sort("given_name_key"),
        (ResourceKind::User, "active") => Column::Active,
        (ResourceKind::User, "userType") => Column::Optional("user_type_key"),
        (ResourceKind::User, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber") => {
            Column::Optional("employee_number_key")
        }
        (ResourceKind::User, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department") => {
            Column::Optional("department_key")
        }
        (ResourceKind::User, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value") => {
            Column::Optional("manager")
        }
        _ => return None,
    })
}
