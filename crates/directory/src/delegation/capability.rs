//! What an administrator of a group may do in it.

use std::fmt;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// One thing an administrator of a group may do in it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Capability {
            $($(#[$doc])* $variant,)*
        }

        impl Capability {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in tables and on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

capabilities! {
    /// See who is in the group and how they stand.
    MembersRead = "members.read";
    /// Put people in, change their dates, take them out.
    MembersWrite = "members.write";
    /// Keep people out for a while.
    MembersSuspend = "members.suspend";
    /// Give members roles and take them away.
    RolesAssign = "roles.assign";
    /// Say which roles there are.
    RolesDefine = "roles.define";
    /// Decide about those who ask to join.
    RequestsReview = "requests.review";
    /// Invite people to join.
    InviteMember = "invite.member";
    /// Invite people to administer the group.
    InviteAdmin = "invite.admin";
    /// Say how people may join.
    ConfigWrite = "config.write";
    /// Name and describe the group.
    AttributesWrite = "attributes.write";
    /// Make groups below it.
    SubgroupsCreate = "subgroups.create";
    /// Put the group somewhere else.
    GroupMove = "group.move";
    /// Delete the group.
    GroupDelete = "group.delete";
    /// Name its administrators.
    AdminsWrite = "admins.write";
    /// See what happened in it.
    AuditRead = "audit.read";
}

impl Capability {
    /// The capability of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u16);

impl Capabilities {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Everything.
    pub fn all() -> Self {
        Self::of(Capability::ALL)
    }

    /// These.
    pub fn of(list: &[Capability]) -> Self {
        Self(list.iter().fold(0, |bits, capability| bits | capability.bit()))
    }

    /// Whether it is among them.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These and those.
    #[must_use]
    pub fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These but those.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// One by one.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL
            .iter()
            .copied()
            .filter(move |capability| self.has(*capability))
    }

    /// Reads names of capabilities and presets, separated by blanks; none when a word is neither.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace()
            .try_fold(Self::NONE, |all, word| Some(all.with(one_word(word)?)))
    }

    /// Reads the column. What only a newer program knows counts for nothing here.
    pub(crate) fn from_column(text: &str) -> Self {
        text.split_whitespace()
            .filter_map(one_word)
            .fold(Self::NONE, Self::with)
    }

    /// Whether whoever has them owns the group.
    pub fn is_owner(self) -> bool {
        self == Self::all()
    }
}

fn one_word(word: &str) -> Option<Capabilities> {
    let preset = Preset::parse(word).map(Preset::capabilities);
    preset.or_else(|| Capability::parse(word).map(|one| Capabilities::of(&[one])))
}

/// The name of the preset, or the names of all, separated by blanks.
impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.capabilities() == *self) {
            return f.write_str(preset.name());
        }
        for (index, capability) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(capability.name())?;
        }
        Ok(())
    }
}

/// Sets of capabilities that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Everything.
    Owner,
    /// Looks after members, those who ask and those who are invited, and their roles.
    Manager,
    /// Decides about those who ask.
    Reviewer,
    /// Sees members and what happened.
    Viewer,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Manager, Self::Reviewer, Self::Viewer];

    /// The word in tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Reviewer => "reviewer",
            Self::Viewer => "viewer",
        }
    }

    /// The preset of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// What it stands for.
    pub fn capabilities(self) -> Capabilities {
        use Capability::{
            AuditRead, InviteMember, MembersRead, MembersSuspend, MembersWrite, RequestsReview, RolesAssign,
        };
        match self {
            Self::Owner => Capabilities::all(),
            Self::Manager => Capabilities::of(&[
                MembersRead,
                MembersWrite,
                MembersSuspend,
                RolesAssign,
                RequestsReview,
                InviteMember,
            ]),
            Self::Reviewer => Capabilities::of(&[MembersRead, RequestsReview]),
            Self::Viewer => Capabilities::of(&[MembersRead, AuditRead]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_presets_keep_their_names() {
        for preset in Preset::ALL {
            assert_eq!(preset.capabilities().to_string(), preset.name());
            assert_eq!(Capabilities::parse(preset.name()), Some(preset.capabilities()));
        }
        for capability in Capability::ALL {
            assert_eq!(Capability::parse(capability.name()), Some(*capability));
        }
        let two = Capabilities::parse("  audit.read  members.write ").expect("two");
        assert_eq!(two.to_string(), "members.write audit.read");
        assert_eq!(
            Capabilities::parse("reviewer audit.read").map(|all| all.iter().count()),
            Some(3)
        );
        assert_eq!(Capabilities::parse("members.read fly"), None);
        assert_eq!(
            Capabilities::from_column("members.read fly").to_string(),
            "members.read"
        );
        assert!(Capabilities::parse("").is_some_and(Capabilities::is_empty));
    }

    #[test]
    fn sets_are_compared_by_what_is_in_them() {
        let all = Capabilities::all();
        assert!(all.is_owner() && all.iter().count() == Capability::ALL.len());
        let manager = Preset::Manager.capabilities();
        assert!(!manager.is_owner());
        assert_eq!(manager.without(all), Capabilities::NONE);
        assert_eq!(all.without(manager).with(manager), all);
    }
}
