//! What tests need beside cargo: PostgreSQL, curl, ip, strace, haproxy, a Python with SCIM's checker and a mail sink, and a Node with an
//! OpenID provider. What is there is used; what is missing is installed as root on Debian, and named otherwise.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::{Refused, shell};

const PYTHON_PACKAGES: [&str; 3] = ["scim2-cli==0.6.0", "scim2-tester==0.5.2", "aiosmtpd==1.4.6"];

/// What Canaille 0.3.6 was written against: its clients see Usher through these models.
const OLD_PYTHON_PACKAGES: [&str; 3] = [
    "scim2-tester[httpx]==0.2.8",
    "scim2-models==0.6.12",
    "scim2-client[httpx]==0.7.5",
];

/// The first Node that runs the OpenID provider.
const NODE: u32 = 20;

/// The folder of the OpenID provider in the repository, and its files.
const PROVIDER: &str = "crates/usher/tests/it/support/node";
const PROVIDER_FILES: [&str; 4] = ["package.json", "package-lock.json", "op.mjs", "drive.mjs"];

/// What was found or made.
pub(crate) struct Components {
    pub(crate) python: PathBuf,
    /// A Python with Canaille's pinned set.
    pub(crate) old_python: PathBuf,
    pub(crate) scim2: PathBuf,
    /// The folder with the OpenID provider and what it is made of.
    pub(crate) provider: PathBuf,
}

impl Components {
    /// Finds everything, installing what may be installed.
    pub(crate) fn ensure() -> Result<Self> {
        let mut packages = Vec::new();
        if env::var_os("USHER_TEST_POSTGRES").is_none() && throwaway::installed().is_none() {
            packages.push("postgresql");
        }
        // Tests look at what a server asks the system for.
        if !shell::succeeds(Command::new("strace").arg("--version")) {
            packages.push("strace");
        }
        if !python_makes_environments() {
            packages.push("python3-venv");
        }
        if !shell::succeeds(Command::new("curl").arg("--version")) {
            packages.push("curl");
        }
        if !shell::succeeds(Command::new("ip").arg("-V")) {
            packages.push("iproute2");
        }
        // A guide puts one in front of Usher and a provider.
        if !shell::succeeds(Command::new("haproxy").arg("-v")) {
            packages.push("haproxy");
        }
        // Pages are used as people use them.
        if !shell::succeeds(Command::new("chromium").arg("--version")) {
            packages.push("chromium");
        }
        if node_version().is_none() {
            packages.extend(["nodejs", "npm"]);
        }
        install(&packages)?;
        let bin = environment("test-python", &PYTHON_PACKAGES)?.join("bin");
        let old = environment("test-python-old", &OLD_PYTHON_PACKAGES)?.join("bin");
        Ok(Self {
            python: bin.join("python"),
            old_python: old.join("python"),
            scim2: bin.join("scim2"),
            provider: provider()?,
        })
    }
}

/// The folder of PostgreSQL's programs, or the reason to end with.
pub(crate) fn require_postgres() -> Result<PathBuf> {
    if let Some(folder) = throwaway::installed() {
        return Ok(folder);
    }
    install(&["postgresql"])?;
    throwaway::installed().context("PostgreSQL was installed, but initdb is not found")
}

/// Makes sure of a program that a Debian package brings.
pub(crate) fn require(program: &str, package: &'static str) -> Result<()> {
    if shell::succeeds(Command::new(program).arg("--version")) {
        return Ok(());
    }
    install(&[package])
}

/// A compiler for C++, which the fuzzing engine is written in.
pub(crate) fn require_cpp() -> Result<()> {
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    if shell::succeeds(Command::new(compiler).arg("--version")) {
        return Ok(());
    }
    install(&["g++"])
}

fn python_makes_environments() -> bool {
    shell::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]))
}

/// Installs Debian packages as root; else says what to type.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if !is_root() || !Path::new("/etc/debian_version").exists() {
        let why = format!("the tests need more; run: sudo apt-get install -y {names}");
        return Err(Refused { code: 2, why }.into());
    }
    // Whoever asked may read what we say as an answer.
    eprintln!("installing {names}");
    let mut update = Command::new("apt-get");
    update.args(["update", "-qq"]).stdout(std::io::stderr());
    shell::run(&mut update)?;
    let mut command = Command::new("apt-get");
    command
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages);
    // A single-user run level: packages that bring a service do not start it.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    shell::run(command.stdout(std::io::stderr()))
}

pub(crate) fn is_root() -> bool {
    let id = shell::output(Command::new("id").arg("-u"));
    id.is_ok_and(|id| id.trim() == "0")
}

fn node_version() -> Option<u32> {
    let said = shell::output(Command::new("node").arg("--version")).ok()?;
    said.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// The OpenID provider below the target folder, made anew when its files have changed.
fn provider() -> Result<PathBuf> {
    if node_version().is_none_or(|found| found < NODE) {
        let why = format!("the tests need Node {NODE} or later in the PATH, and npm; see https://nodejs.org");
        return Err(Refused { code: 2, why }.into());
    }
    let (from, folder) = (shell::root().join(PROVIDER), shell::target().join("test-node"));
    let stamp = folder.join("usher-files.txt");
    let mut wanted = String::new();
    for name in PROVIDER_FILES {
        wanted += &fs::read_to_string(from.join(name)).with_context(|| format!("reading {PROVIDER}/{name}"))?;
    }
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(folder);
    }
    println!(
        "making an OpenID provider and what drives a browser in {}",
        folder.display()
    );
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for name in PROVIDER_FILES {
        fs::copy(from.join(name), folder.join(name)).with_context(|| format!("copying {name}"))?;
    }
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ])
    .current_dir(&folder);
    if let Err(error) = shell::run(&mut npm) {
        let why = format!("{error:#}; the tests need npm packages, run: npm ci in {PROVIDER}");
        return Err(Refused { code: 2, why }.into());
    }
    fs::write(&stamp, wanted).context("noting what the provider is made of")?;
    Ok(folder)
}

/// A Python environment below the target folder, made anew when what it shall hold has changed.
fn environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = shell::target().join(name);
    let stamp = folder.join("usher-packages.txt");
    // Its programs name the folder, so a copy of it elsewhere is none.
    let wanted = format!("{}\n{}", folder.display(), packages.join("\n"));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(folder);
    }
    println!("making a Python environment with {}", packages.join(", "));
    shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages);
    if let Err(error) = shell::run(&mut pip) {
        let why = format!(
            "{error:#}; the tests need Python packages, run: pip install {}",
            packages.join(" ")
        );
        return Err(Refused { code: 2, why }.into());
    }
    fs::write(&stamp, wanted).context("noting what the Python environment holds")?;
    Ok(folder)
}
