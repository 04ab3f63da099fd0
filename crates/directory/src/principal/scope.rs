//! What a token may be used for.

use std::fmt;

/// What a token may be used for. `:write` does not imply `:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read users and groups by SCIM.
    ScimRead,
    /// Change users and groups by SCIM.
    ScimWrite,
    /// Read and change one's own resource.
    ScimMe,
    /// Read by Graph.
    GraphRead,
    /// Change by Graph.
    GraphWrite,
    /// Invite by mail.
    Invite,
    /// Invite many at once.
    InviteBulk,
    /// Invite to any address.
    InviteAnyAddress,
    /// Group management for oneself.
    AgmSelf,
    /// Manage groups one administers.
    AgmManage,
    /// Manage every group.
    AgmAdmin,
    /// Read events.
    EventsRead,
    /// Everything in the realm.
    Admin,
}

impl Scope {
    /// All scopes with their wire names.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::ScimRead, "scim:read"),
        (Self::ScimWrite, "scim:write"),
        (Self::ScimMe, "scim:me"),
        (Self::GraphRead, "graph:read"),
        (Self::GraphWrite, "graph:write"),
        (Self::Invite, "invite"),
        (Self::InviteBulk, "invite:bulk"),
        (Self::InviteAnyAddress, "invite:any-address"),
        (Self::AgmSelf, "agm:self"),
        (Self::AgmManage, "agm:manage"),
        (Self::AgmAdmin, "agm:admin"),
        (Self::EventsRead, "events:read"),
        (Self::Admin, "admin"),
    ];

    /// The wire name, e.g. `scim:read`.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(scope, _)| *scope == self)
            .map_or("", |(_, name)| name)
    }

    /// The scope of that wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(scope, _)| *scope)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The set of these scopes.
    pub fn of(scopes: &[Scope]) -> Self {
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }

    /// Reads names separated by spaces or commas.
    ///
    /// # Errors
    /// `Invalid` naming the unknown scope and the known ones.
    pub fn parse(text: &str) -> Result<Self, crate::Refusal> {
        let scopes = text
            .split([' ', ','])
            .filter(|name| !name.is_empty())
            .map(|name| {
                Scope::parse(name).ok_or_else(|| {
                    let known: Vec<_> = Scope::ALL.iter().map(|(_, name)| *name).collect();
                    crate::Refusal::invalid("scope", format!("`{name}` is unknown; known are {}", known.join(", ")))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of(&scopes))
    }

    /// Whether the scope is granted; `admin` grants every one.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || self.0.contains(&Scope::Admin)
    }

    /// Whether every scope of `self` is also in `other`.
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|scope| other.has(*scope))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| scope.name()).collect();
        f.write_str(&names.join(" "))
    }
}
