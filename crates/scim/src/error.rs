//! What is wrong with a request, in SCIM's terms.

use serde_json::{Map, Value};

/// The schema of the message that carries an error.
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// One refusal of a request: RFC 7644 §3.12.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// SCIM's word for the kind of error, where there is one.
    pub scim_type: Option<ScimType>,
    /// For people. It may name several problems, joined by `; `.
    pub detail: String,
    /// The attribute it is about, the first one if there are several.
    pub attribute: Option<String>,
}

/// The kinds of errors of RFC 7644 table 9 and RFC 9865 §2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter's syntax, or an operator that does not suit the attribute.
    InvalidFilter,
    /// More results, or more work, than the server is willing to give.
    TooMany,
    /// A value is taken.
    Uniqueness,
    /// A change that the attribute's mutability does not allow.
    Mutability,
    /// The body is no JSON, or not the message it ought to be.
    InvalidSyntax,
    /// The path of a PATCH is malformed or undefined.
    InvalidPath,
    /// A PATCH path that selects nothing, or a remove without one.
    NoTarget,
    /// A value is missing, of the wrong type, or does not fit.
    InvalidValue,
    /// A version of the protocol that is not served.
    InvalidVers,
    /// The request holds confidential data where they may be logged.
    Sensitive,
    /// The cursor is not one of this list.
    InvalidCursor,
    /// The cursor's time is over.
    ExpiredCursor,
    /// The count does not fit the cursor.
    InvalidCount,
}

impl ScimType {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

impl Error {
    fn new(status: u16, scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: Some(scim_type),
            detail: detail.into(),
            attribute: None,
        }
    }

    /// 400: the filter does not parse, or does not suit its attributes.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidFilter, detail)
    }

    /// 400: more than the server is willing to give.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::TooMany, detail)
    }

    /// 409: a value is taken.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::new(409, ScimType::Uniqueness, detail)
    }

    /// 400: the attribute may not be changed so.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::Mutability, detail)
    }

    /// 400: no JSON, or not the message it ought to be.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidSyntax, detail)
    }

    /// 400: the path of a PATCH is malformed or undefined.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidPath, detail)
    }

    /// 400: the path of a PATCH selects nothing.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::NoTarget, detail)
    }

    /// 400: a value is missing, of the wrong type, or does not fit.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidValue, detail)
    }

    /// 400: a version of the protocol that is not served.
    pub fn invalid_vers(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidVers, detail)
    }

    /// 403: confidential data may not be used so.
    pub fn sensitive(detail: impl Into<String>) -> Self {
        Self::new(403, ScimType::Sensitive, detail)
    }

    /// 400: the cursor is forged, or of another list; always the same message.
    pub fn invalid_cursor() -> Self {
        Self::new(
            400,
            ScimType::InvalidCursor,
            "the cursor is not one of this list; start again with an empty one",
        )
    }

    /// 400: the cursor's time is over.
    pub fn expired_cursor() -> Self {
        Self::new(
            400,
            ScimType::ExpiredCursor,
            "the cursor has expired; start again with an empty one",
        )
    }

    /// 400: the count is out of range, or another than that of the first page.
    pub fn invalid_count(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidCount, detail)
    }

    /// An error for which SCIM has no word beside the HTTP status.
    pub fn with_status(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
            attribute: None,
        }
    }

    /// The same error, about an attribute.
    pub fn about(self, attribute: impl Into<String>) -> Self {
        Self {
            attribute: Some(attribute.into()),
            ..self
        }
    }

    /// The message of RFC 7644 §3.12, with the status as a string.
    pub fn to_json(&self) -> Value {
        let mut message = Map::new();
        message.insert("schemas".into(), Value::Array(vec![ERROR_URN.into()]));
        message.insert("status".into(), self.status.to_string().into());
        if let Some(scim_type) = self.scim_type {
            message.insert("scimType".into(), scim_type.name().into());
        }
        message.insert("detail".into(), self.detail.as_str().into());
        Value::Object(message)
    }
}
