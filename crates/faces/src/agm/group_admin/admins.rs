//! Who administers a group.

use directory::delegation::{GrantDelegation, RevokeDelegation, Whom};
use directory::group::Group;
use directory::{Denial, Id};

use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::path::{OfGroup, PersonOfGroup};
use crate::agm::query::Asked;
use crate::agm::reply::Reply;
use crate::path::Path;

pub(in crate::agm) async fn name(call: Call, Path(path): Path<OfGroup>, asked: Asked) -> Result<Reply, AgmError> {
    grant(&call, path.id()?, whom(&asked)?).await
}

pub(in crate::agm) async fn name_person(call: Call, Path(path): Path<PersonOfGroup>) -> Result<Reply, AgmError> {
    grant(&call, path.of.id()?, person(&path.user)?).await
}

async fn grant(call: &Call, group: Id<Group>, whom: Whom) -> Result<Reply, AgmError> {
    let command = GrantDelegation {
        if_match: call.if_match(),
        ..GrantDelegation::owner(group, whom)
    };
    call.run(command).await?;
    Ok(Reply::done())
}

pub(in crate::agm) async fn revoke(call: Call, Path(path): Path<OfGroup>, asked: Asked) -> Result<Reply, AgmError> {
    take(&call, path.id()?, whom(&asked)?, &asked).await
}

pub(in crate::agm) async fn revoke_person(
    call: Call,
    Path(path): Path<PersonOfGroup>,
    asked: Asked,
) -> Result<Reply, AgmError> {
    take(&call, path.of.id()?, person(&path.user)?, &asked).await
}

async fn take(call: &Call, group: Id<Group>, whom: Whom, asked: &Asked) -> Result<Reply, AgmError> {
    let force = asked.flag("force", false)?;
    let command = RevokeDelegation {
        group,
        whom,
        force,
        if_match: call.if_match(),
    };
    call.run(command).await?;
    Ok(Reply::done())
}

/// The person whom a query names.
fn whom(asked: &Asked) -> Result<Whom, AgmError> {
    match (asked.text("userId"), asked.text("username")) {
        (Some(id), _) => person(id),
        (None, Some(name)) => Ok(Whom::UserName(name.to_owned())),
        (None, None) => Err(Denial::UserRequired.into()),
    }
}

/// A person by their id; what is no id is nobody's.
pub(in crate::agm) fn person(id: &str) -> Result<Whom, AgmError> {
    let id = Id::parse(id).ok_or(Denial::NoSuchUser)?;
    Ok(Whom::User(id))
}
