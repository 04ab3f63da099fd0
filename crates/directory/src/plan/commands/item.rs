//! One item of a plan: the change, its facts and what became of it, in one transaction.

use std::sync::Arc;

use serde_json::{Map, json};
use uuid::Uuid;

use super::super::{Action, Item, ItemState, Plan, PlanKind, PlanState, groups, management, people, rules, table};
use super::decide;
use crate::change::{Cause, Change, Command};
use crate::error::{Error, Refusal};
use crate::event::{Event, EventKind};
use crate::id::Id;
use crate::membership;
use crate::principal::{Permission, Scope};
use crate::source::{self, table::Known, table::Meant};
use crate::user::{self, Lifecycle};

/// Applies an item that waits.
#[derive(Clone, Debug)]
pub(in crate::plan) struct ApplyItem {
    pub(in crate::plan) plan: Arc<Plan>,
    pub(in crate::plan) item: Arc<Item>,
}

impl Command for ApplyItem {
    type Output = ();

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<(), Error> {
        let mut item = Item {
            state: ItemState::Done,
            ..self.item.as_ref().clone()
        };
        change.act_for(Cause {
            plan: self.plan.id,
            source: self.plan.source,
        });
        self.act(change, &mut item)?;
        // Last: of two who apply the plan one gets here first, and the other one's work is undone.
        if table::settle(change, self.plan.id, &item)? {
            Ok(())
        } else {
            Err(Refusal::conflict("somebody else applies the plan, or it was put aside").into())
        }
    }
}

impl ApplyItem {
    fn act(&self, change: &mut Change<'_>, item: &mut Item) -> Result<(), Error> {
        let plan = self.plan.as_ref();
        let none = Map::new();
        if plan.kind == PlanKind::Management {
            return management::apply(change, plan, item);
        }
        match item.action {
            Action::Create => {
                let id = people::create(change, plan, item.after.as_ref().unwrap_or(&none))?;
                item.subject = Some(id);
                self.remember(change, item, true)
            }
            Action::Change => {
                let before = people::as_planned(change, item.subject, item.guard)?;
                let (old, new) = (
                    item.before.as_ref().unwrap_or(&none),
                    item.after.as_ref().unwrap_or(&none),
                );
                let mut attributes = rules::changed(before.attributes().clone(), old, new);
                let external_id = attributes.shift_remove("externalId");
                let own = before.external_ids.get(Uuid::nil());
                let external_id = external_id
                    .as_ref()
                    .and_then(|id| id.as_str())
                    .or(own)
                    .map(str::to_owned);
                user::change_by_source(change, &before, attributes, external_id)?;
                self.note(change, item)
            }
            Action::Deactivate => {
                let before = people::as_planned(change, item.subject, item.guard)?;
                user::set_lifecycle(change, &before, Lifecycle::Suspended, false, before.visibility)?;
                source::table::mark_missed(change, plan.source, before.id.uuid(), true)
            }
            Action::Remove => {
                let before = people::as_planned(change, item.subject, item.guard)?;
                user::leave_by_source(change, &before)?;
                match &item.record {
                    Some(record) => source::table::remove(change, plan.source, Known::User, record),
                    None => Ok(()),
                }
            }
            Action::CreateGroup => {
                item.subject = Some(groups::create(change, plan, item)?);
                Ok(())
            }
            Action::AddMember => {
                let group = groups::within(change, plan, item)?;
                item.within = Some(group.uuid());
                match item.after.as_ref().filter(|after| groups::has_terms(after)) {
                    Some(terms) => groups::add(change, group, subject(item)?, terms),
                    None => membership::add_by_source(change, group, subject(item)?),
                }
            }
            Action::ChangeMember => {
                let group = groups::within(change, plan, item)?;
                let (before, after) = (
                    item.before.as_ref().unwrap_or(&none),
                    item.after.as_ref().unwrap_or(&none),
                );
                groups::change_member(change, group, subject(item)?, before, after)
            }
            Action::RemoveMember => {
                let group = groups::within(change, plan, item)?;
                membership::remove_by_source(change, group, subject(item)?)
            }
            Action::Nothing => self.note(change, item),
            // What another system knew is taken over by plans of management alone.
            Action::Adopt
            | Action::SetSetting
            | Action::DefineRole
            | Action::SetRule
            | Action::Configure
            | Action::Delegate
            | Action::AddRequest
            | Action::AddInvitation
            | Action::Refused => Ok(()),
        }
    }

    /// Notes whom the source means, if that is not known yet, and that it names them.
    fn note(&self, change: &mut Change<'_>, item: &Item) -> Result<(), Error> {
        let Some(record) = &item.record else { return Ok(()) };
        let known = source::table::meant(change, self.plan.source, Known::User, std::slice::from_ref(record))?;
        match known.get(record) {
            Some(known) if Some(known.subject) == item.subject && known.missed => {
                source::table::mark_missed(change, self.plan.source, known.subject, false)
            }
            Some(known) if Some(known.subject) == item.subject => Ok(()),
            _ => self.remember(change, item, false),
        }
    }

    fn remember(&self, change: &mut Change<'_>, item: &Item, given: bool) -> Result<(), Error> {
        match (&item.record, item.subject) {
            (Some(record), Some(subject)) => {
                let meant = Meant {
                    subject,
                    given,
                    missed: false,
                };
                source::table::add(change, self.plan.source, Known::User, record, meant)
            }
            _ => Ok(()),
        }
    }
}

fn subject<T>(item: &Item) -> Result<Id<T>, Error> {
    item.subject.map(Id::new).ok_or(Error::Fault {
        what: "an item of a plan has no subject",
    })
}

/// Writes down that an item could not be applied.
#[derive(Clone, Debug)]
pub(in crate::plan) struct RefuseItem {
    pub(in crate::plan) plan: Arc<Plan>,
    pub(in crate::plan) item: Arc<Item>,
    pub(in crate::plan) why: String,
}

impl Command for RefuseItem {
    /// Whether it was written down; else somebody else has applied the item, or the plan was put aside.
    type Output = bool;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<bool, Error> {
        let item = Item {
            state: ItemState::Refused,
            outcome: Some(self.why.clone()),
            ..self.item.as_ref().clone()
        };
        if !table::settle(change, self.plan.id, &item)? {
            return Ok(false);
        }
        let body =
            json!({ "position": item.position, "place": item.place, "action": item.action.name(), "why": self.why });
        let subject = self.plan.id.uuid();
        change.record(Event::new(EventKind::PlanItemRefused, subject, self.plan.version, body))?;
        Ok(true)
    }
}

/// Ends a plan of which nothing waits any more.
#[derive(Clone, Debug)]
pub(crate) struct EndPlan {
    pub(crate) id: Id<Plan>,
}

impl Command for EndPlan {
    type Output = Plan;

    fn needs(&self) -> Permission {
        Permission::Unnarrowed(Scope::Admin)
    }

    fn run(&self, change: &mut Change<'_>) -> Result<Plan, Error> {
        let mut plan = decide::load(change, self.id)?;
        if plan.state == PlanState::Applying && !table::is_pending(change, self.id)? {
            plan.state = PlanState::Applied;
            plan.ended_at = Some(change.now());
            decide::store(change, &mut plan, EventKind::PlanApplied)?;
            decide::forget_later(change, &plan)?;
        }
        Ok(plan)
    }
}
