//! A request as those have it who decide.

use super::super::check_policy;
use super::super::configuration::{self, Configuration};
use super::super::request::rules::{Act, after};
use super::super::request::{Request, RequestStatus, table};
use crate::change::Change;
use crate::delegation::{Capability, Reach, reach};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::{self, Group};
use crate::id::Id;

/// The group of a request on which whoever acts decides about those who ask, held together with others who do.
pub(super) fn group_of(change: &mut Change<'_>, id: Id<Request>) -> Result<(Request, Group, Reach), Error> {
    check_policy(change.principal())?;
    let request = table::read(change, id)?.ok_or(Refusal::NotFound { what: "request" })?;
    // From here on nobody changes the group or its ways to join.
    group::table::hold_together(change, request.group)?;
    let (group, reach) = reach::load_group(change, request.group, Capability::RequestsReview)?;
    Ok((request, group, reach))
}

/// Locks a request that was read, of a group that is held, and says where it stands after something is done to it, with its way
/// to join. One whose way to join was changed since, or removed, waits for nobody any more.
pub(super) fn lock(
    change: &mut Change<'_>,
    id: Id<Request>,
    if_version: Option<i64>,
    act: Act,
) -> Result<(Request, RequestStatus, Configuration), Error> {
    let request = table::lock(change, id)?.ok_or(Refusal::NotFound { what: "request" })?;
    if if_version.is_some_and(|version| version != request.version) {
        return Err(Refusal::Changed.into());
    }
    let status = after(request.status, act)?;
    let found = configuration::table::by_id(change, request.configuration)?;
    let configuration = found.filter(|configuration| !request.is_outdated_by(configuration));
    let configuration = configuration.ok_or(Denial::RequestNotPending)?;
    Ok((request, status, configuration))
}
