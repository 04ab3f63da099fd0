//! A folder laid out as the installed files will be. Who owns them is said when it is packed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::shell;

/// The folder; gone when it is dropped. Paths within it begin without a slash.
pub(super) struct Staging(TempDir);

impl Staging {
    /// An empty one below the target folder.
    pub(super) fn new() -> Result<Self> {
        let beside = output_folder();
        fs::create_dir_all(&beside).with_context(|| format!("making {}", beside.display()))?;
        let folder = tempfile::Builder::new().prefix("staging-").tempdir_in(beside)?;
        allow(folder.path(), 0o755)?;
        Ok(Self(folder))
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes a folder.
    pub(super) fn folder(&self, path: &str, mode: u32) -> Result<()> {
        let mut folder = self.path().to_owned();
        for part in Path::new(path) {
            folder.push(part);
            // Not as whoever runs this has set their mask.
            if !folder.exists() {
                fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
                allow(&folder, 0o755)?;
            }
        }
        allow(&folder, mode)
    }

    /// Writes a file, and its folders where they are missing.
    pub(super) fn write(&self, path: &str, contents: impl AsRef<[u8]>, mode: u32) -> Result<PathBuf> {
        let file = self.place(path)?;
        fs::write(&file, contents).with_context(|| format!("writing {}", file.display()))?;
        allow(&file, mode)?;
        Ok(file)
    }

    /// Copies a file, through links, to its place.
    pub(super) fn copy(&self, from: &Path, path: &str, mode: u32) -> Result<PathBuf> {
        let file = self.place(path)?;
        fs::copy(from, &file).with_context(|| format!("copying {} to {}", from.display(), file.display()))?;
        allow(&file, mode)?;
        Ok(file)
    }

    /// Writes a file packed by gzip; without its name and time.
    pub(super) fn write_packed(&self, path: &str, contents: impl AsRef<[u8]>) -> Result<()> {
        let plain = path.strip_suffix(".gz").unwrap_or(path);
        let file = self.write(plain, contents, 0o644)?;
        shell::run(Command::new("gzip").args(["-9", "-n"]).arg(&file))
    }

    /// The folders and files at its top, in order.
    pub(super) fn top(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.path()).context("reading what was laid out")? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn place(&self, path: &str) -> Result<PathBuf> {
        let file = self.path().join(path);
        if let Some((folder, _)) = path.rsplit_once('/')
            && !self.path().join(folder).exists()
        {
            self.folder(folder, 0o755)?;
        }
        Ok(file)
    }
}

/// Where packages are written unless told otherwise.
pub(super) fn output_folder() -> PathBuf {
    shell::target().join("package")
}

fn allow(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| format!("setting the rights of {}", path.display()))
}
