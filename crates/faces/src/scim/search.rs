//! Lists and searches: GET of a type, GET of the base, and POST `/.search` (RFC 7644 §3.4.2, §3.4.3).

use axum::http::StatusCode;
use axum::response::Response;
use directory::Scope;
use directory::client::ResourceKind::{self, Group, User};
use directory::view::{DEFAULT_PAGE, ListRequest, Paging, Sort};
use scim::list::list_response;
use scim::projection::Projection;
use scim::search::{SearchRequest, SortOrder};

use super::body::Body;
use super::context::Scim;
use super::error::ScimError;
use super::query::Query;
use super::respond;

pub(super) async fn root(scim: Scim, query: Query) -> Result<Response, ScimError> {
    answer(&scim, &[User, Group], asked(&query)?).await
}

pub(super) async fn all(scim: Scim, Body(body): Body) -> Result<Response, ScimError> {
    answer(&scim, &[User, Group], SearchRequest::parse(&body)?).await
}

pub(super) async fn users(scim: Scim, Body(body): Body) -> Result<Response, ScimError> {
    answer(&scim, &[User], SearchRequest::parse(&body)?).await
}

pub(super) async fn groups(scim: Scim, Body(body): Body) -> Result<Response, ScimError> {
    answer(&scim, &[Group], SearchRequest::parse(&body)?).await
}

/// What a GET asks for.
pub(super) fn asked(query: &Query) -> Result<SearchRequest, ScimError> {
    Ok(SearchRequest::from_query(query.pairs())?)
}

/// A page of resources of these types.
pub(super) async fn answer(scim: &Scim, kinds: &[ResourceKind], asked: SearchRequest) -> Result<Response, ScimError> {
    let schemas: Vec<_> = kinds.iter().map(|kind| scim.schema(*kind)).collect();
    let count = asked.count.unwrap_or(DEFAULT_PAGE);
    let descending = asked.sort_order == SortOrder::Descending;
    let request = ListRequest {
        kinds: kinds.to_vec(),
        projection: Projection::from_lists(&asked.attributes, &asked.excluded_attributes, &schemas)?,
        filter: asked.filter,
        sort: asked.sort_by.map(|by| Sort { by, descending }),
        paging: match asked.cursor {
            Some(cursor) => Paging::Cursor { cursor, count },
            None => Paging::Index {
                start: asked.start_index.unwrap_or(1),
                count,
            },
        },
        base: scim.base.clone(),
        needs: Scope::ScimRead,
    };
    let page = scim.directory().list(scim.principal(), &request).await?;
    let body = list_response(&page.resources, page.total, page.start, page.next.as_deref());
    Ok(respond::json(StatusCode::OK, body))
}
