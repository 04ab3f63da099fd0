//! Tokens: what clients carry.

use std::sync::LazyLock;

use directory::token::{CreateToken, CreatedToken, Origin, RenameToken, RevokeToken, Token};
use directory::{Id, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Query};
use super::call::{self, ById, Call, Secret};
use super::clients::scopes;
use super::error::Problem;
use super::filter::{Noun, Part, instant, text, texts};
use super::paging::{self, Page};
use super::reply::Reply;
use crate::path::Path;

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenBody {
    /// Its id.
    id: String,
    /// The client that carries it.
    client: String,
    /// The person it acts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// Its name.
    name: String,
    /// What it is for.
    description: String,
    /// What it may be used for.
    scopes: Vec<String>,
    /// How it came about: `issued`, `granted` or `wire`.
    origin: String,
    /// Who made it.
    created_by: String,
    /// Whether that person or client is no longer there. The token is valid all the same. Shown with one token, not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    creator_left: Option<bool>,
    /// When it was made (RFC 3339).
    created: String,
    /// From then on it is refused (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// Since then it is refused (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
    /// When it was last used (RFC 3339), as far as this node has seen or written down.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// The address it was last used from.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_from: Option<String>,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Token",
        "tokens",
        " or narrow the list with `client`",
        vec![
            text("id"),
            text("client"),
            text("user"),
            text("name"),
            text("description"),
            texts("scopes"),
            text("origin"),
            text("created_by"),
            instant("created"),
            instant("expires_at"),
            instant("revoked_at"),
            instant("last_used_at"),
            text("last_used_from"),
        ],
    )
});

impl From<&Token> for TokenBody {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.to_string(),
            client: token.client.to_string(),
            user: token.user.map(|user| user.to_string()),
            name: token.name.clone(),
            description: token.description.clone(),
            scopes: token.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            origin: token.origin.name().to_owned(),
            created_by: token.created_by.clone(),
            creator_left: None,
            created: token.id.made_at().to_string(),
            expires_at: token.expires_at.map(|instant| instant.to_string()),
            revoked_at: token.revoked_at.map(|instant| instant.to_string()),
            last_used_at: token.last_used_at.map(|instant| instant.to_string()),
            last_used_from: token.last_used_from.clone(),
        }
    }
}

/// A token with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenWithSecret {
    #[serde(flatten)]
    about: TokenBody,
    /// The secret: what goes behind `Bearer`. Absent when a request is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// The client that carries it: id or name.
    client: String,
    /// The person it acts as: an id.
    user: Option<String>,
    /// Its name; usually its id.
    name: Option<String>,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// What it may be used for; usually all that its client may.
    scopes: Option<Vec<String>>,
    /// When it ends (RFC 3339); usually never.
    expires_at: Option<String>,
}

/// What changes of a token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenChange {
    /// Its name.
    name: String,
}

/// Which tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50.
    limit: Option<usize>,
    /// A SCIM filter (RFC 7644 §3.4.2.2) over the members of the items, e.g. `name sw "a"`. A page looks at 100,000
    /// rows at most.
    #[param(example = "name sw \"a\"")]
    filter: Option<String>,
    /// Only those of this client: id or name.
    client: Option<String>,
}

/// List tokens
#[utoipa::path(get, path = "/tokens", tag = "Tokens", operation_id = "list_tokens", params(TokenQuery), responses((status = 200, description = "a page", body = Page<TokenBody>)))]
pub(super) async fn list(call: Call, Query(query): Query<TokenQuery>) -> Result<Reply, Problem> {
    let after = paging::after(query.cursor.as_deref(), Id::parse)?;
    let part = Part::of(&NOUN, after, query.limit, query.filter.as_deref())?;
    let client = match &query.client {
        Some(client) => Some(call.directory().client(&call.principal, client).await?.id),
        None => None,
    };
    let read = |after, limit| call.directory().token_list(&call.principal, client, after, limit);
    let found = part
        .find(read, |token| token.id, |token| TokenBody::from(&token))
        .await?;
    Ok(Reply::ok(&Page::of(found, Id::to_string)))
}

/// Make a token
///
/// Its secret is in the answer and nowhere else.
#[utoipa::path(post, path = "/tokens", tag = "Tokens", operation_id = "create_token", request_body = NewToken, responses((status = 201, description = "made", body = TokenWithSecret)))]
pub(super) async fn create(call: Call, body: Body<NewToken>) -> Result<Reply, Problem> {
    let new = body.value;
    let client = call.directory().client(&call.principal, &new.client).await?;
    let user = new
        .user
        .as_deref()
        .map(|user| Id::parse(user).ok_or(Refusal::invalid("user", "the id of a user")))
        .transpose()?;
    let expires_at = new.expires_at.as_deref().map(Timestamp::parse).transpose();
    let command = CreateToken {
        client: client.id,
        user,
        name: new.name,
        description: new.description,
        scopes: new.scopes.as_deref().map(scopes).transpose()?,
        expires_at: expires_at.map_err(|error| Refusal::invalid("expires_at", error.to_string()))?,
        origin: Origin::Issued,
    };
    let path = call.path.clone();
    let reply = move |created: &CreatedToken, secret| {
        let token = (secret == Secret::Shown).then(|| created.plain.reveal().to_owned());
        Reply::created(
            format!("{path}/{}", created.token.id),
            &TokenWithSecret {
                about: (&created.token).into(),
                token,
            },
        )
    };
    call.once(&body.bytes, command, reply).await
}

/// Show a token
#[utoipa::path(get, path = "/tokens/{id}", tag = "Tokens", operation_id = "show_token", params(("id" = String, Path, description = "its id")), responses((status = 200, description = "the token", body = TokenBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let token = call.directory().token(&call.principal, call::id(&id, "token")?).await?;
    let body = TokenBody {
        creator_left: Some(call.directory().creator_left(&call.principal, &token).await?),
        ..TokenBody::from(&token)
    };
    Ok(Reply::ok(&body))
}

/// Name a token
#[utoipa::path(patch, path = "/tokens/{id}", tag = "Tokens", operation_id = "change_token", params(("id" = String, Path, description = "its id")), request_body = TokenChange, responses((status = 200, description = "the token as it now is", body = TokenBody)))]
pub(super) async fn change(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<TokenChange>,
) -> Result<Reply, Problem> {
    let token = call
        .run(RenameToken {
            id: call::id(&id, "token")?,
            name: body.value.name,
        })
        .await?;
    Ok(Reply::ok(&TokenBody::from(&token)))
}

/// Revoke a token
///
/// It holds for every request that begins a second later, on every node. A second time changes nothing.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "Tokens", operation_id = "revoke_token", params(("id" = String, Path, description = "its id")), responses((status = 204, description = "revoked")))]
pub(super) async fn revoke(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    call.run(RevokeToken {
        id: call::id(&id, "token")?,
    })
    .await?;
    Ok(Reply::done())
}
