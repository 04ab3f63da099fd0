//! The mail that warns of a token's end: to whoever can do something about it.

use serde_json::json;

use super::{Token, table};
use crate::change::Change;
use crate::client;
use crate::clock::Timestamp;
use crate::confirmation;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::mail::content::ExpiringToken;
use crate::mail::{self, Content, Contents, EmailAddress, Language, Mail, MailState, TokenNotice};
use crate::user::{self, Lifecycle, User};

/// At most so many of a realm's administrators are written to.
const MOST: usize = 20;

/// Whom a mail goes to.
struct Recipient {
    user: Option<Id<User>>,
    address: EmailAddress,
    name: Option<String>,
    language: Language,
}

/// Queues the mails that warn of a token's end.
pub(super) fn send(change: &mut Change<'_>, token: &Token, expiry: Timestamp) -> Result<(), Error> {
    let client = client::load(change, token.client)?;
    let notice = TokenNotice {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: (token.scopes != client.scopes).then(|| token.scopes.to_string()),
        client: client.name,
        user: token.user.map(|user| user.to_string()),
    };
    for recipient in recipients(change, token)? {
        queue(change, token, recipient, &notice, expiry)?;
    }
    Ok(())
}

/// The person it acts as; else those who administer the realm; else the realm's support.
fn recipients(change: &mut Change<'_>, token: &Token) -> Result<Vec<Recipient>, Error> {
    if let Some(id) = token.user
        && let Some(person) = reachable(change, id)?
    {
        return Ok(vec![person]);
    }
    let mut recipients: Vec<Recipient> = Vec::new();
    for id in table::administrators(change)? {
        if let Some(person) = reachable(change, id)?
            && recipients.iter().all(|other| other.address != person.address)
        {
            recipients.push(person);
        }
        if recipients.len() == MOST {
            break;
        }
    }
    let settings = &change.realm().settings;
    if recipients.is_empty()
        && let Some(Ok(address)) = settings.support.as_deref().map(EmailAddress::parse)
    {
        recipients.push(Recipient {
            user: None,
            address,
            name: None,
            language: Language::choose(None, settings.language()),
        });
    }
    Ok(recipients)
}

/// A person who is in and has an address.
fn reachable(change: &mut Change<'_>, id: Id<User>) -> Result<Option<Recipient>, Error> {
    let Some(user) = user::table::read(change, id)?.filter(|user| user.lifecycle == Lifecycle::Active) else {
        return Ok(None);
    };
    let attributes = user.attributes();
    // Never one that nobody has proved to be theirs.
    let address = confirmation::effective_address(change, &user)?;
    let address = address.and_then(|address| EmailAddress::parse(&address).ok());
    Ok(address.map(|address| Recipient {
        user: Some(id),
        address,
        name: user::rules::greeting(attributes),
        language: Language::choose(
            user::rules::language(attributes).as_deref(),
            change.realm().settings.language(),
        ),
    }))
}

fn queue(
    change: &mut Change<'_>,
    token: &Token,
    to: Recipient,
    notice: &TokenNotice,
    expiry: Timestamp,
) -> Result<(), Error> {
    // Of an address that is nobody's we know of, the log keeps what tells which one it was; a person is named by their id.
    let masked = to.user.is_none().then(|| to.address.masked());
    let contents = Contents {
        name: to.name,
        content: Content::TokenExpiry(ExpiringToken {
            expires_at: expiry,
            token: notice.clone(),
        }),
    };
    let mail = Mail {
        id: change.new_id(),
        invitation: None,
        recipient: to.address,
        template: contents.content.template(),
        language: to.language,
        state: MailState::Queued,
        sent_at: None,
        last_error: None,
    };
    mail::table::insert(change, &mail, &contents)?;
    let body = json!({
        "mail": mail.id.to_string(),
        "template": mail.template.name(),
        "token": token.id.to_string(),
        "user": to.user.map(|user| user.to_string()),
        "address": masked,
    });
    change.record(Event::new(EventKind::MailQueued, mail.id.uuid(), 1, body))?;
    Ok(())
}
