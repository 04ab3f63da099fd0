//! Plans: what a source says becomes items, which are applied as they were read.

mod groups;
mod life;
mod management;
mod people;
mod terms;

use std::sync::Arc;

use directory::plan::{
    Applied, ApprovePlan, BeginPlan, Item, ItemQuery, MemberRow, PersonRow, Plan, PlanKind, PlanOptions, Setting,
    StartPlan, Told,
};
use directory::source::SourceName;
use directory::{Error, Id};
use serde_json::Value;
use testkit::TestApp;

pub(crate) fn source(name: &str) -> SourceName {
    SourceName::parse(name).expect("a name")
}

/// What a source says of a person, by attributes. An empty text says that there is nothing.
pub(crate) fn person(line: usize, attributes: &[(&str, &str)]) -> PersonRow {
    let value = |name: &str| {
        attributes
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let settings = attributes
        .iter()
        .filter(|(name, _)| *name != "externalId")
        .map(|(name, value)| Setting {
            path: (*name).to_owned(),
            value: (!value.is_empty()).then(|| Value::from(*value)),
        });
    PersonRow {
        place: format!("line {line}"),
        user_name: value("userName").unwrap_or_default(),
        external_id: value("externalId"),
        settings: settings.collect(),
        problem: None,
    }
}

/// A plan of people, made of these rows.
pub(crate) async fn plan_of(app: &TestApp, name: &str, options: PlanOptions, rows: Vec<PersonRow>) -> Plan {
    let operator = app.operator().await;
    let begin = BeginPlan {
        kind: PlanKind::Users,
        source: source(name),
        title: format!("{name}.csv"),
        options,
    };
    let plan = app.directory().execute(&operator, begin).await.expect("begun");
    let has = app
        .directory()
        .plan_people(&operator, &plan, 0, rows)
        .await
        .expect("planned");
    app.directory().finish_plan(&operator, &plan, has).await.expect("made")
}

/// A plan of memberships, made of pairs of group and member.
pub(crate) async fn plan_of_groups(app: &TestApp, name: &str, options: PlanOptions, rows: &[(&str, &str)]) -> Plan {
    let operator = app.operator().await;
    let begin = BeginPlan {
        kind: PlanKind::Groups,
        source: source(name),
        title: format!("{name}.csv"),
        options,
    };
    let plan = app.directory().execute(&operator, begin).await.expect("begun");
    let row = |(index, (group, member)): (usize, &(&str, &str))| MemberRow {
        place: format!("line {}", index + 2),
        group: (*group).to_owned(),
        member: (*member).to_owned(),
        roles: None,
        valid_from: None,
        expires: None,
        problem: None,
    };
    let rows = rows.iter().enumerate().map(row).collect();
    let has = app
        .directory()
        .plan_members(&operator, &plan, 0, rows)
        .await
        .expect("planned");
    app.directory().finish_plan(&operator, &plan, has).await.expect("made")
}

/// Approves a plan and begins to apply it.
pub(crate) async fn start(app: &TestApp, id: Id<Plan>) -> Result<Plan, Error> {
    let operator = app.operator().await;
    let approve = ApprovePlan { id, release: true };
    app.directory().execute(&operator, approve).await?;
    app.directory()
        .execute(&operator, StartPlan { id, by_job: false })
        .await
}

/// Approves a plan and applies all of it.
pub(crate) async fn apply(app: &TestApp, id: Id<Plan>) -> (Plan, Applied) {
    let operator = app.operator().await;
    start(app, id).await.expect("started");
    let told: Told = Arc::new(|_| {});
    app.directory().apply_plan(&operator, id, &told).await.expect("applied")
}

/// Plans and applies in one.
pub(crate) async fn import(app: &TestApp, name: &str, options: PlanOptions, rows: Vec<PersonRow>) -> Plan {
    let plan = plan_of(app, name, options, rows).await;
    apply(app, plan.id).await.0
}

pub(crate) async fn items(app: &TestApp, id: Id<Plan>) -> Vec<Item> {
    let operator = app.operator().await;
    let query = ItemQuery {
        limit: 1000,
        ..ItemQuery::default()
    };
    app.directory().plan_items(&operator, id, &query).await.expect("read")
}

/// Each item as `action name: reason or outcome`.
pub(crate) async fn told(app: &TestApp, id: Id<Plan>) -> Vec<String> {
    let tell = |item: &Item| {
        let why = item.outcome.as_ref().or(item.reason.as_ref());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        format!("{} {}{why}", item.action.name(), item.name)
    };
    items(app, id).await.iter().map(tell).collect()
}
