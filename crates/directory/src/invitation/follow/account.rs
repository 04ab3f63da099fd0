//! A person is invited, and their invitation follows them: to another address, and to what `active` says of it.

use serde_json::{Map, Value, json};

use super::close::close;
use super::mail::{queue_mail, send_again};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::id::Id;
use crate::invitation::rules::Act;
use crate::invitation::{Invitation, InvitationState, MailFact, Offered, OnAcceptance, Provisioning, table};
use crate::job::{self, JobKind};
use crate::mail::{EmailAddress, Language};
use crate::realm;
use crate::user::{self, User};

pub(super) const DAY: i64 = 86_400;

/// What an invitation is made of beside the person.
pub(crate) struct Terms<'a> {
    pub(crate) address: &'a EmailAddress,
    /// The language of the mail; none = the person's, else the realm's.
    pub(crate) language: Option<Language>,
    /// How long it is valid; none = as the realm says.
    pub(crate) days: Option<u32>,
    /// Whether the client says `active:false`.
    pub(crate) blocked: bool,
}

/// Invites a person, whose row is locked, at an address. An open invitation gives way.
pub(crate) fn start(
    change: &mut Change<'_>,
    user: &User,
    attributes: &Map<String, Value>,
    address: &EmailAddress,
    blocked: bool,
) -> Result<(), Error> {
    let terms = Terms {
        address,
        language: None,
        days: None,
        blocked,
    };
    start_offer(change, user, attributes, &terms).map(drop)
}

/// The number of open invitations is counted under the realm's lock: of several at once none goes past the limit.
pub(in crate::invitation) fn check_number(change: &mut Change<'_>) -> Result<(), Error> {
    if change.realm().settings.max_open_invitations().is_none() {
        return Ok(());
    }
    let settings = realm::table::hold(change)?;
    match settings.max_open_invitations() {
        Some(limit) if table::count_open(change, limit)? >= limit => Err(Refusal::LimitReached {
            what: "open invitations",
            limit,
        }
        .into()),
        _ => Ok(()),
    }
}

/// [`start`] with more to say about it.
pub(crate) fn start_offer(
    change: &mut Change<'_>,
    user: &User,
    attributes: &Map<String, Value>,
    terms: &Terms<'_>,
) -> Result<Invitation, Error> {
    if let Some(open) = table::open_of_user(change, user.id)? {
        close(change, open, Act::Supersede, EventKind::InvitationSuperseded, json!({}))?;
    }
    check_domain(change, terms.address)?;
    check_number(change)?;
    let now = change.now();
    let days = terms.days.unwrap_or_else(|| change.realm().settings.invitation_days());
    let invitation = Invitation {
        id: change.new_id(),
        version: 1,
        modified: now,
        user: Some(user.id),
        offered: Offered::Account,
        address: Some(terms.address.clone()),
        language: terms.language.unwrap_or_else(|| language_of(change, attributes)),
        state: InvitationState::Pending,
        mail: MailFact::Queued,
        provisioning: Provisioning::None,
        on_acceptance: OnAcceptance::after(None, terms.blocked, shown_active(change)),
        client: change.principal().client().map(|client| client.id),
        expires_at: now.plus_seconds(i64::from(days) * DAY),
        sent_at: None,
        send_count: 0,
        last_error: None,
        decided_at: None,
    };
    table::insert(change, &invitation)?;
    let mail = queue_mail(change, &invitation, terms.address, attributes)?;
    let body = json!({
        "address": terms.address.as_str(),
        "expires_at": invitation.expires_at.to_string(),
        "on_acceptance": invitation.on_acceptance.name(),
        "mail": mail.to_string(),
    });
    change.record(invitation.made(body))?;
    job::schedule(
        change,
        JobKind::ExpireInvitation,
        invitation.id.uuid(),
        &json!({}),
        invitation.expires_at,
    )?;
    Ok(invitation)
}

/// No invitation goes to a blocked domain.
pub(super) fn check_domain(change: &Change<'_>, address: &EmailAddress) -> Result<(), Refusal> {
    match change.realm().settings.blocked_domain(address.domain()) {
        Some(domain) => Err(Refusal::invalid(
            "emails",
            format!("invitations to {domain} are blocked here"),
        )),
        None => Ok(()),
    }
}

/// Whoever is invited by hand may not share an address with someone whose invitation is open (W-72).
pub(crate) fn check_no_other(change: &mut Change<'_>, user: Id<User>, address: &EmailAddress) -> Result<(), Error> {
    if table::is_invited(change, address, user)? {
        return Err(Refusal::conflict("somebody else has an open invitation at this address").into());
    }
    Ok(())
}

/// Follows a write of an invited person, whose row is locked: `active` says whether the invitation can be accepted, and
/// what comes of it.
pub(crate) fn follow_active(change: &mut Change<'_>, user: Id<User>, blocked: bool) -> Result<(), Error> {
    if let Some(invitation) = table::open_of_user(change, user)? {
        set_on_acceptance(change, invitation, blocked)?;
    }
    Ok(())
}

/// [`follow_active`], where the address has moved as well: links to the old one are dead, the new one gets a mail.
pub(crate) fn follow_address(
    change: &mut Change<'_>,
    user: &User,
    attributes: &Map<String, Value>,
    address: &EmailAddress,
    blocked: bool,
) -> Result<(), Error> {
    let Some(invitation) = table::open_of_user(change, user.id)? else {
        return Ok(());
    };
    let invitation = set_on_acceptance(change, invitation, blocked)?;
    let known = invitation.address.as_ref();
    if known.map(|known| user::rules::key(known.as_str())) != Some(user::rules::key(address.as_str())) {
        send_again(change, invitation, attributes, address)?;
    }
    Ok(())
}

fn set_on_acceptance(change: &mut Change<'_>, before: Invitation, blocked: bool) -> Result<Invitation, Error> {
    let on_acceptance = OnAcceptance::after(Some(before.on_acceptance), blocked, shown_active(change));
    if on_acceptance == before.on_acceptance {
        return Ok(before);
    }
    let old = before.on_acceptance.name();
    let after = table::update(
        change,
        Invitation {
            on_acceptance,
            ..before
        },
    )?;
    let body = json!({ "before": old, "after": on_acceptance.name() });
    change.record(after.fact(EventKind::InvitationBlocked, body))?;
    Ok(after)
}

/// When a person's last invitation expired; none where it did not.
pub(crate) fn expired_at(change: &mut Change<'_>, user: Id<User>) -> Result<Option<Timestamp>, Error> {
    let last = table::last_of_user(change, user)?;
    Ok(last
        .filter(|last| last.state == InvitationState::Expired)
        .map(|last| last.expires_at))
}

pub(super) fn language_of(change: &Change<'_>, attributes: &Map<String, Value>) -> Language {
    Language::choose(
        user::rules::language(attributes).as_deref(),
        change.realm().settings.language(),
    )
}

/// What the writer is shown as `active` while an invitation is open.
fn shown_active(change: &Change<'_>) -> bool {
    change.principal().client().is_none_or(|client| client.pending_active)
}
