//! Requests to join, for those who decide.

use directory::Id;
use directory::enrollment::request::Request;
use directory::enrollment::{AcceptRequest, AskRequester, QueueAsked, RejectRequest};
use directory::view::IfMatch;
use serde::Deserialize;

use crate::agm::body::Written;
use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::user::requests::ORDERS;
use crate::agm::wire::request::{RequestBody, status, written};
use crate::path::Path;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct ByRequest {
    enroll_id: String,
}

/// Those of the groups one administers; of all groups, for who manages them all.
pub(in crate::agm) async fn list(call: Call, asked: Asked) -> Result<Reply, AgmError> {
    let page = asked.page()?;
    let query = QueueAsked {
        group_name: asked.text("groupName").map(str::to_owned),
        person: asked.text("userSearch").map(str::to_owned),
        status: status(&asked)?,
        order: asked.order(&ORDERS)?,
        ascending: asked.flag("asc", false)?,
        first: page.first,
        max: page.max,
    };
    let zone = call.zone()?;
    let page = call.directory().review_queue(&call.principal, &query).await?;
    let bodies: Vec<RequestBody> = page.requests.iter().map(|one| RequestBody::of(one, &zone)).collect();
    Ok(Reply::list(&bodies, page.count))
}

pub(in crate::agm) async fn show(
    call: Call,
    Path(ByRequest { enroll_id }): Path<ByRequest>,
) -> Result<Reply, AgmError> {
    let zone = call.zone()?;
    let shown = call.directory();
    let shown = shown.request(&call.principal, id(&enroll_id, "request")?).await?;
    Ok(Reply::ok(&RequestBody::of(&shown, &zone)).version(shown.request.version))
}

/// The version a decision is to insist on.
async fn if_version(call: &Call, id: Id<Request>) -> Result<Option<i64>, AgmError> {
    if call.if_match() == IfMatch::Any {
        return Ok(None);
    }
    let shown = call.directory().request(&call.principal, id).await?;
    call.if_version(shown.request.version)
}

pub(in crate::agm) async fn ask(
    call: Call,
    asked: Asked,
    Path(ByRequest { enroll_id }): Path<ByRequest>,
    Written(body): Written,
) -> Result<Reply, AgmError> {
    let id = id(&enroll_id, "request")?;
    let command = AskRequester {
        id,
        if_version: if_version(&call, id).await?,
        text: written(&asked, "comment", body.as_ref()).unwrap_or_default(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn accept(
    call: Call,
    asked: Asked,
    Path(ByRequest { enroll_id }): Path<ByRequest>,
    Written(body): Written,
) -> Result<Reply, AgmError> {
    let id = id(&enroll_id, "request")?;
    let command = AcceptRequest {
        id,
        if_version: if_version(&call, id).await?,
        justification: written(&asked, "adminJustification", body.as_ref()),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn reject(
    call: Call,
    asked: Asked,
    Path(ByRequest { enroll_id }): Path<ByRequest>,
    Written(body): Written,
) -> Result<Reply, AgmError> {
    let id = id(&enroll_id, "request")?;
    let command = RejectRequest {
        id,
        if_version: if_version(&call, id).await?,
        justification: written(&asked, "adminJustification", body.as_ref()),
    };
    call.run(command).await?;
    Ok(Reply::done())
}
