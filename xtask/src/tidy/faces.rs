//! What faces, targets and sources may name.

use super::code::{names_below, without_texts, words};
use super::{Finding, tree::Tree};

/// The folders of `faces/src` that are faces; what lies beside them is shared by all.
const FACES: [&str; 7] = ["scim", "oauth", "api", "agm", "graph", "cc", "pages"];

pub(crate) fn faces_do_not_know_each_other(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        let Some((own, inner)) = path
            .strip_prefix("crates/faces/src/")
            .and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        if !FACES.contains(&own) {
            continue;
        }
        let code = without_texts(text);
        // From a face's own folder the crate is so many `super::` away as the module is deep.
        let depth = inner.split('/').count() + usize::from(!inner.ends_with("mod.rs"));
        let upwards = vec!["super"; depth].join("::");
        let mut named = names_below(&code, "crate");
        named.extend(names_below(&code, &upwards));
        for (line, name) in named {
            if FACES.contains(&name) && name != own {
                findings.push(format!("{path}:{line}: the face {own} uses the face {name}"));
            }
        }
    }
    findings
}

pub(crate) fn only_the_directory_writes(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        let outside = ["faces", "targets", "sources"];
        if !outside
            .iter()
            .any(|part| path.starts_with(&format!("crates/{part}/src/")))
        {
            continue;
        }
        let code = without_texts(text);
        for (line, word) in words(&code) {
            if word == "Tx" {
                findings.push(format!(
                    "{path}:{line}: names Tx; only the directory writes, through a command"
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_that_uses_another_is_found() {
        for text in [
            "use crate::scim::Body;",
            "use crate::{limits, scim::Body};",
            "fn f() { crate::scim::f() }",
            "use super::super::scim::Body;",
        ] {
            let tree = Tree::of(&[("crates/faces/src/api/users.rs", text)]);
            assert_eq!(faces_do_not_know_each_other(&tree).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_face_may_use_itself_what_is_shared_and_the_crate_of_the_same_name() {
        let text =
            "use crate::api::X;\nuse crate::principal::Y;\nuse scim::Filter;\nuse super::pages::Z;\n// crate::cc";
        let tree = Tree::of(&[
            ("crates/faces/src/api/users.rs", text),
            ("crates/faces/src/lib.rs", "use crate::scim::R;"),
        ]);
        assert!(faces_do_not_know_each_other(&tree).is_empty());
    }

    #[test]
    fn a_transaction_outside_the_directory_is_found() {
        let found = |path| only_the_directory_writes(&Tree::of(&[(path, "fn f(tx: &mut Tx) {}")])).len();
        assert_eq!(found("crates/targets/src/mail/mod.rs"), 1);
        assert_eq!(found("crates/directory/src/change.rs"), 0);
    }
}
