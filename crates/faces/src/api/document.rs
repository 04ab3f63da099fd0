//! The OpenAPI document, made from the handlers.

use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Ref,
    RefOr, Required, ResponseBuilder, Type,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use super::error::ProblemBody;
use crate::app::App;

const ABOUT: &str = "The native API of Usher: users, groups and who joins, manages and leaves them, plans, invitations, clients, tokens, events, deliveries and jobs of a realm.\n\n\
Every path is shown below `/api/v1/realms/{realm}`. The realm whose host name is used, or else the realm `default`, is also served below `/api/v1`.\n\n\
A request carries a token as `Authorization: Bearer ush_…`; unless said otherwise it takes the scope `admin`.\n\n\
Where it is said that something takes a capability such as `config.write`, it takes the scope `agm:manage` (`agm:admin` and `admin` have it) and, \
of a person, that they administer the group so, there or above, or have a role that manages all groups.\n\n\
Things that have a version carry it as ETag; a change with If-Match is refused with 412 when the thing has moved on. \
A POST with an Idempotency-Key (up to 255 characters) may be sent again within 24 hours and gets its first answer again, secrets left out. \
Lists come in pages: `next` of one is `cursor` of the next.";

/// The OpenAPI 3.1 document of the native API.
pub fn openapi() -> OpenApi {
    let problem = (ProblemBody::name().into_owned(), ProblemBody::schema());
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("a token of the realm, `ush_…`"))
        .build();
    let base = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Usher")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(ABOUT))
                .license(Some(
                    LicenseBuilder::new()
                        .name("Apache-2.0")
                        .identifier(Some("Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .components(Some(
            ComponentsBuilder::new()
                .schemas_from_iter([problem])
                .security_scheme("token", SecurityScheme::Http(token))
                .build(),
        ))
        .security(Some([SecurityRequirement::new("token", Vec::<String>::new())]))
        .build();
    let router: OpenApiRouter<App> = OpenApiRouter::with_openapi(base)
        .merge(super::of_installation())
        .nest(super::REALM, super::of_realm());
    let mut document = router.into_openapi();
    document.servers = None;
    for (path, item) in &mut document.paths.paths {
        if path.contains("{realm}") {
            item.parameters.get_or_insert_default().push(RefOr::T(
                ParameterBuilder::new()
                    .name("realm")
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .description(Some("the name of the realm"))
                    .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
                    .build(),
            ));
        }
        for (method, operation) in operations_mut(item) {
            describe(&method, operation);
        }
    }
    document
}

/// Other operations that take a condition.
const CONDITIONAL: [&str; 10] = [
    "replace_membership",
    "delete_membership",
    "rename_group",
    "rename_group_role",
    "create_message",
    "assign_request",
    "accept_request",
    "reject_request",
    "close_review",
    "cancel_review",
];

/// POSTs that take no key: done again they change nothing, or are refused.
const UNKEYED: [&str; 11] = [
    "suspend_user",
    "restore_user",
    "activate_user",
    "suspend_membership",
    "resume_membership",
    "extend_memberships",
    "create_group_invitations",
    "preview_entitlements",
    "read_entitlement",
    "import_members",
    "decide_review_items",
];

/// What all operations have in common: problems, conditions, keys.
fn describe(method: &Method, operation: &mut Operation) {
    let problem = ResponseBuilder::new()
        .description("a problem")
        .content(
            "application/problem+json",
            Content::new(Some(Ref::from_schema_name("Problem"))),
        )
        .build();
    operation
        .responses
        .responses
        .insert("default".into(), RefOr::T(problem));
    let parameters = operation.parameters.get_or_insert_default();
    let mut header = |name: &str, text: &str| {
        let schema = ObjectBuilder::new().schema_type(Type::String).build();
        parameters.push(RefOr::T(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(text))
                .schema(Some(schema))
                .build(),
        ));
    };
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let noun = [
        "user",
        "group",
        "client",
        "realm",
        "settings",
        "_configuration",
        "_rule",
    ]
    .iter()
    .any(|noun| id.ends_with(noun))
        && !id.starts_with("invite")
        && id != "set_default_configuration";
    let changes = *method == Method::PATCH || *method == Method::PUT || *method == Method::DELETE;
    if (noun && changes) || CONDITIONAL.contains(&id) {
        header("If-Match", "only if the thing is in this version");
    }
    if *method == Method::POST && !UNKEYED.contains(&id) {
        header("Idempotency-Key", "the same key: the same request, done once");
    }
    if parameters.is_empty() {
        operation.parameters = None;
    }
}

/// The operations of a path by their verbs.
pub(super) fn operations(item: &PathItem) -> Vec<(Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
        .collect()
}

fn operations_mut(item: &mut PathItem) -> Vec<(Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
        .collect()
}

/// Answers with the document.
pub(super) async fn show() -> Response {
    let mut response = openapi().to_json().unwrap_or_default().into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
