//! How a realm forms entitlements, and working all of them out anew.

use serde_json::json;
use uuid::Uuid;

use super::Form;
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::group::Group;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::{Permission, RealmRight};
use crate::realm::{self, EntitlementSettings, RealmSettings};

/// Sets how the realm forms entitlements. Those of everybody are worked out anew by a job.
#[derive(Clone, Debug)]
pub struct SetEntitlements {
    /// As they shall be.
    pub settings: EntitlementSettings,
}

impl Command for SetEntitlements {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let realm = realm::table::read_own(change)?;
        let mut after = realm.settings.clone();
        after.entitlements = self.settings.clone();
        let checked = serde_json::to_value(&after).map_err(|_| Refusal::invalid("settings", "do not read"))?;
        let after = RealmSettings::from_value(checked)?;
        if after == realm.settings {
            return Ok(());
        }
        realm::table::update(change, &realm, &after)?;
        let body = json!({ "before": realm.settings.entitlements, "after": after.entitlements });
        let subject = realm::subject(realm.id.number());
        let event = Event::new(EventKind::EntitlementSettingsChanged, subject, realm.version + 1, body);
        change.record(event)?;
        recalculate_realm(change, &realm.settings, &after)
    }
}

/// Has the entitlements of everybody worked out anew, if other settings make others of them.
pub(crate) fn recalculate_realm(
    change: &mut Change<'_>,
    before: &RealmSettings,
    after: &RealmSettings,
) -> Result<(), Error> {
    let form = |settings: &RealmSettings| {
        let EntitlementSettings {
            namespace, authority, ..
        } = settings.entitlements.clone();
        namespace.map(|namespace| (namespace, authority))
    };
    if form(before) == form(after) {
        return Ok(());
    }
    schedule(change)
}

fn schedule(change: &mut Change<'_>) -> Result<(), Error> {
    let now = change.now();
    job::schedule(change, JobKind::RecalculateEntitlements, Uuid::nil(), &json!({}), now)
}

/// Has the entitlements of a group and all below it worked out anew, where the realm has any.
pub(crate) fn recalculate_tree(change: &mut Change<'_>, group: Id<Group>) -> Result<(), Error> {
    if Form::of(change.realm()).is_none() {
        return Ok(());
    }
    let now = change.now();
    job::schedule_quietly(change, JobKind::RecalculateEntitlements, group.uuid(), &json!({}), now)
}

/// Has the entitlements of everybody in the realm worked out anew.
#[derive(Clone, Copy, Debug)]
pub struct RecalculateEntitlements;

impl Command for RecalculateEntitlements {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let realm = realm::table::hold_own(change)?;
        if job::payload(change, JobKind::RecalculateEntitlements, Uuid::nil())?.is_some() {
            return Err(Denial::JobRunning.into());
        }
        let subject = realm::subject(realm.id.number());
        let body = json!({ "what": "entitlements" });
        change.record(Event::new(
            EventKind::RecalculationStarted,
            subject,
            realm.version,
            body,
        ))?;
        schedule(change)
    }
}
