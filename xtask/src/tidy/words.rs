//! What rules and tests may not say.

use super::code::{without_texts, words};
use super::{Finding, tree::Tree};

/// Where code outside tests may wait, and why.
const MAY_SLEEP: [(&str, &str); 4] = [
    (
        "crates/db/src/sqlite/connection.rs",
        "SQLite's busy handler is asked again and again until the lock is free",
    ),
    (
        "crates/db/src/sqlite/writer.rs",
        "SQLite does not wait for another checkpoint by itself",
    ),
    (
        "crates/db/src/postgres/worker.rs",
        "who met in a deadlock tries again after a random pause, so that they do not meet again",
    ),
    ("crates/usher/src/", "supervised workers wait before they try again"),
];

pub(crate) fn rules_are_pure(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        if !(path.contains("/src/") && (path.ends_with("/rules.rs") || path.contains("/rules/"))) {
            continue;
        }
        let code = without_texts(text);
        for (line, word) in words(&code) {
            if ["Tx", "Db", "Clock"].contains(&word) {
                findings.push(format!(
                    "{path}:{line}: names {word}; rules are pure, what they need comes in as values"
                ));
            }
        }
    }
    findings
}

pub(crate) fn tests_wait_for_nothing_and_skip_nothing(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        let code = without_texts(text);
        let tests_only = path.contains("/tests/") || path.ends_with("/tests.rs") || path.starts_with("crates/testkit/");
        let tests_begin = code
            .lines()
            .position(|line| line.trim() == "#[cfg(test)]")
            .unwrap_or(usize::MAX);
        let may_sleep = MAY_SLEEP.iter().any(|(allowed, _)| path.starts_with(allowed));
        for (index, line) in code.lines().enumerate() {
            let line_number = index + 1;
            let in_test = tests_only || index >= tests_begin;
            if calls(line, "sleep") && (in_test || !may_sleep) {
                findings.push(format!("{path}:{line_number}: sleeps; wait for what is meant, or give it a place in xtask/src/tidy/words.rs"));
            }
            if line.contains("#[ignore") {
                findings.push(format!("{path}:{line_number}: a test that is ignored"));
            }
            if line.contains("todo!") {
                findings.push(format!("{path}:{line_number}: todo!"));
            }
        }
    }
    findings
}

/// Whether a function of just this name is called on the line, or made.
fn calls(line: &str, function: &str) -> bool {
    line.match_indices(&format!("{function}(")).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_reaches_for_the_world_is_found() {
        let tree = Tree::of(&[
            (
                "crates/directory/src/group/rules.rs",
                "use db::Tx;\nfn f(clock: &dyn Clock) {}",
            ),
            (
                "crates/directory/src/user/rules.rs",
                "//! No Tx here, no Clock.\nfn f(now: Timestamp, tx_like: u8) {}",
            ),
            ("crates/directory/src/user/table.rs", "use db::Tx;"),
        ]);
        assert_eq!(rules_are_pure(&tree).len(), 2);
    }

    #[test]
    fn waiting_skipping_and_leaving_undone_are_found_in_tests() {
        for text in [
            "std::thread::sleep(d);",
            "tokio::time::sleep(d).await;",
            "#[ignore = \"slow\"]",
            "todo!()",
        ] {
            let tree = Tree::of(&[("crates/db/tests/it/a.rs", text)]);
            assert_eq!(tests_wait_for_nothing_and_skip_nothing(&tree).len(), 1, "{text}");
        }
    }

    #[test]
    fn waiting_is_free_where_it_has_a_reason_but_not_in_the_tests_beside_it() {
        let found = |path, text| tests_wait_for_nothing_and_skip_nothing(&Tree::of(&[(path, text)])).len();
        assert_eq!(found("crates/usher/src/worker.rs", "sleep(d).await;"), 0);
        assert_eq!(
            found(
                "crates/usher/src/worker.rs",
                "#[cfg(test)]\nmod tests { fn f() { sleep(d); } }"
            ),
            1
        );
        assert_eq!(found("crates/scim/src/filter.rs", "sleep(d);"), 1);
        assert_eq!(
            found(
                "crates/scim/src/filter.rs",
                "// sleep(d)\nfn never_sleep() { do_not_sleep(1) }"
            ),
            0
        );
    }
}
