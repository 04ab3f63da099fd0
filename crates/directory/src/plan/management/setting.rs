//! Settings of another system, under the names they have here.

use uuid::Uuid;

use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::realm::{self, SetRealm};

/// What a setting comes to.
pub(super) enum Planned {
    /// It is so already.
    Same,
    /// It becomes `after`.
    Changes {
        before: Option<String>,
        after: Option<String>,
    },
    /// It cannot be so.
    Refused(String),
}

/// What setting it would do now.
pub(super) fn planned(change: &mut Change<'_>, setting: &str, value: &str) -> Result<Planned, Error> {
    let settings = realm::table::read_own(change)?.settings;
    Ok(match settings.with(setting, value) {
        Err(refusal) => Planned::Refused(refusal.to_string()),
        Ok(after) if after == settings => Planned::Same,
        Ok(after) => Planned::Changes {
            before: settings.text_of(setting),
            after: after.text_of(setting),
        },
    })
}

/// Sets it, if it still is what it was when that was planned.
pub(super) fn set(change: &mut Change<'_>, setting: &str, value: &str, before: Option<&str>) -> Result<Uuid, Error> {
    let realm = realm::table::hold_own(change)?;
    if realm.settings.text_of(setting).as_deref() != before {
        return Err(Refusal::conflict("it was set since this was planned").into());
    }
    let set = SetRealm {
        settings: realm.settings.with(setting, value)?,
        if_version: Some(realm.version),
        force: false,
    };
    set.run(change)?;
    Ok(realm::subject(realm.id.number()))
}
