//! Who acts, and what that takes.
//!
//! - [`Principal`]: the one realm and the [`Actor`] of a request.
//! - `scope`, `role`: what a token may be used for, and what a person may do in a realm.
//! - `permission`: what a command or query takes, and the one place where it is checked.

use std::sync::Arc;

use crate::client::Client;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

mod permission;
mod role;
mod scope;

pub use permission::{Permission, RealmRight};
pub use role::Role;
pub use scope::{Scope, Scopes};

/// Who acts in a realm.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The one realm this principal can reach.
    pub realm: RealmId,
    /// Who it is.
    pub actor: Actor,
    /// The id of the request by which they act. A job has none, nor has the command line.
    pub request: Option<Arc<str>>,
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
    /// The program that carries the token. The OpenID provider's tokens belong to none: who acts by one is answered as a
    /// client of the generic profile without an access policy.
    pub client: Option<Arc<Client>>,
    /// The scopes of the token in use.
    pub scopes: Scopes,
    /// The roles of the person in this realm: granted here, or carried by the provider's token.
    pub roles: Vec<Role>,
    /// By what they act.
    pub credential: Credential,
}

/// By what a person acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A token of Usher's: it reaches what its scopes name.
    Own,
    /// A token of the realm's OpenID provider: it has no scopes of Usher's, so the person's roles alone decide.
    Provider(ProviderToken),
}

/// What a token of the realm's OpenID provider says of the sign-in behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderToken {
    /// Who issued it.
    pub issuer: String,
    /// Whom it names there.
    pub subject: String,
    /// The session at the provider, if the token names one.
    pub session: Option<String>,
    /// The identity providers behind the sign-in, nearest first.
    pub authorities: Vec<String>,
    /// How sure the provider is of who signed in.
    pub acr: Option<String>,
    /// Whether that is less than the realm asks of whoever uses a role (`oidc.acr`): then it has none.
    pub is_weak: bool,
    /// What its claims allow in the administration of the realm beside the person's roles.
    pub rights: Vec<RealmRight>,
}

impl UserActor {
    /// Whether what the person acts by reaches so far. It says nothing of what the person may do there.
    pub fn carries(&self, scope: Scope) -> bool {
        match &self.credential {
            Credential::Own => self.scopes.has(scope),
            Credential::Provider(_) => true,
        }
    }
}

impl Principal {
    /// The operator of the machine.
    pub fn operator(realm: RealmId) -> Self {
        Self {
            realm,
            actor: Actor::Operator,
            request: None,
        }
    }

    /// A job.
    pub fn system(realm: RealmId) -> Self {
        Self {
            realm,
            actor: Actor::System,
            request: None,
        }
    }

    /// Somebody who signed in at the realm's provider, with the roles that are granted here and those that their token carries.
    /// None counts where the sign-in was weaker than the realm asks for.
    pub(crate) fn signed_in(
        realm: RealmId,
        user: Id<User>,
        (granted, carried): (&[Role], Vec<Role>),
        token: ProviderToken,
    ) -> Self {
        let mut roles = if token.is_weak { Vec::new() } else { granted.to_vec() };
        roles.extend(carried.into_iter().filter(|role| !granted.contains(role)));
        let actor = UserActor {
            user,
            client: None,
            scopes: Scopes::default(),
            roles,
            credential: Credential::Provider(token),
        };
        Self {
            realm,
            actor: Actor::User(Arc::new(actor)),
            request: None,
        }
    }

    /// A caller without credentials.
    pub fn nobody(realm: RealmId) -> Self {
        Self {
            realm,
            actor: Actor::Nobody,
            request: None,
        }
    }

    /// The same by a request of that id.
    #[must_use]
    pub fn by_request(mut self, id: Arc<str>) -> Self {
        self.request = Some(id);
        self
    }

    /// The program behind the request, if there is one.
    pub fn client(&self) -> Option<&Arc<Client>> {
        match &self.actor {
            Actor::Client(actor) => Some(&actor.client),
            Actor::User(actor) => actor.client.as_ref(),
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

    /// By what a person acts, where it is a program's: how events name it beside them.
    pub fn via(&self) -> Option<String> {
        match &self.actor {
            Actor::User(actor) => Some(format!("client:{}", actor.client.as_ref()?.id)),
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
}
