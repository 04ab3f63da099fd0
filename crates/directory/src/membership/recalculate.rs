//! Working out anew what follows from memberships, of a whole realm: by a job, one at a time.

use serde_json::json;
use uuid::Uuid;

use crate::change::{Change, Command};
use crate::denial::Denial;
use crate::entitlement::RecalculateEntitlements;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::job::{self, JobKind};
use crate::principal::{Permission, RealmRight};
use crate::realm;

/// What is worked out anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// What people are entitled to.
    Entitlements,
    /// Where memberships stand, and when they end because of others.
    EffectiveEnds,
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
