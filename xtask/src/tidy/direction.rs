//! Dependencies between members point one way.

use super::{Finding, tree::Tree};

/// What a member may depend on beside crates from outside.
struct Rule {
    member: &'static str,
    normal: &'static [&'static str],
    /// In its tests, beside what it may use anyway.
    tests: &'static [&'static str],
}

const RULES: [Rule; 11] = [
    rule("scim", &[], &[]),
    rule("db", &[], &["throwaway"]),
    rule("directory", &["scim", "db"], &["testkit"]),
    rule("faces", &["directory", "scim"], &["testkit"]),
    rule("targets", &["directory", "scim"], &["testkit"]),
    rule("sources", &["directory", "scim"], &["testkit"]),
    rule(
        "usher",
        &["scim", "db", "directory", "faces", "targets", "sources"],
        &["testkit"],
    ),
    // For tests only: it may use everything, and is itself never more than a dev-dependency.
    rule(
        "testkit",
        &["scim", "db", "directory", "faces", "targets", "sources", "throwaway"],
        &[],
    ),
    // For fuzzing and its corpus only.
    rule("oracles", &["scim", "usher"], &["testkit"]),
    // Knows nothing of Usher.
    rule("throwaway", &[], &[]),
    rule("xtask", &["throwaway"], &[]),
];

const fn rule(member: &'static str, normal: &'static [&'static str], tests: &'static [&'static str]) -> Rule {
    Rule { member, normal, tests }
}

pub(crate) fn dependencies_point_one_way(tree: &Tree) -> Vec<Finding> {
    let manifests: Vec<(&str, &str)> = tree.iter().filter(|(path, _)| is_manifest_of_member(path)).collect();
    let members: Vec<&str> = manifests.iter().filter_map(|(_, text)| package_name(text)).collect();
    let mut findings = Vec::new();
    for (path, text) in manifests {
        let Some(name) = package_name(text) else {
            findings.push(format!("{path}: names no package"));
            continue;
        };
        let Some(rule) = RULES.iter().find(|rule| rule.member == name) else {
            findings.push(format!(
                "{path}: {name} has no place in xtask/src/tidy/direction.rs; a new arrow needs a decision first"
            ));
            continue;
        };
        for dependency in dependencies(text) {
            let known = members.contains(&dependency.name) || RULES.iter().any(|rule| rule.member == dependency.name);
            let allowed = rule.normal.contains(&dependency.name)
                || (dependency.only_tests && rule.tests.contains(&dependency.name));
            if known && !allowed {
                findings.push(format!(
                    "{path}:{}: {name} may not depend on {}",
                    dependency.line, dependency.name
                ));
            }
        }
    }
    findings
}

fn is_manifest_of_member(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["crates", _, "Cargo.toml"] | ["xtask", "Cargo.toml"])
}

fn package_name(manifest: &str) -> Option<&str> {
    let mut section = "";
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if section == "[package]" {
            let value = line
                .strip_prefix("name")
                .and_then(|rest| rest.trim_start().strip_prefix('='));
            if let Some(value) = value {
                return Some(value.trim().trim_matches('"'));
            }
        }
    }
    None
}

struct Dependency<'a> {
    name: &'a str,
    line: usize,
    only_tests: bool,
}

/// Reads `[dependencies]`, its dev-, build- and target- kin, and `[dependencies.NAME]`. A renamed crate counts by its
/// own name.
fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut found = Vec::new();
    let mut inside = None;
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (table, name) = match section.rsplit_once("dependencies.") {
                Some((before, name)) => (format!("{before}dependencies"), Some(name)),
                None => (section.to_owned(), None),
            };
            let only_tests = table.ends_with("dev-dependencies");
            inside = (table.ends_with("dependencies") && name.is_none()).then_some(only_tests);
            if let (true, Some(name)) = (table.ends_with("dependencies"), name) {
                let name = name.trim_matches('"');
                found.push(Dependency {
                    name,
                    line: index + 1,
                    only_tests,
                });
            }
        } else if let (Some(only_tests), Some((key, value))) = (inside, line.split_once('=')) {
            if line.starts_with('#') {
                continue;
            }
            let key = key.trim().split('.').next().unwrap_or_default().trim_matches('"');
            let name = renamed(value).unwrap_or(key);
            found.push(Dependency {
                name,
                line: index + 1,
                only_tests,
            });
        }
    }
    found
}

/// `x` of `{ package = "x", … }`.
fn renamed(value: &str) -> Option<&str> {
    let (_, after) = value.split_once("package")?;
    after
        .trim_start()
        .strip_prefix('=')?
        .trim_start()
        .strip_prefix('"')?
        .split('"')
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(member: &str, manifest: &str) -> Vec<Finding> {
        let path = format!("crates/{member}/Cargo.toml");
        let manifest = format!("[package]\nname = \"{member}\"\n\n{manifest}");
        dependencies_point_one_way(&Tree::of(&[(&path, &manifest)]))
    }

    #[test]
    fn the_right_direction_passes() {
        assert!(findings("faces", "[dependencies]\ndirectory.workspace = true\naxum = \"0.8\"").is_empty());
        assert!(findings("faces", "[dev-dependencies]\ntestkit = { path = \"../testkit\" }").is_empty());
        assert!(findings("scim", "[dependencies]\n# db.workspace = true\nserde.workspace = true").is_empty());
    }

    #[test]
    fn the_wrong_direction_is_found_in_every_form() {
        for manifest in [
            "[dependencies]\ndb.workspace = true",
            "[dependencies]\ndb = { path = \"../db\" }",
            "[dependencies.db]\npath = \"../db\"",
            "[build-dependencies]\ndb = { workspace = true }",
            "[target.'cfg(unix)'.dependencies]\ndb.workspace = true",
            "[dependencies]\nstore = { package = \"db\", path = \"../db\" }",
            "[dependencies]\ntargets.workspace = true",
            "[dependencies]\ntestkit.workspace = true",
        ] {
            assert_eq!(findings("faces", manifest).len(), 1, "{manifest}");
        }
    }

    #[test]
    fn the_foundations_depend_on_no_member() {
        for member in ["scim", "db"] {
            assert_eq!(
                findings(member, "[dev-dependencies]\ntestkit.workspace = true").len(),
                1
            );
        }
    }

    #[test]
    fn a_new_member_needs_a_place() {
        assert_eq!(findings("gadgets", "").len(), 1);
    }
}
