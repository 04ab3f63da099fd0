//! One's requests to join.

use directory::Denial;
use directory::enrollment::{OrderOfRequests, OwnRequests, Respond, SubmitRequest, Withdraw};
use serde::Deserialize;

use crate::agm::body::{Json, Written};
use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::request::{RequestBody, RequestInput, status, written};
use crate::path::Path;

/// By which words lists of requests can be ordered.
pub(in crate::agm) const ORDERS: [(&str, OrderOfRequests); 2] = [
    ("submittedDate", OrderOfRequests::Submitted),
    ("groupEnrollmentConfiguration.group.name", OrderOfRequests::GroupName),
];

#[derive(Debug, Deserialize)]
pub(in crate::agm) struct ById {
    id: String,
}

pub(in crate::agm) async fn list(call: Call, asked: Asked) -> Result<Reply, AgmError> {
    let page = asked.page()?;
    let query = OwnRequests {
        group: asked.text("groupId").map(|text| id(text, "group")).transpose()?,
        group_name: asked.text("groupName").map(str::to_owned),
        status: status(&asked)?,
        order: asked.order(&ORDERS)?,
        ascending: asked.flag("asc", false)?,
        first: page.first,
        max: page.max,
    };
    let zone = call.zone()?;
    let page = call.directory().my_requests(&call.principal, &query).await?;
    let bodies: Vec<RequestBody> = page.requests.iter().map(|one| RequestBody::of(one, &zone)).collect();
    Ok(Reply::list(&bodies, page.count))
}

pub(in crate::agm) async fn submit(call: Call, Json(body): Json<RequestInput>) -> Result<Reply, AgmError> {
    let terms = body.terms(call.address);
    let configuration = body.group_enrollment_configuration.and_then(|way| way.id);
    let configuration = configuration.ok_or(Denial::ConfigurationRequired)?;
    let command = SubmitRequest {
        configuration: id(&configuration, "enrollment configuration")?,
        roles: body.group_roles.unwrap_or_default(),
        comments: body.comments,
        terms,
    };
    let submitted = call.run(command).await?;
    Ok(call.made(Reply::done(), "/account/user/enroll-request", submitted.request.id))
}

pub(in crate::agm) async fn show(call: Call, Path(ById { id: text }): Path<ById>) -> Result<Reply, AgmError> {
    let zone = call.zone()?;
    let shown = call.directory();
    let shown = shown.my_request(&call.principal, id(&text, "request")?).await?;
    Ok(Reply::ok(&RequestBody::of(&shown, &zone)).version(shown.request.version))
}

pub(in crate::agm) async fn respond(
    call: Call,
    asked: Asked,
    Path(ById { id: text }): Path<ById>,
    Written(body): Written,
) -> Result<Reply, AgmError> {
    let command = Respond {
        id: id(&text, "request")?,
        text: written(&asked, "comment", body.as_ref()).unwrap_or_default(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn withdraw(call: Call, Path(ById { id: text }): Path<ById>) -> Result<Reply, AgmError> {
    let command = Withdraw {
        id: id(&text, "request")?,
    };
    call.run(command).await?;
    Ok(Reply::done())
}
