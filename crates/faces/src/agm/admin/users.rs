//! People.

use directory::user::RemovePerson;
use serde::Deserialize;

use crate::agm::call::{self, Call};
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;
use crate::path::Path;

#[derive(Deserialize)]
pub(in crate::agm) struct ById {
    id: String,
}

/// Takes a person out of the realm, with all that is theirs in groups.
pub(in crate::agm) async fn remove(call: Call, Path(path): Path<ById>) -> Result<Reply, AgmError> {
    let id = call::id(&path.id, "user").map_err(AgmError::met_before)?;
    call.run(RemovePerson { id }).await.map_err(AgmError::met_before)?;
    Ok(Reply::done())
}
