//! References that are generated from the code and kept in the tree, so that a change of them shows in review.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// One generated file and the words that make `usher` print it.
struct Reference {
    file: &'static str,
    words: &'static [&'static str],
}

const REFERENCES: [Reference; 1] = [Reference {
    file: "docs/openapi.json",
    words: &["openapi"],
}];

/// `cargo xtask generate`: writes them.
pub(crate) fn main() -> Result<()> {
    shell::run(&mut shell::cargo(&["build", "-q", "-p", "usher", "--locked"]))?;
    for reference in REFERENCES {
        let file = shell::root().join(reference.file);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        fs::write(&file, reference.made()?).with_context(|| format!("writing {}", file.display()))?;
        println!("{}", reference.file);
    }
    Ok(())
}

/// Fails when a file in the tree is not what the built binary prints.
pub(crate) fn check() -> Result<()> {
    for reference in REFERENCES {
        let file = shell::root().join(reference.file);
        let Ok(kept) = fs::read_to_string(&file) else {
            println!(
                "skipped: {} is not in the tree yet (`cargo xtask generate` makes it)",
                reference.file
            );
            continue;
        };
        if kept != reference.made()? {
            bail!("{} is out of date; run: cargo xtask generate", reference.file);
        }
    }
    Ok(())
}

impl Reference {
    fn made(&self) -> Result<String> {
        let made = shell::output(Command::new(shell::debug_binary()).args(self.words))?;
        if made.trim().is_empty() {
            bail!("`usher {}` printed nothing", self.words.join(" "));
        }
        Ok(made)
    }
}
