//! Ways to join a group, for those who administer it.

use directory::Denial;
use directory::delegation::Capability;
use directory::enrollment::{Configure, Unconfigure};
use directory::group::SetDefaultConfiguration;
use serde::Deserialize;

use crate::agm::body::Json;
use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::configuration::{ConfigurationBody, ConfigurationInput};
use crate::path::Path;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct ByGroup {
    group_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct InGroup {
    group_id: String,
    id: String,
}

const WHAT: &str = "enrollment configuration";

pub(in crate::agm) async fn all(call: Call, Path(ByGroup { group_id }): Path<ByGroup>) -> Result<Reply, AgmError> {
    let ways = call.directory();
    let ways = ways.configurations(&call.principal, id(&group_id, "group")?).await?;
    let bodies: Vec<ConfigurationBody> = ways.iter().map(ConfigurationBody::of).collect();
    Ok(Reply::ok(&bodies))
}

pub(in crate::agm) async fn show(call: Call, Path(path): Path<InGroup>) -> Result<Reply, AgmError> {
    let way = call.directory();
    let way = way
        .configuration(&call.principal, id(&path.group_id, "group")?, id(&path.id, WHAT)?)
        .await?;
    Ok(Reply::ok(&ConfigurationBody::of(&way)).version(way.configuration.version))
}

/// Makes one, or replaces the one whose id it has.
pub(in crate::agm) async fn save(
    call: Call,
    Path(ByGroup { group_id }): Path<ByGroup>,
    Json(body): Json<ConfigurationInput>,
) -> Result<Reply, AgmError> {
    let group = id(&group_id, "group")?;
    // Whether there is such a group, and whose it is, comes before what is wrong with the body.
    let directory = call.directory();
    directory
        .administered_with(&call.principal, group, Capability::ConfigWrite)
        .await?;
    let present = match body.id.as_deref() {
        Some(text) => Some(directory.configuration(&call.principal, group, id(text, WHAT)?).await?),
        None => None,
    };
    // What the body leaves out stays as it was read, so nothing may have changed since.
    let if_version = match &present {
        Some(way) => {
            let version = way.configuration.version;
            call.if_version(version).map_err(AgmError::with_conflict)?;
            Some(version)
        }
        None => None,
    };
    let command = Configure {
        group,
        id: present.as_ref().map(|way| way.configuration.id),
        if_version,
        draft: body.draft(present.as_ref())?,
        force: false,
    };
    let configured = call.run(command).await.map_err(AgmError::with_conflict)?;
    if !configured.made {
        return Ok(Reply::done());
    }
    let below = format!("/account/group-admin/group/{group}/configuration");
    Ok(call.made(Reply::done(), &below, configured.configuration.id))
}

pub(in crate::agm) async fn remove(call: Call, Path(path): Path<InGroup>) -> Result<Reply, AgmError> {
    let (group, way) = (id(&path.group_id, "group")?, id(&path.id, WHAT)?);
    let present = call.directory();
    let present = present.configuration(&call.principal, group, way).await?.configuration;
    let command = Unconfigure {
        group,
        id: way,
        if_version: call.if_version(present.version).map_err(AgmError::with_conflict)?,
    };
    call.run(command).await.map_err(AgmError::with_conflict)?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn make_default(
    call: Call,
    asked: Asked,
    Path(ByGroup { group_id }): Path<ByGroup>,
) -> Result<Reply, AgmError> {
    let group = id(&group_id, "group")?;
    let Some(configuration) = asked.text("configurationId") else {
        call.directory()
            .administered_with(&call.principal, group, Capability::ConfigWrite)
            .await?;
        return Err(Denial::ConfigurationRequired.into());
    };
    let command = SetDefaultConfiguration {
        group,
        configuration: id(configuration, WHAT)?,
        if_match: call.if_match(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}
