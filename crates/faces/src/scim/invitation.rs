//! `POST /Users/{id}/.invitation` with `{"action":"resend"}` or `{"action":"revoke"}` (W-68): what Wire's clients lack.

use axum::http::StatusCode;
use axum::response::Response;
use directory::client::ResourceKind::User;
use directory::invitation::{ActOnInvitation, InvitationAct};
use directory::{Permission, Scope};
use scim::projection::Projection;
use scim::schema::USHER_USER_URN;
use serde_json::Value;

use super::body::Body;
use super::context::{PathId, Scim};
use super::error::ScimError;
use super::query::{self, Query};
use super::respond;

/// Answers with the extension in which the invitation is shown.
pub(super) async fn act(scim: Scim, PathId(id): PathId, query: Query, Body(body): Body) -> Result<Response, ScimError> {
    let act = match body.get("action").and_then(Value::as_str) {
        Some("resend") => InvitationAct::Resend,
        Some("revoke") => InvitationAct::Revoke,
        _ => {
            return Err(scim::Error::invalid_value("action: `resend` or `revoke`")
                .about("action")
                .into());
        }
    };
    let mut shape = scim.shape(&query, User)?;
    let reads = scim.principal().check(Permission::Scope(Scope::ScimRead)).is_ok();
    shape.projection = if reads {
        Projection::parse(Some(USHER_USER_URN), None, &[scim.schema(User)])?
    } else {
        query::only_meta(&scim, User)?
    };
    let user = scim.find(User, &id, Scope::ScimWrite).await?;
    scim.execute(ActOnInvitation { user, act }).await?;
    let rendered = scim
        .directory()
        .user_view(
            scim.principal(),
            user,
            &shape,
            if reads { Scope::ScimRead } else { Scope::ScimWrite },
        )
        .await?;
    Ok(respond::resource(StatusCode::OK, rendered))
}
