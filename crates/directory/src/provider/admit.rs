//! The first sign-in of somebody: who they are here already, or whom the realm makes of them.

use serde_json::json;

use super::authenticate::Linked;
use super::rules::SignedIn;
use super::{profile, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::Permission;
use crate::user::{self, CreateUser, Lifecycle, User};
use crate::{client, confirmation, external_id, invitation, token};

/// Links whoever signed in to the person they are, who is made where the realm's `oidc.jit` says so. Whoever is invited at the
/// address that the provider has verified is in by that.
#[derive(Debug)]
pub(super) struct Admit {
    pub(super) signed_in: SignedIn,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Admitted {
    /// They are somebody here, who may be kept out all the same.
    Linked(Linked),
    /// They are nobody.
    Nobody,
}

/// By what somebody was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    NameId,
    Address,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::NameId => "name_id",
            Self::Address => "email",
        }
    }
}

/// Who it may be.
enum Found {
    One(Box<User>, By),
    /// Somebody has the address who is linked to another already, or several have it.
    Unclear,
    None,
}

impl Command for Admit {
    type Output = Admitted;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Admitted, Error> {
        let (issuer, subject) = (&self.signed_in.token.issuer, &self.signed_in.token.subject);
        let before = table::hold(change, issuer, subject)?;
        if let Some(linked) = before
            && linked.lifecycle.is_some()
        {
            return self.accept(change, linked);
        }
        match self.find(change)? {
            Found::One(user, by) => self.link(change, *user, by.name()),
            // Whoever has left is not let in again by signing in.
            Found::Unclear | Found::None if before.is_some() => Ok(before.map_or(Admitted::Nobody, Admitted::Linked)),
            Found::None if token::jit::is_on(change)? => self.make(change),
            Found::Unclear | Found::None => Ok(Admitted::Nobody),
        }
    }
}

impl Admit {
    /// Who has the NameID as externalId, or else the verified address as their own.
    fn find(&self, change: &mut Change<'_>) -> Result<Found, Error> {
        if let Some(name_id) = &self.signed_in.profile.name_id {
            match known_as(change, name_id)?.as_slice() {
                [] => {}
                [only] => return self.usable(change, *only, By::NameId),
                _ => return Ok(Found::Unclear),
            }
        }
        let Some(address) = &self.signed_in.profile.verified_email else {
            return Ok(Found::None);
        };
        match user::table::address_holders(change, address, None)?.as_slice() {
            [] => Ok(Found::None),
            [only] => self.usable(change, *only, By::Address),
            _ => Ok(Found::Unclear),
        }
    }

    /// Whether a person can be linked who seems to be it.
    fn usable(&self, change: &mut Change<'_>, id: Id<User>, by: By) -> Result<Found, Error> {
        let token = &self.signed_in.token;
        let Some(user) = user::table::lock(change, id)? else {
            return Ok(Found::None);
        };
        let verified = self.signed_in.profile.verified_email.as_deref();
        let is_own = by == By::NameId || has_address(change, &user, verified)?;
        if !is_own || table::has_other(change, user.id, &token.issuer, &token.subject)? {
            return Ok(Found::Unclear);
        }
        Ok(Found::One(Box::new(user), by))
    }

    /// Somebody who is kept out is not linked: whoever lets them in decides.
    fn link(&self, change: &mut Change<'_>, user: User, by: &'static str) -> Result<Admitted, Error> {
        let token = &self.signed_in.token;
        let leaves = user.visibility.leaves_at().is_some();
        let standing = |lifecycle| Linked {
            user: user.id,
            lifecycle: Some(lifecycle),
            leaves,
        };
        let may_be = matches!(user.lifecycle, Lifecycle::Active | Lifecycle::Invited) && !leaves;
        let user = match user.lifecycle {
            Lifecycle::Invited if may_be => self.accepted(change, &user)?,
            _ => user.clone(),
        };
        if user.lifecycle != Lifecycle::Active || !may_be {
            return Ok(Admitted::Linked(standing(user.lifecycle)));
        }
        let email = self.signed_in.profile.verified_email.as_deref();
        table::link(change, user.id, (&token.issuer, &token.subject), email)?;
        let body = json!({ "issuer": token.issuer, "subject": token.subject, "by": by });
        change.record(Event::new(EventKind::UserLinked, user.id.uuid(), user.version, body))?;
        Ok(Admitted::Linked(standing(user.lifecycle)))
    }

    /// Whoever is linked already, and may have been invited anew since.
    fn accept(&self, change: &mut Change<'_>, linked: Linked) -> Result<Admitted, Error> {
        if linked.lifecycle != Some(Lifecycle::Invited) {
            return Ok(Admitted::Linked(linked));
        }
        let Some(user) = user::table::lock(change, linked.user)? else {
            return Ok(Admitted::Linked(linked));
        };
        let user = self.accepted(change, &user)?;
        Ok(Admitted::Linked(Linked {
            lifecycle: Some(user.lifecycle),
            ..linked
        }))
    }

    /// The person, who is in now if they were invited at the address that the provider has verified.
    fn accepted(&self, change: &mut Change<'_>, user: &User) -> Result<User, Error> {
        let Some(address) = &self.signed_in.profile.verified_email else {
            return Ok(user.clone());
        };
        invitation::accept_signed_in(change, user, address)
    }

    fn make(&self, change: &mut Change<'_>) -> Result<Admitted, Error> {
        let Some(name) = self.free_name(change)? else {
            return Ok(Admitted::Nobody);
        };
        let body = profile::body(&self.signed_in.profile, &name);
        let intake = CreateUser::by_admin(body).intake;
        match user::create(change, &intake, None) {
            Ok(created) => self.link(change, created.user, "made"),
            // The claims make no person: an address that is none, a text that is too long.
            Err(Error::Refused(refusal @ (Refusal::Invalid { .. } | Refusal::Scim(_) | Refusal::TooLarge { .. }))) => {
                tracing::warn!(%refusal, "who signed in cannot be made a person");
                Ok(Admitted::Nobody)
            }
            Err(error) => Err(error),
        }
    }

    /// The first of the names that nobody has.
    fn free_name(&self, change: &mut Change<'_>) -> Result<Option<String>, Error> {
        for name in profile::names(&self.signed_in) {
            if scim::text::check_user_name(name).is_ok() && user::table::read_named(change, name)?.is_none() {
                return Ok(Some(name.to_owned()));
            }
        }
        Ok(None)
    }
}

/// Those whom some client calls by exactly that externalId.
fn known_as(change: &mut Change<'_>, name_id: &str) -> Result<Vec<Id<User>>, Error> {
    let mut spaces = client::table::spaces(change)?;
    spaces.push(uuid::Uuid::nil());
    let mut known = Vec::new();
    for space in spaces {
        for holder in external_id::holders(change, space, external_id::USER, name_id)? {
            let holder = Id::new(holder);
            // The index has some folded, and of long ones the beginning.
            let exactly = |user: User| user.external_ids.get(space) == Some(name_id);
            if !known.contains(&holder) && user::table::read(change, holder)?.is_some_and(exactly) {
                known.push(holder);
            }
        }
    }
    Ok(known)
}

/// Whether the verified address is the person's own: the one that mail to them goes to. What looks alike is not the same.
fn has_address(change: &mut Change<'_>, user: &User, verified: Option<&str>) -> Result<bool, Error> {
    let own = confirmation::effective_address(change, user)?;
    Ok(match (own, verified) {
        (Some(own), Some(verified)) => own.eq_ignore_ascii_case(verified),
        _ => false,
    })
}
