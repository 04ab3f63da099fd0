//! Sizes of files, folders and their `mod.rs`, migrations.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, tree::Tree};

const MOST_LINES: usize = 500;

/// Files that may be longer, each with the reason.
const LONG: [(&str, &str); 0] = [];

pub(crate) fn files_are_short(tree: &Tree) -> Vec<Finding> {
    let product = tree.rust().filter(|(path, _)| path.contains("/src/"));
    let long = product
        .filter(|(path, text)| text.lines().count() > MOST_LINES && !LONG.iter().any(|(allowed, _)| allowed == path));
    long.map(|(path, text)| {
        format!(
            "{path}: {} lines, past {MOST_LINES} a file is cut by topic",
            text.lines().count()
        )
    })
    .collect()
}

/// A folder of several modules has a `mod.rs`, and no `foo.rs` stands beside `foo/`. The roots of crates and of test
/// binaries are excused.
pub(crate) fn folders_say_what_they_are_for(tree: &Tree) -> Vec<Finding> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, _) in tree.rust() {
        if let Some((folder, file)) = path.rsplit_once('/') {
            folders.entry(folder).or_default().insert(file);
        }
    }
    let mut findings = Vec::new();
    for (folder, files) in &folders {
        let root = files.contains("main.rs") || files.contains("lib.rs") || is_root(folder);
        if !root && files.len() > 1 && !files.contains("mod.rs") {
            findings.push(format!(
                "{folder}: {} modules and no mod.rs that says what they are for",
                files.len()
            ));
        }
        let beside = format!("{folder}.rs");
        if !is_root(folder) && tree.text(&beside).is_some() {
            findings.push(format!(
                "{beside}: stands beside its folder; it is called {folder}/mod.rs"
            ));
        }
    }
    findings
}

fn is_root(folder: &str) -> bool {
    ["/src", "/src/bin", "/tests", "/benches", "/examples"]
        .iter()
        .any(|end| folder.ends_with(end))
}

pub(crate) fn migrations_are_numbered_and_listed(tree: &Tree) -> Vec<Finding> {
    const FOLDER: &str = "crates/directory/migrations/";
    let files = tree
        .iter()
        .filter_map(|(path, _)| path.strip_prefix(FOLDER).map(|name| (path, name)));
    let mut findings = Vec::new();
    for (index, (path, name)) in files.enumerate() {
        let expected = format!("{:04}_", index + 1);
        if !name.starts_with(&expected) || !name.ends_with(".sql") {
            findings.push(format!("{path}: the next migration would be called {expected}….sql"));
        }
        let sources = tree
            .rust()
            .filter(|(source, _)| source.starts_with("crates/directory/src/"));
        if !sources.into_iter().any(|(_, text)| text.contains(name)) {
            findings.push(format!("{path}: no file of crates/directory/src lists it"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_in_the_product_only() {
        let long = "x\n".repeat(MOST_LINES + 1);
        let tree = Tree::of(&[
            ("crates/scim/src/filter.rs", &long),
            ("crates/scim/src/path.rs", &long[2..]),
            ("crates/scim/tests/it/filter.rs", &long),
        ]);
        assert_eq!(files_are_short(&tree).len(), 1);
    }

    #[test]
    fn a_folder_without_mod_is_found() {
        let found = |files: &[(&str, &str)]| folders_say_what_they_are_for(&Tree::of(files)).len();
        assert_eq!(
            found(&[("crates/a/src/group/rules.rs", ""), ("crates/a/src/group/table.rs", "")]),
            1
        );
        assert_eq!(
            found(&[("crates/a/src/group/mod.rs", ""), ("crates/a/src/group/table.rs", "")]),
            0
        );
        assert_eq!(found(&[("crates/a/src/lib.rs", ""), ("crates/a/src/group.rs", "")]), 0);
        assert_eq!(
            found(&[("crates/a/tests/it/main.rs", ""), ("crates/a/tests/it/x.rs", "")]),
            0
        );
    }

    #[test]
    fn a_file_beside_its_folder_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", ""),
            ("crates/a/src/group.rs", ""),
            ("crates/a/src/group/rules.rs", ""),
        ]);
        assert_eq!(folders_say_what_they_are_for(&tree).len(), 1);
    }

    #[test]
    fn a_gap_and_an_unlisted_migration_are_found() {
        let listed = (
            "crates/directory/src/migrations.rs",
            "include_str!(\"../migrations/0001_house.sql\")",
        );
        let first = ("crates/directory/migrations/0001_house.sql", "");
        let found = |files: &[(&str, &str)]| migrations_are_numbered_and_listed(&Tree::of(files)).len();
        assert_eq!(found(&[listed, first]), 0);
        assert_eq!(found(&[first]), 1);
        assert_eq!(
            found(&[listed, first, ("crates/directory/migrations/0003_roles.sql", "")]),
            2
        );
    }
}
