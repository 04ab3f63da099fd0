//! The rules of the realm for ways to join.

use directory::enrollment::{ChangeRule, RemoveRule, SetRule};
use directory::{Permission, RealmRight};
use serde::Deserialize;

use crate::agm::body::Json;
use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;
use crate::agm::wire::rule::{RuleBody, RuleInput};
use crate::path::Path;

#[derive(Debug, Deserialize)]
pub(in crate::agm) struct ById {
    id: String,
}

pub(in crate::agm) async fn list(call: Call) -> Result<Reply, AgmError> {
    let rules = call.directory().rules(&call.principal).await;
    let rules = rules.map_err(|error| AgmError::from(error).of_admin())?;
    let bodies: Vec<RuleBody> = rules.iter().map(RuleBody::of).collect();
    Ok(Reply::ok(&bodies))
}

pub(in crate::agm) async fn set(call: Call, Json(body): Json<RuleInput>) -> Result<Reply, AgmError> {
    may_change(&call)?;
    let rule = call.run(SetRule { says: body.says()? }).await.map_err(told)?;
    Ok(call.made(Reply::done(), "/admin/configuration-rules", rule.id))
}

pub(in crate::agm) async fn show(call: Call, Path(ById { id: text }): Path<ById>) -> Result<Reply, AgmError> {
    let rule = call.directory().rule(&call.principal, id(&text, "rule")?).await;
    let rule = rule.map_err(|error| AgmError::from(error).of_admin())?;
    Ok(Reply::ok(&RuleBody::of(&rule)).version(rule.version))
}

pub(in crate::agm) async fn change(
    call: Call,
    Path(ById { id: text }): Path<ById>,
    Json(body): Json<RuleInput>,
) -> Result<Reply, AgmError> {
    may_change(&call)?;
    let id = id(&text, "rule")?;
    let present = call.directory().rule(&call.principal, id).await;
    let present = present.map_err(|error| AgmError::from(error).of_admin())?;
    let command = ChangeRule {
        id,
        if_version: call.if_version(present.version)?,
        says: body.says()?,
    };
    call.run(command).await.map_err(told)?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn remove(call: Call, Path(ById { id: text }): Path<ById>) -> Result<Reply, AgmError> {
    may_change(&call)?;
    let id = id(&text, "rule")?;
    let present = call.directory().rule(&call.principal, id).await;
    let present = present.map_err(|error| AgmError::from(error).of_admin())?;
    let command = RemoveRule {
        id,
        if_version: call.if_version(present.version)?,
    };
    call.run(command).await.map_err(told)?;
    Ok(Reply::done())
}

/// Whose realm it is comes before what is wrong with the body.
fn may_change(call: &Call) -> Result<(), AgmError> {
    let may = call.principal.check(Permission::Realm(RealmRight::Manage));
    may.map_err(|refusal| AgmError::from(refusal).of_admin())
}

fn told(error: AgmError) -> AgmError {
    error.of_admin().with_conflict()
}
