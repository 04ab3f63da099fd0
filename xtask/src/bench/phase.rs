//! What is measured, in the order in which it is.

use std::fmt;

use super::figures::Engine;

macro_rules! phases {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Those with a word of `scimload` are one run of it; the others are measured by us.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Phase {
            $($(#[$doc])* $name,)*
        }

        impl Phase {
            pub(super) const ALL: &[Self] = &[$(Self::$name,)*];

            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

phases! {
    /// What the machine allows: disk, SQLite alone, HTTP alone.
    Limits = "limits",
    /// The size of the program, and what it takes when it does nothing.
    Idle = "idle",
    /// Commits and reads under strace.
    Commits = "commits",
    Create = "create",
    Get = "get",
    FilterUserName = "filter-username",
    FilterExternalId = "filter-externalid",
    FilterEmail = "filter-email",
    Page = "page",
    Deep = "deep",
    Cursor = "cursor",
    Put = "put",
    Patch = "patch",
    /// More creates, on a server that has its users; in full runs.
    Load = "load",
    /// Reads beside 16 connections that create.
    GetWhileLoading = "get-while-loading",
    /// Creates beside two processes that spin.
    CreateUnderLoad = "create-under-load",
    AddThousand = "add-thousand",
    AddMember = "add-member",
    RemoveMember = "remove-member",
    AddHot = "add-hot",
    RemoveHot = "remove-hot",
    // The group has everybody in it, so somebody has to go before anybody can come.
    RemoveHuge = "remove-huge",
    AddHuge = "add-huge",
    GetGroup = "get-group",
    GetHuge = "get-huge",
    Token = "token",
    Invite = "invite",
    Open = "open",
    LookUp = "look-up",
    Accept = "accept",
    Delete = "delete",
    DeleteMember = "delete-member",
    /// Making and ending memberships of group management by hand, on a server whose clock stands; measured with the next.
    Join = "join",
    Part = "part",
    /// Memberships that end in one night, mails included.
    Expiry = "expiry",
    /// Stopping under load, starting again, starting after a kill.
    Restart = "restart",
}

impl Phase {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|phase| phase.name() == word)
    }

    /// The word by which `scimload` knows it.
    pub(super) fn of_scimload(self) -> &'static str {
        match self {
            Self::GetWhileLoading => "get",
            Self::CreateUnderLoad | Self::Commits | Self::Restart => "load",
            Self::Limits => "static",
            _ => self.name(),
        }
    }

    /// What has to run before it.
    pub(super) fn needs(self) -> Option<Self> {
        match self {
            Self::RemoveMember => Some(Self::AddMember),
            Self::RemoveHot => Some(Self::AddHot),
            Self::AddHuge => Some(Self::RemoveHuge),
            Self::Open | Self::Accept => Some(Self::Invite),
            Self::LookUp => Some(Self::Open),
            _ => None,
        }
    }

    /// How many connections it runs with, where that is not for the run to say.
    pub(super) fn connections(self) -> Option<&'static [usize]> {
        match self {
            Self::GetHuge | Self::DeleteMember => Some(&[1]),
            Self::AddThousand => Some(&[1, 4]),
            Self::Invite | Self::Open | Self::GetWhileLoading => Some(&[16]),
            Self::CreateUnderLoad => Some(&[64]),
            _ => None,
        }
    }

    /// What the yardstick does in its place. pgbench knows one read and one write.
    pub(super) fn yardstick(self, engine: Engine) -> bool {
        match engine {
            Engine::Sqlite => matches!(
                self,
                Self::Create | Self::Get | Self::FilterUserName | Self::Page | Self::Deep | Self::CreateUnderLoad
            ),
            Engine::Postgres => matches!(self, Self::Create | Self::Get),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phase_needs_comes_before_it() {
        for phase in Phase::ALL {
            assert_eq!(Phase::parse(phase.name()), Some(*phase));
            assert!(phase.needs().is_none_or(|needed| needed < *phase), "{phase}");
        }
    }
}
