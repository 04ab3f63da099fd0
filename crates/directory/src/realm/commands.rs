//! Making and setting realms: acts of the operator, and of whoever administers the realm `default`.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::{RealmSettings, rules, table};
use crate::Directory;
use crate::change::{Change, Command};
use crate::client::{Client, ClientSettings, CreateClient, Profile};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::external_id;
use crate::membership;
use crate::principal::{Actor, Permission, Principal, Scope, Scopes};
use crate::realm::Realm;
use crate::token::{self, CreateToken, CreatedToken, Origin, jit};

/// Makes a realm.
#[derive(Clone, Debug)]
pub struct CreateRealm {
    /// Its name in paths: lower-case letters, digits and hyphens, at most 63.
    pub name: String,
    /// What to set from the beginning.
    pub settings: RealmSettings,
}

impl Command for CreateRealm {
    type Output = Realm;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Realm, Error> {
        check_reaches_realms(change.principal(), change.realm())?;
        if !rules::is_name(&self.name) {
            return Err(Refusal::invalid("name", "lower-case letters, digits and hyphens, at most 63").into());
        }
        self.settings.check_no_marks()?;
        let id = table::insert(change, &self.name, &self.settings)?;
        change.record(Event::new(
            EventKind::RealmCreated,
            subject(id.0),
            1,
            json!({ "name": self.name }),
        ))?;
        table::load(change, &self.name)
    }
}

/// Makes a realm and, in it, a program that administers it, with a token.
#[derive(Clone, Debug)]
pub struct CreateAdministeredRealm {
    /// The realm.
    pub realm: CreateRealm,
    /// The name of the program.
    pub admin_client: String,
}

/// A realm as it was made, with what administers it.
#[derive(Debug)]
pub struct AdministeredRealm {
    /// The realm.
    pub realm: Realm,
    /// The program, which has the scope `admin`.
    pub client: Client,
    /// Its token, shown this once.
    pub token: CreatedToken,
}

impl Command for CreateAdministeredRealm {
    type Output = AdministeredRealm;

    fn needs(&self) -> Permission {
        self.realm.needs()
    }

    fn run(&self, change: &mut Change<'_>) -> Result<AdministeredRealm, Error> {
        let realm = Arc::new(self.realm.run(change)?);
        let register = CreateClient {
            name: self.admin_client.clone(),
            profile: Profile::default(),
            scopes: Scopes::of(&[Scope::Admin]),
            invite: None,
            idp: false,
            pending_active: None,
            policy: None,
            settings: ClientSettings::default(),
            with_secret: false,
        };
        let (client, token) = change.within(&realm, |change| {
            let client = register.run(change).map_err(of_admin_client)?.client;
            let token = CreateToken {
                client: client.id,
                user: None,
                name: None,
                description: String::new(),
                scopes: None,
                expires_at: None,
                origin: Origin::Issued,
            };
            Ok((client, token.run(change)?))
        })?;
        Ok(AdministeredRealm {
            realm: Arc::unwrap_or_clone(realm),
            client,
            token,
        })
    }
}

/// What is wrong with the name of the program is said of the member it was sent in.
fn of_admin_client(error: Error) -> Error {
    match error {
        Error::Refused(Refusal::Invalid { attribute, why }) if attribute == "name" => {
            Refusal::invalid("admin_client", why).into()
        }
        other => other,
    }
}

/// Changes the settings of the realm the principal acts in.
#[derive(Clone, Debug)]
pub struct SetRealm {
    /// The settings as they shall be.
    pub settings: RealmSettings,
    /// The version they were made from, if the caller insists.
    pub if_version: Option<i64>,
    /// Whether the provider may be taken away from clients that are bound to it, or become another one, and whether the time zone
    /// may become another one though memberships end.
    pub force: bool,
}

impl Command for SetRealm {
    type Output = Realm;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Realm, Error> {
        let name = change.realm().name.clone();
        let realm = table::load(change, &name)?;
        if self.if_version.is_some_and(|version| version != realm.version) {
            return Err(Refusal::Changed.into());
        }
        let settings = self.settings.clone().with_secrets_of(&realm.settings);
        if realm.settings == settings {
            return Ok(realm);
        }
        let provider = &realm.settings.oidc.issuer;
        if *provider != settings.oidc.issuer {
            check_sets_provider(change.principal(), &realm)?;
        }
        if provider.is_some() && *provider != settings.oidc.issuer && !self.force {
            check_nothing_is_bound(change)?;
        }
        if realm.settings.time_zone() != settings.time_zone() && !self.force {
            check_nothing_ends(change)?;
        }
        let before = jit::told(change, &realm.settings)?;
        table::update(change, &realm, &settings)?;
        if realm.settings.external_id_match != settings.external_id_match {
            external_id::compare_anew(change, settings.external_id_match)?;
        }
        let mut body = json!({ "before": realm.settings, "after": settings });
        let secrets = settings.secrets_changed_since(&realm.settings);
        if !secrets.is_empty() {
            body["secrets"] = secrets.into();
        }
        change.record(Event::new(
            EventKind::RealmChanged,
            subject(realm.id.0),
            realm.version + 1,
            body,
        ))?;
        crate::entitlement::recalculate_realm(change, &realm.settings, &settings)?;
        membership::follow_realm(change, &realm.settings, &settings)?;
        let after = jit::told(change, &settings)?;
        jit::record_flip(change, before, after)?;
        table::load(change, &name)
    }
}

/// A provider that tokens are bound to neither goes nor becomes another one unless that is insisted on (W-20).
fn check_nothing_is_bound(change: &mut Change<'_>) -> Result<(), Error> {
    let bound = token::table::bound(change)?;
    if bound.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = bound.iter().map(|(id, name)| format!("{name} ({id})")).collect();
    Err(Refusal::conflict(format!(
        "tokens are bound to this provider: {}; end them, or say `force`",
        named.join(", ")
    ))
    .into())
}

/// Days of memberships are kept as instants: in another time zone they are parts of other days, unless that is insisted on.
fn check_nothing_ends(change: &mut Change<'_>) -> Result<(), Error> {
    if membership::table::read::ends_somewhere(change)? {
        return Err(Refusal::conflict(
            "memberships end with days of the time zone as it is, and these instants stay: in another one they are other times of day, \
             or other days; say `force`, and set their last days anew",
        )
        .into());
    }
    Ok(())
}

/// A realm as the subject of events: its number as a UUID.
pub(crate) fn subject(realm: i64) -> Uuid {
    Uuid::from_u128(realm as u128)
}

/// Realms are made and listed by the operator and from the realm `default`. What is in another realm stays out of reach.
fn check_reaches_realms(principal: &Principal, realm: &Realm) -> Result<(), Refusal> {
    match principal.actor {
        Actor::Operator | Actor::System => Ok(()),
        Actor::Client(_) | Actor::User(_) if realm.name == Realm::DEFAULT => Ok(()),
        Actor::Client(_) | Actor::User(_) | Actor::Nobody => Err(Refusal::forbidden(
            "realms are made and listed with a token of the realm `default`",
        )),
    }
}

/// This server asks the provider for its keys, from where it stands: whoever only administers a realm may not send it to
/// addresses that they cannot reach themselves.
fn check_sets_provider(principal: &Principal, realm: &Realm) -> Result<(), Refusal> {
    match principal.actor {
        Actor::Operator | Actor::System => Ok(()),
        Actor::Client(_) | Actor::User(_) if realm.name == Realm::DEFAULT => Ok(()),
        Actor::Client(_) | Actor::User(_) | Actor::Nobody => Err(Refusal::forbidden(
            "which provider a realm trusts (`oidc.issuer`) is set by the operator: `usher realm set`",
        )),
    }
}

impl Directory {
    /// All realms after a number, in order.
    ///
    /// # Errors
    /// The principal neither is the operator nor administers the realm `default`, or the store failed.
    pub async fn realms(&self, principal: &Principal, after: i64, limit: usize) -> Result<Vec<Realm>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        let realm = self.realm_by_id(principal.realm).await?;
        check_reaches_realms(principal, &realm)?;
        table::list(self.db(), after, limit as i64).await
    }
}
