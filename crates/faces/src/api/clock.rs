//! The directory's clock. It is moved by `usher clock` on the machine alone: moving it runs what becomes due in every realm.

use directory::{Permission, Refusal, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::call::Call;
use super::error::Problem;
use super::reply::Reply;

/// What time it is for the directory.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Clock {
    /// The directory's time (RFC 3339).
    now: String,
    /// Whether it stands, and only moves by hand.
    stands: bool,
}

/// Where the clock is to be moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockChange {
    /// An instant to come (RFC 3339).
    #[expect(
        dead_code,
        reason = "it is read so that a wrong body is told apart, and moves nothing"
    )]
    now: String,
}

/// Show the clock
#[utoipa::path(get, path = "/clock", tag = "Clock", operation_id = "show_clock", responses((status = 200, description = "the clock", body = Clock)))]
pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    call.principal.check(Permission::Unnarrowed(Scope::Admin))?;
    let stands = call.directory().standing_clock().await?.is_some();
    let now = call.directory().now().await?.to_string();
    Ok(Reply::ok(&Clock { now, stands }))
}

/// Move the clock
///
/// Always refused: a clock that runs is not moved at all, and one that stands is moved on the machine, by
/// `usher clock set TIME`, since what becomes due runs in every realm.
#[utoipa::path(put, path = "/clock", tag = "Clock", operation_id = "set_clock", request_body = ClockChange, responses((status = 409, description = "refused")))]
pub(super) async fn set(call: Call, _: Body<ClockChange>) -> Result<Reply, Problem> {
    call.principal.check(Permission::Unnarrowed(Scope::Admin))?;
    let why = if call.directory().standing_clock().await?.is_some() {
        "the clock stands for all realms: it is moved on the machine, by `usher clock set TIME`"
    } else {
        "the clock runs with the machine's; only one that was started standing, by `--clock TIME`, can be moved"
    };
    Err(Refusal::conflict(why).into())
}
