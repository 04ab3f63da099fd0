//! The licences of the crates inside the binary: whoever hands it on hands on their notices too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell;

/// One crate that goes into the binary.
struct Crate {
    name: String,
    licence: String,
    folder: PathBuf,
}

/// Every crate with its licence, and each text once with the crates it came with.
pub(super) fn of_crates() -> Result<String> {
    let mut metadata = shell::cargo(&["metadata", "--format-version", "1", "--locked", "--filter-platform"]);
    metadata.arg(machine());
    let metadata: Value =
        serde_json::from_str(&shell::output(&mut metadata)?).context("reading what cargo metadata says")?;
    let crates = inside(&metadata)?;
    if crates.is_empty() {
        bail!("cargo metadata names no crate that usher depends on");
    }
    let mut out = "The program contains these crates, under these licences:\n\n".to_owned();
    let mut texts: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for one in &crates {
        let _ = writeln!(out, "{}: {}", one.name, one.licence);
        for text in notices(&one.folder)? {
            texts.entry(text).or_default().insert(&one.name);
        }
    }
    let mut texts: Vec<_> = texts.into_iter().collect();
    // Those that most share come first.
    texts.sort_by_key(|(text, names)| (usize::MAX - names.len(), text.len()));
    for (text, names) in texts {
        let names: Vec<&str> = names.into_iter().collect();
        let _ = write!(out, "\n{}\n{}:\n\n{text}\n", "=".repeat(80), names.join(", "));
    }
    Ok(out)
}

fn machine() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// The crates of others that `usher` is built from, in order.
fn inside(metadata: &Value) -> Result<Vec<Crate>> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let packages = list(metadata, "packages");
    let nodes = list(&metadata["resolve"], "nodes");
    let ours = packages.iter().find(|package| package["name"] == "usher");
    let mut open = vec![text(ours.context("there is no crate usher")?, "id")];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let node = nodes.iter().find(|node| node["id"] == id.as_str());
        for dependency in list(node.context("a crate has no place in the graph")?, "deps") {
            let kinds = list(&dependency, "dep_kinds");
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                open.push(text(&dependency, "pkg"));
            }
        }
    }
    let of_others = packages
        .iter()
        .filter(|package| !package["source"].is_null() && seen.contains(&text(package, "id")));
    let mut crates: Vec<Crate> = of_others
        .map(|package| Crate {
            name: format!("{} {}", text(package, "name"), text(package, "version")),
            licence: text(package, "license"),
            folder: Path::new(&text(package, "manifest_path"))
                .parent()
                .map(Path::to_path_buf)
                .unwrap_or_default(),
        })
        .collect();
    crates.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(crates)
}

/// The texts beside a crate's manifest that say what may be done with it.
fn notices(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.is_file() && is_notice(file));
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let text = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let lines = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
        texts.push(lines.join("\n").trim_matches('\n').to_owned());
    }
    Ok(texts)
}

fn is_notice(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"]
        .iter()
        .any(|begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_tests_and_builds_need_is_not_inside() {
        let package = |name: &str, source: Value| {
            json!({ "id": name, "name": name, "version": "1.0.0", "source": source, "license": "MIT",
                "manifest_path": format!("/crates/{name}/Cargo.toml") })
        };
        let dependency = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [
                package("usher", Value::Null), package("db", Value::Null), package("tokio", json!("registry")),
                package("insta", json!("registry")), package("cc", json!("registry")),
            ],
            "resolve": { "nodes": [
                { "id": "usher", "deps": [dependency("db", Value::Null), dependency("insta", json!("dev"))] },
                { "id": "db", "deps": [dependency("tokio", Value::Null), dependency("cc", json!("build"))] },
                { "id": "tokio", "deps": [] },
            ] },
        });
        let names: Vec<String> = inside(&metadata)
            .expect("it is read")
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["tokio 1.0.0"]);
    }
}
