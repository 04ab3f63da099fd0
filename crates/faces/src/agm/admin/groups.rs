//! Groups, whoever administers them.

use directory::delegation::{Already, GrantDelegation, RevokeDelegation};
use directory::group::{CreateSubgroup, CreateTopGroup, FirstOwner, MoveGroup, OfRealm, RemoveGroup};

use crate::agm::body::Json;
use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::group_admin::admins::person;
use crate::agm::group_admin::group::{moved_below, of_moved};
use crate::agm::path::{OfGroup, PersonOfGroup};
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::agm::wire::group::GroupDraft;
use crate::path::Path;

/// Whoever makes groups for others owns none of them.
pub(in crate::agm) async fn create(call: Call, Json(draft): Json<GroupDraft>) -> Result<Reply, AgmError> {
    let new = draft.new_group(FirstOwner::Nobody);
    let new = new.map_err(|refusal| AgmError::from(refusal).of_top_group())?;
    let made = call.run(OfRealm(CreateTopGroup { new })).await;
    let made = made.map_err(AgmError::of_top_group)?;
    let reply = call.made(Reply::created(), "/admin/group", made.group.id);
    Ok(reply.version(made.group.version))
}

pub(in crate::agm) async fn remove(call: Call, Path(path): Path<OfGroup>) -> Result<Reply, AgmError> {
    let group = path.id()?;
    let if_match = call.if_match();
    let removed = call.run(OfRealm(RemoveGroup { group, if_match })).await;
    removed.map_err(AgmError::of_admin)?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn child(
    call: Call,
    Path(path): Path<OfGroup>,
    Json(draft): Json<GroupDraft>,
) -> Result<Reply, AgmError> {
    let parent = path.id()?;
    if let Some(moved) = &draft.id {
        let found = moved_below(&call, moved, parent).await;
        let (group, parent) = found.map_err(AgmError::of_admin)?;
        let command = MoveGroup {
            group,
            parent: Some(parent),
            if_match: call.if_match(),
        };
        let moved = call.run(OfRealm(command)).await;
        moved.map_err(|error| of_moved(error.of_admin()))?;
        return Ok(Reply::done());
    }
    let new = draft.new_group(FirstOwner::Nobody)?;
    let made = call.run(OfRealm(CreateSubgroup { parent, new })).await;
    let made = made.map_err(AgmError::of_admin)?;
    let reply = call.made(Reply::done(), "/admin/group", made.group.id);
    Ok(reply.version(made.group.version))
}

pub(in crate::agm) async fn name_admin(call: Call, Path(path): Path<PersonOfGroup>) -> Result<Reply, AgmError> {
    let grant = GrantDelegation {
        already: Already::HereOrAbove,
        if_match: call.if_match(),
        ..GrantDelegation::owner(path.of.id()?, person(&path.user)?)
    };
    call.run(OfRealm(grant)).await.map_err(AgmError::of_admin)?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn revoke_admin(
    call: Call,
    Path(path): Path<PersonOfGroup>,
    asked: Asked,
) -> Result<Reply, AgmError> {
    let revoke = RevokeDelegation {
        group: path.of.id()?,
        whom: person(&path.user)?,
        force: asked.flag("force", false)?,
        if_match: call.if_match(),
    };
    call.run(OfRealm(revoke)).await.map_err(AgmError::of_admin)?;
    Ok(Reply::done())
}
