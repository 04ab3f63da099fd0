//! Wire's tokens: a client of the profile `wire` with one token, made and ended in one step.

use super::{CreateToken, CreatedToken, Origin, RevokeToken, Token, table};
use crate::change::{Change, Command};
use crate::client::{self, Client, ClientSettings, CreateClient, DeleteClient, Profile};
use crate::error::Error;
use crate::id::Id;
use crate::principal::{Permission, Scope, Scopes};

/// Makes a client of the profile `wire` and its token.
#[derive(Clone, Debug)]
pub struct CreateWireToken {
    /// The token's name; `None` = its id.
    pub name: Option<String>,
    /// What it is for.
    pub description: String,
    /// Its users have accounts at the realm's provider.
    pub idp: bool,
}

impl Command for CreateWireToken {
    type Output = (Client, CreatedToken);

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(Client, CreatedToken), Error> {
        let number: Id<Client> = change.new_id();
        let client = CreateClient {
            name: format!("wire-{number}"),
            profile: Profile::Wire,
            scopes: Scopes::of(&[Scope::ScimRead, Scope::ScimWrite]),
            invite: None,
            idp: self.idp,
            pending_active: None,
            policy: None,
            settings: ClientSettings::default(),
            with_secret: false,
        };
        let client = client.run(change)?.client;
        let token = CreateToken {
            client: client.id,
            user: None,
            name: self.name.clone(),
            description: self.description.clone(),
            scopes: None,
            expires_at: None,
            origin: Origin::Wire,
        };
        let created = token.run(change)?;
        Ok((client, created))
    }
}

/// Ends a token of Wire's kind, and its client with its last one.
#[derive(Clone, Debug)]
pub struct DeleteWireToken {
    /// Which one.
    pub id: Id<Token>,
}

impl Command for DeleteWireToken {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let token = table::load(change, self.id)?;
        let client = client::load(change, token.client)?;
        let others = table::of_client(change, token.client)?
            .into_iter()
            .any(|id| id != self.id);
        if token.origin != Origin::Wire || others || client.has_secret {
            return RevokeToken { id: self.id }.run(change);
        }
        DeleteClient {
            id: client.id,
            if_version: None,
        }
        .run(change)
    }
}
