//! `/Bulk` (RFC 7644 §3.7): each operation is one command, as if it had come alone.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use directory::client::ResourceKind;
use directory::group::{CreateGroup, DeleteGroup, Group, PatchGroup, ReplaceGroup};
use directory::user::{CreateUser, DeleteUser, PatchUser, ReplaceUser, User};
use directory::view::{IfMatch, etag};
use directory::{Id, Permission, Scope};
use scim::bulk::{BulkPlan, BulkRequest, Method, Outcome, Write};
use serde_json::{Map, Value};

use super::context::Scim;
use super::error::ScimError;
use super::{body, respond};
use crate::app::App;
use crate::trail::Refused;

/// A Bulk message, of at most the size that ServiceProviderConfig names.
#[derive(Debug)]
pub(super) struct Message(Map<String, Value>);

impl FromRequest<App> for Message {
    type Rejection = ScimError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ScimError> {
        let bytes = body::read(request, app.config.bulk_max_bytes).await?;
        Ok(Self(scim::document::parse_object(&bytes)?))
    }
}

pub(super) async fn run(scim: Scim, Message(message): Message) -> Result<Response, ScimError> {
    scim.principal().check(Permission::Scope(Scope::ScimWrite))?;
    let request = BulkRequest::parse(&message, scim.app.config.bulk_max_operations)?;
    let mut plan = BulkPlan::new(request, &scim.base);
    let (mut asked, mut refused, mut first) = (0, 0, None);
    while let Some(step) = plan.next_step() {
        let outcome = write(&scim, step.write).await;
        asked += 1;
        if let Err(error) = &outcome {
            refused += 1;
            first.get_or_insert_with(|| error.detail().to_owned());
        }
        plan.done(outcome.unwrap_or_else(|error| Outcome {
            status: error.status(),
            response: Some(error.to_json()),
            ..Outcome::default()
        }));
    }
    let mut response = respond::json(StatusCode::OK, plan.response().to_string());
    if let Some(first) = first {
        // The answer is 200 all the same, and whoever looks for what goes wrong would not find it.
        let sentence = format!("{refused} of {asked} operations were refused, the first: {first}");
        Refused::beside(&mut response, "bulk", &sentence);
    }
    Ok(response)
}

async fn write(scim: &Scim, write: Write) -> Result<Outcome, ScimError> {
    match write.endpoint.as_str() {
        endpoint if endpoint.eq_ignore_ascii_case("/Users") => write_user(scim, write).await,
        endpoint if endpoint.eq_ignore_ascii_case("/Groups") => write_group(scim, write).await,
        _ => Err(scim::Error::with_status(404, format!("no resource is written at {}", write.path())).into()),
    }
}

async fn write_user(scim: &Scim, write: Write) -> Result<Outcome, ScimError> {
    let Write {
        method,
        id,
        version,
        data,
        ..
    } = write;
    let if_match = version.as_deref().map_or(IfMatch::Any, IfMatch::parse);
    let needs = Scope::ScimWrite;
    let written = |status, user: &User| outcome(scim, status, "Users", user.id.to_string(), user.version);
    let found = async || {
        scim.find::<User>(ResourceKind::User, id.as_deref().unwrap_or_default(), needs)
            .await
    };
    match method {
        Method::Post => {
            let posted = scim.execute(CreateUser::by_scim(data)).await?;
            Ok(written(respond::posted_status(posted.made).as_u16(), &posted.user))
        }
        Method::Put => {
            let command = ReplaceUser {
                id: found().await?,
                body: data,
                if_match,
                needs,
            };
            Ok(written(200, &scim.execute(command).await?.user))
        }
        Method::Patch => {
            let command = PatchUser {
                id: found().await?,
                operations: scim::patch::parse_value(&data)?,
                if_match,
                needs,
            };
            Ok(written(200, &scim.execute(command).await?.user))
        }
        Method::Delete => {
            let done = async {
                scim.execute(DeleteUser {
                    id: found().await?,
                    if_match,
                    needs,
                })
                .await
            };
            deleted(scim, done.await)
        }
    }
}

async fn write_group(scim: &Scim, write: Write) -> Result<Outcome, ScimError> {
    let Write {
        method,
        id,
        version,
        data,
        ..
    } = write;
    let if_match = version.as_deref().map_or(IfMatch::Any, IfMatch::parse);
    let needs = Scope::ScimWrite;
    let written = |status, group: &Group| outcome(scim, status, "Groups", group.id.to_string(), group.version);
    let found = async || -> Result<Id<Group>, ScimError> {
        scim.find(ResourceKind::Group, id.as_deref().unwrap_or_default(), needs)
            .await
    };
    match method {
        Method::Post => {
            let posted = scim.execute(CreateGroup { body: data, needs }).await?;
            Ok(written(respond::posted_status(posted.made).as_u16(), &posted.group))
        }
        Method::Put => {
            let command = ReplaceGroup {
                id: found().await?,
                body: data,
                if_match,
                needs,
            };
            Ok(written(200, &scim.execute(command).await?.group))
        }
        Method::Patch => {
            let command = PatchGroup {
                id: found().await?,
                operations: scim::patch::parse_value(&data)?,
                if_match,
                needs,
            };
            Ok(written(200, &scim.execute(command).await?.group))
        }
        Method::Delete => {
            let done = async {
                scim.execute(DeleteGroup {
                    id: found().await?,
                    if_match,
                    needs,
                })
                .await
            };
            deleted(scim, done.await)
        }
    }
}

fn outcome(scim: &Scim, status: u16, endpoint: &str, id: String, version: i64) -> Outcome {
    let location = format!("{}/{endpoint}/{id}", scim.base);
    Outcome {
        status,
        location: Some(location),
        version: Some(etag(version)),
        id: Some(id),
        response: None,
    }
}

fn deleted(scim: &Scim, done: Result<(), ScimError>) -> Result<Outcome, ScimError> {
    match done {
        Err(error) if !scim.forgives(&error) => Err(error),
        Ok(()) | Err(_) => Ok(Outcome {
            status: 204,
            ..Outcome::default()
        }),
    }
}
