//! `usher plan`: what is to change many things at once, read before it is done.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use directory::Id;
use directory::plan::{
    Action, Applied, ApprovePlan, DiscardPlan, Item as PlanItem, ItemQuery, ItemState, Moved, Plan, PlanKind,
    PlanQuery, PlanState, StartPlan, Told,
};
use directory::source::SourceName;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::failure::Failure;
use super::{Common, InRealm, Page};
use crate::output::{self, Format, Item, Progress, item};
use crate::wiring::Missing;

/// So many items that no longer hold are named.
const NAMED: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    realm: InRealm,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List plans, the newest first
    List {
        /// Only those in this state: ready, held, approved, applying, applied or discarded
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<PlanState>,
        /// Only those of this source
        #[arg(long, value_name = "NAME", value_parser = source)]
        source: Option<SourceName>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a plan: its counts, then its items with before, after and reason
    Show {
        /// Its id
        id: String,
        /// Only items that do this: create, change, create_group, add_member, change_member, remove_member, deactivate, remove,
        /// nothing, refused; or of what is taken over adopt, set_setting, define_role, set_rule, configure, delegate, add_request,
        /// add_invitation
        #[arg(long, value_name = "ACTION", value_parser = action)]
        action: Option<Action>,
        /// Only items in this state: pending, done or refused
        #[arg(long, value_name = "STATE", value_parser = item_state)]
        state: Option<ItemState>,
        /// Only items after this position
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: i64,
        #[command(flatten)]
        page: Page,
    },
    /// Let a plan be applied
    Approve {
        /// Its id
        id: String,
        /// Although it is held back
        #[arg(long)]
        release: bool,
    },
    /// Apply a plan that was approved, or go on where that was interrupted
    Apply {
        /// Its id
        id: String,
        /// Although some of it no longer holds: that is refused, the rest is applied
        #[arg(long)]
        rest: bool,
    },
    /// Put a plan aside, or what is left of it
    Discard {
        /// Its id
        id: String,
    },
}

impl PlanArgs {
    pub(crate) async fn run(self, common: &Common) -> Result<()> {
        let context = Context::open(common, &self.realm, Missing::Refuse).await?;
        let (directory, operator, out) = (&context.directory, &context.operator, context.out);
        match self.command {
            Command::List { state, source, page } => {
                let most = page.most();
                let mut items: Vec<Item> = Vec::new();
                let mut query = PlanQuery {
                    state,
                    source,
                    ..PlanQuery::default()
                };
                while items.len() < most {
                    query.limit = 500.min(most - items.len());
                    let slice = directory.plans(operator, &query).await?;
                    let Some(last) = slice.last() else { break };
                    query.before = Some(last.id);
                    items.extend(slice.iter().map(shown));
                }
                out.list(
                    "id",
                    &["id", "kind", "source", "title", "state", "items", "made_at"],
                    &items,
                )?;
                page.remark(out, items.len());
            }
            Command::Show {
                id,
                action,
                state,
                after,
                page,
            } => {
                let plan = directory.plan_by_id(operator, parse(&id)?).await?;
                let query = ItemQuery {
                    action,
                    state,
                    after,
                    limit: 0,
                };
                show(&context, &plan, query, &page).await?;
            }
            Command::Approve { id, release } => {
                let plan = directory.plan_by_id(operator, parse(&id)?).await?;
                let plan = approve(&context, plan, release).await?;
                out.one("id", &whole(&context, &plan).await?)?;
                out.remark(&format!(
                    "{} applies it",
                    context.advice(&format!("plan apply {}", plan.id))
                ));
            }
            Command::Apply { id, rest } => {
                let plan = directory.plan_by_id(operator, parse(&id)?).await?;
                apply(&context, plan, rest).await?;
            }
            Command::Discard { id } => {
                let id = parse(&id)?;
                let plan = directory.execute(operator, DiscardPlan { id }).await?;
                out.done(
                    &plan.id.to_string(),
                    "the plan is put aside; what was applied of it stays",
                )?;
            }
        }
        context.close().await;
        Ok(())
    }
}

/// Shows a plan that was made just now, and says how to go on.
pub(super) async fn show_made(context: &Context, plan: &Plan) -> Result<()> {
    let out = context.out;
    out.one("id", &whole(context, plan).await?)?;
    let id = plan.id;
    let approve = match plan.state {
        PlanState::Held => format!("plan approve {id} --release"),
        _ => format!("plan approve {id}"),
    };
    if let Some(why) = &plan.held {
        out.remark(&format!("the plan is held back: {why}"));
    }
    out.remark(&format!(
        "nothing is changed yet: {} shows each item, {} and then {} do it",
        context.advice(&format!("plan show {id}")),
        context.advice(&approve),
        context.advice(&format!("plan apply {id}")),
    ));
    Ok(())
}

/// Approves a plan and applies it at once.
pub(super) async fn approve_and_apply(context: &Context, plan: Plan) -> Result<()> {
    let plan = approve(context, plan, false).await?;
    apply(context, plan, false).await
}

async fn approve(context: &Context, plan: Plan, release: bool) -> Result<Plan> {
    if let (PlanState::Held, false, Some(why)) = (plan.state, release, &plan.held) {
        return Err(Failure::limit(format!(
            "the plan {id} is held back: {why}; {} shows each item, {} approves it all the same",
            context.advice(&format!("plan show {}", plan.id)),
            context.advice(&format!("plan approve {} --release", plan.id)),
            id = plan.id,
        )));
    }
    let command = ApprovePlan { id: plan.id, release };
    Ok(context.directory.execute(&context.operator, command).await?)
}

async fn apply(context: &Context, plan: Plan, rest: bool) -> Result<()> {
    let (directory, operator, out) = (&context.directory, &context.operator, context.out);
    let id = plan.id;
    if matches!(plan.state, PlanState::Ready | PlanState::Held) {
        bail!(
            "the plan is {} and has to be approved first: {} does",
            plan.state.name(),
            context.advice(&format!("plan approve {id}"))
        );
    }
    if !rest {
        let moved = directory.plan_moved(operator, id, NAMED + 1).await?;
        if !moved.is_empty() {
            return Err(has_moved(context, &plan, &moved));
        }
    }
    directory.execute(operator, StartPlan { id, by_job: false }).await?;
    let all = directory.plan_progress(operator, id).await?;
    let (of, before) = (all.pending, all.done + all.refused);
    let (progress, start) = (Progress::new(out), Instant::now());
    let told: Told = Arc::new(move |applied: Applied| {
        progress.tell(|| {
            let now = applied.done + applied.refused;
            let rate = u128::from(now) * 1000 / start.elapsed().as_millis().max(1);
            format!("applying: {now} of {of} ({rate}/s), {} refused", applied.refused)
        });
    });
    if before > 0 && plan.state == PlanState::Applying {
        out.remark(&format!("going on: {before} of {} items are settled", before + of));
    }
    let (plan, applied) = directory.apply_plan(operator, id, &told).await?;
    // Ends the line that a terminal shows.
    drop(told);
    out.one("id", &whole(context, &plan).await?)?;
    let planned = plan.count(Action::Refused);
    if applied.refused > 0 || planned > 0 {
        let what = match (planned, applied.refused) {
            (0, now) => format!("{now} items could not be applied"),
            (rows, 0) => format!("{rows} rows could not be used"),
            (rows, now) => format!("{rows} rows could not be used and {now} items not be applied"),
        };
        let show = context.advice(&format!("plan show {id} --state refused"));
        out.remark(&format!("{what}: {show} says why; everything else is done"));
        return Err(Failure::Told.into());
    }
    Ok(())
}

/// What no longer holds, and how to go on.
fn has_moved(context: &Context, plan: &Plan, moved: &[Moved]) -> anyhow::Error {
    let name = |moved: &Moved| {
        let place = if moved.place.is_empty() {
            format!("item {}", moved.position)
        } else {
            moved.place.clone()
        };
        format!("{} ({place}): {}", moved.name, moved.why)
    };
    let mut named: Vec<String> = moved.iter().take(NAMED).map(name).collect();
    if moved.len() > NAMED {
        named.push("and more".to_owned());
    }
    let import = match plan.kind {
        PlanKind::Users => format!("user import {}", plan.title),
        PlanKind::Groups => format!("group import {}", plan.title),
        PlanKind::Management => "agm import URL --from-realm NAME".to_owned(),
    };
    anyhow::anyhow!(
        "the world has moved since the plan was made: {}; {} makes it anew, {} applies the rest",
        named.join("; "),
        context.advice(&format!("{import} --source {}", plan.source)),
        context.advice(&format!("plan apply {} --rest", plan.id)),
    )
}

async fn show(context: &Context, plan: &Plan, mut query: ItemQuery, page: &Page) -> Result<()> {
    let (out, most) = (context.out, page.most());
    let mut items: Vec<PlanItem> = Vec::new();
    while items.len() < most {
        query.limit = 500.min(most - items.len());
        let slice = context.directory.plan_items(&context.operator, plan.id, &query).await?;
        let Some(last) = slice.last() else { break };
        query.after = last.position;
        items.extend(slice);
    }
    let mut shown = whole(context, plan).await?;
    if out.format == Format::Json && !out.quiet {
        shown.insert(
            "listed".into(),
            items.iter().map(|item| Value::Object(json_item(item))).collect(),
        );
        out.one("id", &shown)?;
        return Ok(());
    }
    let rows: Vec<Item> = items.iter().map(row).collect();
    if out.quiet {
        out.list("position", &["position"], &rows)?;
        return Ok(());
    }
    out.one("id", &shown)?;
    output::line("")?;
    let all = [
        "position", "place", "action", "name", "what", "reason", "state", "outcome",
    ];
    let said = |column: &&str| {
        rows.iter()
            .any(|row| row.get(*column).is_some_and(|value| !value.is_null() && value != ""))
    };
    let columns: Vec<&str> = all.into_iter().filter(said).collect();
    if !rows.is_empty() {
        out.list("position", &columns, &rows)?;
    }
    if rows.len() >= most {
        out.remark(&format!(
            "there may be more: --after {}, --limit N or --all shows them",
            query.after
        ));
    }
    Ok(())
}

/// A plan as it is listed.
fn shown(plan: &Plan) -> Item {
    let counts: Map<String, Value> = plan
        .counts
        .iter()
        .map(|(action, count)| (action.name().to_owned(), (*count).into()))
        .collect();
    item(json!({
        "id": plan.id.to_string(),
        "kind": plan.kind.name(),
        "source": plan.source.as_str(),
        "title": plan.title,
        "state": plan.state.name(),
        "items": plan.items,
        "counts": counts,
        "held": plan.held,
        "options": plan.options,
        "made_by": plan.made_by,
        "made_at": plan.id.made_at().to_string(),
        "ended_at": plan.ended_at.map(|at| at.to_string()),
    }))
}

/// The same with how far it has been applied.
async fn whole(context: &Context, plan: &Plan) -> Result<Item> {
    let mut shown = shown(plan);
    let progress = context.directory.plan_progress(&context.operator, plan.id).await?;
    let progress = json!({ "pending": progress.pending, "done": progress.done, "refused": progress.refused });
    shown.insert("progress".into(), progress);
    Ok(shown)
}

fn json_item(of: &PlanItem) -> Item {
    item(json!({
        "position": of.position,
        "place": of.place,
        "action": of.action.name(),
        "name": of.name,
        "subject": of.subject,
        "within": of.within,
        "before": of.before,
        "after": of.after,
        "reason": of.reason,
        "state": of.state.name(),
        "outcome": of.outcome,
    }))
}

fn row(of: &PlanItem) -> Item {
    let mut row = json_item(of);
    row.insert("what".into(), what(of.before.as_ref(), of.after.as_ref()).into());
    row
}

/// What changes, in a line.
fn what(before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) -> String {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    flat(before, &mut old);
    flat(after, &mut new);
    let value = |list: &[(String, String)], name: &str| {
        list.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let mut told = Vec::new();
    for (name, was) in &old {
        let now = value(&new, name);
        told.push(format!("{name}: {was} -> {}", now.as_deref().unwrap_or("(none)")));
    }
    for (name, now) in &new {
        if value(&old, name).is_none() {
            told.push(format!("{name}: {now}"));
        }
    }
    told.join("; ")
}

/// The attributes with their values as a cell shows them; those of extensions without the URN.
fn flat(document: Option<&Map<String, Value>>, into: &mut Vec<(String, String)>) {
    for (name, value) in document.into_iter().flatten() {
        match value {
            _ if name == "schemas" || name == "group_item" || name == "version" => {}
            Value::Null => {}
            Value::Object(parts) if name.starts_with("urn:") => flat(Some(parts), into),
            Value::Object(parts) => {
                for (part, value) in parts {
                    into.push((format!("{name}.{part}"), output::text(Some(value))));
                }
            }
            value => into.push((name.clone(), output::text(Some(value)))),
        }
    }
}

fn parse(id: &str) -> Result<Id<Plan>> {
    Id::parse(id).ok_or_else(|| Failure::usage(format!("`{id}` is no id of a plan; `usher plan list` shows them")))
}

fn state(text: &str) -> Result<PlanState, String> {
    let known = || PlanState::ALL.map(PlanState::name).join(", ");
    PlanState::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
}

fn action(text: &str) -> Result<Action, String> {
    let known = || Action::ALL.map(Action::name).join(", ");
    Action::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
}

fn item_state(text: &str) -> Result<ItemState, String> {
    let known = || ItemState::ALL.map(ItemState::name).join(", ");
    ItemState::parse(text).ok_or_else(|| format!("`{text}` is unknown; known are {}", known()))
}

fn source(text: &str) -> Result<SourceName, String> {
    SourceName::parse(text).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn what_changes_is_told_part_by_part() {
        let before = map(json!({ "title": "Dr", "urn:x:User": { "department": "Sales" } }));
        let after = map(json!({ "title": "Prof", "name": { "givenName": "Ann" }, "schemas": ["x"] }));
        assert_eq!(
            what(Some(&before), Some(&after)),
            "title: Dr -> Prof; department: Sales -> (none); name.givenName: Ann"
        );
        assert_eq!(what(None, None), "");
    }
}
