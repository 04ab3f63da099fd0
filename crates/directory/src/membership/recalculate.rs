//! Working out anew what follows from memberships, of a whole realm: by a job, one at a time.

use serde_json::json;
use uuid::Uuid;

use super::portfolio::Figures;
use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::entitlement::RecalculateEntitlements;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::group::{Group, Management};
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::{Permission, RealmRight};
use crate::realm::{self, Realm, RealmSettings};

/// What is worked out anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// What people are entitled to.
    Entitlements,
    /// Where memberships stand, and when they end because of others.
    EffectiveEnds,
}

/// Has what is due for the people of a group looked at anew where the group says otherwise than before when they are reminded or
/// for how long what has expired may come back.
///
/// # Errors
/// The store failed.
pub(crate) fn follow_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    before: &Management,
    after: &Management,
) -> Result<(), Error> {
    let figures = |said: &Management| (said.notice_days, said.reminder_days.clone(), said.grace_days);
    if figures(before) == figures(after) {
        return Ok(());
    }
    look_anew(change, group.uuid())
}

/// The same of everybody in the realm, where that says otherwise than before.
///
/// # Errors
/// The store failed.
pub(crate) fn follow_realm(
    change: &mut Change<'_>,
    before: &RealmSettings,
    after: &RealmSettings,
) -> Result<(), Error> {
    let realm = change.realm();
    let figures = |settings: &RealmSettings| {
        let settings = settings.clone();
        Figures::of(
            &Realm {
                settings,
                ..Realm::clone(realm)
            },
            &[],
        )
    };
    if figures(before) == figures(after) {
        return Ok(());
    }
    look_anew(change, Uuid::nil())
}

fn look_anew(change: &mut Change<'_>, whose: Uuid) -> Result<(), Error> {
    let now = change.now();
    job::schedule(change, JobKind::RecalculateEffective, whose, &json!({}), now)
}

/// Has something worked out anew in the realm, soon. It is refused while that is under way.
#[derive(Clone, Copy, Debug)]
pub struct Recalculate {
    /// What.
    pub what: What,
}

impl Command for Recalculate {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::Manage)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let kind = match self.what {
            What::Entitlements => return RecalculateEntitlements.run(change),
            What::EffectiveEnds => JobKind::RecalculateEffective,
        };
        if !job::begin(change, kind, Uuid::nil())? {
            return Err(Denial::JobRunning.into());
        }
        let subject = realm::subject(change.realm_id().number());
        let body = json!({ "what": kind.name() });
        change.record(Event::new(EventKind::RecalculationStarted, subject, 0, body))?;
        Ok(())
    }
}
