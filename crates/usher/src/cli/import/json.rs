//! Who is in which group as JSON: a list of rows, or groups as `usher group export --json` writes them.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use directory::plan::MemberRow;
use directory::zone::Zone;
use serde_json::{Map, Value};

use super::members::{Everywhere, Said, unusable};
use super::{is_stdin, title};
use crate::cli::failure::Failure;

/// The largest file, in bytes: it is read whole.
const LARGEST: u64 = 64 << 20;

/// Whether a file is JSON by its name.
pub(super) fn is_json(file: &Path) -> bool {
    file.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// The rows of a file.
pub(super) fn rows(file: &Path, everywhere: &Everywhere, zone: &Zone) -> Result<Vec<MemberRow>> {
    use std::io::Read as _;
    let name = title(file);
    let mut text = String::new();
    let source: Box<dyn std::io::Read> = if is_stdin(file) {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?)
    };
    let read = source.take(LARGEST + 1).read_to_string(&mut text);
    if read.with_context(|| format!("cannot read {name}"))? as u64 > LARGEST {
        bail!("{name} is larger than {} MiB: split it, or use CSV", LARGEST >> 20);
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    let list = match value {
        Value::Array(list) => list,
        one @ Value::Object(_) => vec![one],
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (index, value) in list.into_iter().enumerate() {
        let place = format!("entry {}", index + 1);
        match value {
            Value::Object(group) if group.contains_key("members") => whole(&place, &group, everywhere, zone, &mut all),
            Value::Object(row) => all.push(one(place, &row, None, everywhere, zone)),
            _ => all.push(unusable(place, "is no object".to_owned())),
        }
    }
    if all.is_empty() {
        bail!("{name}: there is neither a list of rows nor a group with members");
    }
    Ok(all)
}

/// A group with its members.
fn whole(place: &str, group: &Map<String, Value>, everywhere: &Everywhere, zone: &Zone, into: &mut Vec<MemberRow>) {
    let path = ["path", "displayName", "name"]
        .iter()
        .find_map(|name| group.get(*name)?.as_str());
    let members = group.get("members").and_then(Value::as_array);
    for (index, member) in members.into_iter().flatten().enumerate() {
        let place = format!("{place}, member {}", index + 1);
        match member {
            Value::Object(member) => into.push(one(place, member, path, everywhere, zone)),
            _ => into.push(unusable(place, "is no object".to_owned())),
        }
    }
}

fn one(
    place: String,
    row: &Map<String, Value>,
    group: Option<&str>,
    everywhere: &Everywhere,
    zone: &Zone,
) -> MemberRow {
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| row.get(*name)?.as_str().map(str::to_owned))
    };
    // Null says that there is none.
    let edge = |names: &[&str]| {
        names.iter().find_map(|name| match row.get(*name)? {
            Value::String(text) => Some(text.clone()),
            _ => Some(String::new()),
        })
    };
    let names = |roles: &Value| {
        let roles = roles.as_array()?.iter();
        Some(roles.filter_map(|role| role.as_str().map(str::to_owned)).collect())
    };
    let said = Said {
        group: group
            .map(str::to_owned)
            .or_else(|| text(&["group"]))
            .unwrap_or_default(),
        member: text(&["member", "user_name", "id"]).unwrap_or_default(),
        roles: row.get("roles").and_then(names),
        // The instants of an export go before its days.
        from: edge(&["valid_from", "from"]),
        until: edge(&["expires_at", "until"]),
    };
    said.row(place, everywhere, zone)
}
