//! The mail that warns of a token's end: to whoever can do something about it.

use super::{Token, table};
use crate::change::Change;
use crate::client;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::mail::content::ExpiringToken;
use crate::mail::{Content, TokenNotice};
use crate::notice::{self, Recipient};

/// At most so many of a realm's administrators are written to.
const MOST: usize = 20;

/// Queues the mails that warn of a token's end.
pub(super) fn send(change: &mut Change<'_>, token: &Token, expiry: Timestamp) -> Result<(), Error> {
    let client = client::load(change, token.client)?;
    let told = TokenNotice {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: (token.scopes != client.scopes).then(|| token.scopes.to_string()),
        client: client.name,
        user: token.user.map(|user| user.to_string()),
    };
    let about = [("token", token.id.to_string().into())];
    for recipient in recipients(change, token)? {
        let content = Content::TokenExpiry(ExpiringToken {
            expires_at: expiry,
            token: told.clone(),
        });
        notice::queue(change, recipient, content, &about)?;
    }
    Ok(())
}

/// The person it acts as; else those who administer the realm; else the realm's support.
fn recipients(change: &mut Change<'_>, token: &Token) -> Result<Vec<Recipient>, Error> {
    if let Some(id) = token.user
        && let Some(person) = notice::reachable(change, id)?
    {
        return Ok(vec![person]);
    }
    let mut recipients: Vec<Recipient> = Vec::new();
    for id in table::administrators(change)? {
        if let Some(person) = notice::reachable(change, id)?
            && recipients.iter().all(|other| other.address != person.address)
        {
            recipients.push(person);
        }
        if recipients.len() == MOST {
            break;
        }
    }
    if recipients.is_empty() {
        recipients.extend(notice::support(change));
    }
    Ok(recipients)
}
