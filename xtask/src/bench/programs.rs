//! What is built for the benchmark.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::wanted::Wanted;
use crate::shell;

/// The built programs.
pub(super) struct Programs {
    pub(super) usher: PathBuf,
    folder: PathBuf,
}

impl Programs {
    /// Builds the yardsticks, and Usher as packages have it unless a built one is named.
    pub(super) fn build(wanted: &Wanted) -> Result<Self> {
        let profile = if wanted.quick { "dev" } else { "dist" };
        let usher = shell::usher(wanted.usher.as_deref(), profile)?;
        let target = shell::target().join("bench");
        let manifest = shell::root().join("bench/Cargo.toml");
        let mut yardsticks = shell::cargo(&["build", "--release", "--locked", "--manifest-path"]);
        shell::run(yardsticks.arg(manifest).arg("--target-dir").arg(&target))?;
        Ok(Self {
            usher,
            folder: target.join("release"),
        })
    }

    /// One of the yardsticks.
    pub(super) fn yardstick(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Beside the build, not in a temporary folder that may lie in memory.
    pub(super) fn data() -> PathBuf {
        shell::target().join("bench/data")
    }

    pub(super) fn usher_mib(&self) -> Result<f64> {
        mib(&self.usher)
    }
}

fn mib(file: &Path) -> Result<f64> {
    let length = fs::metadata(file)
        .with_context(|| format!("looking at {}", file.display()))?
        .len();
    Ok(length as f64 / 1024.0 / 1024.0)
}
