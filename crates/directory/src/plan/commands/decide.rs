//! What is decided about a plan: approved, started, put aside, and forgotten when its time is over.

use serde_json::json;

use super::super::{Plan, PlanState, rules, table};
use super::make::to_event;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::EventKind;
use crate::id::Id;
use crate::job::{self, JobKind};
use crate::principal::{Permission, Scope};

const DAY: i64 = 86_400;
/// Days after which a plan goes whose making was interrupted.
const MAKING_DAYS: i64 = 1;
/// Days after which a plan is put aside that nobody has approved.
const READY_DAYS: i64 = 90;
/// Days for which the items of a plan that is over are kept: they hold personal data.
const OVER_DAYS: i64 = 30;
/// Items that one transaction removes.
const SLICE: i64 = 1000;

/// Lets a plan be applied.
#[derive(Clone, Debug)]
pub struct ApprovePlan {
    /// Which one.
    pub id: Id<Plan>,
    /// Although it is held back.
    pub release: bool,
}

impl Command for ApprovePlan {
    type Output = Plan;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Plan, Error> {
        let mut plan = load(change, self.id)?;
        rules::check_approvable(&plan, self.release)?;
        check_turn(change, &plan)?;
        plan.state = PlanState::Approved;
        store(change, &mut plan, EventKind::PlanApproved)?;
        forget_later(change, &plan)?;
        Ok(plan)
    }
}

/// Begins to apply a plan that was approved, or goes on with one.
#[derive(Clone, Debug)]
pub struct StartPlan {
    /// Which one.
    pub id: Id<Plan>,
    /// Whether a job is to apply it; else the caller does.
    pub by_job: bool,
}

impl Command for StartPlan {
    type Output = Plan;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Plan, Error> {
        let mut plan = load(change, self.id)?;
        rules::check_appliable(&plan)?;
        check_turn(change, &plan)?;
        if plan.state == PlanState::Approved {
            plan.state = PlanState::Applying;
            store(change, &mut plan, EventKind::PlanStarted)?;
        } else if self.by_job {
            // Whoever began it may be gone.
            change.record(to_event(EventKind::PlanStarted, &plan))?;
        }
        if self.by_job {
            let now = change.now();
            job::schedule(change, JobKind::ApplyPlan, plan.id.uuid(), &json!({}), now)?;
        }
        Ok(plan)
    }
}

/// Puts a plan aside, or what is left of it.
#[derive(Clone, Debug)]
pub struct DiscardPlan {
    /// Which one.
    pub id: Id<Plan>,
}

impl Command for DiscardPlan {
    type Output = Plan;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Plan, Error> {
        let mut plan = load(change, self.id)?;
        rules::check_discardable(&plan)?;
        discard(change, &mut plan)?;
        forget_later(change, &plan)?;
        Ok(plan)
    }
}

/// Of the plans of a source one at a time is under way, and none goes back behind a later one.
fn check_turn(change: &mut Change<'_>, plan: &Plan) -> Result<(), Error> {
    if let Some(open) = table::other_open(change, plan)? {
        return Err(Refusal::conflict(format!(
            "the plan {} of the source {} is {} and not finished: apply or discard it first",
            open.id,
            open.source,
            open.state.name()
        ))
        .into());
    }
    if let Some(later) = table::later_applied(change, plan)? {
        return Err(Refusal::conflict(format!(
            "the plan {} of the source {} is a later one and was applied: make the plan anew",
            later.id, later.source
        ))
        .into());
    }
    Ok(())
}

fn discard(change: &mut Change<'_>, plan: &mut Plan) -> Result<(), Error> {
    plan.state = PlanState::Discarded;
    plan.ended_at = Some(change.now());
    store(change, plan, EventKind::PlanDiscarded)?;
    job::cancel(change, JobKind::ApplyPlan, plan.id.uuid())
}

pub(super) fn load(change: &mut Change<'_>, id: Id<Plan>) -> Result<Plan, Error> {
    Ok(table::lock(change, id)?.ok_or(Refusal::NotFound { what: "plan" })?)
}

/// Stores what a plan has become, with its fact.
pub(super) fn store(change: &mut Change<'_>, plan: &mut Plan, kind: EventKind) -> Result<(), Error> {
    if !table::update(change, plan)? {
        return Err(Refusal::Changed.into());
    }
    plan.version += 1;
    plan.modified = change.now();
    change.record(to_event(kind, plan))?;
    Ok(())
}

/// When nobody needs a plan any more.
pub(super) fn forget_later(change: &mut Change<'_>, plan: &Plan) -> Result<(), Error> {
    let days = match plan.state {
        PlanState::Making => MAKING_DAYS,
        PlanState::Ready | PlanState::Held => READY_DAYS,
        PlanState::Applied | PlanState::Discarded => OVER_DAYS,
        // It waits for whoever applies it.
        PlanState::Approved | PlanState::Applying => {
            return job::cancel(change, JobKind::PurgePlan, plan.id.uuid());
        }
    };
    let at = change.now().plus_seconds(days * DAY);
    job::schedule_quietly(change, JobKind::PurgePlan, plan.id.uuid(), &json!({}), at)
}

/// Forgets a plan whose time is over: what was not made goes, what nobody approved is put aside, and what is over loses its
/// items, a slice at a time.
#[derive(Clone, Debug)]
pub(crate) struct PurgePlan {
    pub(crate) id: Id<Plan>,
}

impl Command for PurgePlan {
    /// Whether there are more items to remove.
    type Output = bool;

    fn needs(&self) -> Permission {
        Permission::System
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        let Some(mut plan) = table::lock(change, self.id)? else {
            return Ok(false);
        };
        match plan.state {
            PlanState::Approved | PlanState::Applying => Ok(false),
            PlanState::Ready | PlanState::Held => {
                discard(change, &mut plan)?;
                Ok(true)
            }
            PlanState::Making | PlanState::Applied | PlanState::Discarded => {
                let more = table::purge(change, self.id, SLICE)?;
                if !more && plan.state == PlanState::Making {
                    table::delete(change, self.id)?;
                }
                Ok(more)
            }
        }
    }
}
