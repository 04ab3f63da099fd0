//! All SQL that names memberships and the nesting of groups.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use db::{Bound, Row, Value, statements};
use uuid::Uuid;

use super::Membership;
use crate::change::Change;
use crate::error::Error;
use crate::group::Group;
use crate::id::Id;
use crate::realm::RealmId;
use crate::user::{Sight, User};

statements! {
    STANDING = "SELECT status, ended_by FROM memberships WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3";
    END_IMPORTED = "UPDATE memberships SET version = version + 1, status = 'ended', ended_at = ?5, ended_by = ?6
           WHERE realm = ?1 AND group_id = ?2 AND user_id = ?3 AND source = 'import' AND source_id = ?4 AND status = 'enabled' RETURNING id, version";
    OF_USER = "SELECT group_id FROM memberships WHERE realm = ?1 AND user_id = ?2 AND status = 'enabled' ORDER BY group_id LIMIT ?3";
    MEMBERS_AFTER = "SELECT m.user_id, u.display_name FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' ORDER BY m.user_id LIMIT ?4";
    DOCUMENTS_AFTER = "SELECT m.user_id, u.document FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' ORDER BY m.user_id LIMIT ?4";
    STAYING_MEMBERS_AFTER = "SELECT m.user_id, u.display_name FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' AND u.leaves_at IS NULL ORDER BY m.user_id LIMIT ?4";
    SHOWN_MEMBERS_AFTER = "SELECT m.user_id, u.display_name FROM memberships m JOIN users u ON u.realm = m.realm AND u.id = m.user_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled' AND NOT u.hidden ORDER BY m.user_id LIMIT ?4";
    /// Without those who are leaving. SQLite takes the index of all people if it is not told.
    STAYING_USERS_AFTER = "SELECT m.user_id FROM memberships m WHERE m.realm = ?1 AND m.group_id = ?2 AND m.user_id > ?3 AND m.status = 'enabled'
             AND NOT EXISTS (SELECT 1 FROM users l /*sqlite: INDEXED BY users_leaving */
                             WHERE l.realm = m.realm AND l.id = m.user_id AND l.leaves_at IS NOT NULL)
           ORDER BY m.user_id LIMIT ?4";
    USERS_AFTER = "SELECT user_id FROM memberships WHERE realm = ?1 AND group_id = ?2 AND user_id > ?3 AND status = 'enabled' ORDER BY user_id LIMIT ?4";
    ADD_GROUP = "INSERT INTO group_members (realm, group_id, member_id, granted_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    REMOVE_GROUP = "DELETE FROM group_members WHERE realm = ?1 AND group_id = ?2 AND member_id = ?3";
    GROUPS_AFTER = "SELECT m.member_id, g.display_name FROM group_members m JOIN groups g ON g.realm = m.realm AND g.id = m.member_id
           WHERE m.realm = ?1 AND m.group_id = ?2 AND m.member_id > ?3 ORDER BY m.member_id LIMIT ?4";
    PARENTS_OF = "SELECT group_id FROM group_members WHERE realm = ?1 AND member_id = ?2 ORDER BY group_id LIMIT ?3";
    CHILDREN_OF = "SELECT member_id FROM group_members WHERE realm = ?1 AND group_id = ?2 ORDER BY member_id LIMIT ?3";
    /// CROSS JOIN: from the person upwards, never from all groups down.
    GROUPS_OF_USER = "WITH RECURSIVE up(id, direct) AS (
             SELECT m.group_id, 1 FROM memberships m WHERE m.realm = ?1 AND m.user_id = ?2 AND m.status = 'enabled'
             UNION
             SELECT n.group_id, 0 FROM up CROSS JOIN group_members n WHERE n.realm = ?1 AND n.member_id = up.id)
           SELECT g.id, g.display_name, CAST(MAX(up.direct) AS BIGINT) FROM up CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = up.id
           GROUP BY g.id, g.display_name ORDER BY g.id LIMIT 20000";
}

/// One group a user is in, directly or through other groups.
#[derive(Clone, Debug)]
pub(crate) struct GroupOfUser {
    pub(crate) id: Id<Group>,
    pub(crate) display_name: String,
    pub(crate) direct: bool,
}

pub(crate) fn group_of_user(row: &mut Row) -> Result<GroupOfUser, db::Error> {
    Ok(GroupOfUser {
        id: row.take(0)?,
        display_name: row.take(1)?,
        direct: row.take::<i64>(2)? == 1,
    })
}

pub(crate) fn groups_of(change: &mut Change<'_>, user: Id<User>) -> Result<Vec<GroupOfUser>, Error> {
    let rows = change.query(GROUPS_OF_USER, &[change.realm_id().into(), user.into()])?;
    rows.into_iter().map(|mut row| Ok(group_of_user(&mut row)?)).collect()
}

/// What a membership is called in its events: id and version after the statement.
pub(super) struct Touched {
    pub(super) id: Id<Membership>,
    pub(super) version: i64,
}

/// Rows of a member or group, the id and the version of the membership.
fn touched(rows: Vec<Row>, into: &mut HashMap<Uuid, Touched>) -> Result<(), Error> {
    for mut row in rows {
        let membership = Touched {
            id: row.take(1)?,
            version: row.take(2)?,
        };
        into.insert(row.take(0)?, membership);
    }
    Ok(())
}

/// How a grant treats a membership that was ended here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// An explicit add or a POST: a new grant.
    New,
    /// A full list: repeats earlier grants, and does not revive what others than clients have ended.
    Repeat,
    /// A plan of a source: does not revive what others than sources have ended.
    Source,
}

impl Grant {
    /// Whether the grant revives a membership that was ended so.
    fn revives(self, ended_by: Option<&str>) -> bool {
        self == Self::New || ended_by == Some(self.repeats())
    }

    /// Who may have ended what it revives.
    fn repeats(self) -> &'static str {
        match self {
            Self::New | Self::Repeat => CLIENT,
            Self::Source => IMPORT,
        }
    }
}

/// How a person stands to a group in which they are noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Enabled,
    Suspended,
    Ended { by: Option<String> },
}

impl Standing {
    fn of(status: &str, by: Option<String>) -> Self {
        match status {
            "enabled" => Self::Enabled,
            "ended" => Self::Ended { by },
            _ => Self::Suspended,
        }
    }

    /// Whether a grant makes a member of someone who stands so.
    pub(super) fn admits(&self, grant: Grant) -> bool {
        match self {
            Self::Enabled => true,
            Self::Suspended => false,
            Self::Ended { by } => grant.revives(by.as_deref()),
        }
    }
}

/// The word for what clients do, in source and ended_by.
const CLIENT: &str = "client";

/// The word for what sources do by plans.
pub(crate) const IMPORT: &str = "import";

/// Adds or revives memberships; without those that are there already or may not be revived. The statement comes in a few
/// sizes, so that the engines keep them prepared.
pub(super) fn add(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
    grant: Grant,
    mut ahead: Option<&mut Ahead<'_>>,
) -> Result<HashMap<Uuid, Touched>, Error> {
    let (source, source_id) = source(change);
    let mut added = HashMap::with_capacity(users.len());
    let mut rest = users;
    while !rest.is_empty() {
        let size = SIZES.into_iter().rev().find(|size| *size <= rest.len()).unwrap_or(1);
        let (slice, others) = rest.split_at(size);
        rest = others;
        let mut params = vec![
            change.realm_id().into(),
            group.into(),
            source.into(),
            source_id.into(),
            change.now().millis().into(),
            (grant == Grant::New).into(),
            grant.repeats().into(),
        ];
        for user in slice {
            let id: Id<Membership> = change.new_id();
            params.extend([(*user).into(), id.into()]);
        }
        let rows: Vec<String> = (0..size)
            .map(|row| format!("(?1, ?2, ?{}, ?{}, 1, 'enabled', ?3, ?4, ?5)", 2 * row + 8, 2 * row + 9))
            .collect();
        let sql = format!("{ADD} {} {OR_REVIVE}", rows.join(", "));
        let ahead = || ahead.take().map_or_else(Vec::new, |ahead| ahead());
        touched(change.write_returning_ahead(&sql, &params, ahead)?, &mut added)?;
    }
    Ok(added)
}

/// Statements that go with a write; they are called for when they are of use.
pub(super) type Ahead<'a> = dyn FnMut() -> Vec<Bound> + 'a;

const ADD: &str =
    "INSERT INTO memberships (realm, group_id, user_id, id, version, status, source, source_id, granted_at) VALUES";
const OR_REVIVE: &str =
    "ON CONFLICT (realm, group_id, user_id) DO UPDATE SET version = memberships.version + 1, status = 'enabled',
      source = ?3, source_id = ?4, granted_at = ?5, ended_at = NULL, ended_by = NULL
    WHERE memberships.status = 'ended' AND (?6 OR memberships.ended_by = ?7)
    RETURNING user_id, id, version";

/// How one person stands to a group; none when they were never in it.
pub(crate) fn standing(change: &mut Change<'_>, group: Id<Group>, user: Id<User>) -> Result<Option<Standing>, Error> {
    let row = change.query_one(STANDING, &[change.realm_id().into(), group.into(), user.into()])?;
    let read = |mut row: Row| -> Result<Standing, db::Error> {
        let status: String = row.take(0)?;
        Ok(Standing::of(&status, row.take(1)?))
    };
    Ok(row.map(read).transpose()?)
}

/// How many people stand to a group, in few statements.
pub(super) fn standings(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
) -> Result<HashMap<Uuid, Standing>, Error> {
    let realm = change.realm_id();
    let mut found = HashMap::new();
    for slice in users.chunks(SIZES[SIZES.len() - 1]) {
        let (sql, mut params) = in_list(
            "SELECT user_id, status, ended_by FROM memberships WHERE realm = ?1 AND user_id IN",
            "",
            realm,
            slice,
        );
        params.push(group.into());
        let sql = format!("{sql} AND group_id = ?{}", params.len());
        for mut row in change.query(&sql, &params)? {
            let (user, status): (Uuid, String) = (row.take(0)?, row.take(1)?);
            found.insert(user, Standing::of(&status, row.take(2)?));
        }
    }
    Ok(found)
}

/// Ends memberships of one group; without those that are not enabled.
pub(super) fn end_of_group(
    change: &mut Change<'_>,
    group: Id<Group>,
    users: &[Uuid],
    ahead: Option<&mut Ahead<'_>>,
) -> Result<HashMap<Uuid, Touched>, Error> {
    end(change, ("group_id", group.uuid()), "user_id", users, ahead)
}

/// Ends memberships of one person; without those that are not enabled.
pub(super) fn end_of_user(
    change: &mut Change<'_>,
    user: Id<User>,
    groups: &[Uuid],
) -> Result<HashMap<Uuid, Touched>, Error> {
    end(change, ("user_id", user.uuid()), "group_id", groups, None)
}

fn end(
    change: &mut Change<'_>,
    (fixed, one): (&'static str, Uuid),
    varying: &'static str,
    many: &[Uuid],
    mut ahead: Option<&mut Ahead<'_>>,
) -> Result<HashMap<Uuid, Touched>, Error> {
    let (by, _) = source(change);
    let (realm, now) = (change.realm_id(), change.now());
    let mut ended = HashMap::with_capacity(many.len());
    for slice in many.chunks(SIZES[SIZES.len() - 1]) {
        let (list, mut params) = in_list("", "", realm, slice);
        let next = params.len();
        params.extend([one.into(), now.millis().into(), by.into()]);
        let (one, at, by) = (next + 1, next + 2, next + 3);
        let sql = format!(
            "UPDATE memberships SET version = version + 1, status = 'ended', ended_at = ?{at}, ended_by = ?{by}
             WHERE realm = ?1 AND {fixed} = ?{one} AND {varying} IN{list} AND status = 'enabled' RETURNING {varying}, id, version"
        );
        let ahead = || ahead.take().map_or_else(Vec::new, |ahead| ahead());
        touched(change.write_returning_ahead(&sql, &params, ahead)?, &mut ended)?;
    }
    Ok(ended)
}

/// Ends a membership that the source of the plan gave; none when it is not enabled, or somebody else gave it.
pub(super) fn end_imported(
    change: &mut Change<'_>,
    group: Id<Group>,
    user: Id<User>,
) -> Result<Option<Touched>, Error> {
    let (by, source) = source(change);
    let params = [
        change.realm_id().into(),
        group.into(),
        user.into(),
        source.into(),
        change.now().millis().into(),
        by.into(),
    ];
    let read = |mut row: Row| -> Result<Touched, db::Error> {
        Ok(Touched {
            id: row.take(0)?,
            version: row.take(1)?,
        })
    };
    Ok(change.write_returning(END_IMPORTED, &params)?.map(read).transpose()?)
}

fn source(change: &Change<'_>) -> (&'static str, Option<Uuid>) {
    if let Some(source) = change.source() {
        return (IMPORT, Some(source.id()));
    }
    let principal = change.principal();
    match &principal.actor {
        crate::principal::Actor::Client(actor) => (CLIENT, Some(actor.client.id.uuid())),
        crate::principal::Actor::User(actor) => ("user", Some(actor.user.uuid())),
        crate::principal::Actor::Operator => ("operator", None),
        crate::principal::Actor::System | crate::principal::Actor::Nobody => ("system", None),
    }
}

pub(super) fn ids(rows: Vec<Row>) -> Result<Vec<Uuid>, Error> {
    rows.into_iter().map(|mut row| Ok(row.take(0)?)).collect()
}

pub(super) fn groups_with_user(change: &mut Change<'_>, user: Id<User>, limit: i64) -> Result<Vec<Uuid>, Error> {
    let (sql, params) = read_groups(change.realm_id(), user, limit);
    ids(change.query(&sql, &params)?)
}

/// What [`groups_with_user`] reads.
pub(super) fn read_groups(realm: RealmId, user: Id<User>, limit: i64) -> Bound {
    (OF_USER.into(), vec![realm.into(), user.into(), limit.into()])
}

pub(super) fn users_after(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, Error> {
    ids(change.query(
        USERS_AFTER,
        &[change.realm_id().into(), group.into(), after.into(), limit.into()],
    )?)
}

/// The same as far as a caller sees them; policies and expired invitations apart.
pub(super) fn seen_users_after(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Uuid,
    limit: i64,
    sight: Sight,
) -> Result<Vec<Uuid>, Error> {
    let sql = match sight {
        Sight::All => USERS_AFTER,
        Sight::Staying | Sight::Shown => STAYING_USERS_AFTER,
    };
    ids(change.query(
        sql,
        &[change.realm_id().into(), group.into(), after.into(), limit.into()],
    )?)
}

pub(super) fn add_group(change: &mut Change<'_>, group: Id<Group>, member: Id<Group>) -> Result<bool, Error> {
    let params = [
        change.realm_id().into(),
        group.into(),
        member.into(),
        change.now().millis().into(),
    ];
    Ok(change.execute(ADD_GROUP, &params)? == 1)
}

pub(super) fn remove_group(change: &mut Change<'_>, group: Id<Group>, member: Id<Group>) -> Result<bool, Error> {
    Ok(change.execute(REMOVE_GROUP, &[change.realm_id().into(), group.into(), member.into()])? == 1)
}

pub(super) fn child_groups(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<Uuid>, Error> {
    ids(change.query(CHILDREN_OF, &[change.realm_id().into(), group.into(), limit.into()])?)
}

pub(super) fn parent_groups(change: &mut Change<'_>, group: Id<Group>, limit: i64) -> Result<Vec<Uuid>, Error> {
    ids(change.query(PARENTS_OF, &[change.realm_id().into(), group.into(), limit.into()])?)
}

/// A slice of a group's members with the names they are shown by.
pub(super) fn named_members_after(
    change: &mut Change<'_>,
    group: Id<Group>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<String>)>, Error> {
    let rows = change.query(
        MEMBERS_AFTER,
        &[change.realm_id().into(), group.into(), after.into(), limit.into()],
    )?;
    rows.into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?)))
        .collect()
}

/// Which of these ids are users, and which are groups, of the realm. None of them can be deleted before the change is
/// made: on PostgreSQL their rows are held against that, and against nothing else.
pub(super) fn kinds(change: &mut Change<'_>, wanted: &[Uuid], sight: Sight) -> Result<(Vec<Uuid>, Vec<Uuid>), Error> {
    let realm = change.realm_id();
    let users = present(change, realm, among(sight), wanted)?;
    let rest: Vec<Uuid> = wanted
        .iter()
        .copied()
        .filter(|id| users.binary_search(id).is_err())
        .collect();
    let groups = if rest.is_empty() {
        Vec::new()
    } else {
        present(change, realm, "groups WHERE", &rest)?
    };
    Ok((users, groups))
}

/// The users that a caller with that sight adds. Who is hidden for another reason than leaving is looked at one by one.
fn among(sight: Sight) -> &'static str {
    match sight {
        Sight::All => "users WHERE",
        Sight::Staying | Sight::Shown => "users WHERE leaves_at IS NULL AND",
    }
}

/// What [`kinds`] reads of one id that is a user's.
pub(super) fn read_kind(realm: RealmId, wanted: Uuid, sight: Sight) -> Bound {
    let (sql, params) = are_present(realm, among(sight), &[wanted]);
    (sql.into(), params)
}

/// Statement texts come in few sizes, so that the caches of prepared statements stay small.
const SIZES: [usize; 5] = [1, 8, 32, 128, 512];

fn present(change: &mut Change<'_>, realm: RealmId, among: &'static str, wanted: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    let mut found = Vec::with_capacity(wanted.len());
    for slice in wanted.chunks(SIZES[SIZES.len() - 1]) {
        let (sql, params) = are_present(realm, among, slice);
        found.extend(ids(change.query(&sql, &params)?)?);
    }
    found.sort_unstable();
    Ok(found)
}

fn are_present(realm: RealmId, among: &'static str, wanted: &[Uuid]) -> (String, Vec<Value>) {
    in_list(
        &format!("SELECT id FROM {among} realm = ?1 AND id IN"),
        " /*pg: FOR KEY SHARE */",
        realm,
        wanted,
    )
}

/// `… IN (?2, ?3, …)` in one of few sizes, the last id repeated.
pub(crate) fn in_list(head: &str, tail: &str, realm: RealmId, wanted: &[Uuid]) -> (String, Vec<Value>) {
    let size = SIZES
        .into_iter()
        .find(|size| *size >= wanted.len())
        .unwrap_or(wanted.len());
    let last = wanted.last().copied().unwrap_or_default();
    let padded = wanted.iter().copied().chain(std::iter::repeat(last)).take(size);
    let params = std::iter::once(Value::from(realm))
        .chain(padded.map(Value::from))
        .collect();
    (format!("{head} ({}){tail}", places(size)), params)
}

/// `?2, ?3, …` for so many values.
fn places(size: usize) -> Cow<'static, str> {
    static LISTS: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| SIZES.map(write_places));
    match SIZES.into_iter().position(|known| known == size) {
        Some(known) => Cow::Borrowed(&LISTS[known]),
        None => Cow::Owned(write_places(size)),
    }
}

fn write_places(size: usize) -> String {
    let places: Vec<String> = (2..size + 2).map(|place| format!("?{place}")).collect();
    places.join(", ")
}
