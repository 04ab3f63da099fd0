//! Plans: what is to change many things at once, read before it is done.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use directory::plan::{
    Action, ApprovePlan, DiscardPlan, Item, ItemQuery, ItemState, Moved, Plan, PlanQuery, PlanState, StartPlan,
};
use directory::source::SourceName;
use directory::{Id, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query, one_of};
use super::call::{self, ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, instant, number, object, text};
use super::paging::{self, Page};
use super::reply::Reply;
use crate::path::Path;

/// So many items that no longer hold are named.
const NAMED: usize = 5;

/// A list of changes that is read, approved and applied as it was read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub(super) struct PlanBody {
    /// Its id.
    id: String,
    /// What its source tells of: `users` or `groups`.
    kind: String,
    /// In whose name it acts.
    source: String,
    /// What people call it, such as the name of a file.
    title: String,
    /// `ready`, `held`, `approved`, `applying`, `applied` or `discarded`.
    state: String,
    /// How many items it has.
    items: i64,
    /// How many of each action: `create`, `change`, `create_group`, `add_member`, `remove_member`, `deactivate`, `remove`,
    /// `nothing`, `refused`.
    #[schema(value_type = Object)]
    counts: BTreeMap<&'static str, i64>,
    /// Why it is held back.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<String>,
    /// Who made it.
    made_by: String,
    /// When it was begun (RFC 3339).
    created: String,
    /// When it was applied or discarded (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// How far it has been applied; shown with one plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressBody>,
    /// Raised by every change; the entity tag.
    version: i64,
}

/// How far a plan has been applied.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanProgress)]
pub(super) struct ProgressBody {
    /// Items that wait.
    pending: i64,
    /// Items that are done, or had nothing to do.
    done: i64,
    /// Items that could not be planned or applied.
    refused: i64,
}

/// One change, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanItem)]
pub(super) struct ItemBody {
    /// 1, 2, … in the order of the source.
    position: i64,
    /// What it does.
    action: String,
    /// Where the source says it, such as `line 17`.
    place: String,
    /// What people call the subject.
    name: String,
    /// The id of the person or group; absent until it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Of a membership: the id of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<String>,
    /// What changes, as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    before: Option<Map<String, Value>>,
    /// What changes, as it will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    after: Option<Map<String, Value>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// `pending`, `done` or `refused`.
    state: String,
    /// Why it was refused when it was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
}

/// What can be asked of a plan.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Plan",
        "plans",
        " or narrow the list with `state` and `source`",
        vec![
            text("id"),
            text("kind"),
            text("source"),
            text("title"),
            text("state"),
            number("items"),
            object("counts", Action::ALL.map(|action| number(action.name())).into()),
            text("held"),
            text("made_by"),
            instant("created"),
            instant("ended_at"),
            number("version"),
        ],
    )
});

/// What can be asked of an item.
pub(super) static ITEM: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "PlanItem",
        "items",
        " or narrow the list with `action` and `state`",
        vec![
            number("position"),
            text("action"),
            text("place"),
            text("name"),
            text("subject"),
            text("within"),
            object("before", Vec::new()),
            object("after", Vec::new()),
            text("reason"),
            text("state"),
            text("outcome"),
        ],
    )
});

impl From<&Plan> for PlanBody {
    fn from(plan: &Plan) -> Self {
        Self {
            id: plan.id.to_string(),
            kind: plan.kind.name().to_owned(),
            source: plan.source.to_string(),
            title: plan.title.clone(),
            state: plan.state.name().to_owned(),
            items: plan.items,
            counts: plan
                .counts
                .iter()
                .map(|(action, count)| (action.name(), *count))
                .collect(),
            held: plan.held.clone(),
            made_by: plan.made_by.clone(),
            created: plan.id.made_at().to_string(),
            ended_at: plan.ended_at.map(|at| at.to_string()),
            progress: None,
            version: plan.version,
        }
    }
}

impl From<&Item> for ItemBody {
    fn from(item: &Item) -> Self {
        Self {
            position: item.position,
            action: item.action.name().to_owned(),
            place: item.place.clone(),
            name: item.name.clone(),
            subject: item.subject.map(|id| id.to_string()),
            within: item.within.map(|id| id.to_string()),
            before: item.before.clone(),
            after: item.after.clone(),
            reason: item.reason.clone(),
            state: item.state.name().to_owned(),
            outcome: item.outcome.clone(),
        }
    }
}

/// Which plans.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `counts.remove gt 0`. A page looks at 100,000
    /// rows at most.
    #[param(example = "counts.remove gt 0")]
    filter: Option<String>,
    /// Only those in this state.
    state: Option<String>,
    /// Only those of this source.
    source: Option<String>,
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedItems {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `name sw "ann"`. A page looks at 100,000 rows at
    /// most.
    #[param(example = "name sw \"ann\"")]
    filter: Option<String>,
    /// Only those that do this.
    action: Option<String>,
    /// Only those in this state.
    state: Option<String>,
}

/// List plans
///
/// The newest first.
#[utoipa::path(get, path = "/plans", tag = "Plans", operation_id = "list_plans", params(Asked), responses((status = 200, description = "a page", body = Page<PlanBody>)))]
pub(super) async fn list(call: Call, Query(asked): Query<Asked>) -> Result<Reply, Problem> {
    let before = paging::after(asked.cursor.as_deref(), Id::parse)?;
    let part = Part::of(&NOUN, before, asked.limit, asked.filter.as_deref())?;
    let query = PlanQuery {
        state: one_of("state", asked.state.as_deref(), PlanState::ALL, PlanState::name)?,
        source: asked.source.as_deref().map(SourceName::parse).transpose()?,
        ..PlanQuery::default()
    };
    let call = &call;
    let read = |before, limit| {
        let query = PlanQuery {
            before,
            limit,
            ..query.clone()
        };
        async move { call.directory().plans(&call.principal, &query).await }
    };
    let found = part.find(read, |plan| plan.id, |plan| PlanBody::from(&plan)).await?;
    Ok(Reply::ok(&Page::of(found, Id::to_string)))
}

/// Show a plan
#[utoipa::path(get, path = "/plans/{id}", tag = "Plans", operation_id = "show_plan", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the plan", body = PlanBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let id = call::id(&id, "plan")?;
    let plan = call.directory().plan_by_id(&call.principal, id).await?;
    let progress = call.directory().plan_progress(&call.principal, id).await?;
    let body = PlanBody {
        progress: Some(ProgressBody {
            pending: progress.pending,
            done: progress.done,
            refused: progress.refused,
        }),
        ..PlanBody::from(&plan)
    };
    Ok(Reply::ok(&body).version(plan.version))
}

/// List the items of a plan
///
/// In the order of its source, each with before, after and reason.
#[utoipa::path(get, path = "/plans/{id}/items", tag = "Plans", operation_id = "list_plan_items", params(("id" = String, Path, description = "the plan's id"), AskedItems), responses((status = 200, description = "a page", body = Page<ItemBody>)))]
pub(super) async fn items(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(asked): Query<AskedItems>,
) -> Result<Reply, Problem> {
    let id = call::id(&id, "plan")?;
    let after = paging::after(asked.cursor.as_deref(), |text| text.parse::<i64>().ok())?;
    let part = Part::of(&ITEM, after, asked.limit, asked.filter.as_deref())?;
    let query = ItemQuery {
        action: one_of("action", asked.action.as_deref(), Action::ALL, Action::name)?,
        state: one_of("state", asked.state.as_deref(), ItemState::ALL, ItemState::name)?,
        ..ItemQuery::default()
    };
    let call = &call;
    let read = |after: Option<i64>, limit| {
        let query = ItemQuery {
            after: after.unwrap_or_default(),
            limit,
            ..query.clone()
        };
        async move { call.directory().plan_items(&call.principal, id, &query).await }
    };
    let found = part
        .find(read, |item| item.position, |item| ItemBody::from(&item))
        .await?;
    Ok(Reply::ok(&Page::of(found, i64::to_string)))
}

/// How to approve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// Also when the plan is held back.
    #[serde(default)]
    release: bool,
}

/// Approve a plan
///
/// A plan that is held back takes `release`.
#[utoipa::path(post, path = "/plans/{id}/approve", tag = "Plans", operation_id = "approve_plan", params(("id" = String, Path, description = "its id")), request_body = Approval, responses((status = 200, description = "the plan as it now is", body = PlanBody)))]
pub(super) async fn approve(call: Call, Path(ById { id }): Path<ById>, body: Body<Approval>) -> Result<Reply, Problem> {
    let command = ApprovePlan {
        id: call::id(&id, "plan")?,
        release: body.value.release,
    };
    call.once(&body.bytes, command, |plan: &Plan, _| as_it_is(plan)).await
}

/// How to apply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    /// Also when some of it no longer holds: that is refused, the rest is applied.
    #[serde(default)]
    rest: bool,
}

/// Apply a plan
///
/// It was approved. A job applies it, item by item; the plan shows how far it has come. Where subjects have changed since it was
/// made, it is refused unless `rest` is set.
#[utoipa::path(post, path = "/plans/{id}/apply", tag = "Plans", operation_id = "apply_plan", params(("id" = String, Path, description = "its id")), request_body = Application, responses((status = 200, description = "the plan as it now is", body = PlanBody)))]
pub(super) async fn apply(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<Application>,
) -> Result<Reply, Problem> {
    let id = call::id(&id, "plan")?;
    let plan = call.directory().plan_by_id(&call.principal, id).await?;
    if !body.value.rest && plan.state == PlanState::Approved {
        let moved = call.directory().plan_moved(&call.principal, id, NAMED).await?;
        if !moved.is_empty() {
            return Err(has_moved(&moved).into());
        }
    }
    let command = StartPlan { id, by_job: true };
    call.once(&body.bytes, command, |plan: &Plan, _| as_it_is(plan)).await
}

fn has_moved(moved: &[Moved]) -> Refusal {
    let named: Vec<String> = moved
        .iter()
        .take(NAMED)
        .map(|moved| format!("{} (item {}): {}", moved.name, moved.position, moved.why))
        .collect();
    Refusal::conflict(format!(
        "the world has moved since the plan was made: {}; make it anew, or apply the rest with `rest`",
        named.join("; ")
    ))
}

/// Put a plan aside
///
/// What was applied of it stays.
#[utoipa::path(post, path = "/plans/{id}/discard", tag = "Plans", operation_id = "discard_plan", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the plan as it now is", body = PlanBody)))]
pub(super) async fn discard(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let command = DiscardPlan {
        id: call::id(&id, "plan")?,
    };
    call.once(&[], command, |plan: &Plan, _| as_it_is(plan)).await
}

fn as_it_is(plan: &Plan) -> Reply {
    Reply::ok(&PlanBody::from(plan)).version(plan.version)
}
