//! Whose address it is, and the mail.

use serde_json::Value;

use super::rules::{DAY, GOOD_FOR, MOST, MOST_A_DAY};
use super::{SignInLink, table};
use crate::change::Change;
use crate::client::secret::PlainToken;
use crate::error::Error;
use crate::invitation;
use crate::job::{Job, Next};
use crate::mail::content::Link;
use crate::mail::{Content, EmailAddress, Language};
use crate::notice::{self, Recipient};
use crate::provider::{self, Reached};
use crate::user::{self, User};

pub(super) const ADDRESS: &str = "address";
pub(super) const TO: &str = "to";
pub(super) const LANGUAGE: &str = "language";

/// Sends a link to an address that somebody asked for, if it is one person's own, or something in a group is offered there.
/// Nobody waits for it any more when the job comes too late, and those before still work where many were asked for.
pub(crate) fn mail_sign_in_link(change: &mut Change<'_>, job: &Job) -> Result<Next, Error> {
    let asked = |name: &str| job.payload.get(name).and_then(Value::as_str);
    let Some(address) = asked(ADDRESS).and_then(|address| EmailAddress::parse(address).ok()) else {
        return Ok(Next::Done);
    };
    let ago = |seconds: i64| change.now().plus_seconds(-seconds);
    let (lately, yesterday) = (ago(GOOD_FOR), ago(DAY));
    if job.id.made_at() < lately || !change.realm().settings.signs_in_by_mail() {
        return Ok(Next::Done);
    }
    let language = asked(LANGUAGE).and_then(Language::preferred).unwrap_or_default();
    let Some(to) = reader(change, &address, language)? else {
        return Ok(Next::Done);
    };
    let address = to.address.as_str();
    let is_enough = table::since(change, address, lately, MOST)? >= MOST
        || table::since(change, address, yesterday, MOST_A_DAY)? >= MOST_A_DAY;
    if is_enough {
        return Ok(Next::Done);
    }
    let secret = PlainToken::bare(change.ids());
    let link = SignInLink {
        address: to.address.clone(),
        language: to.language,
        goes_to: asked(TO).map(str::to_owned),
        expires_at: change.now().plus_seconds(GOOD_FOR),
        used_at: None,
    };
    table::insert(change, &link, &secret.hash())?;
    let content = Content::SignIn(Link {
        secret: secret.reveal().to_owned(),
        expires_at: link.expires_at,
    });
    notice::queue(change, to, content, &[])?;
    Ok(Next::Done)
}

/// Who reads what is sent to an address; nobody where it is nobody's, several people's, or not proved to be theirs. It goes where it
/// stands to go: what somebody types may differ in the case of its letters. What the page says decides about whoever is suspended, so
/// they get one too.
fn reader(change: &mut Change<'_>, typed: &EmailAddress, language: Language) -> Result<Option<Recipient>, Error> {
    let reached = provider::reached_at(change, typed.as_str())?;
    let (user, address) = match reached.as_slice() {
        [Reached { user, own: Some(own) }] => (user::table::read(change, *user)?, own.clone()),
        [] => match invitation::offers::offered_at(change, typed.as_str())? {
            Some(address) => (None, address),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    if user.as_ref().is_some_and(|user| user.visibility.leaves_at().is_some()) {
        return Ok(None);
    }
    let attributes = user.as_ref().map(User::attributes);
    let theirs = attributes.and_then(user::rules::language);
    Ok(Some(Recipient {
        user: user.as_ref().map(|user| user.id),
        address: EmailAddress::stored(address),
        name: attributes.and_then(user::rules::greeting),
        language: Language::choose(theirs.as_deref(), language.tag()),
    }))
}
