//! What a person may do in a realm.

/// A role of a person in a realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything in the realm.
    RealmAdmin,
    /// Manage every group.
    ManageGroups,
    /// Manage every group and the rules for groups.
    ManageGroupsExtended,
    /// Invite people.
    Inviter,
    /// Read everything, change nothing.
    Auditor,
}

impl Role {
    /// All roles with their names.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::RealmAdmin, "realm-admin"),
        (Self::ManageGroups, "manage-groups"),
        (Self::ManageGroupsExtended, "manage-groups-extended"),
        (Self::Inviter, "inviter"),
        (Self::Auditor, "auditor"),
    ];

    /// The name, e.g. `realm-admin`.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(role, _)| *role == self)
            .map_or("", |(_, name)| name)
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(role, _)| *role)
    }
}
