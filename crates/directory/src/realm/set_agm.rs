//! What the administration of group management sets by itself, with the right for it in the realm alone.

use serde_json::json;

use super::commands::subject;
use super::{RealmSettings, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::membership;
use crate::principal::{Permission, RealmRight};

/// Sets how long invitations are valid, and how early members are reminded. What is none stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetAgmSettings {
    /// Hours an invitation to a group is valid.
    pub invitation_hours: Option<u32>,
    /// Days before the end of a membership at which the member is first reminded.
    pub notice_days: Option<u32>,
}

impl Command for SetAgmSettings {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let name = change.realm().name.clone();
        let realm = table::load(change, &name)?;
        let mut after = realm.settings.clone();
        after.agm.invitation_hours = self.invitation_hours.or(after.agm.invitation_hours);
        after.agm.notice_days = self.notice_days.or(after.agm.notice_days);
        if after == realm.settings {
            return Ok(());
        }
        let checked = serde_json::to_value(&after).map_err(|_| Refusal::invalid("settings", "do not read"))?;
        let after = RealmSettings::from_value(checked)?;
        table::update(change, &realm, &after)?;
        let body = json!({ "before": realm.settings, "after": after });
        let event = Event::new(EventKind::RealmChanged, subject(realm.id.0), realm.version + 1, body);
        change.record(event)?;
        membership::follow_realm(change, &realm.settings, &after)
    }
}
