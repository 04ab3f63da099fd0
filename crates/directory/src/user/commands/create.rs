//! Adding a person: stored, counted, found by their names, and invited where the client asks for it.

use serde_json::{Map, Value, json};

use super::super::intake::{self, Accepted};
use super::super::{Document, ExternalIds, Lifecycle, Provenance, User, UserIntake, Visibility, rules, table};
use super::again;
use super::room::Wanted;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Client, InviteMode, Operation, ResourceKind};
use crate::confirmation;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::external_id;
use crate::id::Id;
use crate::invitation::{self, Offer, Terms};
use crate::mail::EmailAddress;
use crate::principal::{Permission, Scope};

/// Adds a person.
#[derive(Clone, Debug)]
pub struct CreateUser {
    /// The attributes in SCIM's terms.
    pub intake: UserIntake,
    /// What it takes; faces other than SCIM ask for another scope.
    pub needs: Scope,
}

/// What a POST came to.
#[derive(Debug)]
pub struct Created {
    /// The person.
    pub user: User,
    /// Whether the caller is to be told that this made them; else they were there, and have been replaced.
    pub made: bool,
    /// What the caller should know beside that.
    pub warnings: Vec<String>,
}

impl CreateUser {
    /// By SCIM.
    pub fn by_scim(body: Value) -> Self {
        Self {
            intake: UserIntake { body },
            needs: Scope::ScimWrite,
        }
    }

    /// By the native API or the command line.
    pub fn by_admin(body: Value) -> Self {
        Self {
            intake: UserIntake { body },
            needs: Scope::Admin,
        }
    }
}

impl Command for CreateUser {
    type Output = Created;

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Created, Error> {
        create(change, &self.intake, None)
    }
}

/// Adds a person; with an offer they are invited whatever their client does by itself.
pub(crate) fn create(change: &mut Change<'_>, of: &UserIntake, offer: Option<&Offer>) -> Result<Created, Error> {
    access::check_operation(change.principal(), ResourceKind::User, Operation::Create)?;
    let client = change.principal().client().cloned();
    let client = client.as_deref();
    let accepted = intake::accept(change, client, &of.body, None)?;
    let wanted = Wanted::by(change, client, &accepted.attributes, accepted.external_id.as_deref());
    let asks = client.filter(|_| offer.is_none());
    // Where only somebody who is leaving could be in the way, the statement that inserts sees that.
    let is_plain = again::is_plain(change, asks);
    if !is_plain && let Some(again) = again::on_post(change, asks, &of.body, &accepted, &wanted)? {
        return Ok(again);
    }
    let drafted = draft(change, client, &accepted, offer);
    let made_at_once = match &drafted {
        Ok((user, _)) if is_plain => table::insert_unless_leaving(change, user, wanted.external_id())?,
        _ => false,
    };
    if !made_at_once
        && is_plain
        && let Some(again) = again::on_post(change, asks, &of.body, &accepted, &wanted)?
    {
        return Ok(again);
    }
    let (user, address) = drafted?;
    if !made_at_once {
        table::insert(change, &user)?;
    }
    let body = json!({ "after": accepted.attributes, "lifecycle": user.lifecycle.name(), "external_id": accepted.external_id });
    change.record(Event::new(EventKind::UserCreated, user.id.uuid(), 1, body))?;
    if let Some(address) = address {
        if offer.is_some() {
            invitation::check_no_other(change, user.id, &address)?;
        }
        let blocked = accepted.attributes.get("active") == Some(&Value::Bool(false));
        let (language, days) = offer.map_or((None, None), |offer| (offer.language, offer.days));
        let terms = Terms {
            address: &address,
            language,
            days,
            blocked,
        };
        invitation::start_offer(change, &user, &accepted.attributes, &terms)?;
    }
    if client.is_some_and(|client| client.binds(change.realm())) {
        confirmation::follow_address(change, &user, None, &accepted.attributes)?;
    }
    Ok(Created {
        user,
        made: true,
        warnings: accepted.warnings,
    })
}

/// The person as they would be, and where an invitation goes; refused where the caller may not make them.
fn draft(
    change: &mut Change<'_>,
    client: Option<&Client>,
    accepted: &Accepted,
    offer: Option<&Offer>,
) -> Result<(User, Option<EmailAddress>), Error> {
    check_external_id(change, client, accepted.external_id.as_deref(), None)?;
    check_address(
        change,
        client,
        None,
        &accepted.attributes,
        accepted.external_id.as_deref(),
    )?;
    let policy = client.and_then(|client| client.policy.as_ref());
    intake::check_writable(
        policy,
        &default_image(),
        &accepted.attributes,
        accepted.external_id.is_some(),
    )?;

    let (lifecycle, address) = admit(change, client, accepted, offer)?;
    let mut external_ids = ExternalIds::default();
    external_ids.set(space(client), accepted.external_id.clone());
    let id = change.new_id();
    let user = User {
        id,
        version: 1,
        modified: change.now(),
        kind: rules::kind_at_creation(&accepted.attributes),
        lifecycle,
        visibility: Visibility::Shown,
        external_ids,
        document: Document::of(accepted.attributes.clone()),
        provenance: Provenance::by(change.writer(id)),
    };
    access::check_user_image(change, &user, &accepted.attributes)?;
    Ok((user, address))
}

/// What every new person has without anybody writing it.
fn default_image() -> Map<String, Value> {
    let mut image = Map::new();
    image.insert("active".into(), Value::Bool(true));
    image
}

/// The space of externalIds a principal writes to; the operator has one of its own.
pub(super) fn space(client: Option<&Client>) -> uuid::Uuid {
    client.map_or_else(uuid::Uuid::nil, |client| client.space)
}

/// Under Wire's rules an externalId is unique among the clients of its space.
pub(super) fn check_external_id(
    change: &mut Change<'_>,
    client: Option<&Client>,
    value: Option<&str>,
    own: Option<Id<User>>,
) -> Result<(), Error> {
    let (Some(client), Some(value)) = (client, value) else {
        return Ok(());
    };
    if !client.profile.has_unique_external_ids() {
        return Ok(());
    }
    let holders = external_id::holders(change, client.space, external_id::USER, value)?;
    if holders.iter().any(|holder| Some(*holder) != own.map(Id::uuid)) {
        return Err(Refusal::Taken {
            attribute: "externalId",
        }
        .into());
    }
    Ok(())
}

/// Whether the realm, or else the profile, wants no address to be two people's.
pub(super) fn has_unique_emails(change: &Change<'_>, client: Option<&Client>) -> bool {
    let by_profile = || client.is_some_and(|client| client.profile.has_unique_emails());
    change.realm().settings.unique_emails.unwrap_or_else(by_profile)
}

/// Where the realm or the profile wants it so, an address is one person's alone (W-56).
pub(super) fn check_address(
    change: &mut Change<'_>,
    client: Option<&Client>,
    before: Option<&User>,
    attributes: &Map<String, Value>,
    external_id: Option<&str>,
) -> Result<(), Error> {
    if !has_unique_emails(change, client) {
        return Ok(());
    }
    let Some(address) = rules::invited_address(attributes, external_id) else {
        return Ok(());
    };
    let old = before.and_then(|user| rules::invited_address(user.attributes(), user.external_ids.get(space(client))));
    if old.is_some_and(|old| rules::key(&old) == rules::key(&address)) {
        return Ok(());
    }
    let own = before.map(|user| user.id);
    let free = table::address_holders(change, &address, own)?.is_empty()
        && !(change.realm().settings.oidc.validate_emails && confirmation::is_held(change, &address, own)?)
        && !is_address_by_external_id(change, &address, own, external_id)?;
    if free {
        return Ok(());
    }
    Err(Refusal::Taken { attribute: "emails" }.into())
}

/// Whether an address is somebody's who has it as externalId alone (A5.1).
fn is_address_by_external_id(
    change: &mut Change<'_>,
    address: &str,
    own: Option<Id<User>>,
    external_id: Option<&str>,
) -> Result<bool, Error> {
    // Whoever comes with it as externalId too is told of that.
    if external_id.is_some_and(|id| rules::key(id) == rules::key(address)) {
        return Ok(false);
    }
    for space in [external_id::WIRE_BOUND, external_id::WIRE_UNBOUND] {
        for holder in external_id::holders(change, space, external_id::USER, address)? {
            let holder = Id::new(holder);
            if own != Some(holder)
                && let Some(user) = table::read(change, holder)?
                && user.visibility.leaves_at().is_none()
                && let Some(theirs) = rules::own_address(user.attributes(), &user.external_ids)
                && rules::key(&theirs) == rules::key(address)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn admit(
    change: &Change<'_>,
    client: Option<&Client>,
    accepted: &Accepted,
    offer: Option<&Offer>,
) -> Result<(Lifecycle, Option<EmailAddress>), Error> {
    if let Some(offer) = offer {
        let address = match &offer.address {
            Some(address) => address.clone(),
            None => intake::invited_address(&accepted.attributes, accepted.external_id.as_deref())?,
        };
        return Ok((Lifecycle::Invited, Some(address)));
    }
    let asks = client.filter(|client| client.invite == InviteMode::Unlinked);
    let plain = rules::lifecycle_after(
        Lifecycle::Active,
        accepted.attributes.get("active").and_then(Value::as_bool),
    );
    match asks {
        None => Ok((plain, None)),
        Some(client) if client.binds(change.realm()) => Ok((plain, None)),
        Some(_) => {
            let address = intake::invited_address(&accepted.attributes, accepted.external_id.as_deref())?;
            Ok((Lifecycle::Invited, Some(address)))
        }
    }
}
