//! Reading plans and their items.

use super::{Action, Item, ItemState, Plan, PlanState, table};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::{Permission, Principal, Scope};
use crate::source::SourceName;

/// A page of plans, the newest first.
#[derive(Clone, Debug)]
pub struct PlanQuery {
    /// Only those in this state.
    pub state: Option<PlanState>,
    /// Only those of this source.
    pub source: Option<SourceName>,
    /// Only those begun before this one.
    pub before: Option<Id<Plan>>,
    /// At most so many, 1 to 1001: a page of 1000 and whether there is another.
    pub limit: usize,
}

impl Default for PlanQuery {
    fn default() -> Self {
        Self {
            state: None,
            source: None,
            before: None,
            limit: 100,
        }
    }
}

/// A page of a plan's items, in the order of the source.
#[derive(Clone, Debug)]
pub struct ItemQuery {
    /// Only those that do this.
    pub action: Option<Action>,
    /// Only those in this state.
    pub state: Option<ItemState>,
    /// Only those after this position.
    pub after: i64,
    /// At most so many, 1 to 1001: a page of 1000 and whether there is another.
    pub limit: usize,
}

impl Default for ItemQuery {
    fn default() -> Self {
        Self {
            action: None,
            state: None,
            after: 0,
            limit: 100,
        }
    }
}

/// An item that can no longer be applied as it was planned.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The item's position.
    pub position: i64,
    /// Where the source says it.
    pub place: String,
    /// What people call the subject.
    pub name: String,
    /// What has happened.
    pub why: &'static str,
}

/// How far a plan has been applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Items that wait.
    pub pending: i64,
    /// Items that are done, or had nothing to do.
    pub done: i64,
    /// Items that could not be planned or applied.
    pub refused: i64,
}

impl Directory {
    /// Plans of a realm, the newest first.
    ///
    /// # Errors
    /// The scope `admin` is missing, or the store failed.
    pub async fn plans(&self, principal: &Principal, query: &PlanQuery) -> Result<Vec<Plan>, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::list(self.db(), principal.realm, query).await
    }

    /// One plan.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn plan_by_id(&self, principal: &Principal, id: Id<Plan>) -> Result<Plan, Error> {
        principal.check(Permission::Unnarrowed(Scope::Admin))?;
        table::by_id(self.db(), principal.realm, id)
            .await?
            .ok_or_else(|| Refusal::NotFound { what: "plan" }.into())
    }

    /// How far a plan has been applied.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn plan_progress(&self, principal: &Principal, id: Id<Plan>) -> Result<Progress, Error> {
        self.plan_by_id(principal, id).await?;
        let counts = table::states(self.db(), principal.realm, id).await?;
        let count = |state: ItemState| counts.get(state.name()).copied().unwrap_or_default();
        Ok(Progress {
            pending: count(ItemState::Pending),
            done: count(ItemState::Done),
            refused: count(ItemState::Refused),
        })
    }

    /// Items of a plan.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn plan_items(&self, principal: &Principal, id: Id<Plan>, query: &ItemQuery) -> Result<Vec<Item>, Error> {
        self.plan_by_id(principal, id).await?;
        table::items(self.db(), principal.realm, id, query).await
    }

    /// Items that wait and can no longer be applied as they were planned, at most some of each sort.
    ///
    /// # Errors
    /// `NotFound`, the scope `admin` is missing, or the store failed.
    pub async fn plan_moved(&self, principal: &Principal, id: Id<Plan>, limit: usize) -> Result<Vec<Moved>, Error> {
        self.plan_by_id(principal, id).await?;
        table::moved(self.db(), principal.realm, id, limit as i64).await
    }
}
