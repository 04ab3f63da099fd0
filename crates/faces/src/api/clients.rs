//! Clients: programs that call Usher.

use std::sync::LazyLock;

use directory::client::{
    Client, ClientChanges, ClientSettings, CreateClient, CreatedClient, DeleteClient, InviteMode, Profile,
    RotateSecret, UpdateClient,
};
use directory::user::User;
use directory::{Id, Refusal, Scopes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::{Body, Query, Sent, present};
use super::call::{ById, Call, Secret};
use super::error::Problem;
use super::filter::{Noun, Part, flag, instant, number, object, text, texts};
use super::paging::{self, Page, Paging};
use super::policy::PolicyBody;
use super::reply::Reply;
use crate::path::Path;

/// A program that calls Usher.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub(super) struct ClientBody {
    /// Its id; also its OAuth2 client id.
    id: String,
    /// Its name, unique in the realm.
    name: String,
    /// The dialect it speaks: `generic`, `entra`, `okta`, `wire` or `canaille`.
    profile: String,
    /// What its tokens may be used for.
    scopes: Vec<String>,
    /// Whether its users are invited by mail: `never` or `unlinked`.
    invite: String,
    /// Whether its users have accounts at the realm's provider.
    idp: bool,
    /// What SCIM shows as `active` while an invitation is open.
    pending_active: bool,
    /// What narrows its scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PolicyBody>,
    /// What is rarely set.
    #[serde(skip_serializing_if = "ClientSettings::is_unset")]
    #[schema(value_type = RareSettings)]
    settings: ClientSettings,
    /// Whether an OAuth2 secret exists.
    has_secret: bool,
    /// Whether it is switched off.
    disabled: bool,
    /// When it was made (RFC 3339).
    created: String,
    /// When it was last changed (RFC 3339).
    modified: String,
    /// Raised by every change; the entity tag.
    version: i64,
}

/// What is rarely set of a client: how it deviates from its profile.
#[derive(Debug, ToSchema)]
#[schema(as = ClientSettings)]
#[expect(dead_code, reason = "the schema of what the directory reads and writes")]
pub(super) struct RareSettings {
    /// What becomes of attributes that no schema has: `ignore` (the answer names them in a `Warning`) or `reject`.
    #[schema(example = "reject")]
    unknown_attributes: Option<String>,
    /// What is made of a userName before anything looks at it: `local_part` (what stands before the @) or, of the profile
    /// `wire`, `replace_invalid` (characters that are not allowed become `_`).
    #[schema(example = "local_part")]
    user_name_transform: Option<String>,
    /// What a POST answers whose externalId somebody has: `409` or `adopt_same_external_id`.
    #[schema(example = "409")]
    post_conflict: Option<String>,
    /// For how many days a DELETE suspends before it deletes.
    suspend_before_delete_days: Option<u32>,
    /// How many requests a minute it may send to one server, so many at once too; absent: as many as it likes.
    #[schema(example = 600)]
    rate_limit: Option<u32>,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Client",
        "clients",
        "",
        vec![
            text("id"),
            text("name"),
            text("profile"),
            texts("scopes"),
            text("invite"),
            flag("idp"),
            flag("pending_active"),
            object(
                "policy",
                vec![
                    texts("resources"),
                    texts("operations"),
                    texts("readable"),
                    texts("writable"),
                    text("user_filter"),
                    text("group_filter"),
                    texts("entitlements"),
                ],
            ),
            object(
                "settings",
                vec![
                    text("unknown_attributes"),
                    text("user_name_transform"),
                    text("post_conflict"),
                    number("suspend_before_delete_days"),
                    number("rate_limit"),
                ],
            ),
            flag("has_secret"),
            flag("disabled"),
            instant("created"),
            instant("modified"),
            number("version"),
        ],
    )
});

impl From<&Client> for ClientBody {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id.to_string(),
            name: client.name.clone(),
            profile: client.profile.name().to_owned(),
            scopes: client.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            invite: client.invite.name().to_owned(),
            idp: client.idp,
            pending_active: client.pending_active,
            policy: client.policy.clone().map(Into::into),
            settings: client.settings.clone(),
            has_secret: client.has_secret,
            disabled: client.disabled,
            created: client.id.made_at().to_string(),
            modified: client.modified.to_string(),
            version: client.version,
        }
    }
}

/// A client with its OAuth2 secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientWithSecret {
    #[serde(flatten)]
    client: ClientBody,
    /// The OAuth2 secret. Absent when there is none, and when a request is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

impl ClientWithSecret {
    fn of(created: &CreatedClient, secret: Secret) -> Self {
        let shown = created.secret.as_ref().filter(|_| secret == Secret::Shown);
        Self {
            client: (&created.client).into(),
            client_secret: shown.map(|secret| secret.reveal().to_owned()),
        }
    }
}

/// A client to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewClient {
    /// Its name, unique in the realm.
    name: String,
    /// What its tokens may be used for.
    #[serde(default)]
    scopes: Vec<String>,
    /// The dialect it speaks; usually `generic`.
    profile: Option<String>,
    /// Whether its users are invited by mail: `never` or `unlinked`. Usually as the profile has it.
    invite: Option<String>,
    /// Whether its users have accounts at the realm's provider.
    #[serde(default)]
    idp: bool,
    /// What SCIM shows as `active` while an invitation is open. Usually as the profile has it.
    pending_active: Option<bool>,
    /// What narrows its scopes.
    policy: Option<PolicyBody>,
    /// What is rarely set.
    #[serde(default)]
    #[schema(value_type = RareSettings)]
    settings: Map<String, Value>,
    /// Whether it gets an OAuth2 secret; usually yes.
    with_secret: Option<bool>,
}

impl TryFrom<NewClient> for CreateClient {
    type Error = Refusal;

    fn try_from(body: NewClient) -> Result<Self, Refusal> {
        Ok(Self {
            name: body.name,
            profile: body
                .profile
                .as_deref()
                .map(Profile::parse)
                .transpose()?
                .unwrap_or_default(),
            scopes: scopes(&body.scopes)?,
            invite: body.invite.as_deref().map(InviteMode::parse).transpose()?,
            idp: body.idp,
            pending_active: body.pending_active,
            policy: body.policy.map(TryInto::try_into).transpose()?,
            settings: ClientSettings::default().merged(&body.settings)?,
            with_secret: body.with_secret.unwrap_or(true),
        })
    }
}

/// What changes of a client; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientChange {
    /// Its name.
    name: Option<String>,
    /// What its tokens may be used for.
    scopes: Option<Vec<String>>,
    /// The dialect it speaks.
    profile: Option<String>,
    /// Whether its users are invited by mail.
    invite: Option<String>,
    /// Whether its users have accounts at the realm's provider.
    idp: Option<bool>,
    /// What SCIM shows as `active` while an invitation is open.
    pending_active: Option<bool>,
    /// What narrows its scopes; null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PolicyBody>)]
    policy: Sent<PolicyBody>,
    /// What is rarely set: what is absent in it stays, null unsets one.
    #[serde(default)]
    #[schema(value_type = Option<RareSettings>)]
    settings: Map<String, Value>,
    /// Switched off.
    disabled: Option<bool>,
}

impl TryFrom<ClientChange> for ClientChanges {
    type Error = Refusal;

    fn try_from(body: ClientChange) -> Result<Self, Refusal> {
        Ok(Self {
            name: body.name,
            profile: body.profile.as_deref().map(Profile::parse).transpose()?,
            scopes: body.scopes.as_deref().map(scopes).transpose()?,
            invite: body.invite.as_deref().map(InviteMode::parse).transpose()?,
            idp: body.idp,
            pending_active: body.pending_active,
            policy: match body.policy {
                Sent::Absent => None,
                Sent::Null => Some(None),
                Sent::Value(policy) => Some(Some(policy.try_into()?)),
            },
            settings: body.settings,
            disabled: body.disabled,
        })
    }
}

/// How a secret is rotated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    /// How long the old secret stays valid, in seconds; usually a day.
    #[serde(default = "a_day")]
    overlap_seconds: u32,
}

fn a_day() -> u32 {
    86_400
}

/// Scopes by their wire names.
pub(super) fn scopes(names: &[String]) -> Result<Scopes, Refusal> {
    match names.iter().find(|name| name.contains([' ', ','])) {
        Some(name) => Err(Refusal::invalid(
            "scopes",
            format!("`{name}` is more than one scope: write each as an element"),
        )),
        None => Scopes::parse(&names.join(" ")).map_err(|refusal| match refusal {
            Refusal::Invalid { why, .. } => Refusal::invalid("scopes", why),
            other => other,
        }),
    }
}

/// List clients
#[utoipa::path(get, path = "/clients", tag = "Clients", operation_id = "list_clients", params(Paging), responses((status = 200, description = "a page", body = Page<ClientBody>)))]
pub(super) async fn list(call: Call, Query(paging): Query<Paging>) -> Result<Reply, Problem> {
    let after = paging::after(paging.cursor.as_deref(), Id::parse)?;
    let part = Part::of(&NOUN, after, paging.limit, paging.filter.as_deref())?;
    let read = |after, limit| call.directory().clients(&call.principal, after, limit);
    let found = part
        .find(read, |client| client.id, |client| ClientBody::from(&client))
        .await?;
    Ok(Reply::ok(&Page::of(found, Id::to_string)))
}

/// Make a client
///
/// Its OAuth2 secret is in the answer and nowhere else.
#[utoipa::path(post, path = "/clients", tag = "Clients", operation_id = "create_client", request_body = NewClient, responses((status = 201, description = "made", body = ClientWithSecret)))]
pub(super) async fn create(call: Call, body: Body<NewClient>) -> Result<Reply, Problem> {
    let command = CreateClient::try_from(body.value)?;
    let path = call.path.clone();
    let reply = move |created: &CreatedClient, secret| {
        let location = format!("{path}/{}", created.client.id);
        Reply::created(location, &ClientWithSecret::of(created, secret)).version(created.client.version)
    };
    call.once(&body.bytes, command, reply).await
}

/// Show a client
///
/// The id may be the client's name.
#[utoipa::path(get, path = "/clients/{id}", tag = "Clients", operation_id = "show_client", params(("id" = String, Path, description = "id or name")), responses((status = 200, description = "the client", body = ClientBody)))]
pub(super) async fn show(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let client = call.directory().client(&call.principal, &id).await?;
    Ok(Reply::ok(&ClientBody::from(&client)).version(client.version))
}

/// Change a client
#[utoipa::path(patch, path = "/clients/{id}", tag = "Clients", operation_id = "change_client", params(("id" = String, Path, description = "id or name")), request_body = ClientChange, responses((status = 200, description = "the client as it now is", body = ClientBody)))]
pub(super) async fn change(
    call: Call,
    Path(ById { id }): Path<ById>,
    body: Body<ClientChange>,
) -> Result<Reply, Problem> {
    let before = call.directory().client(&call.principal, &id).await?;
    let if_version = call.if_version(before.version)?;
    let client = call
        .run(UpdateClient {
            id: before.id,
            if_version,
            changes: body.value.try_into()?,
        })
        .await?;
    Ok(Reply::ok(&ClientBody::from(&client)).version(client.version))
}

/// A person whom a client calls by an externalId.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientPerson {
    /// The id of the user.
    id: String,
    /// By what the externalId is found: the text itself, of an address in small letters.
    external_id: String,
}

/// What can be asked of them.
pub(super) static PERSON: LazyLock<Noun> =
    LazyLock::new(|| Noun::new("ClientPerson", "people", "", vec![text("id"), text("external_id")]));

/// List the people of a client
///
/// Those it calls by an externalId, its whole kind where that shares them (Wire's): whom a change of `idp` concerns. They keep
/// what they have.
#[utoipa::path(get, path = "/clients/{id}/people", tag = "Clients", operation_id = "list_client_people", params(("id" = String, Path, description = "id or name"), Paging), responses((status = 200, description = "a page", body = Page<ClientPerson>)))]
pub(super) async fn people(
    call: Call,
    Path(ById { id }): Path<ById>,
    Query(paging): Query<Paging>,
) -> Result<Reply, Problem> {
    // A cursor is an id, after it the externalId.
    let read = |text: &str| {
        let (id, value) = text.split_at_checked(36)?;
        Some((value.to_owned(), Id::<User>::parse(id)?))
    };
    let after = paging::after(paging.cursor.as_deref(), read)?;
    let part = Part::of(&PERSON, after, paging.limit, paging.filter.as_deref())?;
    let client = call.directory().client(&call.principal, &id).await?;
    let read = |after, limit| {
        call.directory()
            .people_of_client(&call.principal, &client, after, limit)
    };
    let person = |(external_id, id): (String, Id<User>)| ClientPerson {
        id: id.to_string(),
        external_id,
    };
    let found = part.find(read, Clone::clone, person).await?;
    Ok(Reply::ok(&Page::of(found, |(value, id)| format!("{id}{value}"))))
}

/// Give a client a new secret
///
/// The old one stays valid for the overlap.
#[utoipa::path(post, path = "/clients/{id}/secret", tag = "Clients", operation_id = "rotate_client_secret", params(("id" = String, Path, description = "id or name")), request_body = Rotation, responses((status = 200, description = "the client with its new secret", body = ClientWithSecret)))]
pub(super) async fn rotate(call: Call, Path(ById { id }): Path<ById>, body: Body<Rotation>) -> Result<Reply, Problem> {
    let client = call.directory().client(&call.principal, &id).await?;
    call.if_version(client.version)?;
    let command = RotateSecret {
        id: client.id,
        overlap_seconds: i64::from(body.value.overlap_seconds),
    };
    let reply = |created: &CreatedClient, secret| {
        Reply::ok(&ClientWithSecret::of(created, secret)).version(created.client.version)
    };
    call.once(&body.bytes, command, reply).await
}

/// Delete a client
///
/// Its tokens end with it. What it wrote stays.
#[utoipa::path(delete, path = "/clients/{id}", tag = "Clients", operation_id = "delete_client", params(("id" = String, Path, description = "id or name")), responses((status = 204, description = "deleted")))]
pub(super) async fn delete(call: Call, Path(ById { id }): Path<ById>) -> Result<Reply, Problem> {
    let client = call.directory().client(&call.principal, &id).await?;
    let if_version = call.if_version(client.version)?;
    call.run(DeleteClient {
        id: client.id,
        if_version,
    })
    .await?;
    Ok(Reply::done())
}
