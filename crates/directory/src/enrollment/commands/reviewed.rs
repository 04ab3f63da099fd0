//! A request as those have it who decide.

use super::super::configuration;
use super::super::request::rules::{Act, after};
use super::super::request::{Request, RequestStatus, table};
use crate::change::Change;
use crate::delegation::{Capability, Reach, reach};
use crate::denial::Denial;
use crate::error::{Error, Refusal};
use crate::group::Group;
use crate::id::Id;

/// The group of a request on which whoever acts decides about those who ask.
pub(super) fn group_of(change: &mut Change<'_>, id: Id<Request>) -> Result<(Request, Group, Reach), Error> {
    let request = table::read(change, id)?.ok_or(Refusal::NotFound { what: "request" })?;
    let (group, reach) = reach::load_group(change, request.group, Capability::RequestsReview)?;
    Ok((request, group, reach))
}

/// Locks a request that was read, and says where it stands after something is done to it. One whose way to join was changed
/// since, or removed, waits for nobody any more.
pub(super) fn lock(
    change: &mut Change<'_>,
    id: Id<Request>,
    if_version: Option<i64>,
    act: Act,
) -> Result<(Request, RequestStatus), Error> {
    let request = table::lock(change, id)?.ok_or(Refusal::NotFound { what: "request" })?;
    if if_version.is_some_and(|version| version != request.version) {
        return Err(Refusal::Changed.into());
    }
    let status = after(request.status, act)?;
    let configuration = configuration::table::by_id(change, request.configuration)?;
    if configuration.is_none_or(|configuration| request.is_outdated_by(&configuration)) {
        return Err(Denial::RequestNotPending.into());
    }
    Ok((request, status))
}
