//! How the realm does, in numbers.

use directory::client::ResourceKind;
use directory::delivery::{DeliveryQuery, DeliveryState};
use directory::job::JobQuery;
use directory::view::{ListRequest, Paging};
use directory::{Permission, Scope};
use scim::projection::Projection;
use serde::Serialize;
use utoipa::ToSchema;

use super::call::Call;
use super::error::Problem;
use super::reply::Reply;

/// Counting stops here; a queue this long is told as such.
const COUNTED: usize = 1000;

/// How the realm does.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Whether nothing waits for somebody.
    healthy: bool,
    /// How many users there are.
    users: usize,
    /// How many groups there are.
    groups: usize,
    /// Deliveries that are on their way; at most 1000 are counted.
    deliveries_waiting: usize,
    /// Deliveries that failed and wait to be tried again; at most 1000 are counted.
    deliveries_retrying: usize,
    /// Deliveries that wait for somebody; at most 1000 are counted.
    deliveries_parked: usize,
    /// Jobs that wait for somebody; at most 1000 are counted.
    jobs_parked: usize,
    /// The directory's time (RFC 3339).
    now: String,
}

/// Show how the realm does
#[utoipa::path(get, path = "/health", tag = "Health", operation_id = "show_health", responses((status = 200, description = "the numbers", body = Health)))]
pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    call.principal.check(Permission::Unnarrowed(Scope::Admin))?;
    let deliveries_parked = deliveries(&call, DeliveryState::Parked).await?;
    let parked = JobQuery {
        only_parked: true,
        limit: COUNTED,
        ..JobQuery::default()
    };
    let jobs_parked = call.directory().jobs(&call.principal, &parked).await?.len();
    Ok(Reply::ok(&Health {
        healthy: deliveries_parked == 0 && jobs_parked == 0,
        users: total(&call, ResourceKind::User).await?,
        groups: total(&call, ResourceKind::Group).await?,
        deliveries_waiting: deliveries(&call, DeliveryState::Queued).await?
            + deliveries(&call, DeliveryState::Running).await?,
        deliveries_retrying: deliveries(&call, DeliveryState::Retrying).await?,
        deliveries_parked,
        jobs_parked,
        now: call.directory().now().await?.to_string(),
    }))
}

async fn deliveries(call: &Call, state: DeliveryState) -> Result<usize, Problem> {
    let query = DeliveryQuery {
        state: Some(state),
        limit: COUNTED,
        ..DeliveryQuery::default()
    };
    Ok(call.directory().deliveries(&call.principal, &query).await?.len())
}

async fn total(call: &Call, kind: ResourceKind) -> Result<usize, Problem> {
    let request = ListRequest {
        kinds: vec![kind],
        filter: None,
        sort: None,
        paging: Paging::Index { start: 1, count: 0 },
        projection: Projection::all(),
        base: String::new(),
        needs: Scope::Admin,
    };
    Ok(call
        .directory()
        .list(&call.principal, &request)
        .await?
        .total
        .unwrap_or(0))
}
