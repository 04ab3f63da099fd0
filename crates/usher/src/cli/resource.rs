//! People and groups as the command line reads them: by id or name, whole, through the same queries as the faces.

use anyhow::{Result, bail};
use directory::Scope;
use directory::client::{Profile, ResourceKind};
use directory::view::{ListRequest, Paging, Shape};
use scim::filter::Filter;
use scim::projection::Projection;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::context::Context;
use super::failure::Failure;
use crate::output::Item;

/// How many resources one page asks for.
const SLICE: usize = 500;

/// The URN of what Usher adds to a person.
pub(super) const USHER: &str = "urn:usher:scim:schemas:1.0:User";

/// Everything of a resource, also what is shown on request only.
pub(super) fn shape(context: &Context, kind: ResourceKind) -> Result<Shape> {
    let schema = context.directory.schemas().resource(kind, Profile::Generic);
    let mut names: Vec<String> = ["externalId", "meta"].map(str::to_owned).to_vec();
    names.extend(schema.core.attributes.iter().map(|attribute| attribute.name.clone()));
    names.extend(schema.extensions.iter().map(|extension| extension.id.clone()));
    let projection = Projection::from_lists(&names, &[], &[schema])?;
    Ok(Shape {
        projection,
        base: context.scim_base(),
    })
}

/// A SCIM filter as it was typed.
pub(super) fn filter(text: &str) -> Result<Filter> {
    text.parse().map_err(|error: scim::error::Error| {
        let why = error.to_string();
        Failure::usage(format!("--filter: {}", why.trim_start_matches("filter: ")))
    })
}

/// Resources that match, as far as the limit, in order of making. The second value says whether there are more.
pub(super) async fn list(
    context: &Context,
    kind: ResourceKind,
    filter: Option<Filter>,
    most: usize,
) -> Result<(Vec<Item>, bool)> {
    let shape = shape(context, kind)?;
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let request = ListRequest {
            kinds: vec![kind],
            filter: filter.clone(),
            sort: None,
            paging: Paging::Cursor {
                cursor,
                count: SLICE.min(most - items.len()),
            },
            projection: shape.projection.clone(),
            base: shape.base.clone(),
            needs: Scope::Admin,
        };
        let page = context.directory.list(&context.operator, &request).await?;
        items.extend(
            page.resources
                .iter()
                .filter_map(|text| serde_json::from_str::<Map<String, Value>>(text).ok()),
        );
        match page.next {
            None => return Ok((items, false)),
            Some(_) if items.len() >= most => return Ok((items, true)),
            Some(next) => cursor = next,
        }
    }
}

/// The one resource of that id, or that matches one of these attributes exactly.
pub(super) async fn find(
    context: &Context,
    kind: ResourceKind,
    name: &str,
    attributes: &[&str],
) -> Result<(Uuid, Item)> {
    let quoted = Value::from(name).to_string();
    let mut terms: Vec<String> = attributes
        .iter()
        .map(|attribute| format!("{attribute} eq {quoted}"))
        .collect();
    if Uuid::try_parse(name).is_ok() {
        terms = vec![format!("id eq {quoted}")];
    }
    // One attribute after the other: a name goes before an address, and each is answered by its index.
    for term in terms {
        let (mut found, _) = list(context, kind, Some(filter(&term)?), 2).await?;
        if found.len() > 1 {
            let word = kind.name().to_lowercase();
            let other = match kind {
                ResourceKind::Group => "the path or the id",
                ResourceKind::User => "the id",
            };
            bail!(
                "`{name}` names more than one {word}: use {other}; `usher {word} list --filter '{}'` shows them",
                term.replace('\'', "'\\''")
            );
        }
        if let Some(item) = found.pop() {
            let id = item
                .get("id")
                .and_then(Value::as_str)
                .and_then(|id| Uuid::try_parse(id).ok());
            return Ok((id.unwrap_or_default(), item));
        }
    }
    let word = kind.name().to_lowercase();
    bail!(
        "there is no {word} `{name}` in the realm {}; {} shows them",
        context.realm.name,
        context.advice(&format!("{word} list"))
    )
}

/// `name=value` pairs as attributes: `displayName="Ann Bee"`, `name.givenName=Ann`, `active=false`, JSON where it is meant.
pub(super) fn attributes(pairs: &[String]) -> Result<Vec<(String, Value)>> {
    pairs
        .iter()
        .map(|pair| {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| Failure::usage(format!("`{pair}` is no ATTRIBUTE=VALUE")))?;
            let meant_as_json = value.starts_with(['[', '{', '"']) || matches!(value, "true" | "false");
            let value = match serde_json::from_str(value) {
                Ok(json) if meant_as_json => json,
                _ if value.is_empty() => Value::Null,
                _ => Value::from(value),
            };
            Ok((name.to_owned(), value))
        })
        .collect()
}

/// The pairs as operations of a PATCH: an empty value removes.
pub(super) fn operations(pairs: &[String]) -> Result<Vec<scim::patch::Operation>> {
    let operation = |(path, value): (String, Value)| match value {
        Value::Null => scim::patch::Operation {
            op: scim::patch::Op::Remove,
            path: Some(path),
            value: None,
        },
        value => scim::patch::Operation {
            op: scim::patch::Op::Replace,
            path: Some(path),
            value: Some(value),
        },
    };
    Ok(attributes(pairs)?.into_iter().map(operation).collect())
}

/// A refusal in the words of the command line, which knows no operations of a PATCH.
pub(super) fn in_pairs(error: directory::Error) -> anyhow::Error {
    let text = error.to_string();
    if text.starts_with("Operations[") {
        let problems: Vec<&str> = text.split("; ").map(without_operation).collect();
        return anyhow::anyhow!(problems.join("; "));
    }
    error.into()
}

fn without_operation(problem: &str) -> &str {
    let rest = problem
        .strip_prefix("Operations[")
        .and_then(|rest| rest.split_once("]: "))
        .map_or(problem, |(_, rest)| rest);
    rest.strip_prefix("path: ").unwrap_or(rest)
}

/// A JSON object from a file, or from standard input for `-`.
pub(super) fn body(path: &std::path::Path) -> Result<Map<String, Value>> {
    use anyhow::Context as _;
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    scim::document::parse_object(text.as_bytes())
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pairs_are_text_unless_json_is_meant() {
        let pairs = [
            "displayName=Ann Bee",
            "active=false",
            "title=",
            "employeeNumber=007",
            "emails=[{\"value\":\"a@b.c\"}]",
            "nickName=\"x\"",
            "a=b=c",
        ];
        let pairs: Vec<String> = pairs.map(str::to_owned).to_vec();
        let values: Vec<Value> = attributes(&pairs)
            .unwrap()
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        assert_eq!(
            json!(values),
            json!(["Ann Bee", false, null, "007", [{ "value": "a@b.c" }], "x", "b=c"])
        );
        assert!(attributes(&["x".to_owned()]).is_err());
    }

    #[test]
    fn refusals_speak_of_no_operations() {
        assert_eq!(
            without_operation("Operations[0]: path: User has no attribute `x`"),
            "User has no attribute `x`"
        );
        assert_eq!(
            without_operation("Operations[12]: active: is true or false"),
            "active: is true or false"
        );
        assert_eq!(without_operation("userName is taken"), "userName is taken");
    }
}
