//! Wire's switch: accounts are made at a first sign-in as long as no program may provision (W-21).

use db::Db;
use serde_json::json;

use super::{Token, table};
use crate::Directory;
use crate::change::Change;
use crate::client;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Principal, Scope};
use crate::realm::{JitMode, Realm, RealmSettings};

/// Where the switch stands by the events so far, before a change that may flip it. Such changes come one after the other.
pub(crate) fn jit_before(change: &mut Change<'_>) -> Result<bool, Error> {
    let settings = crate::realm::table::hold(change)?;
    told(change, &settings)
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

/// Records that the switch has flipped, if it has, by the end of a token whose time is over.
pub(super) fn record_end(change: &mut Change<'_>, ended: Id<Token>) -> Result<(), Error> {
    let settings = crate::realm::table::hold(change)?;
    let before = told(change, &settings)?;
    let after = told_without(change, &settings, Some(ended))?;
    record_flip(change, before, after)
}

/// Where the switch stands under these settings by the events so far. A token that has expired counts until the job of its
/// end has run, so that every flip is told once, whatever else happens in between.
pub(crate) fn told(change: &mut Change<'_>, settings: &RealmSettings) -> Result<bool, Error> {
    told_without(change, settings, None)
}

fn told_without(change: &mut Change<'_>, settings: &RealmSettings, ended: Option<Id<Token>>) -> Result<bool, Error> {
    Ok(match settings.oidc.jit.unwrap_or_default() {
        JitMode::On => true,
        JitMode::Off => false,
        JitMode::Auto => !client::table::any_scim_writer(change)? && !table::any_untold_end(change, ended)?,
    })
}

/// Whether a first sign-in makes an account right now, to the millisecond.
pub(crate) fn is_on(change: &mut Change<'_>) -> Result<bool, Error> {
    Ok(match change.realm().settings.oidc.jit.unwrap_or_default() {
        JitMode::On => true,
        JitMode::Off => false,
        JitMode::Auto => !client::table::any_scim_writer(change)?,
    })
}

/// The same, without a transaction.
pub(crate) async fn is_on_at(db: &Db, realm: &Realm, now: Timestamp) -> Result<bool, Error> {
    Ok(match realm.settings.oidc.jit.unwrap_or_default() {
        JitMode::On => true,
        JitMode::Off => false,
        JitMode::Auto => !client::table::has_scim_writer(db, realm.id, now).await?,
    })
}

/// Asks [`is_on`].
struct JitEffective;

impl crate::change::Command for JitEffective {
    type Output = bool;

    fn needs(&self) -> crate::principal::Permission {
        crate::principal::Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        is_on(change)
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
