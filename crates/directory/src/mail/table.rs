//! All SQL that names the table of mails.

use db::{Db, Row, statements};
use uuid::Uuid;

use super::content::{Contents, Template};
use super::{EmailAddress, Language, Mail, MailState};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::invitation::Invitation;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    BY_ID = "SELECT id, invitation, recipient, template, language, state, sent_at, last_error, variables
             FROM mails WHERE realm = ?1 AND id = ?2";
    LIST = "SELECT id, invitation, recipient, template, language, state, sent_at, last_error, variables
            FROM mails WHERE realm = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    NEWEST = "SELECT id, invitation, recipient, template, language, state, sent_at, last_error, variables
            FROM mails WHERE realm = ?1 ORDER BY id DESC LIMIT ?2";
    INVITATION_OF = "SELECT invitation FROM mails WHERE realm = ?1 AND id = ?2";
    INSERT = "INSERT INTO mails (realm, id, invitation, recipient, template, language, variables, state, user_id)
              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    SET_STATE = "UPDATE mails SET state = ?3, last_error = ?4, sent_at = COALESCE(CAST(?5 AS BIGINT), sent_at) WHERE realm = ?1 AND id = ?2";
    ERASE_CONTENTS = "UPDATE mails SET variables = NULL WHERE realm = ?1 AND id = ?2";
    DROP_OF_INVITATION = "UPDATE mails SET state = 'dropped', variables = NULL
              WHERE realm = ?1 AND invitation = ?2 AND state IN ('queued', 'deferred', 'bounced')";
    DROP_UNSENT = "UPDATE mails SET state = 'dropped', variables = NULL
              WHERE realm = ?1 AND id = ?2 AND state IN ('queued', 'deferred', 'bounced')";
    ERASE = "DELETE FROM mails WHERE realm = ?1 AND id = ?2";
    ERASE_OF_INVITATION = "DELETE FROM mails WHERE realm = ?1 AND invitation = ?2";
    ERASE_OF_USER = "DELETE FROM mails WHERE realm = ?1 AND user_id = ?2 AND user_id IS NOT NULL";
    PURGE = "DELETE FROM mails WHERE invitation IS NULL AND id IN (
               SELECT id FROM mails WHERE invitation IS NULL AND id < ?1 ORDER BY id LIMIT ?2)";
}

/// What a mail says, as far as it is stored.
pub(super) enum Stored {
    /// It was erased: the mail was sent or dropped.
    Erased,
    /// A newer program wrote it, in a way that this one does not know.
    Unknown,
    /// This.
    Known(Box<Contents>),
}

fn from_row(row: &mut Row) -> Result<(Mail, Stored), db::Error> {
    let template: String = row.take(3)?;
    let language: String = row.take(4)?;
    let state: String = row.take(5)?;
    let variables: Option<String> = row.take(8)?;
    let mail = Mail {
        id: row.take(0)?,
        invitation: row.take::<Option<Uuid>>(1)?.map(Id::new),
        recipient: EmailAddress::stored(row.take(2)?),
        template: Template::parse(&template).unwrap_or(Template::Test),
        language: Language::preferred(&language).unwrap_or_default(),
        state: MailState::parse(&state).unwrap_or(MailState::Dropped),
        sent_at: row.take::<Option<i64>>(6)?.map(Timestamp::from_millis),
        last_error: row.take(7)?,
    };
    let stored = match variables {
        None => Stored::Erased,
        Some(text) => {
            Contents::stored(&template, &text).map_or(Stored::Unknown, |known| Stored::Known(Box::new(known)))
        }
    };
    Ok((mail, stored))
}

fn mails(rows: Vec<Row>) -> Result<Vec<Mail>, Error> {
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?.0)).collect()
}

pub(super) async fn by_id(db: &Db, realm: RealmId, id: Id<Mail>) -> Result<Option<(Mail, Stored)>, Error> {
    let mut rows = db.query(BY_ID, &[realm.into(), id.into()]).await?;
    Ok(rows.first_mut().map(from_row).transpose()?)
}

pub(super) async fn list(db: &Db, realm: RealmId, after: Option<Id<Mail>>, limit: i64) -> Result<Vec<Mail>, Error> {
    let after = after.unwrap_or(Id::new(Uuid::nil()));
    mails(db.query(LIST, &[realm.into(), after.into(), limit.into()]).await?)
}

pub(super) async fn newest(db: &Db, realm: RealmId, limit: i64) -> Result<Vec<Mail>, Error> {
    mails(db.query(NEWEST, &[realm.into(), limit.into()]).await?)
}

pub(super) fn invitation_of(change: &mut Change<'_>, id: Id<Mail>) -> Result<Option<Id<Invitation>>, Error> {
    match change.query_one(INVITATION_OF, &[change.realm_id().into(), id.into()])? {
        Some(mut row) => Ok(row.take::<Option<Uuid>>(0)?.map(Id::new)),
        None => Ok(None),
    }
}

/// Queues a mail; `to` is the person it goes to, where that is known: it is erased with them.
pub(crate) fn insert(
    change: &mut Change<'_>,
    mail: &Mail,
    contents: &Contents,
    to: Option<Id<User>>,
) -> Result<(), Error> {
    let variables = serde_json::to_string(contents).unwrap_or_else(|_| "{}".into());
    let realm = change.realm_id();
    change.later(
        INSERT,
        vec![
            realm.into(),
            mail.id.into(),
            mail.invitation.map(Id::uuid).into(),
            mail.recipient.as_str().into(),
            mail.template.name().into(),
            mail.language.tag().into(),
            variables.into(),
            mail.state.name().into(),
            to.map(Id::uuid).into(),
        ],
    )
}

/// Writes what became of a mail. That it was put off once more changes nothing that can be seen, so this alone needs no
/// event; what can be seen is told by the invitation's.
pub(super) fn set_state(
    change: &mut Change<'_>,
    id: Id<Mail>,
    state: MailState,
    why: Option<&str>,
) -> Result<(), Error> {
    let sent_at = (state == MailState::Sent).then(|| change.now().millis());
    let params = [
        change.realm_id().into(),
        id.into(),
        state.name().into(),
        why.into(),
        sent_at.into(),
    ];
    change.keep_book(SET_STATE, &params)?;
    Ok(())
}

pub(super) fn erase_contents(change: &mut Change<'_>, id: Id<Mail>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE_CONTENTS, vec![realm.into(), id.into()])
}

/// A mail that is not sent never will be; its contents go.
pub(crate) fn drop_unsent(change: &mut Change<'_>, id: Id<Mail>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(DROP_UNSENT, vec![realm.into(), id.into()])
}

pub(crate) fn erase(change: &mut Change<'_>, id: Id<Mail>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE, vec![realm.into(), id.into()])
}

/// Mails of an invitation that are not sent never will be; their contents go.
pub(crate) fn drop_of_invitation(change: &mut Change<'_>, invitation: Id<Invitation>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(DROP_OF_INVITATION, vec![realm.into(), invitation.into()])
}

pub(crate) fn erase_of_invitation(change: &mut Change<'_>, invitation: Id<Invitation>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE_OF_INVITATION, vec![realm.into(), invitation.into()])
}

/// Removes the mails of an invitation that was decided long ago.
pub(crate) fn purge_of_invitation(change: &mut Change<'_>, invitation: Id<Invitation>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(ERASE_OF_INVITATION, vec![realm.into(), invitation.into()])
}

/// Removes whatever went, or was to go, to somebody who is erased.
pub(crate) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE_OF_USER, vec![realm.into(), user.into()])
}

/// Removes mails that carry no invitation, queued before an instant, of all realms; returns how many.
pub(crate) fn purge(change: &mut Change<'_>, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let before = Id::<Mail>::first_at(before);
    change.keep_book(PURGE, &[before.into(), limit.into()])
}
