//! The rules of a realm, and which ways to join break them.

use super::super::configuration::{self, Configuration};
use super::super::rule::{Level, Rule, Rules, Violation, table};
use crate::Directory;
use crate::access;
use crate::client::Policy;
use crate::delegation::{self, Capability};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;
use crate::principal::{Permission, Principal, RealmRight};

/// Ways to join that break rules, since the rules came later or were put aside.
#[derive(Clone, Debug, Default)]
pub struct RulesBroken {
    /// Each with what it breaks.
    pub ways: Vec<(Configuration, Vec<Violation>)>,
    /// After which group and way to join to go on; none = that was all.
    pub next: Option<(Id<Group>, Id<Configuration>)>,
}

/// So many ways to join are looked at for one page.
const SLICE: i64 = 1_000;

impl Directory {
    /// The ways to join of all groups that break rules, after one of them, for the administration of the realm.
    ///
    /// # Errors
    /// The principal may not see them, or the store failed.
    pub async fn rules_broken(
        &self,
        principal: &Principal,
        after: Option<(Id<Group>, Id<Configuration>)>,
    ) -> Result<RulesBroken, Error> {
        let all = self.rules(principal).await?;
        let by_level = Level::ALL.map(|level| (level, Rules::for_level(&all, level)));
        let nobody = (Id::new(uuid::Uuid::nil()), Id::new(uuid::Uuid::nil()));
        let slice = configuration::table::after(self.db(), principal.realm, after.unwrap_or(nobody), SLICE).await?;
        let last = slice.last().map(|(way, _)| (way.group, way.id));
        let next = last.filter(|_| slice.len() as i64 == SLICE);
        let broken = slice.into_iter().filter_map(|(way, level)| {
            let (_, rules) = by_level.iter().find(|(one, _)| *one == level)?;
            let broken = rules.broken_by(&way.fields());
            (!broken.is_empty()).then_some((way, broken))
        });
        Ok(RulesBroken {
            ways: broken.collect(),
            next,
        })
    }

    /// All rules of the realm, for its administration.
    ///
    /// # Errors
    /// The principal may not see them, or the store failed.
    pub async fn rules(&self, principal: &Principal) -> Result<Vec<Rule>, Error> {
        principal.check(Permission::Realm(RealmRight::View))?;
        table::all(self.db(), principal.realm).await
    }

    /// One rule, for the administration of the realm.
    ///
    /// # Errors
    /// `NotFound`, the principal may not see it, or the store failed.
    pub async fn rule(&self, principal: &Principal, id: Id<Rule>) -> Result<Rule, Error> {
        let all = self.rules(principal).await?;
        let found = all.into_iter().find(|rule| rule.id == id);
        Ok(found.ok_or(Refusal::NotFound { what: "rule" })?)
    }

    /// The rules for one kind of group, for who administers any group: by them forms are filled in.
    ///
    /// # Errors
    /// `not_permitted`, or the store failed.
    pub async fn rules_for_admins(&self, principal: &Principal, level: Level) -> Result<Vec<Rule>, Error> {
        principal.check(Permission::Manage)?;
        if access::policy(principal).is_some_and(Policy::narrows) {
            let why = "this client's access policy narrows it to users and groups";
            return Err(Refusal::forbidden(why).into());
        }
        if !delegation::reaches_realm(principal) && self.delegations_of(principal, 1).await?.is_empty() {
            return Err(Denial::NotPermitted {
                capability: Capability::ConfigWrite.name(),
            }
            .into());
        }
        let mut all = table::all(self.db(), principal.realm).await?;
        all.retain(|rule| rule.says.level == level);
        Ok(all)
    }
}
