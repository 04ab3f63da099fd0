//! Making, naming and revoking tokens.

use serde_json::json;

use super::{Origin, PlainToken, Token, expiry, jit_before, record_jit, table};
use crate::Directory;
use crate::change::{Change, Command};
use crate::client::{self, Client};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Actor, Permission, Principal, Scope, Scopes};
use crate::realm::{Realm, RealmId};
use crate::user::{self, Lifecycle, User};

/// Longest life the token endpoint grants, in seconds.
pub const GRANTED_SECONDS: i64 = 3600;

/// Makes a token of a client.
#[derive(Clone, Debug)]
pub struct CreateToken {
    /// The program that carries it.
    pub client: Id<Client>,
    /// The person it acts as.
    pub user: Option<Id<User>>,
    /// Its name; `None` = its id.
    pub name: Option<String>,
    /// What it is for.
    pub description: String,
    /// What it may be used for; `None` = all of the client's scopes.
    pub scopes: Option<Scopes>,
    /// When it ends; `None` = never.
    pub expires_at: Option<Timestamp>,
    /// How it comes about.
    pub origin: Origin,
}

/// A token as it was made, with its secret, shown this once.
#[derive(Debug)]
pub struct CreatedToken {
    /// Everything but the secret.
    pub token: Token,
    /// The secret.
    pub plain: PlainToken,
}

impl Command for CreateToken {
    type Output = CreatedToken;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<CreatedToken, Error> {
        // Before the realm's row, as everybody takes them. Whoever suspends the person finds the token, or is found.
        if let Some(id) = self.user {
            let user = user::table::lock(change, id)?.ok_or(Refusal::NotFound { what: "user" })?;
            if user.lifecycle != Lifecycle::Active {
                return Err(Refusal::conflict("a token acts only as a person who is active").into());
            }
        }
        let client = client::load(change, self.client)?;
        let jit = jit_before(change)?;
        if self.origin == Origin::Wire
            && let Some(limit) = change.realm().settings.max_scim_tokens()
            && table::count_wire(change)? >= limit
        {
            return Err(Refusal::LimitReached { what: "tokens", limit }.into());
        }
        check_words(self.name.as_deref(), &self.description)?;
        let scopes = self.scopes.clone().unwrap_or_else(|| client.scopes.clone());
        if !scopes.within(&client.scopes) {
            return Err(Refusal::invalid(
                "scope",
                format!("a token's scopes are among its client's: {}", client.scopes),
            )
            .into());
        }
        if self.expires_at.is_some_and(|expiry| expiry <= change.now()) {
            return Err(Refusal::invalid("expires_at", "an instant to come").into());
        }
        let created = insert(change, self, scopes)?;
        expiry::plan(change, &created.token)?;
        record_jit(change, jit)?;
        Ok(created)
    }
}

/// Names and descriptions stand in lists, on one line.
fn check_words(name: Option<&str>, description: &str) -> Result<(), Refusal> {
    if name.is_some_and(|name| name.chars().count() > 200 || name.chars().any(char::is_control)) {
        return Err(Refusal::invalid(
            "name",
            "at most 200 characters without control characters",
        ));
    }
    if description.chars().count() > 2000 || description.contains('\0') {
        return Err(Refusal::invalid("description", "at most 2000 characters"));
    }
    Ok(())
}

fn insert(change: &mut Change<'_>, of: &CreateToken, scopes: Scopes) -> Result<CreatedToken, Error> {
    let id: Id<Token> = change.new_id();
    let token = Token {
        id,
        client: of.client,
        user: of.user,
        name: of.name.clone().unwrap_or_else(|| id.to_string()),
        description: of.description.clone(),
        scopes,
        origin: of.origin,
        created_by: change.principal().label(),
        expires_at: of.expires_at,
        revoked_at: None,
        last_used_at: None,
        last_used_from: None,
    };
    let plain = PlainToken::new(change.ids());
    table::insert(change, &token, &plain.hash())?;
    let body = json!({
        "client": of.client.to_string(),
        "user": of.user.map(|user| user.to_string()),
        "name": token.name,
        "scopes": token.scopes.to_string(),
        "origin": of.origin.name(),
        "expires_at": of.expires_at.map(|expiry| expiry.to_string()),
    });
    change.record(Event::new(EventKind::TokenCreated, id.uuid(), 1, body))?;
    Ok(CreatedToken { token, plain })
}

/// The token endpoint's grant to the client that acts (RFC 6749 §4.4).
#[derive(Clone, Debug)]
pub struct GrantClientToken {
    /// What it may be used for.
    pub scopes: Scopes,
}

impl Command for GrantClientToken {
    type Output = CreatedToken;

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<CreatedToken, Error> {
        let Actor::Client(actor) = &change.principal().actor else {
            return Err(Refusal::forbidden("only a client that has shown its secret gets a token").into());
        };
        let client = client::load(change, actor.client.id)?;
        if client.disabled || !self.scopes.within(&client.scopes) {
            return Err(Refusal::invalid("scope", format!("among the client's: {}", client.scopes)).into());
        }
        let of = CreateToken {
            client: client.id,
            user: None,
            name: Some("granted".into()),
            description: String::new(),
            scopes: None,
            expires_at: Some(change.now().plus_seconds(GRANTED_SECONDS)),
            origin: Origin::Granted,
        };
        insert(change, &of, self.scopes.clone())
    }
}

/// Gives a token another name.
#[derive(Clone, Debug)]
pub struct RenameToken {
    /// Which one.
    pub id: Id<Token>,
    /// Its new name.
    pub name: String,
}

impl Command for RenameToken {
    type Output = Token;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Token, Error> {
        let before = table::load(change, self.id)?;
        check_words(Some(&self.name), "")?;
        if before.name == self.name {
            return Ok(before);
        }
        if !table::rename(change, self.id, &self.name)? {
            return Err(Refusal::NotFound { what: "token" }.into());
        }
        change.record(Event::new(
            EventKind::TokenChanged,
            self.id.uuid(),
            2,
            json!({ "before": before.name, "after": self.name }),
        ))?;
        Ok(Token {
            name: self.name.clone(),
            ..before
        })
    }
}

/// Ends a token. A second time changes nothing. A client may end its own.
#[derive(Clone, Debug)]
pub struct RevokeToken {
    /// Which one.
    pub id: Id<Token>,
}

impl Command for RevokeToken {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Anyone
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let token = table::load(change, self.id)?;
        let own = change
            .principal()
            .client()
            .is_some_and(|client| client.id == token.client);
        if !own {
            change.principal().check(Permission::Unnarrowed(Scope::Admin))?;
        }
        let jit = jit_before(change)?;
        revoke(change, self.id)?;
        record_jit(change, jit)
    }
}

fn revoke(change: &mut Change<'_>, id: Id<Token>) -> Result<(), Error> {
    if table::revoke(change, id)? {
        change.record(Event::new(EventKind::TokenRevoked, id.uuid(), 2, json!({})))?;
    }
    Ok(())
}

/// Ends every token of a client.
pub(crate) fn revoke_all_of_client(change: &mut Change<'_>, client: Id<Client>) -> Result<(), Error> {
    for id in table::of_client(change, client)? {
        revoke(change, id)?;
    }
    Ok(())
}

/// Ends every token that acts as a person.
pub(crate) fn revoke_all_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let tokens = table::of_user(change, user)?;
    if tokens.is_empty() {
        return Ok(());
    }
    let jit = jit_before(change)?;
    for id in tokens {
        revoke(change, id)?;
    }
    record_jit(change, jit)
}

impl Directory {
    /// One token, without its secret.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn token(&self, principal: &Principal, id: Id<Token>) -> Result<Token, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let token = table::by_id(self.db(), principal.realm, id).await?;
        let token = token.ok_or(Refusal::NotFound { what: "token" })?;
        Ok(self.token_uses().shown(principal.realm, token))
    }

    /// The tokens of all realms that end until then, the first to end first, 1000 at most: for whoever runs the installation.
    /// Those that a program is granted for an hour are not among them.
    ///
    /// # Errors
    /// The store failed.
    pub async fn tokens_ending(&self, until: Timestamp) -> Result<Vec<(RealmId, Token)>, Error> {
        table::ending(self.db(), self.now().await?, until).await
    }

    /// Whether whoever made a token is no longer there (W-18). It is valid all the same.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn creator_left(&self, principal: &Principal, token: &Token) -> Result<bool, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let (kind, id) = token.created_by.split_once(':').unwrap_or_default();
        // The first token of a realm may have been made from the realm `default`.
        for realm in [principal.realm, self.realm(Realm::DEFAULT).await?.id] {
            let found = match (kind, Id::parse(id), Id::parse(id)) {
                ("user", Some(user), _) => user::table::by_id(self.db(), realm, user).await?.is_some(),
                ("client", _, Some(client)) => client::table::by_id(self.db(), realm, client).await?.is_some(),
                _ => true,
            };
            if found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tokens after an id, in order of making; `client` narrows them to one program's.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn token_list(
        &self,
        principal: &Principal,
        client: Option<Id<Client>>,
        after: Option<Id<Token>>,
        limit: usize,
    ) -> Result<Vec<Token>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let after = after.unwrap_or(Id::new(uuid::Uuid::nil()));
        let tokens = match client {
            Some(client) => table::list_of_client(self.db(), principal.realm, client, after, limit as i64).await?,
            None => table::list(self.db(), principal.realm, after, limit as i64).await?,
        };
        let shown = |token| self.token_uses().shown(principal.realm, token);
        Ok(tokens.into_iter().map(shown).collect())
    }

    /// The valid tokens of Wire's token API, oldest first.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn wire_tokens(&self, principal: &Principal) -> Result<Vec<Token>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let now = self.now().await?;
        Ok(table::valid_wire(self.db(), principal.realm)
            .await?
            .into_iter()
            .filter(|token| token.is_valid(now))
            .collect())
    }

    /// What a bearer token stands for, to the client that holds it (RFC 7662); `None` when it is not valid.
    ///
    /// # Errors
    /// The store failed.
    pub async fn introspect(&self, principal: &Principal, bearer: &str) -> Result<Option<Token>, Error> {
        let hash = super::TokenHash::of(bearer);
        let now = self.now().await?;
        let token = table::by_hash(self.db(), principal.realm, &hash).await?;
        let own = |token: &Token| principal.client().is_some_and(|client| client.id == token.client);
        let admin = principal.check(Permission::Unnarrowed(Scope::Admin)).is_ok();
        Ok(token.filter(|token| token.is_valid(now) && (admin || own(token))))
    }
}
