//! Which attribute a column is: a SCIM path, or one of a few short names.

use anyhow::{Result, bail};
use directory::client::{Profile, ResourceKind};
use directory::edit_distance;
use scim::path::AttrPath;
use scim::schema::{Mutability, ResourceSchema, Type};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::failure::Failure;

pub(in crate::cli) const HELP: &str = "\
Columns are named in the first line, by SCIM paths: userName (required), displayName, name.givenName, active,
emails[type eq \"work\"].value, department, urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber.
Short names: user_name, email, personal_email, given_name, family_name, full_name, display_name, nick_name, phone, mobile, title,
user_type, language, time_zone, employee_number, department, division, organization, cost_center, and external_id: what the source
itself calls the person, by which a person is found again who was renamed. A whole list such as emails is JSON. An empty cell
removes what the source itself wrote; what has no column stays as it is.";

/// Short names and what they are.
const SHORT: [(&str, &str); 20] = [
    ("user_name", "userName"),
    ("email", "emails[type eq \"work\"].value"),
    ("personal_email", "emails[type eq \"home\"].value"),
    ("given_name", "name.givenName"),
    ("family_name", "name.familyName"),
    ("full_name", "name.formatted"),
    ("display_name", "displayName"),
    ("nick_name", "nickName"),
    ("phone", "phoneNumbers[type eq \"work\"].value"),
    ("mobile", "phoneNumbers[type eq \"mobile\"].value"),
    ("title", "title"),
    ("user_type", "userType"),
    ("language", "preferredLanguage"),
    ("time_zone", "timezone"),
    ("employee_number", "employeeNumber"),
    ("department", "department"),
    ("division", "division"),
    ("organization", "organization"),
    ("cost_center", "costCenter"),
    ("external_id", "externalId"),
];

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Column {
    UserName,
    ExternalId,
    Attribute(Attribute),
}

/// An attribute, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Attribute {
    /// As PATCH has it.
    pub(in crate::cli) path: String,
    is_number: bool,
    is_json: bool,
}

impl Attribute {
    /// What a cell says of it; none where it says that there is nothing.
    pub(super) fn value(&self, cell: &str) -> Result<Option<Value>, String> {
        if cell.trim().is_empty() {
            return Ok(None);
        }
        if self.is_json && cell.starts_with(['[', '{']) {
            let json = serde_json::from_str(cell);
            return json.map(Some).map_err(|error| format!("{}: {error}", self.path));
        }
        if self.is_number
            && let Ok(number @ Value::Number(_)) = serde_json::from_str(cell.trim())
        {
            return Ok(Some(number));
        }
        Ok(Some(cell.into()))
    }
}

/// The columns of a file that tells of people.
pub(super) fn of_people(context: &Context, header: &[String]) -> Result<Vec<Column>> {
    let schema = context
        .directory
        .schemas()
        .resource(ResourceKind::User, Profile::Generic);
    let columns = header.iter().map(|name| of(name, schema)).collect::<Result<Vec<_>>>()?;
    for (index, column) in columns.iter().enumerate() {
        if let Some(first) = columns[..index].iter().position(|earlier| earlier == column) {
            return Err(Failure::usage(format!(
                "the columns `{}` and `{}` are the same",
                header[first], header[index]
            )));
        }
    }
    if !columns.contains(&Column::UserName) {
        return Err(Failure::usage(format!(
            "there is no column `userName`: the first line names the columns, here {}",
            header
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    Ok(columns)
}

/// The column of that name.
pub(in crate::cli) fn of(name: &str, schema: &ResourceSchema) -> Result<Column> {
    let short = SHORT.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
    let path = short.map_or(name, |(_, path)| path);
    match found(path, schema) {
        Some(Found::Column(column)) => Ok(column),
        Some(Found::ReadOnly) => bail!(Failure::usage(format!(
            "the column `{name}` is not the source's to say: leave it out"
        ))),
        None => bail!(Failure::usage(format!(
            "there is no column `{name}`; the nearest is `{}`",
            nearest(name, schema)
        ))),
    }
}

enum Found {
    Column(Column),
    ReadOnly,
}

fn found(path: &str, schema: &ResourceSchema) -> Option<Found> {
    let (plain, sub) = match path.split_once('[') {
        // `emails[type eq "work"].value`: of the list the element of a kind.
        Some((list, rest)) => {
            let (filter, sub) = rest.split_once("].")?;
            let kind = filter.strip_prefix("type eq \"")?.strip_suffix('"')?;
            if kind.is_empty() || kind.contains(['"', '\\']) {
                return None;
            }
            (list, Some(sub))
        }
        None => (path, None),
    };
    let mut parsed: AttrPath = plain.parse().ok()?;
    if let Some(sub) = sub {
        if parsed.sub.is_some() {
            return None;
        }
        parsed.sub = Some(sub.to_owned());
    }
    let found = schema.resolve(&parsed)?;
    let attribute = found.attribute();
    // Of a list only one element, or all of them as JSON.
    if parsed.sub.is_some() != found.explicit_sub() || (attribute.multi_valued && parsed.sub.is_some() && sub.is_none())
    {
        return None;
    }
    if sub.is_some() && !(attribute.multi_valued && attribute.sub("type").is_some()) {
        return None;
    }
    let leaf = if found.explicit_sub() {
        found.sub().unwrap_or(attribute)
    } else {
        attribute
    };
    let fixed = |mutability| matches!(mutability, Mutability::ReadOnly | Mutability::WriteOnly);
    let key = found.whole().key().to_owned();
    if fixed(attribute.mutability) || fixed(leaf.mutability) || matches!(key.as_str(), "id" | "meta" | "schemas") {
        return Some(Found::ReadOnly);
    }
    Some(Found::Column(match key.as_str() {
        "userName" => Column::UserName,
        "externalId" => Column::ExternalId,
        _ => Column::Attribute(Attribute {
            path: canonical(path, plain, sub, &found),
            is_number: matches!(leaf.kind, Type::Integer | Type::Decimal),
            is_json: leaf.is_complex() || (attribute.multi_valued && sub.is_none()),
        }),
    }))
}

/// The path in the spelling of the schema, so that two columns that are one look alike.
fn canonical(path: &str, plain: &str, sub: Option<&str>, found: &scim::schema::AttributeRef) -> String {
    let key = found.whole().key().to_owned();
    let leaf = found.sub().map(|leaf| leaf.name.clone());
    match (sub, leaf.filter(|_| found.explicit_sub())) {
        (Some(_), Some(leaf)) => {
            let filter = path[plain.len()..].split_once(']').map_or("", |(filter, _)| filter);
            format!("{key}{filter}].{leaf}")
        }
        (None, Some(leaf)) => format!("{key}.{leaf}"),
        _ => key,
    }
}

/// The known name that is nearest.
fn nearest(name: &str, schema: &ResourceSchema) -> String {
    let core = schema.core.attributes.iter();
    let all = core.chain(schema.extensions.iter().flat_map(|extension| &extension.attributes));
    let mut names: Vec<String> = SHORT.iter().map(|(short, _)| (*short).to_owned()).collect();
    for attribute in all.filter(|attribute| attribute.mutability != Mutability::ReadOnly) {
        names.push(attribute.name.clone());
        if !attribute.multi_valued {
            names.extend(
                attribute
                    .sub_attributes
                    .iter()
                    .map(|sub| format!("{}.{}", attribute.name, sub.name)),
            );
        }
    }
    let wanted = name.to_lowercase();
    let distance = |known: &String| edit_distance(&wanted, &known.to_lowercase());
    names.into_iter().min_by_key(distance).unwrap_or_default()
}
