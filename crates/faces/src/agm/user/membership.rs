//! One's membership in a group.

use directory::membership::LeaveGroup;
use serde::Deserialize;

use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;
use crate::agm::wire::membership::MembershipBody;
use crate::path::Path;

/// Of which group.
#[derive(Debug, Deserialize)]
pub(in crate::agm) struct GroupPath {
    #[serde(rename = "groupId")]
    group: String,
}

pub(in crate::agm) async fn show(call: Call, Path(path): Path<GroupPath>) -> Result<Reply, AgmError> {
    let group = id(&path.group, "membership")?;
    let member = call.directory().my_membership(&call.principal, group).await?;
    let (zone, notice_days) = (call.zone()?, call.realm.settings.agm.notice_days());
    let body = MembershipBody::own(&member, &zone, notice_days);
    Ok(Reply::ok(&body).version(member.listed.membership.version))
}

pub(in crate::agm) async fn leave(call: Call, Path(path): Path<GroupPath>) -> Result<Reply, AgmError> {
    let group = id(&path.group, "membership")?;
    call.run(LeaveGroup { group }).await?;
    Ok(Reply::done())
}
