//! Ways to join a group, as people see them.

use directory::Refusal;
use directory::enrollment::Way;
use directory::group::GroupPath;
use serde::Deserialize;

use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::configuration::ConfigurationBody;
use crate::path::Path;

#[derive(Debug, Deserialize)]
pub(in crate::agm) struct ById {
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::agm) struct ByGroup {
    group_id: String,
}

/// Those that everybody sees of the group at a path.
pub(in crate::agm) async fn by_path(call: Call, asked: Asked) -> Result<Reply, AgmError> {
    let path = asked.text("groupPath").unwrap_or_default();
    if path.trim_matches('/').trim().is_empty() {
        return Err(AgmError::unfit_query("`groupPath` names a group, such as /acme/ops"));
    }
    let path = GroupPath::parse(path).ok_or(Refusal::NotFound { what: "group" })?;
    let ways = call.directory().ways_by_path(&call.principal, &path).await?;
    Ok(Reply::ok(&bodies(&ways, ConfigurationBody::with_path)))
}

/// Those that everybody sees of a group.
pub(in crate::agm) async fn of_group(call: Call, Path(ByGroup { group_id }): Path<ByGroup>) -> Result<Reply, AgmError> {
    let ways = call.directory();
    let ways = ways.ways_of_group(&call.principal, id(&group_id, "group")?).await?;
    Ok(Reply::ok(&bodies(&ways, ConfigurationBody::of)))
}

/// One that can be used, whether or not everybody sees it: links lead here.
pub(in crate::agm) async fn show(call: Call, Path(ById { id: text }): Path<ById>) -> Result<Reply, AgmError> {
    let way = call.directory();
    let way = way.way(&call.principal, id(&text, "enrollment configuration")?).await?;
    Ok(Reply::ok(&ConfigurationBody::with_path(&way)).version(way.configuration.version))
}

fn bodies(ways: &[Way], body: impl Fn(&Way) -> ConfigurationBody) -> Vec<ConfigurationBody> {
    ways.iter().map(body).collect()
}
