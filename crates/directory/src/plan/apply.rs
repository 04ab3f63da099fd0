//! Applying a plan: its items in slices, many at a time, each in its own transaction. Whoever is interrupted goes on.

use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::commands::{ApplyItem, EndPlan, RefuseItem};
use super::{Item, Plan, PlanKind, PlanState, table};
use crate::Directory;
use crate::error::{Error, Refusal};
use crate::id::Id;
use crate::principal::Principal;

/// Items read at a time.
const SLICE: i64 = 1024;
/// Items in flight: as many as one commit of SQLite takes.
const AT_ONCE: usize = 64;

/// What a call has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Items that were applied by it.
    pub done: u64,
    /// Items that could not be applied.
    pub refused: u64,
}

/// Told of each item.
pub type Told = Arc<dyn Fn(Applied) + Send + Sync>;

impl Directory {
    /// Applies everything of a plan that waits, after it was started. Answers with the plan as it then is.
    ///
    /// # Errors
    /// It is not being applied, the scope `admin` is missing, or the store failed: then applying again goes on.
    pub async fn apply_plan(&self, principal: &Principal, id: Id<Plan>, told: &Told) -> Result<(Plan, Applied), Error> {
        let mut all = Applied::default();
        loop {
            let (slice, more) = apply_slice(self, principal, id, all, told).await?;
            all = slice;
            if !more {
                return Ok((self.execute(principal, EndPlan { id }).await?, all));
            }
        }
    }
}

/// Applies a slice of a plan for its job. A plan that was put aside in the meantime is left alone.
pub(crate) async fn apply_by_job(directory: &Directory, principal: &Principal, id: Id<Plan>) -> Result<(), Error> {
    let told: Told = Arc::new(|_| {});
    match apply_slice(directory, principal, id, Applied::default(), &told).await {
        Ok(_) | Err(Error::Refused(_)) => Ok(()),
        Err(other) => Err(other),
    }
}

/// Applies a slice of what waits; with what it came to so far, and whether there may be more.
async fn apply_slice(
    directory: &Directory,
    principal: &Principal,
    id: Id<Plan>,
    before: Applied,
    told: &Told,
) -> Result<(Applied, bool), Error> {
    let plan = table::by_id(directory.db(), principal.realm, id).await?;
    let plan = Arc::new(plan.ok_or(Refusal::NotFound { what: "plan" })?);
    if plan.state != PlanState::Applying {
        return Err(Refusal::conflict(format!("the plan is {}, and not being applied", plan.state.name())).into());
    }
    let items = table::pending(directory.db(), principal.realm, id, SLICE).await?;
    let more = !items.is_empty();
    let mut applied = before;
    // Whatever belongs to one stage may go in any order; the next stage waits for it.
    let items: Vec<Arc<Item>> = items.into_iter().map(Arc::new).collect();
    for stage in items.chunk_by(|one, other| one.action.stage() == other.action.stage()) {
        let at_once = match plan.kind {
            PlanKind::Users | PlanKind::Groups => AT_ONCE,
            // Each rests on those before it.
            PlanKind::Management => 1,
        };
        let (directory, principal, plan) = (directory.clone(), principal.clone(), Arc::clone(&plan));
        let mut running = stream::iter(stage.to_vec())
            .map(move |item| apply_one(directory.clone(), principal.clone(), Arc::clone(&plan), item))
            .buffer_unordered(at_once);
        while let Some(done) = running.next().await {
            if done? {
                applied.done += 1;
            } else {
                applied.refused += 1;
            }
            told(applied);
        }
    }
    Ok((applied, more))
}

/// Applies one item; false when it was refused.
async fn apply_one(
    directory: Directory,
    principal: Principal,
    plan: Arc<Plan>,
    item: Arc<Item>,
) -> Result<bool, Error> {
    let command = ApplyItem {
        plan: Arc::clone(&plan),
        item: Arc::clone(&item),
    };
    match directory.execute(&principal, command).await {
        Ok(()) => Ok(true),
        Err(Error::Refused(refusal)) => {
            let why = refusal.to_string();
            // Somebody else may have been faster.
            let written = directory.execute(&principal, RefuseItem { plan, item, why }).await?;
            Ok(!written)
        }
        Err(other) => Err(other),
    }
}
