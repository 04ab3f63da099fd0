//! Making a plan: begun, filled slice by slice, made. Nobody is shown it before.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::{
    Action, Draft, MemberRow, Missing, Plan, PlanKind, PlanOptions, PlanState, groups, people, rules, table,
};
use super::decide;
use crate::Directory;
use crate::change::{Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::principal::{Permission, Principal, Scope};
use crate::source::{self, Record, SourceName};

/// Longest title, in characters.
const TITLE_CHARS: usize = 200;

/// Begins a plan.
#[derive(Clone, Debug)]
pub struct BeginPlan {
    /// What its source tells of.
    pub kind: PlanKind,
    /// In whose name it acts.
    pub source: SourceName,
    /// What people call it.
    pub title: String,
    /// What it is made with.
    pub options: PlanOptions,
}

impl Command for BeginPlan {
    type Output = Plan;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Plan, Error> {
        if self.options.brake_percent > 100 {
            return Err(Refusal::invalid("brake_percent", "0 to 100").into());
        }
        if self.kind == PlanKind::Groups && self.options.missing == Missing::Deactivate {
            return Err(Refusal::invalid("missing", "memberships are kept or removed, not deactivated").into());
        }
        if let Some(open) = table::open_of_source(change, self.source, self.kind)? {
            return Err(Refusal::conflict(format!(
                "the plan {} of the source {} is {} and not finished: `usher plan apply {0}` goes on with it, `usher plan discard {0}` puts it aside",
                open.id,
                self.source,
                open.state.name()
            ))
            .into());
        }
        let plan = Plan {
            id: change.new_id(),
            version: 1,
            modified: change.now(),
            kind: self.kind,
            source: self.source,
            title: self
                .title
                .chars()
                .filter(|letter| *letter != '\0')
                .take(TITLE_CHARS)
                .collect(),
            made_by: change.principal().label(),
            state: PlanState::Making,
            options: self.options,
            items: 0,
            counts: Vec::new(),
            held: None,
            ended_at: None,
        };
        table::insert(change, &plan)?;
        decide::forget_later(change, &plan)?;
        Ok(plan)
    }
}

/// Whether a plan may get further items of that kind.
pub(in crate::plan) fn check_made(plan: &Plan, kind: PlanKind) -> Result<(), Refusal> {
    if plan.state == PlanState::Making && plan.kind == kind {
        return Ok(());
    }
    Err(Refusal::conflict("the plan is made already, or is one of another kind"))
}

/// Adds items to a plan that has so many; how many it has then.
pub(in crate::plan) fn add(change: &mut Change<'_>, plan: &Plan, has: i64, drafts: &[Draft]) -> Result<i64, Error> {
    if !table::add_items(change, plan.id, has, drafts)? {
        return Err(Refusal::conflict("somebody else is making the plan, or it was put aside").into());
    }
    Ok(has + drafts.len() as i64)
}

impl Directory {
    /// Makes a plan of all that a list says of members, for lists that are there at once.
    ///
    /// # Errors
    /// The plan cannot be begun, the scope `admin` is missing, or the store failed: then there is none.
    pub async fn plan_of_members(
        &self,
        principal: &Principal,
        begin: BeginPlan,
        rows: Vec<MemberRow>,
    ) -> Result<Plan, Error> {
        let plan = self.execute(principal, begin).await?;
        let made = match self.plan_members(principal, &plan, 0, rows).await {
            Ok(has) => self.finish_plan(principal, &plan, has).await,
            Err(error) => Err(error),
        };
        if made.is_err() {
            // If this fails too, it goes by itself after a day.
            let _ = self.execute(principal, decide::DiscardPlan { id: plan.id }).await;
        }
        made
    }

    /// Ends the making of a plan: what its source no longer names is added, and it is ready, or held back.
    ///
    /// # Errors
    /// It is not being made, the scope `admin` is missing, or the store failed.
    pub async fn finish_plan(&self, principal: &Principal, plan: &Plan, has: i64) -> Result<Plan, Error> {
        let mut next = AddMissing {
            plan: plan.clone(),
            has,
            record: Record::new(),
            membership: (Uuid::nil(), Uuid::nil()),
        };
        if plan.options.missing != Missing::Keep {
            while let Some(more) = self.execute(principal, next.clone()).await? {
                next = more;
            }
        }
        self.execute(principal, FinishPlan { plan: plan.clone() }).await
    }
}

/// Adds a slice of what the source no longer names.
#[derive(Clone, Debug)]
struct AddMissing {
    plan: Plan,
    has: i64,
    record: Record,
    membership: (Uuid, Uuid),
}

impl Command for AddMissing {
    /// The next slice; none when this found nothing.
    type Output = Option<Self>;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Option<Self>, Error> {
        let plan = &self.plan;
        Ok(match plan.kind {
            PlanKind::Users => people::add_missing(change, plan, self.has, &self.record)?.map(|(has, record)| Self {
                has,
                record,
                ..self.clone()
            }),
            PlanKind::Management => None,
            PlanKind::Groups => {
                groups::add_missing(change, plan, self.has, self.membership)?.map(|(has, membership)| Self {
                    has,
                    membership,
                    ..self.clone()
                })
            }
        })
    }
}

/// Makes a plan what it is: from now on it is shown.
#[derive(Clone, Debug)]
struct FinishPlan {
    plan: Plan,
}

impl Command for FinishPlan {
    type Output = Plan;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Plan, Error> {
        let mut plan = table::lock(change, self.plan.id)?.ok_or(Refusal::NotFound { what: "plan" })?;
        check_made(&plan, self.plan.kind)?;
        plan.counts = table::count_actions(change, plan.id)?;
        let taken: i64 = plan
            .counts
            .iter()
            .filter(|(action, _)| action.takes_away())
            .map(|(_, count)| count)
            .sum();
        let given = match plan.kind {
            PlanKind::Users => source::table::count_given(change, plan.source)?,
            PlanKind::Groups => table::count_members(change, plan.source)?,
            // It takes nothing away.
            PlanKind::Management => 0,
        };
        let suspended = table::count_suspended(change, plan.id)?;
        let unread = table::count_unread(change, &plan)?;
        let why: Vec<String> = [
            rules::brake(taken + suspended, given, plan.options.brake_percent),
            rules::incomplete(unread, taken),
        ]
        .into_iter()
        .flatten()
        .collect();
        plan.state = if why.is_empty() {
            PlanState::Ready
        } else {
            PlanState::Held
        };
        plan.held = (!why.is_empty()).then(|| why.join("; "));
        decide::store(change, &mut plan, EventKind::PlanMade)?;
        decide::forget_later(change, &plan)?;
        Ok(plan)
    }
}

/// How a fact tells of a plan.
pub(super) fn to_event(kind: EventKind, plan: &Plan) -> Event {
    let counts: Map<String, Value> = plan
        .counts
        .iter()
        .map(|(action, count): &(Action, i64)| (action.name().to_owned(), (*count).into()))
        .collect();
    let mut body = json!({
        "kind": plan.kind.name(),
        "source": plan.source.as_str(),
        "title": plan.title,
        "state": plan.state.name(),
        "counts": counts,
    });
    if let Some(why) = &plan.held {
        body["held"] = why.as_str().into();
    }
    Event::new(kind, plan.id.uuid(), plan.version, body)
}
