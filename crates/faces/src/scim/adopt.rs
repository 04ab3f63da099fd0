//! `POST /Users/{id}/.adopt` with `{"externalId":"…"}`: a program takes over a person it did not make (W-85).

use axum::http::StatusCode;
use axum::response::Response;
use directory::Scope;
use directory::client::ResourceKind::User;
use directory::user::AdoptUser;

use super::body::Body;
use super::context::{PathId, Scim};
use super::error::ScimError;
use super::query::Query;
use super::respond;

pub(super) async fn act(scim: Scim, PathId(id): PathId, query: Query, Body(body): Body) -> Result<Response, ScimError> {
    let external_id = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("externalId"));
    let Some(external_id) = external_id.and_then(|(_, value)| value.as_str()) else {
        return Err(scim::Error::invalid_value("externalId: a text is required")
            .about("externalId")
            .into());
    };
    let shape = scim.shape_of_written(&query, User, Scope::ScimRead)?;
    let command = AdoptUser {
        id: scim.find(User, &id, Scope::ScimWrite).await?,
        external_id: external_id.to_owned(),
    };
    let user = scim.execute(command).await?;
    let rendered = scim.directory().show_user(scim.principal(), &user, &shape).await?;
    Ok(respond::resource(StatusCode::OK, rendered))
}
