//! Bulk (RFC 7644 §3.7): many writes in one message, which may name each other by `bulkId`.
//!
//! [`BulkRequest::parse`] reads the message; a [`BulkPlan`] then says which write comes next. Whoever drives it does each
//! write as if it had come alone, and tells the plan how it went:
//!
//! ```text
//! while let Some(step) = plan.next_step() {
//!     let outcome = /* do step.write */;
//!     plan.done(outcome);
//! }
//! plan.response()
//! ```
//!
//! Writes come in the order of the request, but for those that wait for one they refer to. Where writes wait for each other
//! in a circle, one resource is created without the reference, which a later step puts in.

mod plan;
mod references;

use serde_json::{Map, Value};

pub use plan::{BulkPlan, Outcome, Step};

use crate::error::Error;
use crate::patch::member;

/// The schema of the request.
pub const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The schema of the answer.
pub const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// A request with many writes.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkRequest {
    /// After how many errors to stop; without it, never.
    pub fail_on_errors: Option<usize>,
    /// The writes, as written.
    pub operations: Vec<BulkOperation>,
}

/// One operation of a bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOperation {
    /// The method as the answer repeats it.
    pub method: String,
    /// The path as written.
    pub path: String,
    /// The name others may refer to it by.
    pub bulk_id: Option<String>,
    /// What to write, or why it cannot be done whatever the others do.
    pub write: Result<Write, Error>,
}

/// The verbs that write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Create.
    Post,
    /// Replace.
    Put,
    /// Modify.
    Patch,
    /// Delete.
    Delete,
}

impl Method {
    const ALL: [Self; 4] = [Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The verb on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A write as it could have come alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The verb.
    pub method: Method,
    /// The type's place below the base: `/Users`.
    pub endpoint: String,
    /// Whose; none on POST.
    pub id: Option<String>,
    /// The version that is expected, as `If-Match` has it.
    pub version: Option<String>,
    /// The body; null on DELETE. That of PATCH is for [`crate::patch::parse_value`].
    pub data: Value,
}

impl Write {
    /// Where it goes, below the base.
    pub fn path(&self) -> String {
        self.id
            .as_ref()
            .map_or_else(|| self.endpoint.clone(), |id| format!("{}/{id}", self.endpoint))
    }
}

impl BulkRequest {
    /// Reads a BulkRequest message of at most so many operations. What is wrong with one operation is kept in it.
    ///
    /// # Errors
    /// `invalidSyntax`: it is no such message. 413: it has more operations.
    pub fn parse(body: &Map<String, Value>, max_operations: usize) -> Result<Self, Error> {
        let is_bulk = |urn: &Value| {
            urn.as_str()
                .is_some_and(|urn| urn.eq_ignore_ascii_case(BULK_REQUEST_URN))
        };
        match member(body, "schemas") {
            None | Some(Value::Null) => {}
            Some(Value::Array(urns)) if urns.iter().any(is_bulk) => {}
            Some(_) => {
                return Err(Error::invalid_syntax(format!(
                    "schemas: expected [\"{BULK_REQUEST_URN}\"]"
                )));
            }
        }
        let fail_on_errors = match member(body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(number) => {
                let number = number
                    .as_u64()
                    .and_then(|number| usize::try_from(number).ok())
                    .filter(|number| *number > 0);
                Some(number.ok_or_else(|| Error::invalid_syntax("failOnErrors: expected a whole number from 1"))?)
            }
        };
        let Some(Value::Array(operations)) = member(body, "Operations") else {
            return Err(Error::invalid_syntax("Operations: expected a list"));
        };
        if operations.len() > max_operations {
            let why = format!(
                "Operations: {} in one request, maxOperations is {max_operations}",
                operations.len()
            );
            return Err(Error::with_status(413, why));
        }
        let operations = operations
            .iter()
            .enumerate()
            .map(|(index, operation)| read(index, operation))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            fail_on_errors,
            operations,
        })
    }
}

fn read(index: usize, operation: &Value) -> Result<BulkOperation, Error> {
    let Value::Object(operation) = operation else {
        return Err(Error::invalid_syntax(format!(
            "Operations[{index}]: expected an object"
        )));
    };
    let text = |name: &str| {
        member(operation, name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let (method, path, bulk_id) = (
        text("method").unwrap_or_default(),
        text("path").unwrap_or_default(),
        text("bulkId"),
    );
    let write = write(&method, &path, bulk_id.as_deref(), operation);
    let known = Method::ALL
        .into_iter()
        .find(|known| known.name().eq_ignore_ascii_case(&method));
    Ok(BulkOperation {
        method: known.map_or(method, |known| known.name().to_owned()),
        path,
        bulk_id,
        write,
    })
}

fn write(method: &str, path: &str, bulk_id: Option<&str>, operation: &Map<String, Value>) -> Result<Write, Error> {
    let Some(method) = Method::ALL
        .into_iter()
        .find(|known| known.name().eq_ignore_ascii_case(method))
    else {
        return Err(Error::invalid_syntax(format!(
            "method: `{method}` is none of POST, PUT, PATCH, DELETE"
        )));
    };
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (endpoint, id) = match (parts.next(), parts.next(), parts.next()) {
        (Some(endpoint), id, None) => (format!("/{endpoint}"), id.map(str::to_owned)),
        _ => return Err(Error::invalid_syntax(format!("path: `{path}` is no /Type or /Type/id"))),
    };
    match (method, &id) {
        (Method::Post, None) if bulk_id.is_none() => return Err(Error::invalid_syntax("bulkId: POST needs one")),
        (Method::Post, Some(_)) => return Err(Error::invalid_syntax(format!("path: POST goes to {endpoint}"))),
        (Method::Put | Method::Patch | Method::Delete, None) => {
            return Err(Error::invalid_syntax(format!(
                "path: {} goes to {endpoint}/id",
                method.name()
            )));
        }
        _ => {}
    }
    let data = match (method, member(operation, "data")) {
        (Method::Delete, _) => Value::Null,
        (_, Some(data @ Value::Object(_))) | (Method::Patch, Some(data @ Value::Array(_))) => data.clone(),
        _ => {
            return Err(Error::invalid_syntax(format!(
                "data: {} needs an object",
                method.name()
            )));
        }
    };
    let version = match member(operation, "version") {
        None | Some(Value::Null) => None,
        Some(Value::String(version)) => Some(version.clone()),
        Some(_) => return Err(Error::invalid_syntax("version: expected a text")),
    };
    Ok(Write {
        method,
        endpoint,
        id,
        version,
        data,
    })
}
