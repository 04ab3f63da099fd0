//! All SQL that names choices of notices and what waits for a digest, and what a digest counts in groups.

use db::{Db, Row, statements};
use uuid::Uuid;

use super::NoticeChoices;
use super::digest::Entry;
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::User;

statements! {
    CHOICES = "SELECT choices FROM notice_choices WHERE realm = ?1 AND user_id = ?2";
    CHOOSE = "INSERT INTO notice_choices (realm, user_id, choices) VALUES (?1, ?2, ?3)
              ON CONFLICT (realm, user_id) DO UPDATE SET choices = ?3";
    UNCHOOSE = "DELETE FROM notice_choices WHERE realm = ?1 AND user_id = ?2";
    KEEP = "INSERT INTO digest_items (realm, user_id, id, content) VALUES (?1, ?2, ?3, ?4)";
    KEPT = "SELECT id, content FROM digest_items WHERE realm = ?1 AND user_id = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
    COUNT_KEPT = "SELECT COUNT(*) FROM (SELECT 1 FROM digest_items WHERE realm = ?1 AND user_id = ?2 AND id > ?3
                  LIMIT ?4) AS counted";
    FORGET = "DELETE FROM digest_items WHERE realm = ?1 AND user_id = ?2";
    /// Memberships in force that will end by then.
    COUNT_ENDING = "SELECT COUNT(*) FROM (SELECT 1 FROM memberships WHERE realm = ?1 AND group_id = ?2 AND effective_at IS NOT NULL
                      AND effective_at <= ?3 AND status = 'enabled' LIMIT 1000) AS counted";
    /// Requests that wait for whoever decides.
    COUNT_WAITING = "SELECT COUNT(*) FROM (SELECT 1 FROM request_scopes WHERE realm = ?1 AND group_id = ?2 AND status = 'PENDING_APPROVAL'
                      LIMIT 1000) AS counted";
}

fn chosen(row: Option<Row>) -> Result<NoticeChoices, Error> {
    let Some(mut row) = row else {
        return Ok(NoticeChoices::default());
    };
    let text: String = row.take(0)?;
    Ok(NoticeChoices::from_column(&text))
}

pub(super) fn choices(change: &mut Change<'_>, user: Id<User>) -> Result<NoticeChoices, Error> {
    chosen(change.query_one(CHOICES, &[change.realm_id().into(), user.into()])?)
}

pub(super) async fn read_choices(db: &Db, realm: RealmId, user: Id<User>) -> Result<NoticeChoices, Error> {
    let rows = db.query(CHOICES, &[realm.into(), user.into()]).await?;
    chosen(rows.into_iter().next())
}

pub(super) fn choose(change: &mut Change<'_>, user: Id<User>, choices: &NoticeChoices) -> Result<(), Error> {
    let realm = change.realm_id();
    if choices.is_empty() {
        return change.later(UNCHOOSE, vec![realm.into(), user.into()]);
    }
    change.later(CHOOSE, vec![realm.into(), user.into(), choices.to_column().into()])
}

/// Nobody sees it before it is sent, so it needs no event.
pub(super) fn keep(change: &mut Change<'_>, user: Id<User>, entry: &Entry) -> Result<(), Error> {
    let id: Id<Entry> = change.new_id();
    let content = serde_json::to_string(entry).unwrap_or_default();
    let params = vec![change.realm_id().into(), user.into(), id.into(), content.into()];
    change.keep_book_later(KEEP, params)
}

/// So many after one; without what it is where this version does not know it.
pub(super) fn kept(
    change: &mut Change<'_>,
    user: Id<User>,
    after: Uuid,
    limit: usize,
) -> Result<Vec<(Uuid, Option<Entry>)>, Error> {
    let limit = limit as i64;
    let rows = change.query(
        KEPT,
        &[change.realm_id().into(), user.into(), after.into(), limit.into()],
    )?;
    let one = |mut row: Row| {
        let content: String = row.take(1)?;
        Ok((row.take(0)?, serde_json::from_str(&content).ok()))
    };
    rows.into_iter().map(one).collect()
}

fn count(row: Option<Row>) -> Result<i64, Error> {
    Ok(row.map(|mut row| row.take(0)).transpose()?.unwrap_or_default())
}

/// How many are behind one, up to a number.
pub(super) fn count_kept(change: &mut Change<'_>, user: Id<User>, after: Uuid, limit: usize) -> Result<usize, Error> {
    let limit = limit as i64;
    let params = [change.realm_id().into(), user.into(), after.into(), limit.into()];
    Ok(usize::try_from(count(change.query_one(COUNT_KEPT, &params)?)?).unwrap_or_default())
}

/// Whatever waits for a person's digest was sent.
pub(super) fn forget(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let params = vec![change.realm_id().into(), user.into()];
    change.keep_book_later(FORGET, params)
}

/// How many memberships of a group will end by then, up to a thousand.
pub(super) fn count_ending(change: &mut Change<'_>, group: Id<Group>, until: Timestamp) -> Result<u32, Error> {
    let params = [change.realm_id().into(), group.into(), until.millis().into()];
    Ok(u32::try_from(count(change.query_one(COUNT_ENDING, &params)?)?).unwrap_or_default())
}

/// How many requests wait for those who decide, up to a thousand.
pub(super) fn count_waiting(change: &mut Change<'_>, group: Id<Group>) -> Result<u32, Error> {
    let params = [change.realm_id().into(), group.into()];
    Ok(u32::try_from(count(change.query_one(COUNT_WAITING, &params)?)?).unwrap_or_default())
}

/// Forgets what somebody chose who is erased, and what waits for them.
pub(super) fn erase_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(UNCHOOSE, vec![realm.into(), user.into()])?;
    change.later(FORGET, vec![realm.into(), user.into()])
}
