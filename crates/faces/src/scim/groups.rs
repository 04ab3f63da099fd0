//! `/Groups`: RFC 7644 §3.3 to §3.6 for groups.

use axum::http::StatusCode;
use axum::response::Response;
use directory::Scope;
use directory::client::ResourceKind::Group;
use directory::group::{CreateGroup, DeleteGroup, GroupWritten, PatchGroup, ReplaceGroup};
use directory::view::IfMatch;
use serde_json::Value;

use super::body::Body;
use super::context::{Conditions, PathId, Scim};
use super::error::ScimError;
use super::query::Query;
use super::respond;
use super::search;

pub(super) async fn list(scim: Scim, query: Query) -> Result<Response, ScimError> {
    search::answer(&scim, &[Group], search::asked(&query)?).await
}

pub(super) async fn create(scim: Scim, query: Query, Body(body): Body) -> Result<Response, ScimError> {
    let shape = scim.shape_of_written(&query, Group, Scope::ScimRead)?;
    let written = scim
        .execute(CreateGroup {
            body: Value::Object(body),
            needs: Scope::ScimWrite,
        })
        .await?;
    let rendered = scim
        .directory()
        .show_group(scim.principal(), &written.group, &shape)
        .await?;
    let response = respond::posted(written.made, rendered);
    Ok(respond::with_warnings(response, &written.warnings))
}

pub(super) async fn read(
    scim: Scim,
    PathId(id): PathId,
    query: Query,
    conditions: Conditions,
) -> Result<Response, ScimError> {
    let shape = scim.shape(&query, Group)?;
    let id = scim.find(Group, &id, Scope::ScimRead).await?;
    let rendered = scim
        .directory()
        .group_view(scim.principal(), id, &shape, Scope::ScimRead)
        .await?;
    Ok(respond::unless_known(rendered, &conditions.if_none_match))
}

pub(super) async fn replace(
    scim: Scim,
    PathId(id): PathId,
    query: Query,
    conditions: Conditions,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let shape = scim.shape_of_written(&query, Group, Scope::ScimRead)?;
    let id = scim.find(Group, &id, Scope::ScimWrite).await?;
    let command = ReplaceGroup {
        id,
        body: Value::Object(body),
        if_match: conditions.if_match,
        needs: Scope::ScimWrite,
    };
    let GroupWritten { group, warnings, .. } = scim.execute(command).await?;
    let rendered = scim.directory().show_group(scim.principal(), &group, &shape).await?;
    let response = respond::resource(StatusCode::OK, rendered);
    Ok(respond::with_warnings(response, &warnings))
}

/// 200 with the whole group, or 204 for a large one when no projection is asked for: Entra warns against shipping thousands
/// of members back, everybody else wants the body.
pub(super) async fn modify(
    scim: Scim,
    PathId(id): PathId,
    query: Query,
    conditions: Conditions,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let shape = scim.shape_of_written(&query, Group, Scope::ScimRead)?;
    let operations = scim.operations(&body)?;
    let id = scim.find(Group, &id, Scope::ScimWrite).await?;
    let command = PatchGroup {
        id,
        operations,
        if_match: conditions.if_match,
        needs: Scope::ScimWrite,
    };
    let GroupWritten { group, warnings, .. } = scim.execute(command).await?;
    let directory = scim.directory();
    let limit = scim.app.config.large_group;
    if !query.has_projection()
        && directory
            .has_more_members_than(scim.principal().realm, group.id, limit)
            .await?
    {
        let response = respond::no_content(Some(&directory::view::etag(group.version)));
        return Ok(respond::with_warnings(response, &warnings));
    }
    let rendered = directory.show_group(scim.principal(), &group, &shape).await?;
    let response = respond::resource(StatusCode::OK, rendered);
    Ok(respond::with_warnings(response, &warnings))
}

pub(super) async fn delete(scim: Scim, PathId(id): PathId, conditions: Conditions) -> Result<Response, ScimError> {
    match delete_group(&scim, &id, conditions.if_match).await {
        Err(error) if !scim.forgives(&error) => Err(error),
        Ok(()) | Err(_) => Ok(respond::no_content(None)),
    }
}

async fn delete_group(scim: &Scim, id: &str, if_match: IfMatch) -> Result<(), ScimError> {
    let id = scim.find(Group, id, Scope::ScimWrite).await?;
    scim.execute(DeleteGroup {
        id,
        if_match,
        needs: Scope::ScimWrite,
    })
    .await
}
