//! Invitations to a group, and to administer it.

use directory::Id;
use directory::invitation::{OfferAdministration, OfferMembership, OfferedWay};
use serde::Deserialize;

use crate::agm::body::Json;
use crate::agm::call::{self, Call};
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;
use crate::agm::wire::invitation::{AdminInvitationBody, MemberInvitationBody};
use crate::path::Path;

/// The path of a group.
#[derive(Deserialize)]
pub(in crate::agm) struct OfGroup {
    #[serde(rename = "groupId")]
    group: String,
}

pub(in crate::agm) async fn member(
    call: Call,
    Path(OfGroup { group }): Path<OfGroup>,
    Json(body): Json<MemberInvitationBody>,
) -> Result<Reply, AgmError> {
    let named = body.group_enrollment_configuration.as_ref();
    // What is no id of ours is of no way to join.
    let way = |text: &String| Id::parse(text).map_or(OfferedWay::Unknown, OfferedWay::Named);
    let way = named
        .and_then(|named| named.id.as_ref())
        .map_or(OfferedWay::Unnamed, way);
    let command = OfferMembership {
        group: call::id(&group, "group")?,
        invitee: body.invitee(),
        way,
        roles: body.group_roles.unwrap_or_default(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn admin(
    call: Call,
    Path(OfGroup { group }): Path<OfGroup>,
    Json(body): Json<AdminInvitationBody>,
) -> Result<Reply, AgmError> {
    let command = OfferAdministration::of_owner(call::id(&group, "group")?, body.invitee());
    call.run(command).await?;
    Ok(Reply::done())
}
