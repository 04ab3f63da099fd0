//! Reading users and groups as a SCIM client sees them.

use std::collections::{BTreeSet, HashMap};

use scim::projection::Projection;
use scim::schema::USHER_USER_URN;
use uuid::Uuid;

use super::list::{Filling, ListRequest};
use super::managers;
use super::members;
use super::render::{self, Rendered, UsherFacts, Viewer};
use super::scan::{self, AnyRow};
use crate::Directory;
use crate::access;
use crate::client::{Operation, Profile, ResourceKind};
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::membership::table::{self as membership_table, GroupOfUser, group_of_user, in_list};
use crate::principal::{Actor, Permission, Principal, Scope};
use crate::realm::{Realm, RealmId};
use crate::user::{self, Sight, User};

/// How a resource is to be shown.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Which attributes.
    pub projection: Projection,
    /// The base of the SCIM face, without a slash at the end.
    pub base: String,
}

/// Those a person is a direct member of, and whether these are themselves members of others.
const DIRECT_GROUPS_HEAD: &str = "SELECT g.id, g.display_name, CAST(1 AS BIGINT), m.user_id,
     EXISTS (SELECT 1 FROM group_members n WHERE n.realm = ?1 AND n.member_id = m.group_id)
   FROM memberships m CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = m.group_id AND m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const ALL_GROUPS_HEAD: &str = "WITH RECURSIVE up(user_id, id, direct) AS (
     SELECT m.user_id, m.group_id, 1 FROM memberships m WHERE m.realm = ?1 AND m.status = 'enabled' AND m.user_id IN";
const ALL_GROUPS_TAIL: &str = " UNION SELECT up.user_id, n.group_id, 0 FROM up CROSS JOIN group_members n WHERE n.realm = ?1 AND n.member_id = up.id)
   SELECT g.id, g.display_name, CAST(MAX(up.direct) AS BIGINT), up.user_id FROM up CROSS JOIN groups g WHERE g.realm = ?1 AND g.id = up.id
   GROUP BY g.id, g.display_name, up.user_id ORDER BY g.id";

/// Whether a person may be in groups.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InGroups {
    No,
    Perhaps,
}

impl Directory {
    /// The id a path names: an id of ours, or for profiles that look up by name, a userName or displayName.
    ///
    /// # Errors
    /// `NotFound`, or the store failed.
    pub async fn find(&self, principal: &Principal, kind: ResourceKind, path_id: &str) -> Result<Uuid, Error> {
        let missing = || Refusal::NotFound {
            what: if kind == ResourceKind::User { "user" } else { "group" },
        };
        if path_id.len() == 36
            && let Ok(id) = Uuid::try_parse(path_id)
        {
            return Ok(id);
        }
        let by_name = principal
            .client()
            .is_some_and(|client| client.profile.looks_up_by_name());
        if !by_name || path_id.contains('\0') {
            return Err(missing().into());
        }
        let found = match kind {
            ResourceKind::User => {
                let user = match user::table::by_name(self.db(), principal.realm, path_id).await? {
                    Some(user) => Some(user),
                    None => user::table::by_local_part(self.db(), principal.realm, path_id).await?,
                };
                user.map(|user| user.id.uuid())
            }
            ResourceKind::Group => group::table::by_display_name(self.db(), principal.realm, path_id)
                .await?
                .map(|group| group.id.uuid()),
        };
        found.ok_or_else(|| missing().into())
    }

    /// One user as the principal sees them.
    ///
    /// # Errors
    /// `NotFound`, the scope is missing, or the store failed.
    pub async fn user_view(
        &self,
        principal: &Principal,
        id: Id<User>,
        shape: &Shape,
        needs: Scope,
    ) -> Result<Rendered, Error> {
        check_read(principal, ResourceKind::User, needs, Some(id))?;
        let user = user::table::by_id(self.db(), principal.realm, id).await?;
        let user = user.ok_or(Refusal::NotFound { what: "user" })?;
        self.show_user(principal, &user, shape).await
    }

    /// A user that a command has just written, as the principal sees them.
    ///
    /// # Errors
    /// `NotFound` where the policy hides the user, or the store failed.
    pub async fn show_user(&self, principal: &Principal, user: &User, shape: &Shape) -> Result<Rendered, Error> {
        self.shown(principal, user, shape, InGroups::Perhaps).await
    }

    /// [`Directory::show_user`] for somebody who was added a moment ago, and so is in no group.
    ///
    /// # Errors
    /// As there.
    pub async fn show_new_user(&self, principal: &Principal, user: &User, shape: &Shape) -> Result<Rendered, Error> {
        self.shown(principal, user, shape, InGroups::No).await
    }

    async fn shown(
        &self,
        principal: &Principal,
        user: &User,
        shape: &Shape,
        in_groups: InGroups,
    ) -> Result<Rendered, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        let viewer = Viewer::new(principal, &realm, &shape.base, &shape.projection);
        let id = user.id.uuid();
        let filtered = access::policy(principal).is_some_and(|policy| policy.user_filter.is_some());
        let mut groups = HashMap::new();
        if in_groups == InGroups::Perhaps && (filtered || viewer.wants("groups")) {
            groups = self.groups_of_users(principal.realm, &[id]).await?;
        }
        let hidden = !Sight::of(principal).sees(user.visibility);
        let all_groups = groups.get(&id).map_or(&[] as &[GroupOfUser], Vec::as_slice);
        if hidden
            || (filtered
                && !access::user_matches(self.schemas(), principal, &realm, user, user.attributes(), all_groups))
        {
            return Err(Refusal::NotFound { what: "user" }.into());
        }
        self.keep_visible(principal, &mut groups).await?;
        let facts = if shape.projection.wants_requested(USHER_USER_URN) {
            self.usher_facts(&realm, user).await?
        } else {
            UsherFacts::default()
        };
        let managers = managers::of(self, principal, &viewer, std::iter::once(user)).await?;
        Ok(render::user(
            user,
            &groups.remove(&id).unwrap_or_default(),
            &managers,
            &facts,
            &viewer,
        ))
    }

    /// One group as the principal sees it.
    ///
    /// # Errors
    /// `NotFound`, the scope is missing, or the store failed.
    pub async fn group_view(
        &self,
        principal: &Principal,
        id: Id<Group>,
        shape: &Shape,
        needs: Scope,
    ) -> Result<Rendered, Error> {
        check_read(principal, ResourceKind::Group, needs, None)?;
        let group = group::table::by_id(self.db(), principal.realm, id).await?;
        let realm = self.realm_by_id(principal.realm).await?;
        let group = group
            .filter(|group| access::group_matches(self.schemas(), principal, &realm, group))
            .ok_or(Refusal::NotFound { what: "group" })?;
        self.show_group(principal, &group, shape).await
    }

    /// A group as the principal sees it, members read only if they are shown.
    ///
    /// # Errors
    /// The store failed.
    pub async fn show_group(&self, principal: &Principal, group: &Group, shape: &Shape) -> Result<Rendered, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        let viewer = Viewer::new(principal, &realm, &shape.base, &shape.projection);
        let mut members = None;
        if viewer.wants("members") {
            members = Some(members::of_group(self, principal, group.id, &shape.base).await?.0);
        }
        Ok(render::group(group, members.as_deref(), &viewer))
    }

    /// Whether a group has more members than that.
    ///
    /// # Errors
    /// The store failed.
    pub async fn has_more_members_than(&self, realm: RealmId, group: Id<Group>, limit: usize) -> Result<bool, Error> {
        let params = [realm.into(), group.into(), (limit as i64).into()];
        Ok(!self
            .db()
            .query(membership_table::HAS_MORE_THAN, &params)
            .await?
            .is_empty())
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
            let (sql, params) = in_list(ALL_GROUPS_HEAD, ALL_GROUPS_TAIL, realm, &nested);
            let mut all: HashMap<Uuid, Vec<GroupOfUser>> = HashMap::new();
            for mut row in self.db().query(&sql, &params).await? {
                let user: Uuid = row.take(3)?;
                all.entry(user).or_default().push(group_of_user(&mut row)?);
            }
            found.extend(all);
        }
        Ok(found)
    }

    /// What Usher's extension shows of a person beside their own row.
    async fn usher_facts(&self, realm: &Realm, user: &User) -> Result<UsherFacts, Error> {
        Ok(UsherFacts {
            invitation: self.invitation_summary(realm.id, user.id).await?,
            pending_email: self.pending_email(realm, user.id).await?,
        })
    }

    /// Takes away the groups that are out of the caller's reach.
    async fn keep_visible(
        &self,
        principal: &Principal,
        groups: &mut HashMap<Uuid, Vec<GroupOfUser>>,
    ) -> Result<(), Error> {
        if access::policy(principal).is_none_or(|policy| policy.group_filter.is_none()) {
            return Ok(());
        }
        let mut ids: Vec<Uuid> = groups.values().flatten().map(|group| group.id.uuid()).collect();
        ids.sort_unstable();
        ids.dedup();
        let realm = self.realm_by_id(principal.realm).await?;
        let rows = scan::by_ids(self, principal.realm, ResourceKind::Group, &ids).await?;
        for list in groups.values_mut() {
            list.retain(|group| match rows.get(&group.id.uuid()) {
                Some(AnyRow::Group(row)) => access::group_matches(self.schemas(), principal, &realm, row),
                Some(AnyRow::User(_)) | None => false,
            });
        }
        Ok(())
    }

    /// Renders the rows of a page, which ends when it is full.
    pub(super) async fn render_rows(
        &self,
        principal: &Principal,
        kind: ResourceKind,
        rows: Vec<AnyRow>,
        request: &ListRequest,
        filling: &mut Filling,
    ) -> Result<Vec<String>, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        let viewer = Viewer::new(principal, &realm, &request.base, &request.projection);
        let ids: Vec<Uuid> = rows.iter().map(AnyRow::id).collect();
        let with_groups = kind == ResourceKind::User && viewer.wants("groups");
        let mut groups = if with_groups {
            self.groups_of_users(principal.realm, &ids).await?
        } else {
            HashMap::new()
        };
        self.keep_visible(principal, &mut groups).await?;
        let managers = managers::of(self, principal, &viewer, rows.iter().filter_map(AnyRow::user)).await?;
        let with_facts = request.projection.wants_requested(USHER_USER_URN);
        let mut rendered = Vec::with_capacity(rows.len());
        for row in rows {
            if filling.is_full() {
                break;
            }
            let body = match row {
                AnyRow::User(user) => {
                    let facts = if with_facts {
                        self.usher_facts(&realm, &user).await?
                    } else {
                        UsherFacts::default()
                    };
                    let groups = groups.remove(&user.id.uuid()).unwrap_or_default();
                    filling.members += groups.len();
                    render::user(&user, &groups, &managers, &facts, &viewer).body
                }
                AnyRow::Group(group) => {
                    let mut members = None;
                    if viewer.wants("members") {
                        let (text, count) = members::of_group(self, principal, group.id, &request.base).await?;
                        filling.members += count;
                        members = Some(text);
                    }
                    render::group(&group, members.as_deref(), &viewer).body
                }
            };
            filling.bytes += body.len();
            rendered.push(body);
        }
        Ok(rendered)
    }

    /// The profile by which a caller is answered: that of its client, without credentials the realm's.
    pub fn profile_of(&self, principal: &Principal, realm: &crate::realm::Realm) -> Profile {
        match principal.client() {
            Some(client) => client.profile,
            None => realm
                .settings
                .profile
                .as_deref()
                .and_then(|name| Profile::parse(name).ok())
                .unwrap_or_default(),
        }
    }
}

/// What reading takes: the scope, or being the one who is read.
fn check_read(principal: &Principal, kind: ResourceKind, needs: Scope, own: Option<Id<User>>) -> Result<(), Refusal> {
    access::check_operation(principal, kind, Operation::Read)?;
    match &principal.actor {
        Actor::User(actor) if own == Some(actor.user) && actor.scopes.has(Scope::ScimMe) => Ok(()),
        _ => principal.check(Permission::Scope(needs)),
    }
}
