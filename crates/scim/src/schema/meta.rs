//! RFC 7643 §5 to §7: the schemas of the discovery documents themselves, with RFC 9865's paging.

use super::attribute::{Attribute, Schema, Type};
use super::{RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN};

/// The schema of `/ServiceProviderConfig`.
pub fn service_provider_config_schema() -> Schema {
    let supported = || Attribute::flag("supported", "Whether it is supported.").required();
    let number = |name, description| Attribute::new(name, Type::Integer, description).required();
    let feature = |name: &str, description: &str| Attribute::complex(name, description, vec![supported()]).required();
    let schemes = vec![
        Attribute::text("type", "How one authenticates.").required().one_of(&[
            "oauth",
            "oauth2",
            "oauthbearertoken",
            "httpbasic",
            "httpdigest",
        ]),
        Attribute::text("name", "The scheme's name.").required(),
        Attribute::text("description", "What it is.").required(),
        Attribute::reference("specUri", &["external"], "Its specification."),
        Attribute::reference("documentationUri", &["external"], "Its documentation."),
        Attribute::flag("primary", "Whether it is the preferred one."),
    ];
    let pagination = vec![
        Attribute::flag("cursor", "Whether lists are paged by cursor.").required(),
        Attribute::flag("index", "Whether lists are paged by index.").required(),
        Attribute::text(
            "defaultPaginationMethod",
            "How lists are paged when the caller does not say.",
        )
        .one_of(&["cursor", "index"]),
        Attribute::new(
            "defaultPageSize",
            Type::Integer,
            "How many resources a page has when the caller does not say.",
        ),
        Attribute::new("maxPageSize", Type::Integer, "How many resources a page has at most."),
        Attribute::new(
            "cursorTimeout",
            Type::Integer,
            "Seconds for which a cursor is valid at least.",
        ),
    ];
    document(
        SERVICE_PROVIDER_CONFIG_URN,
        "Service Provider Configuration",
        "What the service provider supports",
        vec![
            Attribute::reference("documentationUri", &["external"], "The documentation for people."),
            feature("patch", "PATCH."),
            Attribute::complex(
                "bulk",
                "Many writes in one request.",
                vec![
                    supported(),
                    number("maxOperations", "How many operations a request may have."),
                    number("maxPayloadSize", "How many bytes a request may have."),
                ],
            )
            .required(),
            Attribute::complex(
                "filter",
                "Filters.",
                vec![
                    supported(),
                    number("maxResults", "How many resources an answer has at most."),
                ],
            )
            .required(),
            feature("changePassword", "Changing passwords."),
            feature("sort", "Sorting."),
            feature("etag", "Entity tags."),
            Attribute::complex("pagination", "How lists are paged.", pagination),
            Attribute::complex("authenticationSchemes", "How one authenticates.", schemes)
                .multi()
                .required(),
        ],
    )
}

/// The schema of `/ResourceTypes`.
pub fn resource_type_schema() -> Schema {
    let extension = vec![
        Attribute::reference("schema", &["uri"], "The extension's URN.").required(),
        Attribute::flag("required", "Whether every resource of the type has it.").required(),
    ];
    document(
        RESOURCE_TYPE_URN,
        "Resource Type",
        "A type of resource",
        vec![
            Attribute::text("name", "Its name.").required(),
            Attribute::text("description", "What it is."),
            Attribute::reference("endpoint", &["uri"], "Where its resources are, below the base.").required(),
            Attribute::reference("schema", &["uri"], "The URN of its core schema.").required(),
            Attribute::complex("schemaExtensions", "Its extensions.", extension).multi(),
        ],
    )
}

/// The schema of `/Schemas`.
pub fn schema_schema() -> Schema {
    let mut attributes = definition();
    attributes.push(Attribute::complex("subAttributes", "What it consists of.", definition()).multi());
    document(
        SCHEMA_URN,
        "Schema",
        "A schema",
        vec![
            Attribute::text("name", "Its name.").required(),
            Attribute::text("description", "What it is for."),
            Attribute::complex("attributes", "What it holds.", attributes)
                .multi()
                .required(),
        ],
    )
}

/// What RFC 7643 §7 says about an attribute or sub-attribute.
fn definition() -> Vec<Attribute> {
    let types = [
        "string",
        "boolean",
        "decimal",
        "integer",
        "dateTime",
        "binary",
        "reference",
        "complex",
    ];
    vec![
        Attribute::text("name", "Its name.").required().exact(),
        Attribute::text("type", "What values it has.").required().one_of(&types),
        Attribute::flag("multiValued", "Whether it has a list of values.").required(),
        Attribute::text("description", "What it is for."),
        Attribute::flag("required", "Whether it must have a value."),
        Attribute::text("canonicalValues", "Values that are suggested.")
            .multi()
            .exact(),
        Attribute::flag("caseExact", "Whether letter case counts."),
        Attribute::text("mutability", "Who may change it.").exact().one_of(&[
            "readOnly",
            "readWrite",
            "immutable",
            "writeOnly",
        ]),
        Attribute::text("returned", "When it is answered.")
            .exact()
            .one_of(&["always", "never", "default", "request"]),
        Attribute::text("uniqueness", "Among which resources a value is unique.")
            .exact()
            .one_of(&["none", "server", "global"]),
        Attribute::text("referenceTypes", "To what it refers.").multi().exact(),
    ]
}

fn document(id: &str, name: &str, description: &str, attributes: Vec<Attribute>) -> Schema {
    Schema {
        id: id.into(),
        name: name.into(),
        description: description.into(),
        attributes: attributes.into_iter().map(Attribute::read_only).collect(),
        open: false,
    }
}
