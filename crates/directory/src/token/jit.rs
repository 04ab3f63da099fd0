//! Wire's switch: accounts are made at a first sign-in as long as no program may provision (W-21).

use serde_json::json;

use crate::Directory;
use crate::change::Change;
use crate::client;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::principal::{Principal, Scope};
use crate::realm::{JitMode, Realm, RealmSettings};

/// Whether a first sign-in would make an account, before a change that may flip it. Such changes come one after the other.
pub(crate) fn jit_before(change: &mut Change<'_>) -> Result<bool, Error> {
    let settings = crate::realm::table::hold(change)?;
    effective(change, &settings)
}

/// Records that the switch has flipped, if it has.
pub(crate) fn record_jit(change: &mut Change<'_>, before: bool) -> Result<(), Error> {
    let after = jit_before(change)?;
    record_flip(change, before, after)
}

/// Records that the switch has flipped, if it has.
pub(crate) fn record_flip(change: &mut Change<'_>, before: bool, after: bool) -> Result<(), Error> {
    if before != after {
        let realm = change.realm();
        let subject = crate::realm::subject(realm.id.0);
        let body = json!({ "before": before, "after": after });
        change.record(Event::new(EventKind::JitChanged, subject, realm.version, body))?;
    }
    Ok(())
}

/// Whether a first sign-in makes an account under these settings.
pub(crate) fn effective(change: &mut Change<'_>, settings: &RealmSettings) -> Result<bool, Error> {
    Ok(match settings.oidc.jit.unwrap_or_default() {
        JitMode::On => true,
        JitMode::Off => false,
        JitMode::Auto => !client::table::any_scim_writer(change)?,
    })
}

struct JitEffective;

impl crate::change::Command for JitEffective {
    type Output = bool;

    fn needs(&self) -> crate::principal::Permission {
        crate::principal::Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        jit_before(change)
    }
}

impl Directory {
    /// Whether a first sign-in in this realm makes an account right now.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn jit_effective(&self, principal: &Principal, realm: &Realm) -> Result<bool, Error> {
        match realm.settings.oidc.jit.unwrap_or_default() {
            JitMode::On => Ok(true),
            JitMode::Off => Ok(false),
            JitMode::Auto => self.execute(principal, JitEffective).await,
        }
    }
}
