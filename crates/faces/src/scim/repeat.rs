//! A POST that may be sent again under its `Idempotency-Key` (W-54): done once; later answers show what it made.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use directory::client::ResourceKind::User;
use directory::idempotency::{Answer, Once, Outcome};
use directory::user::{CreateUser, Created};
use directory::{Id, Refusal, Scope};
use serde_json::Value;

use super::context::Scim;
use super::error::ScimError;
use super::query::Query;
use super::respond;

/// The header, as it came.
#[derive(Debug)]
pub(super) struct Key(Option<HeaderValue>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get("idempotency-key").cloned()))
    }
}

/// Adds a person, once for each key.
pub(super) async fn create_user(scim: &Scim, key: Key, query: &Query, body: Value) -> Result<Response, ScimError> {
    // A projection that is none is refused before anything is done.
    scim.shape(query, User)?;
    let directory = scim.directory();
    let Some(key) = key.0 else {
        let created = scim.execute(CreateUser::by_scim(body)).await?;
        return answer(scim, query, &created).await;
    };
    let key = key
        .to_str()
        .map_err(|_| Refusal::invalid("Idempotency-Key", "visible ASCII characters"))?;
    let once = Once::new(key, "POST", "/Users", body.to_string().as_bytes())?;
    // Only the id is kept: the person is shown as they are, so nothing of them outlives their erasure here.
    let kept = |created: &Created| Answer {
        status: respond::posted_status(created.made).as_u16(),
        headers: Vec::new(),
        body: created.user.id.to_string(),
    };
    let outcome = directory
        .execute_once(scim.principal(), CreateUser::by_scim(body), once, kept)
        .await?;
    match outcome {
        Outcome::Done(created, _) => answer(scim, query, &created).await,
        Outcome::Replayed(kept) => {
            let id = Id::parse(&kept.body).ok_or(Refusal::NotFound { what: "user" })?;
            // They may have changed since: now it is reading.
            let shape = scim.shape_of_written(query, User, Scope::ScimRead)?;
            let rendered = directory
                .user_view(scim.principal(), id, &shape, Scope::ScimWrite)
                .await?;
            let mut response = respond::posted(kept.status == StatusCode::CREATED.as_u16(), rendered);
            let replayed = axum::http::HeaderName::from_static("idempotency-replayed");
            response
                .headers_mut()
                .insert(replayed, HeaderValue::from_static("true"));
            Ok(response)
        }
    }
}

async fn answer(scim: &Scim, query: &Query, created: &Created) -> Result<Response, ScimError> {
    // Whoever is new is what was sent. Of others the sender learns what it may read.
    let is_new = created.user.version == 1;
    let directory = scim.directory();
    let rendered = if is_new {
        let shape = scim.shape(query, User)?;
        directory.show_new_user(scim.principal(), &created.user, &shape).await?
    } else {
        let shape = scim.shape_of_written(query, User, Scope::ScimRead)?;
        directory.show_user(scim.principal(), &created.user, &shape).await?
    };
    let response = respond::posted(created.made, rendered);
    Ok(respond::with_warnings(response, &created.warnings))
}
