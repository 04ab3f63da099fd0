//! What a service provider says about itself: RFC 7643 §5 to §7, RFC 7644 §4.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::schema::{self, ResourceSchema, SERVICE_PROVIDER_CONFIG_URN, Schema};

/// What `/ServiceProviderConfig` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether PATCH is served.
    pub patch: bool,
    /// The limits of bulk requests, if they are served.
    pub bulk: Option<BulkLimits>,
    /// How many resources an answer has at most, if filters are served.
    pub filter_max_results: Option<usize>,
    /// Whether passwords can be changed.
    pub change_password: bool,
    /// Whether lists can be sorted.
    pub sort: bool,
    /// Whether there are entity tags.
    pub etag: bool,
    /// How lists are paged.
    pub pagination: Option<Pagination>,
    /// How one authenticates; the first is the preferred one.
    pub authentication: Vec<AuthenticationScheme>,
    /// The documentation for people.
    pub documentation_uri: Option<String>,
}

/// The limits of a bulk request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkLimits {
    /// How many operations it may have.
    pub max_operations: usize,
    /// How many bytes it may have.
    pub max_payload_bytes: usize,
}

/// RFC 9865 §4. Index paging is the default way, as of old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pagination {
    /// Whether lists are paged by cursor too.
    pub cursor: bool,
    /// How many resources a page has when the caller does not say.
    pub default_page_size: usize,
    /// How many it has at most.
    pub max_page_size: usize,
    /// For how many seconds a cursor is valid at least.
    pub cursor_timeout_seconds: u64,
}

/// A way to authenticate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationScheme {
    /// One of RFC 7643 §5: `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic`, `httpdigest`. Strict clients know no other.
    pub kind: &'static str,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its specification.
    pub spec_uri: Option<String>,
    /// Its documentation.
    pub documentation_uri: Option<String>,
}

impl AuthenticationScheme {
    /// Bearer tokens, RFC 6750.
    pub fn bearer_token() -> Self {
        Self {
            kind: "oauthbearertoken",
            name: "OAuth Bearer Token".into(),
            description: "Authentication by a bearer token in the Authorization header".into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6750".into()),
            documentation_uri: None,
        }
    }
}

/// The document at `/ServiceProviderConfig`; `base` is the URL of the face, without a slash at the end.
pub fn service_provider_config(capabilities: &Capabilities, base: &str) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| document.insert(name.into(), value);
    put("schemas", json!([SERVICE_PROVIDER_CONFIG_URN]));
    if let Some(uri) = &capabilities.documentation_uri {
        put("documentationUri", uri.as_str().into());
    }
    put("patch", json!({ "supported": capabilities.patch }));
    let bulk = capabilities.bulk.unwrap_or(BulkLimits {
        max_operations: 0,
        max_payload_bytes: 0,
    });
    put(
        "bulk",
        json!({
            "supported": capabilities.bulk.is_some(),
            "maxOperations": bulk.max_operations,
            "maxPayloadSize": bulk.max_payload_bytes,
        }),
    );
    let filter = capabilities.filter_max_results;
    put(
        "filter",
        json!({ "supported": filter.is_some(), "maxResults": filter.unwrap_or(0) }),
    );
    put("changePassword", json!({ "supported": capabilities.change_password }));
    put("sort", json!({ "supported": capabilities.sort }));
    put("etag", json!({ "supported": capabilities.etag }));
    if let Some(pagination) = capabilities.pagination {
        put(
            "pagination",
            json!({
                "cursor": pagination.cursor,
                "index": true,
                "defaultPaginationMethod": "index",
                "defaultPageSize": pagination.default_page_size,
                "maxPageSize": pagination.max_page_size,
                "cursorTimeout": pagination.cursor_timeout_seconds,
            }),
        );
    }
    let schemes = capabilities
        .authentication
        .iter()
        .enumerate()
        .map(|(index, scheme)| scheme_to_json(scheme, index == 0));
    put("authenticationSchemes", schemes.collect());
    let location = format!("{base}/ServiceProviderConfig");
    put(
        "meta",
        json!({ "resourceType": "ServiceProviderConfig", "location": location }),
    );
    Value::Object(document)
}

fn scheme_to_json(scheme: &AuthenticationScheme, primary: bool) -> Value {
    let mut json = json!({ "type": scheme.kind, "name": scheme.name, "description": scheme.description });
    for (name, uri) in [
        ("specUri", &scheme.spec_uri),
        ("documentationUri", &scheme.documentation_uri),
    ] {
        if let Some(uri) = uri {
            json[name] = uri.as_str().into();
        }
    }
    json["primary"] = primary.into();
    json
}

/// The documents at `/ResourceTypes`.
pub fn resource_types(types: &[&ResourceSchema], base: &str) -> Vec<Value> {
    types.iter().map(|resource| resource.to_json(base)).collect()
}

/// The documents at `/Schemas`: every schema that a type of resource names, each once, and those of discovery itself.
pub fn schemas(types: &[&ResourceSchema], base: &str) -> Vec<Value> {
    let of_types = types
        .iter()
        .flat_map(|resource| std::iter::once(&resource.core).chain(&resource.extensions))
        .map(Arc::clone);
    let own = [
        schema::service_provider_config_schema(),
        schema::resource_type_schema(),
        schema::schema_schema(),
    ];
    let mut all: Vec<Arc<Schema>> = Vec::new();
    for schema in of_types.chain(own.into_iter().map(Arc::new)) {
        if all.iter().all(|other| other.id != schema.id) {
            all.push(schema);
        }
    }
    all.iter()
        .map(|schema| schema.to_json(&format!("{base}/Schemas/{}", schema.id)))
        .collect()
}

/// The one of these documents with that `id`. URNs compare in any letter case, and so do names of types.
pub fn find<'a>(documents: &'a [Value], id: &str) -> Option<&'a Value> {
    documents
        .iter()
        .find(|document| document["id"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id)))
}
