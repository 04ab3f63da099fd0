//! All SQL that names the messages of requests.

use db::{Db, statements};

use super::super::Request;
use super::Message;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::id::Id;
use crate::realm::RealmId;

statements! {
    INSERT = "INSERT INTO request_messages (realm, request, id, by_reviewer, author, author_name, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    ALL = "SELECT id, by_reviewer, author, author_name, body, at FROM request_messages WHERE realm = ?1 AND request = ?2 ORDER BY id LIMIT 1000";
    LAST_QUESTION = "SELECT author FROM request_messages WHERE realm = ?1 AND request = ?2 AND by_reviewer ORDER BY id DESC LIMIT 1";
    COUNT = "SELECT COUNT(*) FROM request_messages WHERE realm = ?1 AND request = ?2";
    DELETE = "DELETE FROM request_messages WHERE realm = ?1 AND request = ?2";
}

pub(super) fn insert(change: &mut Change<'_>, request: Id<Request>, message: &Message) -> Result<(), Error> {
    let params = vec![
        change.realm_id().into(),
        request.into(),
        message.id.into(),
        message.by_reviewer.into(),
        message.author.as_str().into(),
        message.author_name.clone().into(),
        message.text.as_str().into(),
        message.at.millis().into(),
    ];
    change.later(INSERT, params)
}

/// In the order in which they were written.
pub(crate) async fn read(db: &Db, realm: RealmId, request: Id<Request>) -> Result<Vec<Message>, Error> {
    let rows = db.query(ALL, &[realm.into(), request.into()]).await?;
    let message = |mut row: db::Row| {
        Ok(Message {
            id: row.take(0)?,
            by_reviewer: row.take(1)?,
            author: row.take(2)?,
            author_name: row.take(3)?,
            text: row.take(4)?,
            at: Timestamp::from_millis(row.take(5)?),
        })
    };
    rows.into_iter().map(message).collect()
}

/// Who asked last.
pub(in crate::enrollment) fn last_asker(
    change: &mut Change<'_>,
    request: Id<Request>,
) -> Result<Option<String>, Error> {
    let row = change.query_one(LAST_QUESTION, &[change.realm_id().into(), request.into()])?;
    Ok(row.map(|mut row| row.take(0)).transpose()?)
}

/// How many there are.
pub(in crate::enrollment) fn count(change: &mut Change<'_>, request: Id<Request>) -> Result<i64, Error> {
    let row = change.query_one(COUNT, &[change.realm_id().into(), request.into()])?;
    Ok(row.map_or(Ok(0), |mut row| row.take(0))?)
}

pub(in crate::enrollment) fn delete(change: &mut Change<'_>, request: Id<Request>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(DELETE, vec![realm.into(), request.into()])
}
