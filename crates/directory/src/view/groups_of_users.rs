//! The groups of people, direct and indirect.

use std::collections::{BTreeSet, HashMap};

use db::statements;
use uuid::Uuid;

use crate::Directory;
use crate::error::Error;
use crate::id::Id;
use crate::membership::table::{GroupOfUser, group_of_user, in_list};
use crate::realm::RealmId;
use crate::user::{self, User};

/// Those a person is a direct member of, and whether these are themselves members of others.
const DIRECT_GROUPS_HEAD: &str = "SELECT g.id, g.display_name, CAST(1 AS BIGINT), m.user_id,
     EXISTS (SELECT 1 FROM group_members n WHERE n.realm = ?1 AND n.member_id = m.group_id)
   FROM memberships m CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = m.group_id AND m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const ALL_GROUPS_HEAD: &str = "WITH RECURSIVE up(user_id, id, direct) AS (
     SELECT m.user_id, m.group_id, 1 FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const ALL_GROUPS_TAIL: &str = " UNION SELECT up.user_id, n.group_id, 0 FROM up CROSS JOIN group_members n WHERE n.realm = ?1 AND n.member_id = up.id)
   SELECT g.id, g.display_name, CAST(MAX(up.direct) AS BIGINT), up.user_id FROM up CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = up.id
   GROUP BY g.id, g.display_name, up.user_id ORDER BY g.id";

statements! {
    /// A person, and in rows whose `kind` is NULL the groups they are a direct member of: as in [`DIRECT_GROUPS_HEAD`], the
    /// name in the place of the document, and 1 in that of the version where the group is itself a member of others.
    WITH_GROUPS = "SELECT u.id, u.version, u.modified, u.kind, u.lifecycle, u.hidden, u.external_ids, u.document, u.writer, u.other_writers, u.leaves_at
           FROM users u WHERE u.realm = ?1 AND u.id = ?2
         UNION ALL
         SELECT g.id, CAST(CASE WHEN EXISTS (SELECT 1 FROM group_members n WHERE n.realm = ?1 AND n.member_id = m.group_id) THEN 1 ELSE 0 END AS BIGINT),
           NULL, NULL, NULL, NULL, NULL, g.display_name, NULL, NULL, NULL
           FROM memberships m CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = m.group_id AND m.realm = ?1 AND m.status = 'enabled' AND m.user_id = ?2";
}

impl Directory {
    /// A person and all their groups, in one statement where no group is a member of another.
    pub(super) async fn user_with_groups(
        &self,
        realm: RealmId,
        id: Id<User>,
    ) -> Result<Option<(User, Vec<GroupOfUser>)>, Error> {
        let (mut user, mut groups, mut nested) = (None, Vec::new(), false);
        for mut row in self.db().query(WITH_GROUPS, &[realm.into(), id.into()]).await? {
            if row.is_null(3) {
                nested |= row.take::<i64>(1)? == 1;
                groups.push(GroupOfUser {
                    id: row.take(0)?,
                    display_name: row.take(7)?,
                    direct: true,
                });
            } else {
                user = Some(user::table::from_row(&mut row)?);
            }
        }
        let Some(user) = user else { return Ok(None) };
        if nested {
            groups = self
                .all_groups(realm, &[id.uuid()])
                .await?
                .remove(&id.uuid())
                .unwrap_or_default();
        }
        groups.sort_unstable_by_key(|group| group.id);
        Ok(Some((user, groups)))
    }

    /// The groups of several users, direct and indirect, in few statements.
    pub(crate) async fn groups_of_users(
        &self,
        realm: RealmId,
        users: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<GroupOfUser>>, Error> {
        let mut found: HashMap<Uuid, Vec<GroupOfUser>> = HashMap::new();
        for slice in users.chunks(512) {
            let (sql, params) = in_list(DIRECT_GROUPS_HEAD, "", realm, slice);
            let mut direct: HashMap<Uuid, Vec<GroupOfUser>> = HashMap::new();
            let mut nested: BTreeSet<Uuid> = BTreeSet::new();
            for mut row in self.db().query(&sql, &params).await? {
                let (user, goes_on): (Uuid, bool) = (row.take(3)?, row.take(4)?);
                direct.entry(user).or_default().push(group_of_user(&mut row)?);
                if goes_on {
                    nested.insert(user);
                }
            }
            for groups in direct.values_mut() {
                groups.sort_unstable_by_key(|group| group.id);
            }
            found.extend(direct);
            // Walking upwards costs both engines several times as much, and few groups are members of others.
            if nested.is_empty() {
                continue;
            }
            let nested: Vec<Uuid> = nested.into_iter().collect();
            found.extend(self.all_groups(realm, &nested).await?);
        }
        Ok(found)
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
