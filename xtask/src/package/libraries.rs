//! What the binary needs around it in an image: the C library it was linked with, and the authorities of certificates.
//!
//! The image has the same binary as the Debian package, so it has the C library of the Debian it was built on. One linked
//! statically against musl would be two megabytes less, and a build and a memory allocator that nobody else has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::staging::Staging;
use crate::{components, shell};

/// Debian's own copies: those below /etc also hold what somebody added on this machine.
const AUTHORITIES: &str = "/usr/share/ca-certificates/mozilla";

/// Where programs look for authorities.
const BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";

/// Lays out the libraries, the authorities, and what says where they come from: scanners for known weaknesses read that.
pub(super) fn install(staging: &Staging, binary: &Path) -> Result<()> {
    let mut packages = BTreeSet::new();
    for library in libraries(binary)? {
        packages.insert(package_of(&library)?);
        let within = library.strip_prefix("/").unwrap_or(&library).display().to_string();
        staging.copy(&library, &within, 0o755)?;
    }
    staging.write(BUNDLE, authorities()?, 0o644)?;
    packages.insert("ca-certificates".to_owned());
    let release = Path::new("/usr/lib/os-release");
    packages.insert(package_of(release)?);
    staging.copy(release, "etc/os-release", 0o644)?;
    for package in packages {
        let status = shell::output(Command::new("dpkg-query").args(["--status", &package]))?;
        staging.write(&format!("var/lib/dpkg/status.d/{package}"), status, 0o644)?;
        let copyright = format!("usr/share/doc/{package}/copyright");
        staging.copy(&Path::new("/").join(&copyright), &copyright, 0o644)?;
    }
    Ok(())
}

/// The files that the loader takes for a program, itself among them; none when all is in the program.
fn libraries(binary: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd")
        .arg(binary)
        .env("LC_ALL", "C")
        .output()
        .context("starting ldd")?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() && !said.contains("not a dynamic executable") {
        bail!(
            "ldd {} ended with {}: {}",
            binary.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    read(&said)
}

/// Reads lines such as `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`.
fn read(said: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for line in said.lines().map(str::trim) {
        if line.ends_with("not found") {
            bail!("a library is missing here: {line}");
        }
        let Some((named, _)) = line.split_once(" (0x") else {
            continue;
        };
        let file = named.rsplit(" => ").next().unwrap_or(named);
        // The kernel brings linux-vdso.so.1 itself.
        if file.starts_with('/') {
            files.push(file.into());
        }
    }
    Ok(files)
}

/// The Debian package that a file came with.
fn package_of(file: &Path) -> Result<String> {
    let path = file.display().to_string();
    // The same file below /lib and below /usr/lib, whichever of them the package names.
    let other = match path.strip_prefix("/usr") {
        Some(short) => short.to_owned(),
        None => format!("/usr{path}"),
    };
    for path in [path, other] {
        let output = Command::new("dpkg-query").args(["--search", &path]).output();
        let output = output.context("an image is made on Debian, from its packages; starting dpkg-query")?;
        if let Some((package, _)) = String::from_utf8_lossy(&output.stdout).split_once(':') {
            return Ok(package.to_owned());
        }
    }
    bail!(
        "{} comes with no Debian package: make the image on Debian, with the Rust of rustup",
        file.display()
    )
}

fn authorities() -> Result<String> {
    if !Path::new(AUTHORITIES).is_dir() {
        components::install(&["ca-certificates"])?;
    }
    let entries = fs::read_dir(AUTHORITIES).with_context(|| format!("reading {AUTHORITIES}"))?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    files.sort();
    let mut bundle = String::new();
    for file in files {
        let one = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        bundle.push_str(one.trim_end());
        bundle.push('\n');
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_with_their_loader() {
        let said = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        let files = read(said).expect("they are all there");
        assert_eq!(
            files,
            [
                Path::new("/lib/x86_64-linux-gnu/libc.so.6"),
                Path::new("/lib64/ld-linux-x86-64.so.2")
            ]
        );
        assert!(read("\tstatically linked\n").expect("nothing is needed").is_empty());
        assert!(read("\tlibodd.so.1 => not found\n").is_err());
    }
}
