//! `cargo xtask migration NAME`: the next numbered file, one text for both engines.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{shell, usage};

const FOLDER: &str = "crates/directory/migrations";

pub(crate) fn main(name: &str) -> Result<()> {
    if name.is_empty()
        || !name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        return Err(usage(
            "a migration's name has small letters, digits and underscores: add_group_roles",
        ));
    }
    let folder = shell::root().join(FOLDER);
    let file = folder.join(format!("{:04}_{name}.sql", next_number(&folder)?));
    let text = format!(
        "-- {}: what it is for; each new column with what it means and its unit.\n",
        name.replace('_', " ")
    );
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    println!("{}", file.display());
    println!("list it beside its predecessors in crates/directory/src; tidy looks for it");
    Ok(())
}

fn next_number(folder: &Path) -> Result<u32> {
    let mut last = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let Some(number) = name.get(..4).and_then(|digits| digits.parse().ok()) else {
            bail!("{name} in {} has no number", folder.display());
        };
        last = last.max(number);
    }
    Ok(last + 1)
}
