//! What other changes mean for what is pending: an address moves, a person leaves, a person is erased.

use serde_json::{Map, Value, json};

use super::rules::{self, Consequence};
use super::{Confirmation, ConfirmationState, table};
use crate::change::Change;
use crate::client::secret::PlainToken;
use crate::delivery;
use crate::error::{Error, Refusal};
use crate::event::{self, Event, EventKind};
use crate::id::Id;
use crate::mail::content::Link;
use crate::mail::{self, Content, Contents, EmailAddress, Language, Mail, MailState};
use crate::user::{self, User};

const DAY: i64 = 86_400;

/// Follows a write of a person, whose row is locked. `before`: as they were until now; none for someone who is new, of
/// whom only an account at the realm's provider is asked about.
pub(crate) fn follow_address(
    change: &mut Change<'_>,
    user: &User,
    before: Option<&User>,
    attributes: &Map<String, Value>,
) -> Result<(), Error> {
    let asks = change.realm().settings.oidc.validate_emails && rules::is_in(user.lifecycle);
    let old = before.and_then(|user| user::rules::own_address(user.attributes(), &user.external_ids));
    let new = user::rules::own_address(attributes, &user.external_ids);
    let (old_key, new_key) = (
        old.as_deref().map(user::rules::key),
        new.as_deref().map(user::rules::key),
    );
    if old_key == new_key || (before.is_none() && !asks) {
        return Ok(());
    }
    let pending = match before {
        Some(_) => table::pending_of_user(change, user.id)?,
        None => None,
    };
    let counts = pending
        .as_ref()
        .map_or_else(|| old.clone(), |pending| pending.effective.clone());
    let waits = pending.as_ref().map(|pending| {
        let effective = pending.effective.as_deref().map(user::rules::key);
        (effective, user::rules::key(pending.address.as_str()))
    });
    let waits = waits
        .as_ref()
        .map(|(effective, address)| (effective.as_deref(), address.as_str()));
    let consequence = rules::consequence(old_key.as_deref(), new_key.as_deref(), waits, asks);
    if consequence == Consequence::None {
        return Ok(());
    }
    if let Some(pending) = pending {
        supersede(change, &pending)?;
    }
    if consequence == Consequence::Ask
        && let Some(address) = new
    {
        let address = EmailAddress::parse(&address).map_err(|why| Refusal::invalid("emails", why))?;
        ask(change, user.id, attributes, address, counts)?;
    }
    Ok(())
}

/// The address of a person that counts, as [`crate::Directory::effective_email`] has it.
pub(crate) fn effective_address(change: &mut Change<'_>, user: &User) -> Result<Option<String>, Error> {
    let pending = if change.realm().settings.oidc.validate_emails {
        table::pending_of_user(change, user.id)?
    } else {
        None
    };
    Ok(match pending {
        Some(pending) => pending.effective,
        None => user::rules::own_address(user.attributes(), &user.external_ids),
    })
}

/// Whether somebody has confirmed exactly that address.
pub(crate) fn is_confirmed(change: &mut Change<'_>, user: Id<User>, address: &str) -> Result<bool, Error> {
    let known = table::all_of_user(change, user)?;
    let is_so = |one: &Confirmation| {
        one.state == ConfirmationState::Confirmed && one.address.as_str().eq_ignore_ascii_case(address)
    };
    Ok(known.iter().any(is_so))
}

/// Sends a mail with a link to an address that is to be confirmed.
pub(super) fn ask(
    change: &mut Change<'_>,
    user: Id<User>,
    attributes: &Map<String, Value>,
    address: EmailAddress,
    effective: Option<String>,
) -> Result<Confirmation, Error> {
    let days = i64::from(change.realm().settings.invitation_days());
    let secret = PlainToken::bare(change.ids());
    let confirmation = Confirmation {
        id: change.new_id(),
        user,
        address,
        effective,
        language: Language::choose(
            user::rules::language(attributes).as_deref(),
            change.realm().settings.language(),
        ),
        state: ConfirmationState::Pending,
        mail: change.new_id(),
        expires_at: change.now().plus_seconds(days * DAY),
    };
    table::insert(change, &confirmation, &secret.hash())?;
    let contents = Contents {
        name: user::rules::greeting(attributes),
        content: Content::Confirmation(Link {
            secret: secret.reveal().to_owned(),
            expires_at: confirmation.expires_at,
        }),
    };
    let mail = Mail {
        id: confirmation.mail,
        invitation: None,
        recipient: confirmation.address.clone(),
        template: contents.content.template(),
        language: confirmation.language,
        state: MailState::Queued,
        sent_at: None,
        last_error: None,
    };
    mail::table::insert(change, &mail, &contents, Some(user))?;
    let body = json!({
        "user": user.to_string(),
        "address": confirmation.address.as_str(),
        "effective": confirmation.effective,
        "expires_at": confirmation.expires_at.to_string(),
        "mail": mail.id.to_string(),
    });
    change.record(Event::new(
        EventKind::ConfirmationRequested,
        confirmation.subject(),
        1,
        body,
    ))?;
    Ok(confirmation)
}

/// Ends what is pending: its link is dead, its mail is not sent any more.
pub(super) fn supersede(change: &mut Change<'_>, pending: &Confirmation) -> Result<(), Error> {
    table::end(change, pending.id, ConfirmationState::Superseded)?;
    delivery::table::drop_mails_about(change, pending.subject())?;
    mail::table::drop_unsent(change, pending.mail)?;
    let body = json!({ "user": pending.user.to_string(), "address": pending.address.as_str() });
    change.record(Event::new(
        EventKind::ConfirmationSuperseded,
        pending.subject(),
        2,
        body,
    ))?;
    Ok(())
}

/// Ends what is pending of someone who leaves.
pub(crate) fn end_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    match table::pending_of_user(change, user)? {
        Some(pending) => supersede(change, &pending),
        None => Ok(()),
    }
}

/// Erases what is left of someone who has left: addresses, links, mails, and the bodies of their events.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    for confirmation in table::all_of_user(change, user)? {
        mail::table::erase(change, confirmation.mail)?;
        event::erase(change, EventKind::ConfirmationErased, confirmation.subject(), 3)?;
        table::erase(change, confirmation.id)?;
    }
    Ok(())
}
