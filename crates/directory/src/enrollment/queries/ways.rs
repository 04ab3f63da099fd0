//! The ways to join a group: those people see, and all of them for who administers it.

use super::super::commands::role_names;
use super::super::configuration::{self, Configuration, Draft};
use super::super::terms::{self, Terms, TermsDraft};
use crate::Directory;
use crate::access;
use crate::client::{Operation, ResourceKind};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::{self, Group, GroupPath};
use crate::id::Id;
use crate::principal::{Permission, Principal, RealmRight, Scope};

/// A way to join with what is named in it.
#[derive(Clone, Debug)]
pub struct Way {
    /// The way to join.
    pub configuration: Configuration,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// Its terms in force.
    pub terms: Option<Terms>,
    /// The group it leads into.
    pub group: Group,
    /// Where that stands.
    pub path: GroupPath,
}

impl From<&Way> for Draft {
    /// As it would be written again.
    fn from(way: &Way) -> Self {
        let (configuration, contract) = (&way.configuration, way.configuration.contract.clone());
        Self {
            name: configuration.name.clone(),
            active: configuration.active,
            visible: configuration.visible,
            require_approval: contract.require_approval,
            require_approval_for_extension: contract.require_approval_for_extension,
            valid_from: contract.valid_from(),
            membership_expiration_days: contract.membership_expiration_days.map(i64::from),
            extend_from: contract.extend_from,
            multiselect_role: contract.multiselect_role,
            roles: way.roles.clone(),
            comments_needed: contract.comments_needed,
            comments_label: contract.comments_label,
            comments_description: contract.comments_description,
            enrollment_introduction: contract.enrollment_introduction,
            enrollment_conclusion: contract.enrollment_conclusion,
            invitation_introduction: contract.invitation_introduction,
            invitation_conclusion: contract.invitation_conclusion,
            terms: way.terms.as_ref().map(TermsDraft::from),
        }
    }
}

impl Directory {
    /// The ways to join a group that everybody sees; its id comes from wherever the person found it.
    ///
    /// # Errors
    /// `NotFound`, or the store failed.
    pub async fn ways_of_group(&self, principal: &Principal, group: Id<Group>) -> Result<Vec<Way>, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        let group = self.group_in_sight(principal, group).await?;
        self.ways_shown(principal, group).await
    }

    /// The ways to join the group at a path that everybody sees.
    ///
    /// # Errors
    /// `NotFound`, or the store failed.
    pub async fn ways_by_path(&self, principal: &Principal, path: &GroupPath) -> Result<Vec<Way>, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let group = self.group_at(principal, path).await?;
        self.ways_shown(principal, group).await
    }

    /// One of the ways to join a group, for the administration of the realm.
    ///
    /// # Errors
    /// The principal may not see groups of the realm, `NotFound`, `configuration_unknown`, or the store failed.
    pub async fn configuration_of_realm(
        &self,
        principal: &Principal,
        group: Id<Group>,
        id: Id<Configuration>,
    ) -> Result<Way, Error> {
        let may_see = principal.check(Permission::Realm(RealmRight::View));
        may_see.or_else(|_| principal.check(Permission::Realm(RealmRight::Groups)))?;
        let group = self.group_in_sight(principal, group).await?;
        self.way_of(principal, group, id).await
    }

    async fn ways_shown(&self, principal: &Principal, group: Group) -> Result<Vec<Way>, Error> {
        let mut all = configuration::table::read_of_group(self.db(), principal.realm, group.id).await?;
        all.retain(|configuration| configuration.active && configuration.visible);
        self.ways(principal, group, all).await
    }

    /// A way to join that can be used, whether or not everybody sees it: by its id, which a link names.
    ///
    /// # Errors
    /// `configuration_unknown`, or the store failed.
    pub async fn way(&self, principal: &Principal, id: Id<Configuration>) -> Result<Way, Error> {
        principal.check(Permission::Person(Scope::AgmSelf))?;
        let found = configuration::table::read(self.db(), principal.realm, id).await?;
        let found = found.filter(|found| found.active).ok_or(Denial::NoSuchConfiguration)?;
        let group = self.group_in_sight(principal, found.group).await?;
        let way = self.ways(principal, group, vec![found]).await?.pop();
        Ok(way.ok_or(Denial::NoSuchConfiguration)?)
    }

    /// All ways to join a group, for who administers it.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, or the store failed.
    pub async fn configurations(&self, principal: &Principal, group: Id<Group>) -> Result<Vec<Way>, Error> {
        let (group, _) = self.administered(principal, group).await?;
        let all = configuration::table::read_of_group(self.db(), principal.realm, group.id).await?;
        self.ways(principal, group, all).await
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFound`, `not_permitted`, `configuration_unknown`, or the store failed.
    pub async fn configuration(
        &self,
        principal: &Principal,
        group: Id<Group>,
        id: Id<Configuration>,
    ) -> Result<Way, Error> {
        let (group, _) = self.administered(principal, group).await?;
        self.way_of(principal, group, id).await
    }

    async fn way_of(&self, principal: &Principal, group: Group, id: Id<Configuration>) -> Result<Way, Error> {
        let found = configuration::table::read(self.db(), principal.realm, id).await?;
        let found = found.filter(|found| found.group == group.id);
        let found = found.ok_or(Denial::NoSuchConfiguration)?;
        let way = self.ways(principal, group, vec![found]).await?.pop();
        Ok(way.ok_or(Denial::NoSuchConfiguration)?)
    }

    /// A group that a person looks at who need not be in it.
    pub(super) async fn group_in_sight(&self, principal: &Principal, id: Id<Group>) -> Result<Group, Error> {
        access::check_operation(principal, ResourceKind::Group, Operation::Read)?;
        let group = group::table::by_id(self.db(), principal.realm, id).await?;
        let group = group.ok_or(Refusal::NotFound { what: "group" })?;
        let realm = self.realm_by_id(principal.realm).await?;
        if !access::group_matches(self.schemas(), principal, &realm, &group) {
            return Err(Refusal::NotFound { what: "group" }.into());
        }
        Ok(group)
    }

    /// With what is named in them. All are the group's.
    pub(crate) async fn ways(
        &self,
        principal: &Principal,
        group: Group,
        all: Vec<Configuration>,
    ) -> Result<Vec<Way>, Error> {
        let realm = principal.realm;
        let roles = group::roles::table::all_of_group(self.db(), realm, group.id).await?;
        let named: Vec<Id<Terms>> = all.iter().filter_map(|one| one.terms).collect();
        let terms = terms::table::many(self.db(), realm, &named).await?;
        let above = group::tree::table::parents(self.db(), realm, group.id).await?;
        let mut names: Vec<String> = above.into_iter().map(|(_, name)| name).collect();
        names.push(group.name.clone());
        let path = GroupPath::of_names(names);
        let way = |configuration: Configuration| Way {
            roles: role_names(&configuration.contract.roles, &roles),
            terms: terms.iter().find(|one| configuration.terms == Some(one.id)).cloned(),
            configuration,
            group: group.clone(),
            path: path.clone(),
        };
        Ok(all.into_iter().map(way).collect())
    }
}
