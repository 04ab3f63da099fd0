//! Realms. A token with the scope `admin` reads and sets its own; one of the realm `default` also lists and makes them.

use std::sync::LazyLock;

use directory::client::Client;
use directory::realm::{AdministeredRealm, CreateAdministeredRealm, CreateRealm, RealmSettings, SetRealm};
use directory::{Id, Realm, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::{Body, Query};
use super::call::{Call, Secret};
use super::error::Problem;
use super::filter::{Noun, Part, flag, instant, number, object, text, texts};
use super::paging::{self, Page, Paging};
use super::reply::Reply;

/// A realm.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Realm)]
pub(super) struct RealmBody {
    /// Its name in paths.
    name: String,
    /// What is set for it; the keys are those of `usher realm set`, those with a dot as objects.
    #[schema(value_type = Object)]
    settings: Value,
    /// Whether a first sign-in would make an account now, as `oidc.jit` has it. Shown with one realm, not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    jit_effective: Option<bool>,
    /// When it was made (RFC 3339).
    created: String,
    /// When it was last changed (RFC 3339).
    modified: String,
    /// Raised by every change; the entity tag.
    version: i64,
}

/// What can be asked of it.
pub(super) static NOUN: LazyLock<Noun> = LazyLock::new(|| {
    Noun::new(
        "Realm",
        "realms",
        "",
        vec![
            text("name"),
            object(
                "settings",
                vec![
                    text("title"),
                    text("home_url"),
                    text("logo_url"),
                    text("support"),
                    text("privacy_url"),
                    text("language"),
                    text("time_zone"),
                    texts("hosts"),
                    text("profile"),
                    number("retention_days"),
                    number("invitation_days"),
                    number("expired_invitation_days"),
                    number("max_scim_tokens"),
                    number("max_open_invitations"),
                    texts("blocked_domains"),
                    flag("unique_emails"),
                    flag("unique_group_names"),
                    text("adopt_on_post"),
                    text("external_id_match"),
                    number("rich_info_limit"),
                    text("scim_conflict"),
                    flag("discovery_needs_token"),
                    object("oidc", Vec::new()),
                    object("agm", Vec::new()),
                    object("entitlements", Vec::new()),
                    object("compat", Vec::new()),
                    texts("faces_off"),
                    texts("self_editable"),
                ],
            ),
            instant("created"),
            instant("modified"),
            number("version"),
        ],
    )
});

impl From<&Realm> for RealmBody {
    fn from(realm: &Realm) -> Self {
        Self {
            name: realm.name.clone(),
            settings: serde_json::to_value(&realm.settings).unwrap_or_default(),
            jit_effective: None,
            created: realm.created.to_string(),
            modified: realm.modified.to_string(),
            version: realm.version,
        }
    }
}

/// A realm to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRealm {
    /// Its name in paths: lower-case letters, digits and hyphens, at most 63.
    name: String,
    /// What is set from the beginning.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// The name of a client to be made in the new realm, with the scope `admin` and a token. Usually there is none, and the
    /// first token of the realm is made on the command line.
    admin_client: Option<String>,
}

/// A realm that was made, with the token that administers it, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeRealm {
    #[serde(flatten)]
    realm: RealmBody,
    /// The id of the client that `admin_client` asked for, in the new realm.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_client_id: Option<String>,
    /// Its token: what goes behind `Bearer` in the new realm. Absent when a request is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_token: Option<String>,
}

/// What changes of a realm.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RealmChange {
    /// Settings that change, merged into those there are (RFC 7396): null unsets one.
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// Whether the provider may be taken away, or become another one, even where tokens are bound to it, and whether the time zone may
    /// change even where memberships end: the instants stay.
    #[serde(default)]
    force: bool,
}

/// List realms
///
/// Takes a token of the realm `default` with the scope `admin`.
#[utoipa::path(get, path = "/api/v1/realms", tag = "Realms", operation_id = "list_realms", params(Paging), responses((status = 200, description = "a page", body = Page<RealmBody>)))]
pub(super) async fn list(call: Call, Query(paging): Query<Paging>) -> Result<Reply, Problem> {
    let after = paging::after(paging.cursor.as_deref(), |text| text.parse().ok())?;
    let part = Part::of(&NOUN, after, paging.limit, paging.filter.as_deref())?;
    let read = |after: Option<i64>, limit| call.directory().realms(&call.principal, after.unwrap_or(0), limit);
    let found = part
        .find(read, |realm| realm.id.number(), |realm| RealmBody::from(&realm))
        .await?;
    Ok(Reply::ok(&Page::of(found, i64::to_string)))
}

/// Make a realm
///
/// Takes a token of the realm `default` with the scope `admin`. It does not reach into the new realm: `admin_client` makes a
/// client there, whose token is in the answer and nowhere else. Without it the first token of the new realm is made on the
/// command line: `usher token create NAME --realm REALM --scope admin`.
#[utoipa::path(post, path = "/api/v1/realms", tag = "Realms", operation_id = "create_realm", request_body = NewRealm, responses((status = 201, description = "made", body = MadeRealm)))]
pub(super) async fn create(call: Call, body: Body<NewRealm>) -> Result<Reply, Problem> {
    let settings = RealmSettings::from_value(Value::Object(body.value.settings))?;
    let command = CreateRealm {
        name: body.value.name,
        settings,
    };
    let path = call.path.clone();
    let made = move |realm: &Realm, admin: Option<(&Id<Client>, Option<String>)>| {
        let location = format!("{path}/{}", realm.name);
        let (id, token) = admin.unzip();
        let body = MadeRealm {
            realm: realm.into(),
            admin_client_id: id.map(Id::to_string),
            admin_token: token.flatten(),
        };
        Reply::created(location, &body).version(realm.version)
    };
    let Some(admin_client) = body.value.admin_client else {
        return call
            .once(&body.bytes, command, move |realm: &Realm, _| made(realm, None))
            .await;
    };
    let command = CreateAdministeredRealm {
        realm: command,
        admin_client,
    };
    let reply = move |created: &AdministeredRealm, secret| {
        let token = (secret == Secret::Shown).then(|| created.token.plain.reveal().to_owned());
        made(&created.realm, Some((&created.client.id, token)))
    };
    call.once(&body.bytes, command, reply).await
}

/// Show a realm
///
/// Takes a token of that realm with the scope `admin`.
#[utoipa::path(get, path = "/api/v1/realms/{realm}", tag = "Realms", operation_id = "show_realm", responses((status = 200, description = "the realm", body = RealmBody)))]
pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    call.principal
        .check(directory::Permission::Unnarrowed(directory::Scope::Admin))?;
    let body = RealmBody {
        jit_effective: Some(call.directory().jit_effective(&call.principal, &call.realm).await?),
        ..RealmBody::from(call.realm.as_ref())
    };
    Ok(Reply::ok(&body).version(call.realm.version))
}

/// Set a realm
///
/// Takes a token of that realm with the scope `admin`.
#[utoipa::path(patch, path = "/api/v1/realms/{realm}", tag = "Realms", operation_id = "change_realm", request_body = RealmChange, responses((status = 200, description = "the realm as it now is", body = RealmBody)))]
pub(super) async fn change(call: Call, body: Body<RealmChange>) -> Result<Reply, Problem> {
    let force = body.value.force;
    let mut whole = serde_json::to_value(&call.realm.settings).unwrap_or_default();
    merge(&mut whole, Value::Object(body.value.settings));
    let settings = RealmSettings::from_value(whole)?;
    // What is merged was read from this version, so the write insists on it even where the caller does not.
    call.if_version(call.realm.version)?;
    let written = call
        .run(SetRealm {
            settings,
            if_version: Some(call.realm.version),
            force,
        })
        .await;
    let realm = written.map_err(|problem| if call.if_match.is_any() { busy(problem) } else { problem })?;
    Ok(Reply::ok(&RealmBody::from(&realm)).version(realm.version))
}

/// Without If-Match the caller asked for no version: that another was quicker is then a conflict.
fn busy(problem: Problem) -> Problem {
    match problem.code() {
        super::error::Code::Changed => {
            Refusal::conflict("the realm was changed at the same time: send the request again").into()
        }
        _ => problem,
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(&name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_sets_unsets_and_leaves_alone() {
        let mut value = json!({ "title": "A", "oidc": { "issuer": "https://i", "audience": "a" } });
        merge(
            &mut value,
            json!({ "title": null, "language": "de", "oidc": { "audience": null } }),
        );
        assert_eq!(value, json!({ "oidc": { "issuer": "https://i" }, "language": "de" }));
    }
}
