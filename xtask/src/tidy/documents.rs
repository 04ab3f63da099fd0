//! Documents that must be there, and links that must lead somewhere.

use super::{Finding, tree::Tree};

const DOCUMENTS: [&str; 4] = ["ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md"];

pub(crate) fn documents_exist(tree: &Tree) -> Vec<Finding> {
    let missing = DOCUMENTS.iter().filter(|path| !tree.has(path));
    missing.map(|path| format!("{path}: is missing")).collect()
}

/// Links of the documents at the root and below docs, and the paths they name in backticks.
pub(crate) fn links_lead_somewhere(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        let in_place = !path.contains('/') || path.starts_with("docs/");
        if !in_place || !path.ends_with(".md") {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (index, line) in text.lines().enumerate() {
            for link in links(line) {
                if !resolve(folder, link).is_some_and(|target| tree.has(&target)) {
                    findings.push(format!("{path}:{}: the link {link} leads nowhere", index + 1));
                }
            }
            for named in named_paths(line) {
                if !tree.has(named.trim_end_matches('/')) {
                    findings.push(format!("{path}:{}: there is no {named}", index + 1));
                }
            }
        }
    }
    findings
}

/// The targets of `[text](target)` that are files: no address of the web, no place on the same page.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.map(|target| target.split(['#', ' ']).next().unwrap_or_default());
    files.filter(|file| !file.is_empty() && !file.contains(':'))
}

/// Paths of the tree in backticks; patterns such as `crates/*/src` are no paths.
fn named_paths(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|text| {
        let ours = ["crates/", "xtask/", "docs/"]
            .iter()
            .any(|start| text.starts_with(start));
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte));
        ours && plain
    })
}

/// The path from the root that a link in this folder means; none when it leaves the tree.
fn resolve(folder: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = match link.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').filter(|part| !part.is_empty()).collect(),
    };
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found() {
        let text = "[a](crates/scim/src/lib.rs) [b](crates/gone.rs#L1) [c](https://example.org) [d](#words)\n\
                    `crates/scim/src` `crates/gone/` `crates/*/src` [e](../outside.md) [f](docs)";
        let tree = Tree::of(&[
            ("ARCHITECTURE.md", text),
            ("crates/scim/src/lib.rs", ""),
            ("docs/a.md", "[up](../ARCHITECTURE.md)"),
        ]);
        let findings = links_lead_somewhere(&tree);
        assert_eq!(findings.len(), 3, "{findings:?}");
    }

    #[test]
    fn a_missing_document_is_found() {
        let tree = Tree::of(&[("ARCHITECTURE.md", ""), ("LICENSE", ""), ("README.md", "")]);
        assert_eq!(documents_exist(&tree), ["CHANGELOG.md: is missing"]);
    }
}
