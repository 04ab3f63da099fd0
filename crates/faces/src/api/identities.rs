//! Who people are at the realm's OpenID provider.

use directory::provider::{Identity, UnlinkIdentity};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::Query;
use super::call::{self, ById, Call};
use super::error::Problem;
use super::reply::Reply;
use crate::path::Path;

/// Who a person is at a provider.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityBody {
    /// The provider's issuer.
    issuer: String,
    /// What the provider calls the person (`sub`).
    subject: String,
    /// The verified address by which they were linked.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_email: Option<String>,
    /// Since when, RFC 3339.
    linked_at: String,
}

/// Who a person is at providers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Identities {
    identities: Vec<IdentityBody>,
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OfIssuer {
    /// Only at this issuer; default: all.
    issuer: Option<String>,
}

impl From<Identity> for IdentityBody {
    fn from(identity: Identity) -> Self {
        Self {
            issuer: identity.issuer,
            subject: identity.subject,
            verified_email: identity.verified_email,
            linked_at: identity.linked_at.to_string(),
        }
    }
}

/// Show who a user is at the realm's OpenID provider
#[utoipa::path(get, path = "/users/{id}/identities", tag = "Users", operation_id = "list_identities", params(("id" = String, Path, description = "the user's id")), responses((status = 200, description = "the names at providers", body = Identities)))]
pub(super) async fn list(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let found = call
        .directory()
        .identities(&call.principal, call::id(&id, "user")?)
        .await?;
    Ok(Reply::ok(&Identities {
        identities: found.into_iter().map(IdentityBody::from).collect(),
    }))
}

/// Unlink a user from the realm's OpenID provider
///
/// The next sign-in under that name finds the person anew, or somebody else. A second time changes nothing.
#[utoipa::path(delete, path = "/users/{id}/identities", tag = "Users", operation_id = "unlink_user", params(("id" = String, Path, description = "the user's id"), OfIssuer), responses((status = 204, description = "unlinked")))]
pub(super) async fn unlink(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(query): Query<OfIssuer>,
) -> Result<Reply, Problem> {
    call.run(UnlinkIdentity {
        user: call::id(&id, "user")?,
        issuer: query.issuer,
    })
    .await?;
    Ok(Reply::done())
}
