//! What a client asked last.

use std::cmp::Reverse;
use std::sync::LazyLock;

use directory::client::LoggedRequest;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::Query;
use super::call::{ById, Call};
use super::error::Problem;
use super::filter::{Noun, Part, instant, number, text};
use super::paging::{self, Page, Paging};
use super::reply::Reply;
use crate::path::Path;

/// A request of a client and what it was answered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientRequest {
    /// When it was answered (RFC 3339).
    at: String,
    /// The verb.
    method: String,
    /// The path as it was asked for: literal parts and ids; `…` stands for anything else. Without the query.
    path: String,
    /// The route that answered, e.g. `/scim/v2/Users/{id}`; absent where nothing is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    /// The status of the answer.
    status: u16,
    /// The refusal in one word, as the answer has it; `bulk` where operations of a Bulk request were refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The refusal in a sentence. Of a token or secret that does not count it says why, which the client is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    /// How long the answer took, in microseconds.
    took_us: u64,
    /// The request's id: `X-Request-Id` of the answer.
    request_id: String,
    /// Where it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "ClientRequest",
        "requests",
        "",
        vec![
            instant("at"),
            text("method"),
            text("path"),
            text("route"),
            number("status"),
            text("code"),
            text("refusal"),
            number("took_us"),
            text("request_id"),
            text("address"),
        ],
    )
});

impl From<LoggedRequest> for ClientRequest {
    fn from(request: LoggedRequest) -> Self {
        Self {
            at: request.answered_at().to_string(),
            method: request.method,
            path: request.path,
            route: request.route,
            status: request.status,
            code: request.code,
            refusal: request.refusal,
            took_us: request.took_us,
            request_id: request.request_id,
            address: request.address.map(|address| address.to_string()),
        }
    }
}

/// Where a page goes on: behind so many requests that were answered at that instant.
type Place = (i64, usize);

/// List the last requests of a client
///
/// The newest first, 200 at most, with what each was refused with: what a client does wrong. Other servers' requests are seen
/// a second later.
#[utoipa::path(get, path = "/clients/{id}/log", tag = "Clients", operation_id = "list_client_requests", params(("id" = String, Path, description = "id or name"), Paging), responses((status = 200, description = "a page", body = Page<ClientRequest>)))]
pub(super) async fn list(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(paging): Query<Paging>,
) -> Result<Reply, Problem> {
    let read = |text: &str| {
        let (at, number) = text.split_once('.')?;
        Some((at.parse().ok()?, number.parse().ok()?))
    };
    let after: Option<Place> = paging::after(paging.cursor.as_deref(), read)?;
    let part = Part::of(&NOUN, after, paging.limit, paging.filter.as_deref())?;
    let client = call.directory().client(&call.principal, &id).await?;
    let requests = placed(call.directory().client_log(&call.principal, &client).await?);
    let read = |after: Option<Place>, limit| {
        let behind = |(at, number): &Place| {
            let order = |(at, number): Place| (Reverse(at), number);
            after.is_none_or(|after| order((*at, *number)) > order(after))
        };
        let slice = requests.iter().filter(|(place, _)| behind(place)).take(limit).cloned();
        std::future::ready(Ok(slice.collect::<Vec<_>>()))
    };
    let found = part
        .find(read, |(place, _)| *place, |(_, request)| ClientRequest::from(request))
        .await?;
    Ok(Reply::ok(&Page::of(found, |(at, number)| format!("{at}.{number}"))))
}

/// The requests, the newest first, each with its place.
fn placed(requests: Vec<LoggedRequest>) -> Vec<(Place, LoggedRequest)> {
    let mut last: Place = (i64::MAX, 0);
    let newest_first = requests.into_iter().rev();
    newest_first
        .map(|request| {
            let same = request.at == last.0;
            last = (request.at, if same { last.1 + 1 } else { 0 });
            (last, request)
        })
        .collect()
}
