//! One group: everything about it, its attributes, those below it, and its end.

use directory::Id;
use directory::group::{CreateSubgroup, FirstOwner, Group, MoveGroup, RemoveGroup, ReplaceAttributes};

use crate::agm::body::Json;
use crate::agm::call::{Call, id};
use crate::agm::error::AgmError;
use crate::agm::path::OfGroup;
use crate::agm::reply::Reply;
use crate::agm::wire::configuration::ConfigurationBody;
use crate::agm::wire::group::{Attributes, GroupBody, GroupDraft, attributes};
use crate::path::Path;

pub(in crate::agm) async fn remove(call: Call, Path(path): Path<OfGroup>) -> Result<Reply, AgmError> {
    let group = path.id()?;
    let if_match = call.if_match();
    call.run(RemoveGroup { group, if_match }).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn whole(call: Call, Path(path): Path<OfGroup>) -> Result<Reply, AgmError> {
    let group = path.id()?;
    let whole = call.directory().whole_group(&call.principal, group).await?;
    let version = whole.node.group.version;
    let configurations = configurations_of(&call, group).await?;
    let body = GroupBody::whole(&whole, &call.realm, configurations);
    Ok(Reply::ok(&body).version(version))
}

/// The group's ways to join, as they stand in it.
async fn configurations_of(call: &Call, group: Id<Group>) -> Result<Vec<ConfigurationBody>, AgmError> {
    let ways = call.directory().configurations(&call.principal, group).await?;
    Ok(ways.iter().map(ConfigurationBody::of).collect())
}

pub(in crate::agm) async fn replace_attributes(
    call: Call,
    Path(path): Path<OfGroup>,
    Json(sent): Json<Attributes>,
) -> Result<Reply, AgmError> {
    let command = ReplaceAttributes {
        group: path.id()?,
        attributes: attributes(sent),
        if_match: call.if_match(),
    };
    let group = call.run(command).await?;
    Ok(Reply::done().version(group.version))
}

pub(in crate::agm) async fn child(
    call: Call,
    Path(path): Path<OfGroup>,
    Json(draft): Json<GroupDraft>,
) -> Result<Reply, AgmError> {
    let parent = path.id()?;
    if let Some(moved) = &draft.id {
        let (group, parent) = moved_below(&call, moved, parent).await?;
        // What is changed is the group that is moved: the tag is its own.
        let command = MoveGroup {
            group,
            parent: Some(parent),
            if_match: call.if_match(),
        };
        call.run(command).await.map_err(of_moved)?;
        return Ok(Reply::done());
    }
    let new = draft.new_group(FirstOwner::Nobody)?;
    let made = call.run(CreateSubgroup { parent, new }).await?;
    let reply = call.made(Reply::done(), "/account/group-admin/group", made.group.id);
    Ok(reply.version(made.group.version))
}

/// Which group comes below which one, if the caller administers that.
pub(in crate::agm) async fn moved_below(
    call: &Call,
    moved: &str,
    parent: Id<Group>,
) -> Result<(Id<Group>, Id<Group>), AgmError> {
    call.directory().administered(&call.principal, parent).await?;
    Ok((id(moved, "group").map_err(of_moved)?, parent))
}

/// The parent is there: what is not found is the group that is moved.
pub(in crate::agm) fn of_moved(error: AgmError) -> AgmError {
    if error.is_not_found() {
        return error.once();
    }
    error
}
