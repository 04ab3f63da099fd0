//! Leaving: nowhere visible at once, names free, memberships and tokens ended, data erased after the realm's retention.

use db::Bound;
use serde_json::json;

use super::super::{User, table};
use super::leave;
use crate::access;
use crate::change::{Change, Command};
use crate::client::{Operation, ResourceKind};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::{Permission, RealmRight, Scope};
use crate::realm::RealmId;
use crate::{
    Denial, confirmation, delegation, elevation, enrollment, entitlement, invitation, job, membership, session, token,
};

/// Takes a person out of the realm, at once or, where a program's deletes are put off, when their day has come.
#[derive(Clone, Debug)]
pub struct DeleteUser {
    /// Who.
    pub id: Id<User>,
    /// The versions the caller accepts; empty = any.
    pub if_match: crate::view::IfMatch,
    /// What it takes.
    pub needs: Scope,
}

impl Command for DeleteUser {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Scope(self.needs)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        access::check_operation(change.principal(), ResourceKind::User, Operation::Delete)?;
        let realm = change.realm_id();
        let user =
            table::lock_ahead(change, self.id, || reads(realm, self.id))?.ok_or(Refusal::NotFound { what: "user" })?;
        // Whoever knows the id may end what has expired, also where it is not shown to them.
        if !access::reaches_user(change, &user)? {
            return Err(Refusal::NotFound { what: "user" }.into());
        }
        if access::is_for_oneself(change.principal()) {
            return Err(Refusal::forbidden("people cannot delete their own account here").into());
        }
        if !self.if_match.allows(user.version) {
            return Err(Refusal::Changed.into());
        }
        if let Some(days) = leave::days_until(change, &user, self.needs) {
            return leave::later(change, &user, days);
        }
        leave::at_once(change, &user, None)
    }
}

/// Takes a person out of the realm by the right for people in its administration, at once.
#[derive(Clone, Debug)]
pub struct RemovePerson {
    /// Who.
    pub id: Id<User>,
}

impl Command for RemovePerson {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Realm(RealmRight::People)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        access::check_operation(change.principal(), ResourceKind::User, Operation::Delete)?;
        let realm = change.realm_id();
        let user =
            table::lock_ahead(change, self.id, || reads(realm, self.id))?.ok_or(Refusal::NotFound { what: "user" })?;
        if !access::reaches_user(change, &user)? {
            return Err(Refusal::NotFound { what: "user" }.into());
        }
        if change.principal().user() == Some(self.id) {
            return Err(Denial::NotYourself.into());
        }
        leave::at_once(change, &user, None)
    }
}

/// What is read of somebody who is taken out.
fn reads(realm: RealmId, id: Id<User>) -> Vec<Bound> {
    vec![
        invitation::table::lock_open(realm, id),
        confirmation::table::look_pending(realm, id),
        enrollment::look_waiting(realm, id),
        token::table::read_of_user(realm, id),
        session::table::read_of_person(realm, id),
        delegation::read_of_user(realm, id),
        elevation::read_of_user(realm, id),
        membership::read_groups(realm, id),
    ]
}

/// Takes a person out, whose row is locked; `why` where nobody deleted them.
pub(super) fn deprovision(change: &mut Change<'_>, user: &User, why: Option<&str>) -> Result<(), Error> {
    let erase_at = change
        .now()
        .plus_seconds(i64::from(change.realm().settings.retention_days()) * 86_400);
    invitation::end_all_of_user(change, user.id)?;
    confirmation::end_of_user(change, user.id)?;
    enrollment::end_of_user(change, user.id)?;
    token::revoke_all_of_user(change, user.id)?;
    session::end_of_user(change, user)?;
    token::table::remove_roles(change, user.id)?;
    table::depart(change, user, erase_at)?;
    crate::provider::note_departed(change, user)?;
    entitlement::end_of_user(change, user.id)?;
    let mut body =
        json!({ "before": user.attributes(), "lifecycle": user.lifecycle.name(), "erase_at": erase_at.to_string() });
    if let Some(why) = why {
        body["why"] = why.into();
    }
    change.record(Event::new(
        EventKind::UserDeprovisioned,
        user.id.uuid(),
        user.version + 1,
        body,
    ))?;
    job::schedule(change, job::JobKind::EraseUser, user.id.uuid(), &json!({}), erase_at)?;
    elevation::end_of_user(change, user.id)?;
    // The groups' rows last: they may be hot.
    delegation::end_of_user(change, user.id)?;
    membership::end_all_of_user(change, user.id)
}
