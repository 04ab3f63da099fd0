//! The first sign-in of somebody: who they are here already, or whom the realm makes of them.

use serde_json::json;

use super::authenticate::Linked;
use super::rules::{Profile, SignedIn};
use super::unadmitted::Unadmitted;
use super::{profile, table};
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::principal::Permission;
use crate::user::{self, CreateUser, Lifecycle, User, Writer};
use crate::{confirmation, invitation, token};

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
    Nobody(Unadmitted),
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
    /// Somebody, but who is not to be said.
    No(Unadmitted),
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
        match (self.find(change)?, before) {
            (Found::One(user, by), _) => self.link(change, *user, by.name(), before.map(|before| before.user)),
            // Whoever has left is not let in again by signing in.
            (Found::No(_) | Found::None, Some(before)) => Ok(Admitted::Linked(before)),
            (Found::No(why), None) => Ok(Admitted::Nobody(why)),
            (Found::None, None) => self.come(change),
        }
    }
}

impl Admit {
    /// Makes a person of somebody who is nobody yet, where the realm says so or something in a group is offered to their
    /// address: they are a guest by that.
    fn come(&self, change: &mut Change<'_>) -> Result<Admitted, Error> {
        let more: &[(&str, &str)] = if token::jit::is_on(change)? {
            &[]
        } else if self.is_offered_something(change)? {
            &[("userType", "Guest")]
        } else {
            return Ok(Admitted::Nobody(Unadmitted::Unknown));
        };
        match newcomer(change, &self.signed_in.profile, &profile::names(&self.signed_in), more)? {
            Ok(made) => self.link(change, made, "made", None),
            Err(why) => Ok(Admitted::Nobody(why)),
        }
    }

    /// Who has the NameID as externalId, or the verified address as their own, or was invited there. Where one has the one and
    /// another the other, nobody knows.
    fn find(&self, change: &mut Change<'_>) -> Result<Found, Error> {
        let profile = &self.signed_in.profile;
        let called = match &profile.name_id {
            Some(name_id) => known_as(change, name_id)?,
            None => Vec::new(),
        };
        let at_address = match &profile.verified_email {
            Some(address) => reached_at(change, address)?,
            None => Vec::new(),
        };
        let (user, by) = match (called.as_slice(), at_address.as_slice()) {
            ([], []) => return Ok(Found::None),
            ([], [only]) if only.own.is_some() => (only.user, By::Address),
            ([only], others) if others.iter().all(|other| other.user == *only || other.own.is_none()) => {
                (*only, By::NameId)
            }
            _ => return Ok(Found::No(Unadmitted::Unclear)),
        };
        let token = &self.signed_in.token;
        let Some(user) = user::table::lock(change, user)? else {
            return Ok(Found::None);
        };
        if table::has_other(change, user.id, &token.issuer, &token.subject)? {
            return Ok(Found::No(Unadmitted::Another));
        }
        Ok(Found::One(Box::new(user), by))
    }

    /// Somebody who is kept out is not linked: whoever lets them in decides.
    fn link(
        &self,
        change: &mut Change<'_>,
        user: User,
        by: &'static str,
        former: Option<Id<User>>,
    ) -> Result<Admitted, Error> {
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
        let mut body = json!({ "issuer": token.issuer, "subject": token.subject, "by": by });
        if let Some(former) = former {
            body["former"] = former.to_string().into();
        }
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

    fn is_offered_something(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        match &self.signed_in.profile.verified_email {
            Some(address) => invitation::offers::is_offered_to(change, address),
            None => Ok(false),
        }
    }
}

/// Makes a person of somebody who is nobody yet, under the first of the names that nobody has; none of whoever has left and is
/// not erased yet, or of what makes no person.
pub(crate) fn newcomer(
    change: &mut Change<'_>,
    profile: &Profile,
    names: &[&str],
    more: &[(&str, &str)],
) -> Result<Result<User, Unadmitted>, Error> {
    if table::has_departed(change, profile)? {
        return Ok(Err(Unadmitted::Departed));
    }
    let Some(name) = free_name(change, names)? else {
        return Ok(Err(Unadmitted::Unfit));
    };
    let mut body = profile::body(profile, name);
    for (attribute, value) in more {
        body[*attribute] = (*value).into();
    }
    let intake = CreateUser::by_admin(body).intake;
    match user::create(change, &intake, None) {
        Ok(created) => Ok(Ok(created.user)),
        // The claims make no person: an address that is none, a text that is too long.
        Err(Error::Refused(refusal @ (Refusal::Invalid { .. } | Refusal::Scim(_) | Refusal::TooLarge { .. }))) => {
            tracing::warn!(%refusal, "who signed in cannot be made a person");
            Ok(Err(Unadmitted::Unfit))
        }
        Err(error) => Err(error),
    }
}

/// The first of the names that nobody has.
fn free_name<'n>(change: &mut Change<'_>, names: &[&'n str]) -> Result<Option<&'n str>, Error> {
    for name in names {
        if scim::text::check_user_name(name).is_ok() && user::table::read_named(change, name)?.is_none() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Those whom some client calls by exactly that externalId.
fn known_as(change: &mut Change<'_>, name_id: &str) -> Result<Vec<Id<User>>, Error> {
    let mut known = Vec::new();
    for (space, holder) in table::called(change, name_id)? {
        // The index has some folded, and of long ones the beginning.
        let exactly = |user: User| user.external_ids.get(space) == Some(name_id);
        if !known.contains(&holder) && user::table::read(change, holder)?.is_some_and(exactly) {
            known.push(holder);
        }
    }
    Ok(known)
}

/// Somebody who may be meant by an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) user: Id<User>,
    /// The address as it stands, where it is their own: the one that mail to them goes to, or that they were invited at. None where it
    /// is only one of theirs.
    pub(crate) own: Option<String>,
}

/// Those who may be meant by an address that somebody has shown to be theirs. What looks alike is not the same. Nobody else gets an
/// answer about that address before this transaction ends.
pub(crate) fn reached_at(change: &mut Change<'_>, verified: &str) -> Result<Vec<Reached>, Error> {
    user::table::address_holders(change, verified, None)?;
    let mut reached: Vec<Reached> = Vec::new();
    for meant in table::meant_by(change, verified)? {
        let invited_at = meant
            .invited_at
            .filter(|address| address.eq_ignore_ascii_case(verified));
        if let Some(known) = reached.iter_mut().find(|known| known.user == meant.user) {
            known.own = known.own.take().or(invited_at);
            continue;
        }
        let Some(user) = user::table::read(change, meant.user)? else {
            continue;
        };
        let own = confirmation::effective_address(change, &user)?;
        let own = own.filter(|own| own.eq_ignore_ascii_case(verified));
        let own = match own {
            Some(own) if meant.is_kept || is_proved(change, &user, &own)? => Some(own),
            _ => invited_at,
        };
        // What people wrote themselves, and nobody has proved, is no sign that an account is theirs whose address it is, and keeps
        // nobody else out; nor does what they had before.
        let is_theirs = !meant.is_kept && user.provenance.writer_of("emails") != Some(Writer::User(user.id));
        if own.is_some() || is_theirs {
            reached.push(Reached { user: user.id, own });
        }
    }
    Ok(reached)
}

/// Whether an address of somebody is known to be theirs: others wrote it, or they have shown that they read what is sent there.
fn is_proved(change: &mut Change<'_>, user: &User, address: &str) -> Result<bool, Error> {
    if user.provenance.writer_of("emails") != Some(Writer::User(user.id)) {
        return Ok(true);
    }
    Ok(confirmation::is_confirmed(change, user.id, address)? || table::has_verified(change, user.id, address)?)
}
