//! The rules of the tree that a program can check. Each check looks at a [`Tree`] in memory and says what it found, so
//! that its tests need no files.
//!
//! - `direction`: who may depend on whom
//! - `faces`: what faces, targets and sources may name
//! - `layout`: sizes, folders, migrations
//! - `words`: what rules and tests may not say
//! - `documents`: links of the documents
//! - `code`: Rust without its comments and texts
//! - `tree`: the files

mod code;
mod direction;
mod documents;
mod faces;
mod layout;
mod tree;
mod words;

use anyhow::{Result, bail};

use crate::shell;
use tree::Tree;

/// One thing that is not as it should be, in one line that begins with the file.
type Finding = String;

const CHECKS: [fn(&Tree) -> Vec<Finding>; 10] = [
    direction::dependencies_point_one_way,
    faces::faces_do_not_know_each_other,
    faces::only_the_directory_writes,
    layout::files_are_short,
    layout::folders_say_what_they_are_for,
    layout::migrations_are_numbered_and_listed,
    words::rules_are_pure,
    words::tests_wait_for_nothing_and_skip_nothing,
    documents::links_lead_somewhere,
    documents::documents_exist,
];

/// `cargo xtask tidy`.
pub(crate) fn main() -> Result<()> {
    let tree = Tree::read(&shell::root())?;
    let findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy found {} to mend", findings.len());
    }
    println!(
        "figure: tidy, {} checks over {} files, nothing to mend",
        CHECKS.len(),
        tree.len()
    );
    Ok(())
}
