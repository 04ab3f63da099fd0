//! The groups of people, direct and indirect.

use std::collections::{BTreeSet, HashMap};

use db::{Engine, Row, Value, statements};
use uuid::Uuid;

use crate::Directory;
use crate::error::Error;
use crate::id::Id;
use crate::membership::table::{GroupOfUser, group_of_user, in_list};
use crate::realm::RealmId;
use crate::user::{self, User};

const ALL_GROUPS_HEAD: &str = "WITH RECURSIVE up(user_id, id, direct) AS (
     SELECT m.user_id, m.group_id, 1 FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const ALL_GROUPS_TAIL: &str = " UNION SELECT up.user_id, n.group_id, 0 FROM up CROSS JOIN group_members n WHERE n.realm = ?1 AND n.member_id = up.id)
   SELECT g.id, g.display_name, CAST(MAX(up.direct) AS BIGINT), up.user_id FROM up CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = up.id
   GROUP BY g.id, g.display_name, up.user_id ORDER BY g.id";

/// A group in a row like those of people: `kind` is NULL, the name stands in the place of the document, and 1 in that of the
/// version where the group is itself a member of others.
macro_rules! group_row {
    () => {
        "SELECT g.id, CAST(CASE WHEN EXISTS (SELECT 1 FROM group_members n WHERE n.realm = ?1 AND n.member_id = m.group_id) THEN 1 ELSE 0 END AS BIGINT),
           NULL, NULL, NULL, NULL, NULL, g.display_name, NULL, NULL, NULL"
    };
}
const GROUP_ROW: &str = group_row!();
/// With the person at the end of the row.
const DIRECT_GROUPS_HEAD: &str = concat!(
    group_row!(),
    ", m.user_id FROM memberships m CROSS JOIN groups g
       WHERE g.realm = ?1 AND g.id = m.group_id AND m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN"
);

statements! {
    /// A person and the groups they are a direct member of.
    WITH_GROUPS = concat!(
        "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
           FROM users u WHERE u.realm = ?1 AND u.id = ?2
         UNION ALL ",
        group_row!(),
        " FROM memberships m CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = m.group_id AND m.realm = ?1 AND m.status = 'enabled' AND m.user_id = ?2");
}

/// People and the groups they are in, as far as one statement tells.
#[derive(Default)]
pub(super) struct WithGroups {
    pub(super) users: Vec<User>,
    pub(super) groups: HashMap<Uuid, Vec<GroupOfUser>>,
    /// Who is in groups that are members of others.
    nested: BTreeSet<Uuid>,
}

impl WithGroups {
    /// Takes a row of a person, or of a group that `user` is in.
    fn take(&mut self, row: &mut Row, user: impl FnOnce(&mut Row) -> Result<Uuid, db::Error>) -> Result<(), Error> {
        if !row.is_null(3) {
            self.users.push(user::table::from_row(row)?);
            return Ok(());
        }
        let user = user(row)?;
        if row.take::<i64>(1)? == 1 {
            self.nested.insert(user);
        }
        self.groups.entry(user).or_default().push(GroupOfUser {
            id: row.take(0)?,
            display_name: row.take(7)?,
            direct: true,
        });
        Ok(())
    }

    /// With the indirect groups, in the order of ids.
    async fn completed(mut self, directory: &Directory, realm: RealmId) -> Result<Self, Error> {
        if !self.nested.is_empty() {
            let nested: Vec<Uuid> = std::mem::take(&mut self.nested).into_iter().collect();
            for slice in nested.chunks(512) {
                self.groups.extend(directory.all_groups(realm, slice).await?);
            }
        }
        for groups in self.groups.values_mut() {
            groups.sort_unstable_by_key(|group| group.id);
        }
        Ok(self)
    }
}

impl Directory {
    /// The first people of a list and all their groups, in one statement where no group is a member of another. `condition` and
    /// `order` are those of the list, and the last of its parameters is how many.
    pub(super) async fn listed_with_groups(
        &self,
        realm: RealmId,
        condition: &str,
        order: &str,
        params: &[Value],
    ) -> Result<WithGroups, Error> {
        let (columns, limit) = (user::table::COLUMNS, params.len());
        let list =
            |columns: &str| format!("SELECT {columns} FROM users u WHERE {condition} ORDER BY {order} LIMIT ?{limit}");
        let people = list(&format!("{columns}, CAST(NULL AS UUID)"));
        // PostgreSQL looks the people up once and keeps them; SQLite is quicker to look them up again than to copy them.
        let (people, found) = match self.db().engine() {
            Engine::Postgres => (
                format!("WITH found AS MATERIALIZED ({people}) SELECT * FROM found"),
                "found".to_owned(),
            ),
            Engine::Sqlite => (
                format!("SELECT * FROM ({people}) AS found"),
                format!("({}) AS found", list("u.id")),
            ),
        };
        let sql = format!(
            "{people}
             UNION ALL
             {GROUP_ROW}, m.user_id FROM {found} CROSS JOIN memberships m CROSS JOIN groups g
             WHERE g.realm = ?1 AND g.id = m.group_id AND m.realm = ?1 AND m.status = 'enabled' AND m.user_id = found.id"
        );
        let mut found = WithGroups::default();
        for mut row in self.db().query(&sql, params).await? {
            found.take(&mut row, |row| row.take(11))?;
        }
        found.completed(self, realm).await
    }

    /// A person and all their groups, in one statement where no group is a member of another.
    pub(super) async fn user_with_groups(
        &self,
        realm: RealmId,
        id: Id<User>,
    ) -> Result<Option<(User, Vec<GroupOfUser>)>, Error> {
        let mut found = WithGroups::default();
        for mut row in self.db().query(WITH_GROUPS, &[realm.into(), id.into()]).await? {
            found.take(&mut row, |_| Ok(id.uuid()))?;
        }
        let mut found = found.completed(self, realm).await?;
        let groups = found.groups.remove(&id.uuid()).unwrap_or_default();
        Ok(found.users.pop().map(|user| (user, groups)))
    }

    /// The groups of several users, direct and indirect, in few statements.
    pub(crate) async fn groups_of_users(
        &self,
        realm: RealmId,
        users: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<GroupOfUser>>, Error> {
        let mut found = WithGroups::default();
        for slice in users.chunks(512) {
            let (sql, params) = in_list(DIRECT_GROUPS_HEAD, "", realm, slice);
            for mut row in self.db().query(&sql, &params).await? {
                found.take(&mut row, |row| row.take(11))?;
            }
        }
        // Walking upwards costs both engines several times as much, and few groups are members of others.
        Ok(found.completed(self, realm).await?.groups)
    }

    /// The direct and indirect groups of at most 512 users.
    async fn all_groups(&self, realm: RealmId, users: &[Uuid]) -> Result<HashMap<Uuid, Vec<GroupOfUser>>, Error> {
        let (sql, params) = in_list(ALL_GROUPS_HEAD, ALL_GROUPS_TAIL, realm, users);
        let mut all: HashMap<Uuid, Vec<GroupOfUser>> = HashMap::new();
        for mut row in self.db().query(&sql, &params).await? {
            let user: Uuid = row.take(3)?;
            all.entry(user).or_default().push(group_of_user(&mut row)?);
        }
        Ok(all)
    }
}
