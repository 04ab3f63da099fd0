//! The mail that carries an invitation: sent, sent again, and what the mail server said.

use serde_json::{Map, Value, json};

use super::account::{DAY, check_domain, language_of};
use crate::change::Change;
use crate::client::secret::PlainToken;
use crate::delivery;
use crate::error::Error;
use crate::event::EventKind;
use crate::id::Id;
use crate::invitation::rules::{self, Act};
use crate::invitation::{Invitation, MailFact, table};
use crate::job::{self, JobKind};
use crate::mail::content::Link;
use crate::mail::{self, Content, Contents, EmailAddress, Mail, MailState};
use crate::user;

/// Sends an invitation again that is open or asked for anew, perhaps to another address: a new secret, all earlier links dead,
/// the time anew.
pub(in crate::invitation) fn send_again(
    change: &mut Change<'_>,
    before: Invitation,
    attributes: &Map<String, Value>,
    address: &EmailAddress,
) -> Result<Invitation, Error> {
    check_domain(change, address)?;
    table::kill_links(change, before.id)?;
    drop_mails(change, before.id)?;
    let days = i64::from(change.realm().settings.invitation_days());
    let after = Invitation {
        address: Some(address.clone()),
        language: language_of(change, attributes),
        state: rules::after(before.state, Act::Resend).unwrap_or(before.state),
        mail: MailFact::Queued,
        expires_at: change.now().plus_seconds(days * DAY),
        last_error: None,
        decided_at: None,
        ..before.clone()
    };
    let after = table::update(change, after)?;
    let mail = queue_mail(change, &after, address, attributes)?;
    let body = json!({
        "address": address.as_str(),
        "expires_at": after.expires_at.to_string(),
        "mail": mail.to_string(),
    });
    let mut event = after.turned(EventKind::InvitationResent, &before, body);
    if let Some(old) = before.address.as_ref().filter(|old| *old != address) {
        event.body["before"]["address"] = old.as_str().into();
        event.body["after"]["address"] = address.as_str().into();
    }
    change.record(event)?;
    job::schedule(
        change,
        JobKind::ExpireInvitation,
        after.id.uuid(),
        &json!({}),
        after.expires_at,
    )?;
    Ok(after)
}

/// Writes at the invitation, which is locked, what became of its mail.
pub(crate) fn mail_settled(
    change: &mut Change<'_>,
    before: Invitation,
    mail: MailState,
    why: Option<&str>,
) -> Result<(), Error> {
    let fact = rules::mail_fact(mail);
    let sent = mail == MailState::Sent;
    if before.mail == fact && before.last_error.as_deref() == why && !sent {
        return Ok(());
    }
    let old = before.mail;
    let after = Invitation {
        mail: fact,
        sent_at: if sent { Some(change.now()) } else { before.sent_at },
        send_count: before.send_count + i64::from(sent),
        last_error: why.map(str::to_owned),
        ..before
    };
    let after = table::update(change, after)?;
    let body = json!({ "before": old.name(), "after": fact.name(), "why": why });
    change.record(after.fact(EventKind::InvitationMailChanged, body))?;
    Ok(())
}

/// Makes a link and queues the mail that carries it.
pub(super) fn queue_mail(
    change: &mut Change<'_>,
    invitation: &Invitation,
    address: &EmailAddress,
    attributes: &Map<String, Value>,
) -> Result<Id<Mail>, Error> {
    queue_with_link(change, invitation, address, |secret| Contents {
        name: user::rules::greeting(attributes),
        content: Content::Invitation(Link {
            secret,
            expires_at: invitation.expires_at,
        }),
    })
}

/// Makes a link and queues the mail that carries it, which says this.
pub(super) fn queue_with_link(
    change: &mut Change<'_>,
    invitation: &Invitation,
    address: &EmailAddress,
    says: impl FnOnce(String) -> Contents,
) -> Result<Id<Mail>, Error> {
    let secret = PlainToken::bare(change.ids());
    table::add_link(change, invitation.id, &secret.hash())?;
    let contents = says(secret.reveal().to_owned());
    let mail = Mail {
        id: change.new_id(),
        invitation: Some(invitation.id),
        recipient: address.clone(),
        template: contents.content.template(),
        language: invitation.language,
        state: MailState::Queued,
        sent_at: None,
        last_error: None,
    };
    mail::table::insert(change, &mail, &contents, invitation.user)?;
    Ok(mail.id)
}

/// Mails on their way that would bring a dead link.
pub(super) fn drop_mails(change: &mut Change<'_>, id: Id<Invitation>) -> Result<(), Error> {
    delivery::table::drop_mails_about(change, id.uuid())?;
    mail::table::drop_of_invitation(change, id)
}
