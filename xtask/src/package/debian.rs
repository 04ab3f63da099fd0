//! `cargo xtask debian`: a clean Debian to try the package on, made once below the target folder. Prints where it lies.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{Refused, components, shell, usage};

/// What the package depends on; all else is what every Debian has.
const PACKAGES: &str = "ca-certificates,libgcc-s1,systemd";

pub(crate) fn main(args: &[&str]) -> Result<()> {
    if !args.is_empty() {
        return Err(usage("debian takes nothing"));
    }
    println!("{}", ensure()?.display());
    Ok(())
}

/// Finds the folder, or makes it.
fn ensure() -> Result<PathBuf> {
    if !components::is_root() {
        let why = "packages are tried in a root of their own, which takes root; run the tests as root".to_owned();
        return Err(Refused { code: 2, why }.into());
    }
    let folder = shell::target().join("test-debian");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    // Another test may want it too.
    let lock = File::create(folder.join("lock")).context("making a lock")?;
    lock.lock().context("waiting for a lock")?;
    let (root, stamp) = (folder.join("root"), folder.join("made-of"));
    let suite = suite()?;
    let wanted = format!("{suite} {PACKAGES}");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(root);
    }
    components::require("mmdebstrap", "mmdebstrap")?;
    eprintln!("making a clean Debian {suite}");
    for left in [&root, &folder.join("making")] {
        if left.exists() {
            fs::remove_dir_all(left).with_context(|| format!("removing {}", left.display()))?;
        }
    }
    let making = folder.join("making");
    let mut make = Command::new("mmdebstrap");
    make.args(["--quiet", "--mode=root", "--variant=essential"])
        .arg(format!("--include={PACKAGES}"))
        .arg(&suite)
        .arg(&making)
        .arg(mirror(&suite));
    shell::output(&mut make)?;
    fs::rename(&making, &root).context("putting the clean Debian in its place")?;
    fs::write(&stamp, wanted).context("noting what the clean Debian holds")?;
    Ok(root)
}

/// This machine's own: what is built here runs there.
fn suite() -> Result<String> {
    let release = fs::read_to_string(Path::new("/etc/os-release")).context("reading /etc/os-release")?;
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_matches('"').to_owned())
    };
    match (value("ID="), value("VERSION_CODENAME=")) {
        (Some(id), Some(suite)) if id == "debian" => Ok(suite),
        _ => {
            let why = "packages are tried on Debian, and this is another system".to_owned();
            Err(Refused { code: 2, why }.into())
        }
    }
}

/// Where this machine has its own packages from.
fn mirror(suite: &str) -> String {
    let mut targets = Command::new("apt-get");
    targets.args([
        "indextargets",
        "--format",
        "$(CODENAME) $(COMPONENT) $(REPO_URI)",
        "Created-By: Packages",
    ]);
    let said = shell::output(&mut targets).unwrap_or_default();
    let ours = said
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{suite} main ")));
    ours.unwrap_or("http://deb.debian.org/debian").to_owned()
}
