//! Users and groups are spoken of in SCIM's terms: how their bodies are checked, changed by merging, listed and shown.

use directory::Scope;
use directory::client::{Profile, ResourceKind};
use directory::view::{ListRequest, Paging, Shape, Sort};
use scim::filter::Filter;
use scim::patch::{self, Operation};
use scim::path::AttrPath;
use scim::projection::Projection;
use scim::schema::{Attribute, ResourceSchema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::body::nearest_sentence;
use super::call::Call;
use super::error::{Code, Problem};
use super::paging;
use super::reply::Reply;

/// Usher's own extension: where the person stands and their invitation. The native API shows it without being asked.
const USHER: &str = "urn:usher:scim:schemas:1.0:User";

/// Which resources, in which order, showing what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, usually 50. Stays the same from page to page.
    limit: Option<usize>,
    /// A SCIM filter, e.g. `userName sw "a"`.
    #[param(example = "userName eq \"ann\"")]
    pub(super) filter: Option<String>,
    /// The attribute to sort by; usually in the order of making.
    sort: Option<String>,
    /// From the end.
    descending: Option<bool>,
    /// Only these attributes, separated by commas.
    attributes: Option<String>,
    /// All but these attributes, separated by commas.
    excluded: Option<String>,
}

/// Which attributes of one resource.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ShapeQuery {
    /// Only these attributes, separated by commas.
    attributes: Option<String>,
    /// All but these attributes, separated by commas.
    excluded: Option<String>,
}

impl ShapeQuery {
    /// Only this attribute.
    pub(super) fn only(attribute: &str) -> Self {
        Self {
            attributes: Some(attribute.to_owned()),
            excluded: None,
        }
    }
}

/// One page of users or groups.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResourcePage {
    /// The resources.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Box<RawValue>>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// How many there are in all, where that is known without counting.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
}

fn schema(call: &Call, kind: ResourceKind) -> &ResourceSchema {
    let profile = call
        .principal
        .client()
        .map_or(Profile::Generic, |client| client.profile);
    call.directory().schemas().resource(kind, profile)
}

fn projection(
    call: &Call,
    kind: ResourceKind,
    attributes: Option<&str>,
    excluded: Option<&str>,
) -> Result<Projection, Problem> {
    let projection = Projection::parse(attributes, excluded, &[schema(call, kind)])?;
    Ok(if kind == ResourceKind::User && attributes.is_none() {
        projection.with_requested(USHER)
    } else {
        projection
    })
}

/// How one resource is shown.
pub(super) fn shape(call: &Call, kind: ResourceKind, query: &ShapeQuery) -> Result<Shape, Problem> {
    let projection = projection(call, kind, query.attributes.as_deref(), query.excluded.as_deref())?;
    Ok(Shape {
        projection,
        base: call.app.scim_base(&call.realm),
    })
}

/// A page of resources.
pub(super) async fn list(call: &Call, kind: ResourceKind, query: &ResourceQuery) -> Result<Reply, Problem> {
    let path = |text: &str| text.parse::<AttrPath>();
    let request = ListRequest {
        kinds: vec![kind],
        filter: query
            .filter
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(str::parse::<Filter>)
            .transpose()?,
        sort: query.sort.as_deref().map(path).transpose()?.map(|by| Sort {
            by,
            descending: query.descending == Some(true),
        }),
        paging: Paging::Cursor {
            cursor: query.cursor.clone().unwrap_or_default(),
            count: paging::limit(query.limit)?,
        },
        projection: projection(call, kind, query.attributes.as_deref(), query.excluded.as_deref())?,
        base: call.app.scim_base(&call.realm),
        needs: Scope::Admin,
    };
    let page = call.directory().list(&call.principal, &request).await?;
    let items = page
        .resources
        .into_iter()
        .filter_map(|text| RawValue::from_string(text).ok())
        .collect();
    Ok(Reply::ok(&ResourcePage {
        items,
        next: page.next,
        total: page.total,
    }))
}

/// Refuses members that no schema has: SCIM passes over them, this API does not.
pub(super) fn check_members(call: &Call, kind: ResourceKind, members: &Map<String, Value>) -> Result<(), Problem> {
    let schema = schema(call, kind);
    let common = ["id", "externalId", "meta", "schemas"];
    for (name, value) in members {
        if common.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        if let Some(extension) = schema.extension(name) {
            check_children(name, value, &extension.attributes)?;
        } else if let Some(attribute) = schema.core.attribute(name) {
            check_children(name, value, &attribute.sub_attributes)?;
        } else {
            let core = schema.core.attributes.iter().map(|attribute| attribute.name.as_str());
            let known: Vec<&str> = core
                .chain(schema.extensions.iter().map(|extension| extension.id.as_str()))
                .chain(common)
                .collect();
            return Err(Problem::at(Code::UnknownMember, name, nearest_sentence(name, &known)));
        }
    }
    Ok(())
}

fn check_children(parent: &str, value: &Value, attributes: &[Attribute]) -> Result<(), Problem> {
    // What has no sub-attributes is checked as a value; an extension without any takes what comes (Wire's free keys).
    if attributes.is_empty() {
        return Ok(());
    }
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    for (name, value) in elements.iter().filter_map(Value::as_object).flatten() {
        let Some(attribute) = attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
        else {
            let known: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            return Err(Problem::at(
                Code::UnknownMember,
                format!("{parent}.{name}"),
                nearest_sentence(name, &known),
            ));
        };
        check_children(&format!("{parent}.{name}"), value, &attribute.sub_attributes)?;
    }
    Ok(())
}

/// A change as operations: a SCIM PatchOp as it stands, anything else merged (RFC 7396).
pub(super) fn operations(
    call: &Call,
    kind: ResourceKind,
    members: Map<String, Value>,
) -> Result<Vec<Operation>, Problem> {
    if members.keys().any(|name| name.eq_ignore_ascii_case("Operations")) {
        return Ok(patch::parse(&members)?);
    }
    check_members(call, kind, &members)?;
    let mut operations = Vec::new();
    for (name, value) in members {
        if ["id", "meta", "schemas"]
            .iter()
            .any(|fixed| fixed.eq_ignore_ascii_case(&name))
        {
            continue;
        }
        merged(
            &name,
            value,
            schema(call, kind).extension(&name).is_some(),
            &mut operations,
        );
    }
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    match body {
        Value::Object(body) if !operations.is_empty() => Ok(patch::parse(&body)?),
        _ => Ok(Vec::new()),
    }
}

/// One member merged: null removes, an object goes member by member, all else replaces.
fn merged(path: &str, value: Value, is_extension: bool, into: &mut Vec<Value>) {
    match value {
        Value::Null => into.push(json!({ "op": "remove", "path": path })),
        Value::Object(members) => {
            for (name, value) in members {
                let separator = if is_extension { ':' } else { '.' };
                let path = format!("{path}{separator}{name}");
                match value {
                    Value::Null => into.push(json!({ "op": "remove", "path": path })),
                    value => into.push(json!({ "op": "replace", "path": path, "value": value })),
                }
            }
        }
        value => into.push(json!({ "op": "replace", "path": path, "value": value })),
    }
}

/// A user in SCIM's terms (RFC 7643 §4.1) with the extensions of the realm. The members below are the most used.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(super) struct UserBody {
    /// Its id.
    #[schema(read_only)]
    id: String,
    /// Its name, unique in the realm.
    #[schema(example = "ann@example.org")]
    user_name: String,
    /// What the caller's system calls it.
    external_id: Option<String>,
    /// The name shown.
    display_name: Option<String>,
    /// The parts of the name: `givenName`, `familyName`, `formatted`, …
    #[schema(value_type = Option<Object>)]
    name: Option<Value>,
    /// Mail addresses: `value`, `type`, `primary`.
    #[schema(value_type = Option<Vec<Object>>)]
    emails: Option<Value>,
    /// Whether the person is in.
    active: Option<bool>,
    /// `Guest` or `External` at creation makes a guest.
    user_type: Option<String>,
    /// The language for mails and pages.
    preferred_language: Option<String>,
    /// Groups, direct and indirect.
    #[schema(value_type = Option<Vec<Object>>, read_only)]
    groups: Option<Value>,
    /// Usher's extension: `lifecycle`, `kind`, `invitation`.
    #[serde(rename = "urn:usher:scim:schemas:1.0:User")]
    #[schema(value_type = Option<Object>, read_only)]
    usher: Option<Value>,
}

/// A group in SCIM's terms (RFC 7643 §4.2).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Group)]
pub(super) struct GroupBody {
    /// Its id.
    #[schema(read_only)]
    id: String,
    /// The name shown.
    display_name: String,
    /// What the caller's system calls it.
    external_id: Option<String>,
    /// Users and groups in it: `value`, `type`, `display`.
    #[schema(value_type = Option<Vec<Object>>)]
    members: Option<Value>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    fn paths(name: &str, value: Value, is_extension: bool) -> Vec<String> {
        let mut operations = Vec::new();
        merged(name, value, is_extension, &mut operations);
        operations
            .iter()
            .map(|op| format!("{} {}", op["op"].as_str().unwrap(), op["path"].as_str().unwrap()))
            .collect()
    }

    #[test]
    fn a_merge_becomes_operations() {
        assert_eq!(paths("title", json!("x"), false), ["replace title"]);
        assert_eq!(paths("title", Value::Null, false), ["remove title"]);
        assert_eq!(
            paths("emails", json!([{ "value": "a@b.example" }]), false),
            ["replace emails"]
        );
        assert_eq!(
            paths("name", json!({ "givenName": "A", "middleName": null }), false),
            ["replace name.givenName", "remove name.middleName"]
        );
        assert_eq!(
            paths("urn:x:User", json!({ "department": "D" }), true),
            ["replace urn:x:User:department"]
        );
    }
}
