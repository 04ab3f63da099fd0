//! All SQL that names invitations and the hashes of their links.

use db::{Bound, Db, Row, Value, statements};
use uuid::Uuid;

use super::{
    GroupOffer, Invitation, InvitationQuery, InvitationState, MailFact, OfferKind, Offered, OnAcceptance, Provisioning,
};
use crate::change::Change;
use crate::clock::Timestamp;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::mail::{EmailAddress, Language};
use crate::realm::RealmId;
use crate::token::TokenHash;
use crate::user::{self, User};

statements! {
    BY_ID = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client, expires_at,
               sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
             FROM invitations WHERE realm = ?1 AND id = ?2";
    LOCK = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client, expires_at,
              sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
            FROM invitations WHERE realm = ?1 AND id = ?2 /*pg: FOR UPDATE */";
    LOCK_OPEN = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client, expires_at,
                   sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
                 FROM invitations WHERE realm = ?1 AND user_id = ?2 AND open AND offers = 'account' /*pg: FOR UPDATE */";
    LATEST_OF_USER = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client,
                        expires_at, sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
                      FROM invitations WHERE realm = ?1 AND user_id = ?2 AND offers = 'account' ORDER BY id DESC LIMIT 1";
    LIST = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client, expires_at,
              sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
            FROM invitations WHERE realm = ?1 AND id > ?2 AND (?3 = '' OR state = ?3) ORDER BY id LIMIT ?4";
    LIST_OF_USER = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client,
                      expires_at, sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
                    FROM invitations WHERE realm = ?1 AND user_id = ?5 AND id > ?2 AND (?3 = '' OR state = ?3) ORDER BY id LIMIT ?4";
    LIST_OF_ADDRESS = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client,
                         expires_at, sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
                       FROM invitations WHERE realm = ?1 AND address_key = ?5 AND id > ?2 AND (?3 = '' OR state = ?3) ORDER BY id LIMIT ?4";
    LIST_OF_GROUP = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client,
                         expires_at, sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
                       FROM invitations WHERE realm = ?1 AND group_id = ?5 AND group_id IS NOT NULL AND id > ?2 AND (?3 = '' OR state = ?3)
                       ORDER BY id LIMIT ?4";
    LATEST_OF_GROUP = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client,
                         expires_at, sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
                       FROM invitations WHERE realm = ?1 AND group_id = ?2 AND group_id IS NOT NULL AND id < ?3
                       ORDER BY id DESC LIMIT ?4";
    /// The open offer of that kind to an address.
    OPEN_OFFER = "SELECT id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client,
                      expires_at, sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details
                    FROM invitations WHERE realm = ?1 AND group_id = ?2 AND offers = ?3 AND address_key = ?4 AND open AND offers <> 'account'
                    /*pg: FOR UPDATE */";
    OPEN_OF_GROUP = "SELECT id FROM invitations WHERE realm = ?1 AND group_id = ?2 AND open AND offers <> 'account' ORDER BY id LIMIT ?3";
    OFFERED_TO = "SELECT address FROM invitations WHERE realm = ?1 AND address_key = ?2 AND open AND offers <> 'account' AND expires_at > ?3 LIMIT 20";
    BEHIND = "SELECT i.id, i.version, i.modified, i.user_id, i.address, i.language, i.state, i.mail, i.provisioning, i.on_acceptance,
                i.client, i.expires_at, i.sent_at, i.send_count, i.last_error, i.decided_at,
                i.offers, i.group_id, i.configuration, i.details, l.killed_at
              FROM invitation_links l JOIN invitations i ON i.realm = l.realm AND i.id = l.invitation
              WHERE l.realm = ?1 AND l.hash = ?2";
    /// The same with whom it is for, where it is for somebody.
    BEHIND_AND_FOR = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers,
                u.leaves_at, i.id, i.version, i.modified, i.user_id, i.address, i.language, i.state, i.mail, i.provisioning, i.on_acceptance,
                i.client, i.expires_at, i.sent_at, i.send_count, i.last_error, i.decided_at,
                i.offers, i.group_id, i.configuration, i.details, l.killed_at
              FROM invitation_links l JOIN invitations i ON i.realm = l.realm AND i.id = l.invitation
                LEFT JOIN users u ON u.realm = i.realm AND u.id = i.user_id
              WHERE l.realm = ?1 AND l.hash = ?2";
    COUNT_OPEN = "SELECT COUNT(*) FROM (SELECT 1 FROM invitations WHERE realm = ?1 AND open AND offers = 'account'
                                         UNION ALL SELECT 1 FROM invitations WHERE realm = ?1 AND open AND offers <> 'account' LIMIT ?2) AS some_open";
    OPEN_OF_ADDRESS = "SELECT user_id FROM invitations WHERE realm = ?1 AND address_key = ?2 AND open AND offers = 'account' AND user_id <> ?3 LIMIT 1";
    INSERT = "INSERT INTO invitations (realm, id, version, modified, user_id, address, address_key, language, state, mail, provisioning,
                open, on_acceptance, client, expires_at, send_count)
              VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, TRUE, ?11, ?12, ?13, 0)";
    INSERT_OFFER = "INSERT INTO invitations (realm, id, version, modified, user_id, address, address_key, language, state, mail, provisioning,
                open, on_acceptance, client, expires_at, send_count, offers, group_id, configuration, details)
              VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, TRUE, ?11, ?12, ?13, 0, ?14, ?15, ?16, ?17) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE invitations SET version = version + 1, modified = ?4, address = ?5, address_key = ?6, language = ?7, state = ?8,
                mail = ?9, provisioning = ?10, open = ?11, on_acceptance = ?12, expires_at = ?13, sent_at = ?14, send_count = ?15,
                last_error = ?16, decided_at = ?17, details = ?18
              WHERE realm = ?1 AND id = ?2 AND version = ?3";
    DECIDE = "UPDATE invitations SET version = version + 1, modified = ?5, state = ?4, provisioning = ?6, open = FALSE, decided_at = ?5
              WHERE realm = ?1 AND id = ?2 AND open AND expires_at > ?5 AND on_acceptance <> 'refuse' AND offers = 'account'
                AND EXISTS (SELECT 1 FROM invitation_links l WHERE l.realm = ?1 AND l.hash = ?3 AND l.invitation = ?2 AND l.killed_at IS NULL)
              RETURNING id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client, expires_at,
                sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details";
    /// The same of an offer, which is the answerer's from then on.
    ANSWER = "UPDATE invitations SET version = version + 1, modified = ?5, state = ?4, provisioning = ?6, open = FALSE, decided_at = ?5, user_id = ?7
              WHERE realm = ?1 AND id = ?2 AND open AND expires_at > ?5 AND offers <> 'account'
                AND EXISTS (SELECT 1 FROM invitation_links l WHERE l.realm = ?1 AND l.hash = ?3 AND l.invitation = ?2 AND l.killed_at IS NULL)
              RETURNING id, version, modified, user_id, address, language, state, mail, provisioning, on_acceptance, client, expires_at,
                sent_at, send_count, last_error, decided_at, offers, group_id, configuration, details";
    ADD_LINK = "INSERT INTO invitation_links (realm, hash, invitation, made_at) VALUES (?1, ?2, ?3, ?4)";
    KILL_LINKS = "UPDATE invitation_links SET killed_at = ?3 WHERE realm = ?1 AND invitation = ?2 AND killed_at IS NULL";
    ALL_OF_USER = "SELECT id, version FROM invitations WHERE realm = ?1 AND user_id = ?2 ORDER BY id";
    ERASE_LINKS = "DELETE FROM invitation_links WHERE realm = ?1 AND invitation = ?2";
    ERASE = "DELETE FROM invitations WHERE realm = ?1 AND id = ?2";
}

/// So many columns a person has who stands before an invitation.
const PERSON: usize = 11;

fn from_row(row: &mut Row) -> Result<Invitation, db::Error> {
    from_columns(row, 0)
}

/// The invitation whose columns begin there.
fn from_columns(row: &mut Row, from: usize) -> Result<Invitation, db::Error> {
    let language: String = row.take(from + 5)?;
    let state: String = row.take(from + 6)?;
    let mail: String = row.take(from + 7)?;
    let provisioning: String = row.take(from + 8)?;
    let on_acceptance: String = row.take(from + 9)?;
    let (user, offers): (Uuid, String) = (row.take(from + 3)?, row.take(from + 16)?);
    let address: String = row.take(from + 4)?;
    let details: Option<String> = row.take(from + 19)?;
    let offered = Offered::from_columns(&offers, row.take(from + 17)?, row.take(from + 18)?, details.as_deref());
    let state = InvitationState::parse(&state).filter(|_| offered.is_some());
    let instant = |at: Option<i64>| at.map(Timestamp::from_millis);
    Ok(Invitation {
        id: row.take(from)?,
        version: row.take(from + 1)?,
        modified: Timestamp::from_millis(row.take(from + 2)?),
        user: (!user.is_nil()).then(|| Id::new(user)),
        address: (!address.is_empty()).then(|| EmailAddress::stored(address)),
        language: Language::preferred(&language).unwrap_or_default(),
        // An unknown word never opens anything.
        state: state.unwrap_or(InvitationState::Revoked),
        offered: offered.unwrap_or(Offered::Account),
        mail: MailFact::parse(&mail).unwrap_or(MailFact::None),
        provisioning: Provisioning::parse(&provisioning).unwrap_or(Provisioning::None),
        on_acceptance: OnAcceptance::parse(&on_acceptance).unwrap_or(OnAcceptance::Refuse),
        client: row.take::<Option<Uuid>>(from + 10)?.map(Id::new),
        expires_at: Timestamp::from_millis(row.take(from + 11)?),
        sent_at: instant(row.take(from + 12)?),
        send_count: row.take(from + 13)?,
        last_error: row.take(from + 14)?,
        decided_at: instant(row.take(from + 15)?),
    })
}

fn first(rows: Vec<Row>) -> Result<Option<Invitation>, Error> {
    Ok(rows.into_iter().next().map(|mut row| from_row(&mut row)).transpose()?)
}

/// A link as it was found by the hash of its secret.
pub(crate) struct Link {
    pub(crate) invitation: Invitation,
    /// No newer mail has killed it.
    pub(crate) alive: bool,
}

fn link(row: &mut Row, from: usize) -> Result<Link, db::Error> {
    let killed_at: Option<i64> = row.take(from + 20)?;
    Ok(Link {
        invitation: from_columns(row, from)?,
        alive: killed_at.is_none(),
    })
}

pub(crate) async fn by_id(db: &Db, realm: RealmId, id: Id<Invitation>) -> Result<Option<Invitation>, Error> {
    first(db.query(BY_ID, &[realm.into(), id.into()]).await?)
}

pub(super) async fn latest_of_user(db: &Db, realm: RealmId, user: Id<User>) -> Result<Option<Invitation>, Error> {
    first(db.query(LATEST_OF_USER, &[realm.into(), user.into()]).await?)
}

pub(super) async fn by_hash(db: &Db, realm: RealmId, hash: &TokenHash) -> Result<Option<Link>, Error> {
    let mut rows = db.query(BEHIND, &[realm.into(), hash.bytes().into()]).await?;
    Ok(rows.first_mut().map(|row| link(row, 0)).transpose()?)
}

/// The same with whom it is for, where it is for somebody.
pub(super) async fn by_hash_and_for(
    db: &Db,
    realm: RealmId,
    hash: &TokenHash,
) -> Result<Option<(Link, Option<User>)>, Error> {
    let rows = db.query(BEHIND_AND_FOR, &[realm.into(), hash.bytes().into()]).await?;
    let Some(mut row) = rows.into_iter().next() else {
        return Ok(None);
    };
    let user = (!row.is_null(0)).then(|| user::table::from_row(&mut row)).transpose()?;
    Ok(Some((link(&mut row, PERSON)?, user)))
}

pub(super) async fn list(
    db: &Db,
    realm: RealmId,
    query: &InvitationQuery,
    limit: i64,
) -> Result<Vec<Invitation>, Error> {
    let after = query.after.unwrap_or(Id::new(Uuid::nil()));
    let state = query.state.map_or("", InvitationState::name);
    let mut params = vec![realm.into(), after.into(), state.into(), limit.into()];
    let rows = match (query.user, &query.address) {
        _ if query.group.is_some() => {
            params.push(query.group.map(Id::uuid).into());
            db.query(LIST_OF_GROUP, &params).await?
        }
        (Some(user), _) => {
            params.push(user.into());
            db.query(LIST_OF_USER, &params).await?
        }
        (None, Some(address)) => {
            params.push(user::rules::key(address).into());
            db.query(LIST_OF_ADDRESS, &params).await?
        }
        // A state that few have may take long to find.
        (None, None) if query.state.is_some() => db.scan(LIST, &params).await?,
        (None, None) => db.query(LIST, &params).await?,
    };
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

/// So many offers in a group that were made before one, the last first.
pub(super) async fn latest_of_group(
    db: &Db,
    realm: RealmId,
    (group, before): (Id<Group>, Uuid),
    limit: i64,
) -> Result<Vec<Invitation>, Error> {
    let params = [realm.into(), group.into(), before.into(), limit.into()];
    let rows = db.query(LATEST_OF_GROUP, &params).await?;
    rows.into_iter().map(|mut row| Ok(from_row(&mut row)?)).collect()
}

pub(super) fn read(change: &mut Change<'_>, id: Id<Invitation>) -> Result<Option<Invitation>, Error> {
    first(change.query(BY_ID, &[change.realm_id().into(), id.into()])?)
}

pub(crate) fn lock(change: &mut Change<'_>, id: Id<Invitation>) -> Result<Option<Invitation>, Error> {
    first(change.query(LOCK, &[change.realm_id().into(), id.into()])?)
}

pub(super) fn last_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<Option<Invitation>, Error> {
    first(change.query(LATEST_OF_USER, &[change.realm_id().into(), user.into()])?)
}

/// The open invitation of a person whose row is locked.
pub(super) fn open_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<Option<Invitation>, Error> {
    let (sql, params) = lock_open(change.realm_id(), user);
    first(change.query(&sql, &params)?)
}

/// What [`open_of_user`] reads.
pub(crate) fn lock_open(realm: RealmId, user: Id<User>) -> Bound {
    (LOCK_OPEN.into(), vec![realm.into(), user.into()])
}

pub(super) fn behind(change: &mut Change<'_>, hash: &TokenHash) -> Result<Option<Link>, Error> {
    let row = change.query_one(BEHIND, &[change.realm_id().into(), hash.bytes().into()])?;
    Ok(row.map(|mut row| link(&mut row, 0)).transpose()?)
}

/// The column `address`; empty where there is none.
fn address(invitation: &Invitation) -> &str {
    invitation.address.as_ref().map_or("", EmailAddress::as_str)
}

/// The column `address_key`. Of offers without an address each stands for itself; no address is like an id.
fn address_key(invitation: &Invitation) -> String {
    match &invitation.address {
        Some(address) => user::rules::key(address.as_str()),
        None => invitation.id.to_string(),
    }
}

fn inserted(change: &Change<'_>, invitation: &Invitation) -> Vec<Value> {
    vec![
        change.realm_id().into(),
        invitation.id.into(),
        invitation.modified.millis().into(),
        invitation.user.map_or(Uuid::nil(), Id::uuid).into(),
        address(invitation).into(),
        address_key(invitation).into(),
        invitation.language.tag().into(),
        invitation.state.name().into(),
        invitation.mail.name().into(),
        invitation.provisioning.name().into(),
        invitation.on_acceptance.name().into(),
        invitation.client.map(Id::uuid).into(),
        invitation.expires_at.millis().into(),
    ]
}

pub(super) fn insert(change: &mut Change<'_>, invitation: &Invitation) -> Result<(), Error> {
    let params = inserted(change, invitation);
    change.later(INSERT, params)
}

/// Adds an offer; false when one of its kind is open to that address.
pub(super) fn insert_offer(
    change: &mut Change<'_>,
    invitation: &Invitation,
    offer: &GroupOffer,
) -> Result<bool, Error> {
    let mut params = inserted(change, invitation);
    params.extend([
        offer.kind().name().into(),
        offer.group.into(),
        offer.configuration().map(Id::uuid).into(),
        invitation.offered.details().into(),
    ]);
    Ok(change.execute(INSERT_OFFER, &params)? == 1)
}

/// Replaces an invitation; `after` carries the version that was read. Answers with the invitation as it now is.
pub(super) fn update(change: &mut Change<'_>, after: Invitation) -> Result<Invitation, Error> {
    let now = change.now();
    let params = [
        change.realm_id().into(),
        after.id.into(),
        after.version.into(),
        now.millis().into(),
        address(&after).into(),
        address_key(&after).into(),
        after.language.tag().into(),
        after.state.name().into(),
        after.mail.name().into(),
        after.provisioning.name().into(),
        after.is_open().into(),
        after.on_acceptance.name().into(),
        after.expires_at.millis().into(),
        after.sent_at.map(Timestamp::millis).into(),
        after.send_count.into(),
        after.last_error.clone().into(),
        after.decided_at.map(Timestamp::millis).into(),
        after.offered.details().into(),
    ];
    match change.execute(UPDATE, &params)? {
        1 => Ok(Invitation {
            version: after.version + 1,
            modified: now,
            ..after
        }),
        _ => Err(Refusal::Changed.into()),
    }
}

/// The person's decision, by a link: the one statement that spends it. None when it is spent, dead, late or blocked.
pub(super) fn decide(
    change: &mut Change<'_>,
    id: Id<Invitation>,
    hash: &TokenHash,
    to: InvitationState,
    provisioning: Provisioning,
) -> Result<Option<Invitation>, Error> {
    let params = [
        change.realm_id().into(),
        id.into(),
        hash.bytes().into(),
        to.name().into(),
        change.now().millis().into(),
        provisioning.name().into(),
    ];
    let row = change.write_returning(DECIDE, &params)?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// The same of an offer, by a person whose it is from then on.
pub(super) fn answer(
    change: &mut Change<'_>,
    id: Id<Invitation>,
    hash: &TokenHash,
    (to, provisioning): (InvitationState, Provisioning),
    by: Id<User>,
) -> Result<Option<Invitation>, Error> {
    let params = [
        change.realm_id().into(),
        id.into(),
        hash.bytes().into(),
        to.name().into(),
        change.now().millis().into(),
        provisioning.name().into(),
        by.into(),
    ];
    let row = change.write_returning(ANSWER, &params)?;
    Ok(row.map(|mut row| from_row(&mut row)).transpose()?)
}

/// The open offer of a kind to an address, locked.
pub(super) fn open_offer(
    change: &mut Change<'_>,
    group: Id<Group>,
    kind: OfferKind,
    address: &EmailAddress,
) -> Result<Option<Invitation>, Error> {
    let key = user::rules::key(address.as_str());
    let params = [change.realm_id().into(), group.into(), kind.name().into(), key.into()];
    first(change.query(OPEN_OFFER, &params)?)
}

/// Open offers of a group, so many at most.
pub(super) fn open_of_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    limit: usize,
) -> Result<Vec<Id<Invitation>>, Error> {
    let params = [change.realm_id().into(), group.into(), (limit as i64).into()];
    ids(change.query(OPEN_OF_GROUP, &params)?)
}

fn ids(rows: Vec<Row>) -> Result<Vec<Id<Invitation>>, Error> {
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

fn offered_params(realm: RealmId, address: &str, now: Timestamp) -> [Value; 3] {
    [realm.into(), user::rules::key(address).into(), now.millis().into()]
}

/// The addresses like this one to which something is offered.
pub(super) fn offered_to(change: &mut Change<'_>, address: &str) -> Result<Vec<String>, Error> {
    let rows = change.query(OFFERED_TO, &offered_params(change.realm_id(), address, change.now()))?;
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

/// Whether there are any, read outside a change.
pub(super) async fn is_any_offered(db: &Db, realm: RealmId, address: &str, now: Timestamp) -> Result<bool, Error> {
    Ok(!db
        .query(OFFERED_TO, &offered_params(realm, address, now))
        .await?
        .is_empty())
}

pub(super) fn add_link(change: &mut Change<'_>, id: Id<Invitation>, hash: &TokenHash) -> Result<(), Error> {
    let (realm, now) = (change.realm_id(), change.now());
    change.later(
        ADD_LINK,
        vec![realm.into(), hash.bytes().into(), id.into(), now.millis().into()],
    )
}

pub(super) fn kill_links(change: &mut Change<'_>, id: Id<Invitation>) -> Result<(), Error> {
    let (realm, now) = (change.realm_id(), change.now());
    change.later(KILL_LINKS, vec![realm.into(), id.into(), now.millis().into()])
}

/// All invitations of a person, with their versions.
pub(super) fn all_of_user(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<(Id<Invitation>, i64)>, Error> {
    let rows = change.query(ALL_OF_USER, &[change.realm_id().into(), user.into()])?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

pub(super) fn erase(change: &mut Change<'_>, id: Id<Invitation>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.later(ERASE_LINKS, vec![realm.into(), id.into()])?;
    change.later(ERASE, vec![realm.into(), id.into()])
}

/// Forgets an invitation that was decided long ago, and whatever hangs on it. Nobody sees it any more, so it needs no event.
pub(super) fn purge(change: &mut Change<'_>, id: Id<Invitation>) -> Result<(), Error> {
    let realm = change.realm_id();
    change.keep_book_later(ERASE_LINKS, vec![realm.into(), id.into()])?;
    change.keep_book_later(ERASE, vec![realm.into(), id.into()])
}

/// How many invitations are open, as far as a limit.
pub(super) fn count_open(change: &mut Change<'_>, limit: usize) -> Result<usize, Error> {
    let row = change.query_one(COUNT_OPEN, &[change.realm_id().into(), (limit as i64).into()])?;
    let count = row.map(|mut row| row.take::<i64>(0)).transpose()?.unwrap_or_default();
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Whether somebody else has an open invitation at that address.
pub(super) fn is_invited(change: &mut Change<'_>, address: &EmailAddress, user: Id<User>) -> Result<bool, Error> {
    let key = user::rules::key(address.as_str());
    let params = [change.realm_id().into(), key.into(), user.into()];
    Ok(change.query_one(OPEN_OF_ADDRESS, &params)?.is_some())
}
