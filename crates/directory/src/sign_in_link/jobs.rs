//! Whose address it is, and the mail.

use serde_json::Value;

use super::rules::{GOOD_FOR, MOST};
use super::{SignInLink, table};
use crate::change::Change;
use crate::client::secret::PlainToken;
use crate::confirmation;
use crate::error::Error;
use crate::invitation;
use crate::job::{Job, Next};
use crate::mail::content::Link;
use crate::mail::{Content, EmailAddress, Language};
use crate::notice::{self, Recipient};
use crate::provider;
use crate::user;

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
    let before = change.now().plus_seconds(-GOOD_FOR);
    if job.due_at < before || !change.realm().settings.signs_in_by_mail() {
        return Ok(Next::Done);
    }
    let language = asked(LANGUAGE).and_then(Language::preferred).unwrap_or_default();
    let Some(to) = reader(change, address, language)? else {
        return Ok(Next::Done);
    };
    if table::since(change, to.address.as_str(), before, MOST)? >= MOST {
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

/// Who reads what is sent to an address; nobody where it is nobody's, several people's, or not proved to be theirs. What the
/// page says decides about whoever is suspended, so they get one too.
fn reader(change: &mut Change<'_>, address: EmailAddress, language: Language) -> Result<Option<Recipient>, Error> {
    let person = match provider::reached_at(change, address.as_str())?.as_slice() {
        [(only, true)] => user::table::read(change, *only)?,
        [] if invitation::offers::is_offered_to(change, address.as_str())? => {
            return Ok(Some(Recipient {
                user: None,
                address,
                name: None,
                language,
            }));
        }
        _ => None,
    };
    let Some(user) = person.filter(|user| user.visibility.leaves_at().is_none()) else {
        return Ok(None);
    };
    // As it stands in their record: what somebody types may differ in the case of its letters.
    let own = confirmation::effective_address(change, &user)?;
    let own = own.filter(|own| own.eq_ignore_ascii_case(address.as_str()));
    Ok(Some(Recipient {
        user: Some(user.id),
        address: own.and_then(|own| EmailAddress::parse(&own).ok()).unwrap_or(address),
        name: user::rules::greeting(user.attributes()),
        language: Language::choose(user::rules::language(user.attributes()).as_deref(), language.tag()),
    }))
}
