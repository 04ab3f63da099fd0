//! The reference: the OpenAPI document as a page to read, without scripts.

use std::collections::BTreeMap;

use axum::response::Response;
use directory::Denial;
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::{Map, Value};

use super::document::openapi;
use super::error::{Code, Problem};
use crate::design::{Brand, Language, Page};

#[derive(Debug, Default, Serialize)]
struct Group {
    id: String,
    name: String,
    operations: Vec<OperationText>,
}

#[derive(Debug, Serialize)]
struct OperationText {
    id: String,
    method: String,
    path: String,
    summary: String,
    text: String,
    parameters: Vec<Parameter>,
    body: Option<Kind>,
    answers: Vec<Answer>,
}

#[derive(Debug, Serialize)]
struct Parameter {
    name: String,
    place: String,
    kind: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    status: String,
    text: String,
    body: Option<Kind>,
}

/// The type of a body, and where it is described.
#[derive(Debug, Serialize)]
struct Kind {
    name: String,
    href: Option<String>,
}

#[derive(Debug, Serialize)]
struct SchemaText {
    id: String,
    name: String,
    text: String,
    fields: Vec<Field>,
}

#[derive(Debug, Serialize)]
struct Field {
    name: String,
    kind: String,
    href: Option<String>,
    required: bool,
    text: String,
}

/// The order of the chapters: what people come for first.
const ORDER: [&str; 25] = [
    "Users",
    "Roles",
    "Groups",
    "Members",
    "Tree",
    "Group templates",
    "Memberships",
    "Administrators",
    "Group roles",
    "Ways to join",
    "Terms",
    "Rules",
    "Requests",
    "Insight",
    "Me",
    "Invitations",
    "Mails",
    "Notices",
    "Clients",
    "Tokens",
    "Events",
    "Deliveries",
    "Jobs",
    "Realms",
    "Health",
];

/// Shows the reference.
pub(super) async fn show() -> Response {
    // The document is read as JSON: what is shown is what programs get.
    let document = serde_json::to_value(openapi()).unwrap_or_default();
    let about = text(&document["info"], "description");
    let intro: Vec<String> = about.split("\n\n").map(str::to_owned).collect();
    let own = Code::ALL
        .iter()
        .map(|code| context! { code => code.name(), status => code.status().as_u16(), when => code.when() });
    let of_groups = denials()
        .into_iter()
        .map(|(code, status, when)| context! { code, status, when });
    let problems: Vec<_> = own.chain(of_groups).collect();
    let values = context! {
        title => format!("{} API", text(&document["info"], "title")),
        intro,
        groups => Serde(groups(&document)),
        schemas => Serde(schemas(&document)),
        problems,
    };
    let english = Language::of_code("en").unwrap_or_else(Language::first);
    Page::new("reference.html", english, Brand::none()).render(values)
}

/// What group management refuses in a word of its own, with its status, and when.
fn denials() -> Vec<(&'static str, u16, String)> {
    let mut denials: Vec<_> = Denial::each()
        .into_iter()
        .map(|denial| {
            let what = denial.parts().0.to_owned();
            (denial.code(), Problem::from(denial).status().as_u16(), what)
        })
        .filter(|(code, ..)| Code::ALL.iter().all(|own| own.name() != *code))
        .collect();
    denials.sort();
    denials
}

fn groups(document: &Value) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in
            members(item).filter(|(method, _)| ["get", "post", "put", "patch", "delete"].contains(&method.as_str()))
        {
            let name = operation["tags"][0].as_str().unwrap_or("Other").to_owned();
            let group = groups.entry(name.clone()).or_default();
            group.id = name.to_lowercase().replace(' ', "-");
            group.name = name;
            group.operations.push(operation_text(method, path, operation));
        }
    }
    let place = |group: &Group| ORDER.iter().position(|name| *name == group.name).unwrap_or(ORDER.len());
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(place);
    groups
}

fn operation_text(method: &str, path: &str, operation: &Value) -> OperationText {
    let parameters = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| Parameter {
            name: text(parameter, "name"),
            place: text(parameter, "in"),
            kind: kind(&parameter["schema"]).name,
            text: text(parameter, "description"),
        });
    let answers = members(&operation["responses"])
        .filter(|(status, _)| status.as_str() != "default")
        .map(|(status, answer)| Answer {
            status: status.clone(),
            text: text(answer, "description"),
            body: content(answer),
        });
    OperationText {
        id: text(operation, "operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(operation, "summary"),
        text: text(operation, "description"),
        parameters: parameters.collect(),
        body: content(&operation["requestBody"]),
        answers: answers.collect(),
    }
}

fn schemas(document: &Value) -> Vec<SchemaText> {
    members(&document["components"]["schemas"])
        .map(|(name, schema)| SchemaText {
            id: anchor(name),
            name: name.clone(),
            text: text(schema, "description"),
            fields: fields(document, schema),
        })
        .collect()
}

/// The members of a schema, those of its parts (`allOf`) included.
fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return fields(document, &document["components"]["schemas"][name]);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().flat_map(|part| fields(document, part)).collect();
    }
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    members(&schema["properties"])
        .map(|(name, schema)| {
            let kind = kind(schema);
            Field {
                name: name.clone(),
                kind: kind.name,
                href: kind.href,
                required: required.contains(&name.as_str()),
                text: text(schema, "description"),
            }
        })
        .collect()
}

fn content(holder: &Value) -> Option<Kind> {
    members(&holder["content"])
        .next()
        .map(|(_, media)| kind(&media["schema"]))
}

fn kind(schema: &Value) -> Kind {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return Kind {
            name: name.to_owned(),
            href: Some(anchor(name)),
        };
    }
    for join in ["oneOf", "anyOf", "allOf"] {
        let mut parts = schema[join]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|part| part["type"] != "null");
        if let Some(part) = parts.next_back() {
            return kind(part);
        }
    }
    let word = match &schema["type"] {
        Value::String(word) => word.clone(),
        Value::Array(words) => words
            .iter()
            .filter_map(Value::as_str)
            .filter(|word| *word != "null")
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "any".into(),
    };
    if word == "array" {
        let element = kind(&schema["items"]);
        return Kind {
            name: format!("list of {}", element.name),
            href: element.href,
        };
    }
    Kind { name: word, href: None }
}

fn anchor(name: &str) -> String {
    format!("schema-{}", name.to_lowercase())
}

fn text(holder: &Value, name: &str) -> String {
    holder[name].as_str().unwrap_or_default().to_owned()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
