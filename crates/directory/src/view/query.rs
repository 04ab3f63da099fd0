//! Reading users and groups as a SCIM client sees them.

use std::collections::HashMap;

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
use crate::entitlement::{self, Form};
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;
use crate::membership::table::GroupOfUser;
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
        let realm = self.realm_by_id(principal.realm).await?;
        let found = if groups_matter(
            principal,
            &Viewer::new(principal, &realm, &shape.base, &shape.projection),
        ) {
            self.user_with_groups(realm.id, id).await?
        } else {
            let user = user::table::by_id(self.db(), realm.id, id).await?;
            user.map(|user| (user, Vec::new()))
        };
        let (user, groups) = found.ok_or(Refusal::NotFound { what: "user" })?;
        self.shown(principal, &realm, &user, groups, shape).await
    }

    /// A user that a command has just written, as the principal sees them.
    ///
    /// # Errors
    /// `NotFound` where the policy hides the user, or the store failed.
    pub async fn show_user(&self, principal: &Principal, user: &User, shape: &Shape) -> Result<Rendered, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        let mut groups = HashMap::new();
        if groups_matter(
            principal,
            &Viewer::new(principal, &realm, &shape.base, &shape.projection),
        ) {
            groups = self.groups_of_users(realm.id, &[user.id.uuid()]).await?;
        }
        let groups = groups.remove(&user.id.uuid()).unwrap_or_default();
        self.shown(principal, &realm, user, groups, shape).await
    }

    /// [`Directory::show_user`] for somebody who was added a moment ago, and so is in no group.
    ///
    /// # Errors
    /// As there.
    pub async fn show_new_user(&self, principal: &Principal, user: &User, shape: &Shape) -> Result<Rendered, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        self.shown(principal, &realm, user, Vec::new(), shape).await
    }

    async fn shown(
        &self,
        principal: &Principal,
        realm: &Realm,
        user: &User,
        mut groups: Vec<GroupOfUser>,
        shape: &Shape,
    ) -> Result<Rendered, Error> {
        let viewer = Viewer::new(principal, realm, &shape.base, &shape.projection);
        let hidden = !Sight::of(principal).sees(user.visibility);
        if hidden
            || (is_filtered(principal)
                && !access::user_matches(self.schemas(), principal, realm, user, user.attributes(), &groups))
        {
            return Err(Refusal::NotFound { what: "user" }.into());
        }
        self.keep_visible(principal, realm, std::iter::once(&mut groups))
            .await?;
        let facts = if shape.projection.wants_requested(USHER_USER_URN) {
            self.usher_facts(realm, user).await?
        } else {
            UsherFacts::default()
        };
        let managers = managers::of(self, principal, &viewer, std::iter::once(user)).await?;
        let entitlements = self.entitlements_shown(realm, &viewer, &[user.id.uuid()]).await?;
        let entitlements = entitlements.get(&user.id.uuid()).map(Vec::as_slice).unwrap_or_default();
        Ok(render::user(user, &groups, &managers, &facts, entitlements, &viewer))
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
            .query(group::table::HAS_MORE_MEMBERS, &params)
            .await?
            .is_empty())
    }

    /// What Usher's extension shows of a person beside their own row.
    async fn usher_facts(&self, realm: &Realm, user: &User) -> Result<UsherFacts, Error> {
        Ok(UsherFacts {
            invitation: self.invitation_summary(realm.id, user.id).await?,
            pending_email: self.pending_email(realm, user.id).await?,
        })
    }

    /// What people are entitled to by their memberships, where that is shown.
    async fn entitlements_shown(
        &self,
        realm: &Realm,
        viewer: &Viewer<'_>,
        users: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<String>>, Error> {
        if Form::of(realm).is_none() || !viewer.wants("entitlements") || users.is_empty() {
            return Ok(HashMap::new());
        }
        entitlement::of_users(self.db(), realm.id, users, viewer.entitlements()).await
    }

    /// Takes away the groups that are out of the caller's reach.
    async fn keep_visible<'a>(
        &self,
        principal: &Principal,
        realm: &Realm,
        groups: impl Iterator<Item = &'a mut Vec<GroupOfUser>>,
    ) -> Result<(), Error> {
        if access::policy(principal).is_none_or(|policy| policy.group_filter.is_none()) {
            return Ok(());
        }
        let lists: Vec<&mut Vec<GroupOfUser>> = groups.collect();
        let mut ids: Vec<Uuid> = lists
            .iter()
            .flat_map(|list| list.iter())
            .map(|group| group.id.uuid())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = scan::by_ids(self, principal.realm, ResourceKind::Group, &ids).await?;
        for list in lists {
            list.retain(|group| match rows.get(&group.id.uuid()) {
                Some(AnyRow::Group(row)) => access::group_matches(self.schemas(), principal, realm, row),
                Some(AnyRow::User(_)) | None => false,
            });
        }
        Ok(())
    }

    /// Renders the rows of a page, which ends when it is full. `groups` are those of the people in it, where they are known.
    pub(super) async fn render_rows(
        &self,
        principal: &Principal,
        kind: ResourceKind,
        rows: Vec<AnyRow>,
        groups: Option<HashMap<Uuid, Vec<GroupOfUser>>>,
        request: &ListRequest,
        filling: &mut Filling,
    ) -> Result<Vec<String>, Error> {
        let realm = self.realm_by_id(principal.realm).await?;
        let viewer = Viewer::new(principal, &realm, &request.base, &request.projection);
        let mut groups = match groups {
            Some(groups) => groups,
            None if kind == ResourceKind::User && viewer.wants("groups") => {
                let ids: Vec<Uuid> = rows.iter().map(AnyRow::id).collect();
                self.groups_of_users(principal.realm, &ids).await?
            }
            None => HashMap::new(),
        };
        self.keep_visible(principal, &realm, groups.values_mut()).await?;
        let managers = managers::of(self, principal, &viewer, rows.iter().filter_map(AnyRow::user)).await?;
        let people: Vec<Uuid> = rows
            .iter()
            .filter_map(AnyRow::user)
            .map(|user| user.id.uuid())
            .collect();
        let entitlements = self.entitlements_shown(&realm, &viewer, &people).await?;
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
                    let own = entitlements.get(&user.id.uuid()).map(Vec::as_slice).unwrap_or_default();
                    render::user(&user, &groups, &managers, &facts, own, &viewer).body
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

    /// The profile by which a caller is answered: that of its client, without credentials the realm's. Who acts by a token of
    /// the OpenID provider has no client and is answered in the generic one.
    pub fn profile_of(&self, principal: &Principal, realm: &crate::realm::Realm) -> Profile {
        match principal.client() {
            Some(client) => client.profile,
            None if principal.user().is_some() => Profile::Generic,
            None => realm
                .settings
                .profile
                .as_deref()
                .and_then(|name| Profile::parse(name).ok())
                .unwrap_or_default(),
        }
    }
}

/// Whether a filter of the caller's policy says who is there.
fn is_filtered(principal: &Principal) -> bool {
    access::policy(principal).is_some_and(|policy| policy.user_filter.is_some())
}

/// Whether the groups of a person have to be known to show the person.
fn groups_matter(principal: &Principal, viewer: &Viewer<'_>) -> bool {
    is_filtered(principal) || viewer.wants("groups")
}

/// What reading takes: the scope, or being the one who is read.
fn check_read(principal: &Principal, kind: ResourceKind, needs: Scope, own: Option<Id<User>>) -> Result<(), Refusal> {
    access::check_operation(principal, kind, Operation::Read)?;
    match &principal.actor {
        Actor::User(actor) if own == Some(actor.user) && actor.carries(Scope::ScimMe) => Ok(()),
        _ => principal.check(Permission::Scope(needs)),
    }
}
