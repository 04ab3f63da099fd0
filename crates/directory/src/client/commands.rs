//! Registering, changing and removing programs.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::secret::PlainToken;
use super::{Client, ClientSettings, InviteMode, Policy, Profile, entitlements, log, table};
use crate::Directory;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::external_id::{self, WIRE_BOUND, WIRE_UNBOUND};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope, Scopes};
use crate::token;
use crate::user::User;

/// Registers a program.
#[derive(Clone, Debug)]
pub struct CreateClient {
    /// Its name, unique in the realm.
    pub name: String,
    /// The dialect it speaks.
    pub profile: Profile,
    /// What its tokens may be used for.
    pub scopes: Scopes,
    /// Whether its users are invited; `None` = as the profile says.
    pub invite: Option<InviteMode>,
    /// Its users have accounts at the realm's provider.
    pub idp: bool,
    /// What SCIM shows as `active` while an invitation is open; `None` = as the profile says.
    pub pending_active: Option<bool>,
    /// What narrows its scopes.
    pub policy: Option<Policy>,
    /// What is rarely set.
    pub settings: ClientSettings,
    /// Whether it gets an OAuth2 secret.
    pub with_secret: bool,
}

/// A program as it was registered.
#[derive(Debug)]
pub struct CreatedClient {
    /// The program.
    pub client: Client,
    /// Its OAuth2 secret, shown this once.
    pub secret: Option<PlainToken>,
}

impl Command for CreateClient {
    type Output = CreatedClient;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<CreatedClient, Error> {
        check_name(&self.name)?;
        let policy = settled(change, self.policy.as_ref())?;
        self.settings.check(self.profile)?;
        let jit = token::jit_before(change)?;
        let id: Id<Client> = change.new_id();
        let client = Client {
            id,
            version: 1,
            modified: change.now(),
            name: self.name.clone(),
            profile: self.profile,
            scopes: self.scopes.clone(),
            invite: self.invite.unwrap_or_else(|| self.profile.default_invite()),
            idp: self.idp,
            pending_active: self
                .pending_active
                .unwrap_or_else(|| self.profile.default_pending_active()),
            policy,
            settings: self.settings.clone(),
            space: space(self.profile, self.idp, id),
            has_secret: self.with_secret,
            disabled: false,
        };
        let secret = self.with_secret.then(|| PlainToken::bare(change.ids()));
        let hash = secret.as_ref().map(PlainToken::hash);
        table::insert(change, &client, hash.as_ref().map(token::TokenHash::bytes))?;
        change.record(Event::new(
            EventKind::ClientCreated,
            id.uuid(),
            1,
            json!({ "after": describe(&client) }),
        ))?;
        token::record_jit(change, jit)?;
        let client = entitlements::named(change, client)?;
        Ok(CreatedClient { client, secret })
    }
}

/// Changes a program. What is `None` stays.
#[derive(Clone, Debug)]
pub struct UpdateClient {
    /// Which one.
    pub id: Id<Client>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
    /// What changes.
    pub changes: ClientChanges,
}

/// What changes of a program; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ClientChanges {
    /// Its name.
    pub name: Option<String>,
    /// Its dialect.
    pub profile: Option<Profile>,
    /// Its scopes.
    pub scopes: Option<Scopes>,
    /// Whether its users are invited.
    pub invite: Option<InviteMode>,
    /// Whether its users have accounts at the realm's provider.
    pub idp: Option<bool>,
    /// What SCIM shows as `active` while an invitation is open.
    pub pending_active: Option<bool>,
    /// Its policy; `Some(None)` takes it away.
    pub policy: Option<Option<Policy>>,
    /// What is rarely set: null unsets one, what is absent stays.
    pub settings: Map<String, Value>,
    /// Switched off.
    pub disabled: Option<bool>,
}

impl Command for UpdateClient {
    type Output = Client;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Client, Error> {
        let before = table::load(change, self.id)?;
        if self.if_version.is_some_and(|version| version != before.version) {
            return Err(Refusal::Changed.into());
        }
        let mut after = before.clone();
        let changes = self.changes.clone();
        if let Some(name) = changes.name {
            check_name(&name)?;
            after.name = name;
        }
        after.profile = changes.profile.unwrap_or(after.profile);
        after.scopes = changes.scopes.unwrap_or(after.scopes);
        after.invite = changes.invite.unwrap_or(after.invite);
        after.idp = changes.idp.unwrap_or(after.idp);
        after.pending_active = changes.pending_active.unwrap_or(after.pending_active);
        if let Some(policy) = changes.policy {
            after.policy = settled(change, policy.as_ref())?;
        }
        after.settings = after.settings.merged(&changes.settings)?;
        after.settings.check(after.profile)?;
        after.disabled = changes.disabled.unwrap_or(after.disabled);
        if describe(&before) == describe(&after) {
            return entitlements::named(change, before);
        }
        let jit = token::jit_before(change)?;
        table::update(change, &after)?;
        after.version += 1;
        after.modified = change.now();
        let body = json!({ "before": describe(&before), "after": describe(&after) });
        change.record(Event::new(
            EventKind::ClientChanged,
            self.id.uuid(),
            after.version,
            body,
        ))?;
        token::record_jit(change, jit)?;
        entitlements::named(change, after)
    }
}

/// Gives a program a new OAuth2 secret; the old one stays valid for the overlap.
#[derive(Clone, Debug)]
pub struct RotateSecret {
    /// Which one.
    pub id: Id<Client>,
    /// How long the old secret stays valid, in seconds.
    pub overlap_seconds: i64,
}

impl Command for RotateSecret {
    type Output = CreatedClient;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<CreatedClient, Error> {
        let mut client = table::load(change, self.id)?;
        let jit = token::jit_before(change)?;
        let secret = PlainToken::bare(change.ids());
        let until = change.now().plus_seconds(self.overlap_seconds.max(0));
        table::rotate(change, &client, secret.hash().bytes(), until)?;
        client.version += 1;
        client.has_secret = true;
        let body = json!({ "old_secret_until": until.to_string() });
        change.record(Event::new(
            EventKind::ClientSecretRotated,
            self.id.uuid(),
            client.version,
            body,
        ))?;
        token::record_jit(change, jit)?;
        Ok(CreatedClient {
            client: entitlements::named(change, client)?,
            secret: Some(secret),
        })
    }
}

/// Removes a program and ends its tokens. What it wrote stays.
#[derive(Clone, Debug)]
pub struct DeleteClient {
    /// Which one.
    pub id: Id<Client>,
    /// The version it was read in, if the caller insists.
    pub if_version: Option<i64>,
}

impl Command for DeleteClient {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let client = table::load(change, self.id)?;
        if self.if_version.is_some_and(|version| version != client.version) {
            return Err(Refusal::Changed.into());
        }
        let jit = token::jit_before(change)?;
        token::revoke_all_of_client(change, self.id)?;
        table::delete(change, &client)?;
        log::table::delete(change, self.id)?;
        let body = json!({ "before": describe(&client) });
        change.record(Event::new(
            EventKind::ClientDeleted,
            self.id.uuid(),
            client.version + 1,
            body,
        ))?;
        token::record_jit(change, jit)
    }
}

/// A policy as it is kept: what it names is there.
fn settled(change: &mut Change<'_>, policy: Option<&Policy>) -> Result<Option<Policy>, Error> {
    let Some(policy) = policy else { return Ok(None) };
    policy.check(change.schemas())?;
    let mut policy = policy.clone();
    entitlements::settle(change, &mut policy)?;
    Ok(Some(policy))
}

fn space(profile: Profile, idp: bool, id: Id<Client>) -> Uuid {
    match (profile, idp) {
        (Profile::Wire, true) => WIRE_BOUND,
        (Profile::Wire, false) => WIRE_UNBOUND,
        _ => id.uuid(),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.chars().count();
    if length == 0 || length > 200 || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            "name",
            "1 to 200 characters without control characters",
        ));
    }
    Ok(())
}

/// A client as events tell it.
fn describe(client: &Client) -> Value {
    json!({
        "name": client.name,
        "profile": client.profile.name(),
        "scopes": client.scopes.to_string(),
        "invite": client.invite.name(),
        "idp": client.idp,
        "pending_active": client.pending_active,
        "policy": client.policy,
        "settings": client.settings,
        "disabled": client.disabled,
    })
}

impl Directory {
    /// One program by its id or name.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn client(&self, principal: &Principal, id_or_name: &str) -> Result<Client, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let by_id = match Id::parse(id_or_name) {
            Some(id) => table::by_id(self.db(), principal.realm, id).await?,
            None => None,
        };
        let found = match by_id {
            None if id_or_name.contains('\0') => None,
            Some(client) => Some(client),
            None => table::by_name(self.db(), principal.realm, id_or_name).await?,
        };
        let found = found.ok_or(Refusal::NotFound { what: "client" })?;
        let mut named = entitlements::all_named(self.db(), principal.realm, vec![found]).await?;
        Ok(named.pop().ok_or(Refusal::NotFound { what: "client" })?)
    }

    /// The people whom a program, or its kind, calls by an externalId: whom a change of its binding concerns (W-16). In the
    /// order of their externalIds, after one of them.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn people_of_client(
        &self,
        principal: &Principal,
        client: &Client,
        after: Option<(String, Id<User>)>,
        limit: usize,
    ) -> Result<Vec<(String, Id<User>)>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        external_id::people_of(self.db(), principal.realm, client.space, after, limit).await
    }

    /// Programs after an id, in order of making.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn clients(
        &self,
        principal: &Principal,
        after: Option<Id<Client>>,
        limit: usize,
    ) -> Result<Vec<Client>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let after = after.unwrap_or(Id::new(Uuid::nil()));
        let clients = table::list(self.db(), principal.realm, after, limit as i64).await?;
        entitlements::all_named(self.db(), principal.realm, clients).await
    }
}
