//! Who acts, and what that takes.

use std::fmt;
use std::sync::Arc;

use crate::client::Client;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

/// Who acts in a realm.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The one realm this principal can reach.
    pub realm: RealmId,
    /// Who it is.
    pub actor: Actor,
}

/// The kinds of principal.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The command line on the machine itself.
    Operator,
    /// A program with a token.
    Client(Arc<ClientActor>),
    /// A person: by a token that acts for them.
    User(Arc<UserActor>),
    /// A job.
    System,
    /// Nobody: no credentials, or the holder of a link.
    Nobody,
}

/// A program as it acts in one request.
#[derive(Clone, Debug)]
pub struct ClientActor {
    /// The program.
    pub client: Arc<Client>,
    /// The scopes of the token in use.
    pub scopes: Scopes,
    /// The token in use.
    pub token: Id<crate::token::Token>,
}

/// A person as they act in one request.
#[derive(Clone, Debug)]
pub struct UserActor {
    /// The person.
    pub user: Id<User>,
    /// The program that carries the token.
    pub client: Arc<Client>,
    /// The scopes of the token in use.
    pub scopes: Scopes,
    /// The roles granted to the person in this realm.
    pub roles: Vec<Role>,
}

impl Principal {
    /// The operator of the machine.
    pub fn operator(realm: RealmId) -> Self {
        Self {
            realm,
            actor: Actor::Operator,
        }
    }

    /// A job.
    pub fn system(realm: RealmId) -> Self {
        Self {
            realm,
            actor: Actor::System,
        }
    }

    /// A caller without credentials.
    pub fn nobody(realm: RealmId) -> Self {
        Self {
            realm,
            actor: Actor::Nobody,
        }
    }

    /// The program behind the request, if there is one.
    pub fn client(&self) -> Option<&Arc<Client>> {
        match &self.actor {
            Actor::Client(actor) => Some(&actor.client),
            Actor::User(actor) => Some(&actor.client),
            Actor::Operator | Actor::System | Actor::Nobody => None,
        }
    }

    /// The person who acts, if it is a person.
    pub fn user(&self) -> Option<Id<User>> {
        match &self.actor {
            Actor::User(actor) => Some(actor.user),
            Actor::Client(_) | Actor::Operator | Actor::System | Actor::Nobody => None,
        }
    }

    /// How events and idempotency keys name this principal.
    pub fn label(&self) -> String {
        match &self.actor {
            Actor::Operator => "operator".into(),
            Actor::Client(actor) => format!("client:{}", actor.client.id),
            Actor::User(actor) => format!("user:{}", actor.user),
            Actor::System => "system".into(),
            Actor::Nobody => "nobody".into(),
        }
    }

    /// Whether the principal has what a command needs; data is checked where rows pass.
    ///
    /// # Errors
    /// `MissingScope` or `Forbidden`, naming what it takes.
    pub fn check(&self, permission: Permission) -> Result<(), crate::Refusal> {
        let missing = |scope| Err(crate::Refusal::MissingScope(scope));
        match (&self.actor, permission) {
            (Actor::Operator | Actor::System, _) | (_, Permission::Anyone) => Ok(()),
            (_, Permission::System) => Err(crate::Refusal::forbidden("only jobs do this")),
            (Actor::Nobody, _) => Err(crate::Refusal::forbidden("this takes a token")),
            (_, Permission::Unnarrowed(scope)) => {
                self.check(Permission::Scope(scope))?;
                self.check_unnarrowed()
            }
            (Actor::Client(_), Permission::Scope(Scope::ScimMe)) => {
                Err(crate::Refusal::forbidden("this takes a token that acts as a person"))
            }
            (Actor::Client(actor), Permission::Scope(scope)) if actor.scopes.has(scope) => Ok(()),
            (Actor::Client(_), Permission::Scope(scope)) => missing(scope),
            // A person's token carries scopes too; what it reaches beyond /Me takes a role.
            (Actor::User(actor), Permission::Scope(Scope::ScimMe)) if actor.scopes.has(Scope::ScimMe) => Ok(()),
            (Actor::User(actor), Permission::Scope(Scope::Invite))
                if actor.roles.contains(&Role::Inviter) && actor.scopes.has(Scope::Invite) =>
            {
                Ok(())
            }
            (Actor::User(actor), Permission::Scope(scope))
                if actor.roles.contains(&Role::RealmAdmin) && actor.scopes.has(scope) =>
            {
                Ok(())
            }
            (
                Actor::User(actor),
                Permission::Scope(scope @ (Scope::ScimRead | Scope::GraphRead | Scope::EventsRead)),
            ) if actor.roles.contains(&Role::Auditor) && actor.scopes.has(scope) => Ok(()),
            (Actor::User(actor), Permission::Scope(scope)) if !actor.scopes.has(scope) => missing(scope),
            (Actor::User(_), Permission::Scope(_)) => Err(crate::Refusal::forbidden("this takes the role realm-admin")),
        }
    }

    /// A policy narrows a client to certain users and groups. Programs, tokens, roles, settings, mails and the log of events
    /// are none of them.
    fn check_unnarrowed(&self) -> Result<(), crate::Refusal> {
        let policy = self.client().and_then(|client| client.policy.as_ref());
        if policy.is_some_and(crate::client::Policy::narrows) {
            return Err(crate::Refusal::forbidden(
                "this client's access policy narrows it to users and groups",
            ));
        }
        Ok(())
    }
}

/// What a command or query takes, apart from what depends on data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Nothing: the secret in the request is the right.
    Anyone,
    /// This scope (and, for a person, the role that goes with it).
    Scope(Scope),
    /// This scope, of a client without an access policy that narrows it: for what tells of everybody in the realm, or could
    /// widen a policy.
    Unnarrowed(Scope),
    /// Jobs only.
    System,
}

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
