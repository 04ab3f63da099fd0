//! Calculating anew what follows from memberships.

use directory::membership::{Recalculate, What};

use crate::agm::call::Call;
use crate::agm::error::AgmError;
use crate::agm::reply::Reply;

pub(in crate::agm) async fn entitlements(call: Call) -> Result<Reply, AgmError> {
    begin(&call, What::Entitlements).await
}

pub(in crate::agm) async fn effective_ends(call: Call) -> Result<Reply, AgmError> {
    begin(&call, What::EffectiveEnds).await
}

/// It is done soon, by a job; while it is, no other begins.
async fn begin(call: &Call, what: What) -> Result<Reply, AgmError> {
    call.run(Recalculate { what }).await.map_err(AgmError::of_admin)?;
    Ok(Reply::done())
}
