//! Ways to join a group, for the administration of the realm.

use directory::enrollment::{Configure, ConfigureForRealm};
use directory::{Permission, RealmRight};
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

pub(in crate::agm) async fn show(call: Call, Path(path): Path<InGroup>) -> Result<Reply, AgmError> {
    let (group, id) = (id(&path.group_id, "group")?, id(&path.id, WHAT)?);
    let way = call
        .directory()
        .configuration_of_realm(&call.principal, group, id)
        .await;
    let way = way.map_err(|error| AgmError::from(error).of_admin())?;
    Ok(Reply::ok(&ConfigurationBody::of(&way)).version(way.configuration.version))
}

/// Makes one, or replaces the one whose id it has. With `force=true` the rules of the realm are put aside.
pub(in crate::agm) async fn save(
    call: Call,
    asked: Asked,
    Path(ByGroup { group_id }): Path<ByGroup>,
    Json(body): Json<ConfigurationInput>,
) -> Result<Reply, AgmError> {
    let group = id(&group_id, "group")?;
    let may = call.principal.check(Permission::Realm(RealmRight::Groups));
    may.map_err(|refusal| AgmError::from(refusal).of_admin())?;
    let present = match body.id.as_deref() {
        Some(text) => {
            let directory = call.directory();
            let way = directory
                .configuration_of_realm(&call.principal, group, id(text, WHAT)?)
                .await;
            Some(way.map_err(|error| AgmError::from(error).of_admin())?)
        }
        None => None,
    };
    // What the body cannot say stays as it was read, so nothing may have changed since.
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
        force: asked.flag("force", false)?,
    };
    let saved = call.run(ConfigureForRealm(command)).await;
    let saved = saved.map_err(|error| error.of_admin().with_conflict())?;
    if !saved.made {
        return Ok(Reply::done());
    }
    let below = format!("/admin/group/{group}/configuration");
    Ok(call.made(Reply::done(), &below, saved.configuration.id))
}
