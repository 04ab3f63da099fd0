//! The files that tidy looks at.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Texts by their path from the root, with `/`. Files that are not looked into are there with an empty text.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

const SKIPPED: [&str; 3] = ["target", ".git", "usher-data"];
const READ: [&str; 4] = ["rs", "toml", "md", "sql"];

impl Tree {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.add_folder(root, "")?;
        Ok(tree)
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if !SKIPPED.contains(&name.as_str()) {
                    self.add_folder(&entry.path(), &format!("{path}/"))?;
                }
            } else if kind.is_file() {
                let read = name.rsplit_once('.').is_some_and(|(_, ending)| READ.contains(&ending));
                let text = if read {
                    fs::read_to_string(entry.path()).with_context(|| format!("reading {path}"))?
                } else {
                    String::new()
                };
                self.files.insert(path, text);
            }
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Every path and text, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The Rust files of the product: `crates/**/*.rs`.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter()
            .filter(|(path, _)| path.starts_with("crates/") && path.ends_with(".rs"))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether a file of this path is there, or a folder with something in it.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        let next = self.files.range(folder.clone()..).next();
        self.files.contains_key(path) || next.is_some_and(|(found, _)| found.starts_with(&folder))
    }
}

#[cfg(test)]
impl Tree {
    /// A tree of these paths and texts.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self { files: files.collect() }
    }
}
