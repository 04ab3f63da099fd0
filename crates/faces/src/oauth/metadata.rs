//! Metadata of the authorization server (RFC 8414).

use axum::Json;
use axum::extract::State;
use directory::Scope;
use serde_json::{Value, json};

use crate::app::App;
use crate::caller::RealmOf;

pub(super) async fn document(State(app): State<App>, RealmOf(realm): RealmOf) -> Json<Value> {
    let issuer = app.realm_url(&realm);
    let methods = ["client_secret_basic", "client_secret_post"];
    let scopes: Vec<&str> = Scope::ALL.iter().map(|(_, name)| *name).collect();
    Json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "revocation_endpoint": format!("{issuer}/oauth2/revoke"),
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "scopes_supported": scopes,
    }))
}
